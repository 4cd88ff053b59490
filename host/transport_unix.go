//go:build unix

package host

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scripthost.example/wire"
)

// parentEnd names the parent's end of a pair of sockets.
const parentEnd = "socket to worker"

// newSocketPair returns the descriptor of the parent's end of a new pair of stream
// sockets, and the child's end, which is closed in every other process that is
// started meanwhile.
func newSocketPair() (parent int, child *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, nil, os.NewSyscallError("socketpair", err)
	}
	return fds[0], os.NewFile(uintptr(fds[1]), "worker's socket"), nil
}

// socketPair is newSocketPair with the parent's end as a file.
func socketPair() (parent, child *os.File, err error) {
	fd, child, err := newSocketPair()
	if err != nil {
		return nil, nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		child.Close()
		return nil, nil, os.NewSyscallError("setnonblock", err)
	}
	return os.NewFile(uintptr(fd), parentEnd), child, nil
}

// socketToWorker returns a transport over a new pair of sockets, and the other end.
func socketToWorker() (*transport, *os.File, error) {
	fd, child, err := newSocketPair()
	if err != nil {
		return nil, nil, err
	}
	s, err := wire.NewSocket(fd, parentEnd)
	if err != nil {
		child.Close()
		return nil, nil, err
	}
	return socketTransport(s), child, nil
}

// A socketConn is one of the types of sockets that can be written without waiting.
type socketConn interface {
	deadlineReader
	io.WriteCloser
}

// socketTransport is a transport over a socket.
func socketTransport(f socketConn) *transport {
	t := newTransport(f, f, f)
	t.shut = func() error {
		var err error
		if controlErr := t.writer.raw.Control(func(fd uintptr) { err = unix.Shutdown(int(fd), unix.SHUT_WR) }); controlErr != nil {
			return controlErr
		}
		return err
	}
	return t
}

// fileTransport is a transport over a file that somebody else opened, nil if that
// is nothing that can be waited for.
func fileTransport(f *os.File) *transport {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil
	}
	var own *os.File
	socket := false
	err = raw.Control(func(fd uintptr) {
		_, typeErr := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TYPE)
		socket = typeErr == nil
		n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return
		}
		// A file that blocks cannot be closed while it is read.
		if unix.SetNonblock(n, true) != nil {
			unix.Close(n)
			return
		}
		own = os.NewFile(uintptr(n), f.Name())
	})
	if err != nil || own == nil {
		return nil
	}
	if own.SetReadDeadline(time.Time{}) != nil {
		own.Close()
		return nil
	}
	f.Close()
	if socket {
		return socketTransport(own)
	}
	return newTransport(own, own, own)
}

// standardPipes returns the child's and the parent's ends of two pipes.
func standardPipes() (stdin, toChild, fromChild, stdout *os.File, err error) {
	if stdin, toChild, err = os.Pipe(); err != nil {
		return nil, nil, nil, nil, err
	}
	if fromChild, stdout, err = os.Pipe(); err != nil {
		stdin.Close()
		toChild.Close()
		return nil, nil, nil, nil, err
	}
	return stdin, toChild, fromChild, stdout, nil
}

// unread reports whether c can be read without waiting.
func unread(c syscall.Conn) bool {
	raw, err := c.SyscallConn()
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

// readerGone reports whether nobody is left to read what is written to c: a pipe
// without a reader, or a socket that is closed in both directions.
func readerGone(c syscall.Conn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	gone := false
	err = raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd)}} // these are told unasked
		n, err := unix.Poll(p, 0)
		gone = err == nil && n > 0 && p[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
	})
	return err == nil && gone
}

// A directWriter is a [wire.Socket] where that knows how to write without waiting.
type directWriter interface {
	TryWrite(b []byte) (int, error)
}

// A tryWriter writes without waiting, and allocates nothing for it.
type tryWriter struct {
	direct  directWriter    // nil: by raw
	raw     syscall.RawConn // nil: nothing can be written without waiting
	once    func(fd uintptr) bool
	pending []byte
	n       int
	err     error
}

func (w *tryWriter) init(out io.Writer) {
	if s, ok := out.(*wire.Socket); ok {
		w.direct, _ = any(s).(directWriter)
	}
	w.once = w.write
}

// tryWrite writes as much of b as can be written at once, perhaps nothing.
func (t *transport) tryWrite(b []byte) (int, error) {
	w := &t.writer
	if w.direct != nil {
		return w.direct.TryWrite(b)
	}
	if w.raw == nil {
		return 0, nil
	}
	w.pending = b
	if err := w.raw.Write(w.once); err != nil {
		return 0, err
	}
	w.pending = nil
	switch {
	case errors.Is(w.err, unix.EAGAIN):
		return 0, nil
	case w.err == nil && w.n == 0 && len(b) > 0:
		return 0, io.ErrShortWrite
	}
	return max(w.n, 0), w.err
}

// write is for RawConn.Write, which it tells not to wait.
func (w *tryWriter) write(fd uintptr) bool {
	for {
		w.n, w.err = unix.Write(int(fd), w.pending)
		if !errors.Is(w.err, unix.EINTR) {
			return true
		}
	}
}
