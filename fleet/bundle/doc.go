// Package bundle packs a worker script so that it can be run elsewhere: the script, the
// files that it can require and its runner.toml become one sequence of bytes, which is
// always the same for the same files, is known by its SHA-256, and can be signed.
//
// [Read] makes a bundle of a script's folder, [New] of files in memory, and [Open] opens
// the bytes of one. [Bundle.Script] is what a pool is started with. What comes from
// somewhere else is opened by [Trust.Open], which verifies who has signed it before it
// looks at anything of it.
//
// # What is in the bytes
//
// A bundle is a tar archive, so that tar -t lists it: bundle.json, with the version of
// the format and the names of plugin and script; runner.toml, if there is one; and the
// script and its files below files/, in the order of their names. Owners, times and modes
// are the same in all. Whatever would not come out of this package byte for byte is
// refused: so two different sequences of bytes are never the same bundle.
//
// TypeScript and ES modules are in it as their author wrote them. They are bundled where
// they are run: what is signed is then what can be read, positions in errors are those
// of the author's files, and the engine that runs them is the one that they are
// translated for.
package bundle
