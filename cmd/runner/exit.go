package main

import (
	"errors"

	"scripthost.example/host"
)

// Exit statuses. Those of signals are 128 and the signal's number, as a shell
// has it.
const (
	exitOK          = 0
	exitFailed      = 1 // a call failed
	exitUsage       = 2 // usage; the script does not load
	exitDied        = 3 // a worker died unasked or broke the protocol
	exitHungUp      = 129
	exitInterrupted = 130
	exitBrokenPipe  = 141
	exitTerminated  = 143
)

// statusOf is the exit status that the error of a call, or of a worker, stands
// for.
func statusOf(err error) int {
	switch {
	case workerDied(err):
		return exitDied
	case errors.Is(err, host.ErrSandboxUnavailable): // which was to be had before
		return exitUsage
	}
	return exitFailed
}

// startStatus is the exit status that the error of a start stands for.
func startStatus(err error) int {
	if workerDied(err) {
		return exitDied
	}
	return exitUsage
}

// workerDied reports whether err says that a worker died unasked or broke the
// protocol.
func workerDied(err error) bool {
	if errors.As(err, new(*host.LimitError)) {
		return false // it was for its limit that it died
	}
	var exit *host.ExitError
	if errors.As(err, &exit) {
		return exit.Unasked()
	}
	// A call that finds a crash loop has failed; of the workers that died in it the pool
	// tells, and what for.
	return errors.Is(err, host.ErrProtocol)
}
