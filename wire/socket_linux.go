package wire

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// A Socket is a stream socket whose owner can look for itself whether something has
// come. What comes then wakes no thread: the poller of an [os.File] is woken each time,
// and that takes longer than a call. From the first Read that has to wait on, the
// runtime's poller looks too, until [EagerReader] does.
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
	s.in.init(s.raw, receiveNow, syscall.Read)
	s.out.init(s.raw, sendNow, syscall.Write)
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
	// Where the poller looks already it can be waited for in one go.
	n, err := 0, error(syscall.EAGAIN)
	if !s.in.ready.armed {
		n, err = s.transfer(&s.in, b)
	}
	if err == syscall.EAGAIN {
		n, err = s.await(&s.in, b)
	}
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

// quiet has what comes wake nobody. It is for who reads.
func (s *Socket) quiet() {
	if s.in.ready.armed {
		s.in.ready.disarm() // an error comes again
	}
}

// Write is that of an io.Writer.
func (s *Socket) Write(b []byte) (int, error) {
	written := 0
	for written < len(b) {
		n, err := s.transfer(&s.out, b[written:])
		if err == syscall.EAGAIN {
			if err = s.openOut(); err == nil {
				n, err = s.await(&s.out, b[written:])
			}
			if err == nil {
				// There is room most of the time, and then nobody is to be told of it.
				err = s.out.ready.disarm()
			}
		}
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// TryWrite is Write of as much as can be written without waiting, perhaps nothing.
func (s *Socket) TryWrite(b []byte) (int, error) {
	n, err := s.transfer(&s.out, b)
	if err == syscall.EAGAIN {
		err = nil
	}
	return n, err
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

// A transfer is one direction, and what it does now. Its functions are made once.
type transfer struct {
	ready readiness
	raw   syscall.RawConn
	do    func(fd int, b []byte) (int, error)
	after func(fd int, b []byte) (int, error) // do, once it has been waited for
	once  func(fd uintptr)
	again func(epoll uintptr) bool
	b     []byte
	n     int
	err   error

	waited bool
}

func (t *transfer) init(raw syscall.RawConn, do, after func(fd int, b []byte) (int, error)) {
	t.raw, t.do, t.after, t.once, t.again = raw, do, after, t.run, t.look
}

// transfer reads or writes once, without waiting.
func (s *Socket) transfer(t *transfer, b []byte) (int, error) {
	t.b = b
	err := t.raw.Control(t.once)
	t.b = nil
	return s.outcome(t, err)
}

// await reads or writes once, when that is possible. At the deadline the error is
// [os.ErrDeadlineExceeded].
func (s *Socket) await(t *transfer, b []byte) (int, error) {
	if err := t.ready.arm(); err != nil {
		return 0, err
	}
	t.b, t.waited = b, false
	err := t.ready.raw.Read(t.again)
	t.b, t.waited = nil, false
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, err
	}
	return s.outcome(t, err)
}

// outcome is what has come of a transfer; ended is why there was none.
func (s *Socket) outcome(t *transfer, ended error) (int, error) {
	switch {
	case ended != nil:
		return 0, os.ErrClosed
	case t.err == nil || t.err == syscall.EAGAIN:
		return max(t.n, 0), t.err
	}
	return 0, &os.PathError{Op: "socket", Path: s.file.Name(), Err: t.err}
}

func (t *transfer) run(fd uintptr) {
	do := t.do
	if t.waited {
		do = t.after
	}
	for {
		if t.n, t.err = do(int(fd), t.b); t.err != syscall.EINTR {
			return
		}
	}
}

// look is for RawConn.Read, which waits as long as it reports false. What comes after
// it has looked, and before that waits, the poller remembers.
func (t *transfer) look(uintptr) (done bool) {
	if t.raw.Control(t.once) != nil {
		t.err = os.ErrClosed
	}
	t.waited = true
	return t.err != syscall.EAGAIN
}

// A readiness tells the runtime's poller that a socket can be read, or written. It is
// an epoll instance that knows the socket, and that the poller knows in its stead: so
// the poller hears of the socket only while that is armed.
type readiness struct {
	poller *os.File
	raw    syscall.RawConn
	socket int
	wanted uint32
	armed  bool
	// What ask asks for, and what came of it.
	event syscall.EpollEvent
	once  func(epoll uintptr)
	err   error
}

func (r *readiness) open(socket int, wanted uint32) error {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	// Nothing yet; who waits asks for more. An error is told in any case.
	if err := syscall.EpollCtl(fd, syscall.EPOLL_CTL_ADD, socket, &syscall.EpollEvent{}); err != nil {
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
	r.socket, r.wanted, r.raw, r.once, r.poller = socket, wanted, raw, r.tell, poller
	return nil
}

func (r *readiness) arm() error {
	if r.armed {
		return nil
	}
	err := r.ask(r.wanted)
	r.armed = err == nil
	return err
}

func (r *readiness) disarm() error {
	r.armed = false
	return r.ask(0)
}

// ask says what the instance is to look for.
func (r *readiness) ask(events uint32) error {
	r.event.Events = events
	if r.raw.Control(r.once) != nil {
		return os.ErrClosed
	}
	return os.NewSyscallError("epoll_ctl", r.err)
}

func (r *readiness) tell(epoll uintptr) {
	r.err = syscall.EpollCtl(int(epoll), syscall.EPOLL_CTL_MOD, r.socket, &r.event)
}
