package host

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"scripthost.example/wire"
)

// A transport is the parent's end of what joins it to a child: a stream of
// octets in each direction. One goroutine at a time may read, and one write.
type transport struct {
	in  deadlineReader
	out io.Writer
	// shut ends the direction to the child; nil where that cannot be done.
	shut func() error
	// closers close both directions, and end a Read or Write that is under way.
	closers []io.Closer
	closed  sync.Once
	err     error

	writer tryWriter
}

// A deadlineReader can be read, and its readers be made to return.
type deadlineReader interface {
	io.Reader
	SetReadDeadline(time.Time) error
}

// newTransport is a transport of two ends, which may be the same.
func newTransport(in deadlineReader, out io.Writer, closers ...io.Closer) *transport {
	t := &transport{in: in, out: out, closers: closers}
	switch conn := out.(type) {
	case *wire.Socket, *os.File, *net.UnixConn, *net.TCPConn:
		// Not every syscall.Conn: a type that wraps one of these has a Write of
		// its own. Where it fails, writes are left to a goroutine that may wait.
		t.writer.raw, _ = conn.(syscall.Conn).SyscallConn()
	}
	t.writer.init(out)
	return t
}

// closeWrite tells the child that nothing more will come. Where one direction
// cannot be closed alone, both are.
func (t *transport) closeWrite() error {
	if t.shut == nil {
		return t.close()
	}
	return t.shut()
}

// close closes both directions.
func (t *transport) close() error {
	t.closed.Do(func() {
		for _, c := range t.closers {
			t.err = errors.Join(t.err, c.Close())
		}
	})
	return t.err
}

// unread reports whether there is something to be read, as far as the system
// can tell.
func (t *transport) unread() bool {
	conn, ok := t.in.(syscall.Conn)
	return ok && unread(conn)
}

// pipes is a transport over a child's standard input and output.
func pipes(stdin, stdout *os.File) *transport {
	t := newTransport(stdout, stdin, stdin, stdout)
	t.shut = stdin.Close
	return t
}

// attached is a transport over a stream that somebody else made.
func attached(conn io.ReadWriteCloser) *transport {
	if f, ok := conn.(*os.File); ok {
		if t := fileTransport(f); t != nil {
			return t
		}
		conn = plainConn{f}
	}
	in, ok := conn.(deadlineReader)
	if ok && in.SetReadDeadline(time.Time{}) == nil {
		t := newTransport(in, conn, conn)
		t.shut = halfClose(conn)
		return t
	}
	near, far := net.Pipe()
	go func() {
		// What ended it is the end of the stream: a reader is told no more.
		_, _ = io.Copy(far, conn)
		far.Close()
	}()
	t := newTransport(near, conn, conn, near, far)
	t.shut = halfClose(conn)
	return t
}

// A plainConn hides all but what an io.ReadWriteCloser has.
type plainConn struct{ io.ReadWriteCloser }

func halfClose(conn io.ReadWriteCloser) func() error {
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite
	}
	return nil
}
