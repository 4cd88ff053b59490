package wire

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// A Socket is a stream socket whose owner looks for itself whether something has
// come, and has the runtime's poller look only while it waits. What comes while
// nobody waits wakes no thread: the poller of an [os.File] is woken each time, and
// that takes longer than a call.
//
// One goroutine at a time may read, and one write. Close may be called at any time
// and ends both.
type Socket struct {
	file *os.File // the poller does not know it
	raw  syscall.RawConn
	in   transfer
	out  transfer

	mu     sync.Mutex // guards what follows
	closed bool
}

// NewSocket returns the socket fd, which it owns from then on, also if it fails.
func NewSocket(fd int, name string) (*Socket, error) {
	// A file that blocks is not given to the poller. It does not block for long,
	// and is used by its descriptor alone.
	err := syscall.SetNonblock(fd, false)
	s := &Socket{file: os.NewFile(uintptr(fd), name)}
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err == nil {
		s.raw, err = s.file.SyscallConn()
	}
	s.in.once, s.in.do = s.in.run, syscall.Read
	s.out.once, s.out.do = s.out.run, syscall.Write
	if err == nil {
		err = s.in.ready.open(fd, syscall.EPOLLIN)
	}
	if err != nil {
		s.file.Close()
		return nil, os.NewSyscallError("a socket", err)
	}
	return s, nil
}

// Read is that of an io.Reader.
func (s *Socket) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		switch n, err := s.transfer(&s.in, b); {
		case err == nil && n == 0:
			return 0, io.EOF
		case err != syscall.EAGAIN:
			return n, err
		}
		if err := s.in.ready.wait(); err != nil {
			return 0, err
		}
	}
}

// Write is that of an io.Writer.
func (s *Socket) Write(b []byte) (int, error) {
	written := 0
	for written < len(b) {
		n, err := s.transfer(&s.out, b[written:])
		written += n
		if err == syscall.EAGAIN {
			if err = s.openOut(); err == nil {
				err = s.out.ready.wait()
			}
		}
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// openOut prepares to wait for room to write, which most sockets never have to.
func (s *Socket) openOut() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return os.ErrClosed
	case s.out.ready.poller != nil:
		return nil
	}
	var err error
	if controlErr := s.raw.Control(func(fd uintptr) { err = s.out.ready.open(int(fd), syscall.EPOLLOUT) }); controlErr != nil {
		return os.ErrClosed
	}
	return err
}

// SetReadDeadline is that of a net.Conn, for a Read that waits.
func (s *Socket) SetReadDeadline(t time.Time) error { return s.in.ready.poller.SetReadDeadline(t) }

// SyscallConn gives the descriptor, which does not block.
func (s *Socket) SyscallConn() (syscall.RawConn, error) { return s.file.SyscallConn() }

// Close closes the socket.
func (s *Socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	s.closed = true
	s.in.ready.poller.Close()
	if p := s.out.ready.poller; p != nil {
		p.Close()
	}
	return s.file.Close()
}

// A transfer is one direction, and what it does now. Its function is made once.
type transfer struct {
	ready readiness
	do    func(fd int, b []byte) (int, error)
	once  func(fd uintptr)
	b     []byte
	n     int
	err   error
}

// transfer reads or writes once, without waiting.
func (s *Socket) transfer(t *transfer, b []byte) (int, error) {
	t.b = b
	err := s.raw.Control(t.once)
	t.b = nil
	switch {
	case err != nil:
		return 0, os.ErrClosed
	case t.err == nil || t.err == syscall.EAGAIN:
		return max(t.n, 0), t.err
	}
	return 0, &os.PathError{Op: "socket", Path: s.file.Name(), Err: t.err}
}

func (t *transfer) run(fd uintptr) {
	for {
		if t.n, t.err = t.do(int(fd), t.b); t.err != syscall.EINTR {
			return
		}
	}
}

// A readiness waits until a socket can be read, or written. It is an epoll instance
// that knows the socket, and that the runtime's poller knows in its stead: it is
// told of the socket once for each wait, and of nothing in between.
type readiness struct {
	poller *os.File
	raw    syscall.RawConn
	socket int
	event  syscall.EpollEvent
	armed  bool // for the wait that is under way
	// stale says that the instance may hold an event that nobody has taken, which
	// the poller has been told of: it is not told again of another one.
	stale bool
	err   error
	once  func(fd uintptr) bool
}

func (r *readiness) open(socket int, event uint32) error {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	// Nothing yet; who waits asks for more. An error is told in any case, once.
	r.event = syscall.EpollEvent{Events: syscall.EPOLLONESHOT}
	if err := syscall.EpollCtl(fd, syscall.EPOLL_CTL_ADD, socket, &r.event); err != nil {
		syscall.Close(fd)
		return os.NewSyscallError("epoll_ctl", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return os.NewSyscallError("fcntl", err)
	}
	poller := os.NewFile(uintptr(fd), "epoll")
	raw, err := poller.SyscallConn()
	if err == nil {
		err = poller.SetReadDeadline(time.Time{}) // it can be waited for
	}
	if err != nil {
		poller.Close()
		return err
	}
	r.event.Events |= event
	r.socket, r.raw, r.once, r.poller = socket, raw, r.look, poller
	r.stale = true // the other end may have gone since
	return nil
}

// wait returns when the socket is ready, or closed, or at the deadline.
func (r *readiness) wait() error {
	r.armed = false
	switch err := r.raw.Read(r.once); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		r.stale = true
		return err
	case err != nil:
		return os.ErrClosed
	}
	return r.err
}

// look is for RawConn.Read, which waits as long as it reports false. Only there an
// event cannot be missed: what the poller was told before is forgotten.
func (r *readiness) look(epoll uintptr) (done bool) {
	if !r.armed {
		r.armed = true
		r.err = os.NewSyscallError("epoll_ctl", syscall.EpollCtl(int(epoll), syscall.EPOLL_CTL_MOD, r.socket, &r.event))
		if r.err != nil || !r.stale {
			return r.err != nil
		}
		r.stale = false
	}
	var event syscall.EpollEvent
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, epoll, uintptr(unsafe.Pointer(&event)), 1, 0, 0, 0)
		switch {
		case errno == syscall.EINTR:
			continue
		case errno != 0:
			r.err = os.NewSyscallError("epoll_pwait", errno)
			return true
		}
		return n > 0
	}
}
