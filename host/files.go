package host

import (
	"errors"
	"fmt"
	"os"
)

// Why files cannot be passed. They are errors.ErrUnsupported.
var (
	errFilesStdio    = fmt.Errorf("files cannot be passed to a worker that is reached over its standard input and output: pass what is in them as an argument: %w", errors.ErrUnsupported)
	errFilesAttached = fmt.Errorf("files cannot be passed to a worker that was attached: pass what is in them as an argument: %w", errors.ErrUnsupported)
)

// SendFile passes an open file to the worker, whose script gets it from
// files.receive(): files in the order in which they were sent, whichever call
// asks. To pass one with a call make the call first, with Go, so that the script
// waits for it. f stays the caller's, and may be closed once SendFile returns.
//
// Once Close has been called there are no more: those that were sent are received, and
// after them files.receive() is an error. So it is in a pool's workers, which get those of
// Options.InitFiles alone.
//
// It does not wait. A worker that does not receive them can be sent a few hundred
// files at most; then the error is ErrBusy. It is an error too if f is a folder,
// which would let the script leave its sandbox, and errors.ErrUnsupported unless
// the worker is a child with a socket.
func (w *Worker) SendFile(f *os.File) error {
	switch {
	case w.files != nil:
	case w.opts.Stdio:
		return errFilesStdio
	default:
		return errFilesAttached
	}
	select {
	case <-w.done:
		return closedError()
	default:
	}
	return w.files.send(f)
}

// checkPassed refuses what cannot be passed.
func checkPassed(f *os.File) error {
	if f == nil {
		return errors.New("the file is nil")
	}
	info, err := f.Stat()
	switch {
	case errors.Is(err, os.ErrClosed):
		return fmt.Errorf("the file %s is closed: %w", f.Name(), os.ErrClosed)
	case err != nil:
		return fmt.Errorf("cannot pass the file: %w", err)
	case info.IsDir():
		return fmt.Errorf("%s is a folder: only what is in it can be passed", f.Name())
	}
	return nil
}
