// Package host runs scripts in child processes of this program: plugins of
// other people's, in Lua or JavaScript, that can crash, hang or misbehave
// without doing so here.
//
// # Start here
//
// Two functions do most of the work: [Start] makes a worker of a script, and
// [Worker.Call] calls it.
//
//	func main() {
//		child.Enter(lua.Engine(), js.Engine()) // first of all; see package child
//
//		script, err := host.Open("hello.lua")
//		...
//		w, err := host.Start(ctx, script, nil)
//		...
//		defer w.Close()
//		out, err := w.Call(ctx, "hello", 42) // the script's run("hello", "42")
//	}
//
// A [Script] is opened from a file ([Open]), a file system ([OpenFS]), or is a
// string in the program ([Inline]). It is parsed in the child only, and so are the
// other files of its folder, which it can require. TypeScript and ES modules have
// to be bundled, which another child does if the program has this import:
//
//	import _ "scripthost.example/js/bundle"
//
// # Calls
//
// Call waits for the answer, [Worker.Go] calls a function back with it,
// [Worker.Stream] gives the call's events as they come, and [Func] makes a typed
// Go function of a function of the script. A sync worker runs one call at a
// time. An async worker (Options.Async) runs all of them at once: its functions
// answer by calling done, whenever they can.
//
// # Many workers
//
// [NewPool] makes a [Pool] of workers of one script, which is called like a worker:
// both are a [Caller].
//
//	p, err := host.NewPool(ctx, script, &host.PoolOptions{Max: 8, Spare: 1})
//	...
//	defer p.Close()
//	out, err := p.Call(ctx, "hello", 42)
//
// It starts workers as calls need them, up to Max, and ends those that have had none
// for long. Those that die are replaced, and so are those that are old, or large, or
// ask for it ([PoolOptions]). [Pool.Reload] has it go on with another version of the
// script, if that loads. Calls are given to the worker with the least to do; in
// which order those of different workers run, nobody says.
//
// Each call has an answer, or an error with its outcome. One whose worker dies
// before it was sent goes to another worker, twice at most. One that the worker may
// have run does so only if it was made through [Idempotent]. If workers die as fast
// as they are started, calls fail at once with [ErrCrashLoop], until a worker that
// is started now and then has proven that it can live. docs/RELIABILITY.md has the
// rules and the numbers.
//
// # Callbacks
//
// Events, log records and the answers of Go come to callbacks: one at a time for a
// worker, in their order, and for a pool's workers side by side. They may block, and
// may make calls. What waits for them is bounded: a worker that sends more is not
// read for a while, and if a callback does not return, ended. Options.Audit and host
// functions hold up the script that waits for them; nothing else of this package
// waits for them.
//
// # What a script can reach
//
// Nothing but the files of its folder that it can require, unless it is granted.
// Options.Host are Go functions that it may call, [Grants] are files that it may
// read and write, folders of modules, hosts that it may make requests to (with
// package nethttp), and environment variables: this process does that for it,
// checks each time, and tells Options.Audit.
// [Limits] bound how long and how much. On Linux the kernel keeps a child to that
// even if a script has taken it over: see [Sandbox] and docs/SECURITY.md.
//
// # Other programs, other machines
//
// A child pays at its start for all packages that this program imports.
// Options.Worker names a smaller executable of its own: a main that calls child.Enter
// with one engine, built together with this program.
//
// A worker need not be this project's at all: with Options.Command it is another one, with
// the stream as its descriptor 3, or with Options.Stdio as its standard input and
// output. "runner child --stdio" behind ssh runs the script on another machine,
// and host functions and granted files are this one's still. With Options.Wire
// set to Classic the command is a worker in any language, with its own code
// (docs/PROTOCOL.md). [Attach] takes a connection that somebody else made, and
// [ServeClassic] is the other end of Classic: a script for a parent of another
// kind. None of these commands is confined by this package: they are trusted.
//
// # Errors
//
// A call that failed has an error of one of these types:
//
//   - [*ScriptError]: the script did not catch an error; with its stack
//   - [*CallError]: its context or deadline ended it, or the worker is closed
//   - [*LimitError], [*DeniedError], [*SerialiseError]: what their names say
//   - [*ExitError]: the child died, or was killed, and why
//   - [*QuarantineError]: workers have died of it
//
// errors.Is finds context.DeadlineExceeded, context.Canceled, ErrTooLarge,
// ErrClosed and the like in them. [OutcomeOf] says whether the worker can have
// run the call. What a worker may have run is never run again unless the caller
// asks for that (Idempotent).
//
// # One worker, one domain of trust
//
// Calls in one worker share its globals. Whatever a child says of itself, such
// as the position of an error, is its claim.
package host
