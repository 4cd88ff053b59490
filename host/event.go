package host

// An Event is what a script sent with event or done.event. It is the receiver's
// own.
type Event struct {
	// Call is the number of the call that the event belongs to, counted from 1
	// in the order in which the calls of the worker, or of its pool, were made; 0
	// is no call.
	Call uint64
	Args []any
	// Result says that Args are the call's results: the last that Stream gives.
	Result bool
	// Generation is the version of the script that sent it: the first 12
	// hexadecimal digits of the SHA-256 of its source; or, of a script that has
	// loaded other files by the time that the worker was ready, those of the list
	// that sha256sum prints of the script and of these files (docs/RELIABILITY.md).
	// What a worker logs while it loads its script has that of the source alone, or
	// of all that is in its bundle. It is empty for a classic worker.
	Generation string
	// Worker is the number of the pool's worker that sent it, from 1 in the order
	// in which they were started; 0 is a worker on its own.
	Worker int
}

// A LogRecord is what a script logged or printed, or a line that its process
// wrote to standard output or standard error.
type LogRecord struct {
	// Level is "debug", "info", "warn" or "error"; print logs as info.
	Level   string
	Message string
	Fields  map[string]any
	// Call is the number of the call that it belongs to, as in Event; 0 is none.
	Call uint64
	// Process says that the child's process wrote the line, and not the script.
	Process bool
	// Generation and Worker say who made it, as in Event.
	Generation string
	Worker     int
}
