//go:build unix

package enginetest

import (
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"scripthost.example/child"
)

// fileConn is a stream with a second socket, for files.
type fileConn struct {
	child.Conn
	files *os.File
}

func (c *fileConn) FileSocket() *os.File { return c.files }

// NewFileParent is [NewParent], with a socket over which files can be passed.
func NewFileParent(t testing.TB, serve func(child.Conn) error) *Parent {
	t.Helper()
	near, far := fdPair(t)
	if err := syscall.SetNonblock(far, true); err != nil {
		t.Fatal(err)
	}
	files := os.NewFile(uintptr(far), "child's socket for files")
	p := NewParent(t, func(conn child.Conn) error { return serve(&fileConn{conn, files}) })
	f := os.NewFile(uintptr(near), "parent's socket for files")
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	p.files = conn.(*net.UnixConn)
	t.Cleanup(p.CloseFiles)
	return p
}

// fdPair returns the two ends of a Unix stream socket.
func fdPair(t testing.TB) (near, far int) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fds[0])
	syscall.CloseOnExec(fds[1])
	return fds[0], fds[1]
}

// Pass passes a file, and closes it here: the worker has it then.
func (p *Parent) Pass(f *os.File) {
	p.t.Helper()
	defer f.Close()
	p.PassMessage([]byte{0}, f)
}

// PassMessage sends any message over the socket for files.
func (p *Parent) PassMessage(octets []byte, files ...*os.File) {
	p.t.Helper()
	var fds []int
	for _, f := range files {
		raw, err := f.SyscallConn()
		if err != nil {
			p.t.Fatal(err)
		}
		// The number is good for as long as the caller has the file open.
		if err := raw.Control(func(fd uintptr) { fds = append(fds, int(fd)) }); err != nil {
			p.t.Fatal(err)
		}
	}
	if _, _, err := p.files.WriteMsgUnix(octets, syscall.UnixRights(fds...), nil); err != nil {
		p.t.Fatalf("passing a file: %v", err)
	}
}

// FilesEnded waits for the end of the socket for files, and returns what reading
// it says.
func (p *Parent) FilesEnded() error {
	p.files.SetReadDeadline(time.Now().Add(patience))
	_, err := p.files.Read(make([]byte, 1))
	return err
}

// CloseFiles ends the socket for files: no more can be passed.
func (p *Parent) CloseFiles() { p.files.Close() }
