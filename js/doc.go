// Package js lets a worker run JavaScript. It implements package engine's
// [engine.Engine] and [engine.VM] with goja, an ECMAScript interpreter in Go;
// nothing of goja shows outside this package.
//
// [Engine] is all that a program needs:
//
//	child.Enter(lua.Engine(), js.Engine())
//
// # How it is laid out
//
// Read engine.go (what a VM is made of) and enter.go (the one way into it)
// first. After that, each file stands for itself:
//
//   - load.go, parse.go, lookup.go: from source text to functions
//   - call.go, async.go, done.go, abort.go: a call from arguments to answer
//   - thaw.go, freeze.go, export.go, serialiser.go: values both ways
//   - build.go, write.go, inside.go: the same for payloads, without values of Go's in
//     between, by what is inside of goja's objects
//   - pattern*.go, property*.go, codeset.go: \p{…} in regular expressions
//   - errors.go, throw.go, mode.go, jsonparse.go: errors both ways, and better ones
//   - promise.go, timers.go, host.go, console.go, fs*.go, files.go,
//     http*.go: what scripts use
//   - microtasks.go, stop.go, internals.go: how a script is stopped, and what
//     must not be lost or left behind when it is
//
// # Which call is running
//
// Every entry into the VM is on account of a call (or of none, while loading),
// kept in vm.ctx. Timers and host calls remember it; goja's async context
// tracker carries it through promises. So a callback belongs to the call that
// made it, however calls are interleaved.
//
// # What goja cannot do
//
// Async generators, for await, Intl, WeakRef and the regexp flag v are errors
// when the script is parsed or run. A stack overflow ends the call: unlike in
// browsers, scripts cannot catch it. Native functions (a sort without a
// comparison, a regular expression) cannot be interrupted; the parent's
// deadline ends the process then. So does a chain of yield* without end, which
// goja does not count as recursion.
package js
