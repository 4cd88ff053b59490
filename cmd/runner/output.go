package main

import "io"

// An output writes what comes back. Its methods are not called concurrently.
type output interface {
	// begin tells that a call is to be made, whose results will come. Calls begin in
	// the order of their numbers.
	begin(number uint64)
	// restore writes what was left of a call of an earlier run, which has begun.
	restore(number uint64, line []byte)
	// result writes the results of a call. An error is that of the call.
	result(number uint64, values []any) error
	// failure writes why a call failed.
	failure(number uint64, err error)
	// event writes an event; the number of no call is 0.
	event(number uint64, args []any) error
	// heldBytes is how much waits for the results of earlier calls.
	heldBytes() int
	// err is why standard output could not be written, or nil.
	err() error
}

// Where events can go.
const (
	eventsStderr = "stderr"
	eventsStdout = "stdout"
	eventsNone   = "none"
)

// A stream is standard output or standard error. Where it is a pipe that nobody
// reads any more, the first write ends this process, as it does most others.
type stream struct {
	file   io.Writer
	failed error // of the first write that failed; nothing is written after it
}

func (s *stream) write(b []byte) {
	if s.failed == nil {
		_, s.failed = s.file.Write(b)
	}
}
