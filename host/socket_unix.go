//go:build unix

package host

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A socket is the parent's end of the stream to a child.
type socket struct {
	*os.File
	raw syscall.RawConn

	// For tryWrite, so that it allocates nothing.
	writeOnce func(fd uintptr) bool
	pending   []byte
	n         int
	err       error
}

// socketPair returns both ends of a new stream. The child's end is closed in
// every other process that is started meanwhile.
func socketPair() (*socket, *os.File, error) {
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	child := os.NewFile(uintptr(fds[1]), "worker's socket")
	if err := unix.SetNonblock(fds[0], true); err != nil {
		unix.Close(fds[0])
		child.Close()
		return nil, nil, os.NewSyscallError("setnonblock", err)
	}
	parent := os.NewFile(uintptr(fds[0]), "socket to worker")
	raw, err := parent.SyscallConn()
	if err != nil {
		parent.Close()
		child.Close()
		return nil, nil, err
	}
	s := &socket{File: parent, raw: raw}
	s.writeOnce = s.once
	return s, child, nil
}

// unread reports whether there is something in the socket to be read.
func (s *socket) unread() bool { return unread(s.File) }

// unread reports whether f can be read without waiting.
func unread(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	ready := false
	err = raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(p, 0)
		ready = err == nil && n > 0 && p[0].Revents&unix.POLLIN != 0
	})
	return err == nil && ready
}

// tryWrite writes as much of b as can be written at once, perhaps nothing. Only
// one goroutine at a time may write.
func (s *socket) tryWrite(b []byte) (int, error) {
	s.pending = b
	if err := s.raw.Write(s.writeOnce); err != nil {
		return 0, err
	}
	s.pending = nil
	switch {
	case errors.Is(s.err, unix.EAGAIN):
		return 0, nil
	case s.err == nil && s.n == 0 && len(b) > 0:
		return 0, io.ErrShortWrite
	}
	return max(s.n, 0), s.err
}

// once is for RawConn.Write, which it tells not to wait.
func (s *socket) once(fd uintptr) bool {
	for {
		s.n, s.err = unix.Write(int(fd), s.pending)
		if !errors.Is(s.err, unix.EINTR) {
			return true
		}
	}
}
