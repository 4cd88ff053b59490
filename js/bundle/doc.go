// Package bundle makes one JavaScript text of a worker that is written in
// TypeScript or as ES modules, and of all that it imports. A program needs
// nothing but the import:
//
//	import _ "scripthost.example/js/bundle"
//
// [host.Open] then takes .ts, .tsx, .mts, .cts and .mjs, and [host.Start]
// bundles them.
//
// # Where it happens
//
// esbuild does the work, and only ever in a worker of its own: a child process
// of this program, as limited and protected as that of a script, which ends when
// it has answered. For package host this is one more language: the engine of
// engine.go loads a script by bundling it, and its only function returns what
// came of it. The worker reads no file: it asks the parent for each, as require
// does, and the parent serves those of the script's own folder and of the
// folders that were granted as modules.
//
// # How it is laid out
//
//   - engine.go: the language, as package host starts it
//   - build.go, target.go: what esbuild is told; goja's gaps
//   - files.go: from esbuild's goroutines to the parent and back
//   - resolve.go, packages.go, manifest.go, exports.go: what an import means:
//     Node's rules, on the parent's files
//   - tsconfig.go, jsonc.go, jsonvalue.go: what is read of JSON files
//   - errors.go, sourcemap.go: positions in the author's files
package bundle
