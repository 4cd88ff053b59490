package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// stdout takes what commands print that answer at once, such as help and version.
// Whether it could be written is looked at in the end, for all of them.
var stdout = &stream{file: os.Stdout}

// Write never fails: the first error is kept in s.failed.
func (s *stream) Write(b []byte) (int, error) {
	s.write(b)
	return len(b), nil
}

// printed returns the exit status of a command that prints, if all else of it has
// the given one.
func (s *stream) printed(status int) int {
	switch {
	case s.failed == nil:
		return status
	case errors.Is(s.failed, syscall.EPIPE):
		return exitBrokenPipe
	}
	fmt.Fprintf(os.Stderr, "runner: cannot write to standard output: %v\n", plainError(s.failed))
	return max(status, exitFailed)
}
