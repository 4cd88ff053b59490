// Package child is the worker end: what runs in the process that package host
// starts. A program that embeds host calls [Enter] first thing in main (and in
// TestMain), with the languages that its workers may be written in:
//
//	func main() {
//		child.Enter(lua.Engine(), js.Engine())
//		// the parent's own code
//	}
//
// In the parent Enter returns at once. In a child it never returns: it serves
// the socket on file descriptor 3 until the parent has no more calls or is gone.
//
// # Other parents
//
// A program that calls Enter is also a worker for whoever starts it as "PROGRAM
// scripthost-child", with a stream socket as descriptor 3, or as "PROGRAM
// scripthost-child --stdio", over ssh for instance. A program that has a command
// line of its own for that opens the stream with [FD] or [Stdio] and serves it
// with [Main]; after Stdio it has to greet first (wire.Greeting). [Serve] is a
// worker on any connection, within this process.
//
// # One goroutine on the VM, one on the wire
//
// A script's VM is used by one goroutine at a time, the executor. While it has
// nothing to run, the executor reads the socket itself, so that a call costs no
// hand-over between goroutines. When it has been busy for a few milliseconds a
// second goroutine takes the reading over, so that cancels, answers to host
// calls and the end of the parent are seen whatever the script does; it hands
// the reading back once the executor waits again.
//
// The life of a worker is in worker.go; who runs when is in sched.go, who reads
// in read.go, what is written in outbox.go, and the calls in call.go. Files that
// the parent passes come over a socket of their own (files.go); what scripts do
// with them (passedfile.go) is the only input and output of theirs that is not
// the parent's.
package child
