//go:build unix

package host

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A fileSender passes files through a socket: one octet for each, with the
// descriptor beside it, as Perl's IO::FDPass does it. It is safe for concurrent
// use.
type fileSender struct {
	mu     sync.Mutex
	sock   *os.File
	raw    syscall.RawConn
	err    error // why raw is not there
	closed bool
}

func newFileSender(sock *os.File) *fileSender {
	s := &fileSender{sock: sock}
	s.raw, s.err = sock.SyscallConn()
	return s
}

// send passes f without waiting.
func (s *fileSender) send(f *os.File) error {
	if err := checkPassed(f); err != nil {
		return err
	}
	passed, err := f.SyscallConn()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return closedError()
	case s.err != nil:
		return s.err
	}
	var failure error
	err = s.raw.Write(func(fd uintptr) bool {
		err := passed.Control(func(file uintptr) {
			for {
				// Without MSG_NOSIGNAL too the runtime turns the signal of a
				// socket that nobody reads into an error.
				failure = unix.Sendmsg(int(fd), []byte{0}, unix.UnixRights(int(file)), nil, 0)
				if !errors.Is(failure, unix.EINTR) {
					return
				}
			}
		})
		failure = errors.Join(failure, err)
		return true
	})
	switch failure := errors.Join(failure, err); {
	case failure == nil:
		return nil
	case errors.Is(failure, unix.EAGAIN), errors.Is(failure, unix.ETOOMANYREFS), errors.Is(failure, unix.ENOBUFS):
		return fmt.Errorf("the worker has not received the files that it was sent before: %w", ErrBusy)
	case errors.Is(failure, unix.EPIPE), errors.Is(failure, unix.ECONNRESET):
		return closedError()
	default:
		return fmt.Errorf("cannot pass the file %s: %w", f.Name(), failure)
	}
}

func (s *fileSender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.sock.Close()
}
