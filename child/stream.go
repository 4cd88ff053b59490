package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"scripthost.example/wire"
)

// A StreamError says that a descriptor does not lead to a parent.
type StreamError struct {
	Descriptor int
	Reason     string
}

func (e *StreamError) Error() string {
	return fmt.Sprintf("file descriptor %d does not lead to a parent: %s", e.Descriptor, e.Reason)
}

// A stdio is a stream in two halves.
type stdio struct{ in, out *os.File }

func (s *stdio) Read(b []byte) (int, error)        { return s.in.Read(b) }
func (s *stdio) Write(b []byte) (int, error)       { return s.out.Write(b) }
func (s *stdio) SetReadDeadline(t time.Time) error { return s.in.SetReadDeadline(t) }
func (s *stdio) Close() error                      { return errors.Join(s.in.Close(), s.out.Close()) }

func (s *stdio) reader() io.Reader { return s.in }

func (s *stdio) descriptors() []int { return []int{descriptor(s.in), descriptor(s.out)} }

// SyscallConn is that of the direction to the parent.
func (s *stdio) SyscallConn() (syscall.RawConn, error) { return s.out.SyscallConn() }

// CloseWrite ends the direction to the parent.
func (s *stdio) CloseWrite() error { return s.out.Close() }

// An inherited is the stream of a child that its parent gave descriptors.
type inherited struct {
	*wire.Socket
	files *os.File
}

// FileSocket returns the socket that files come over, or nil.
func (c *inherited) FileSocket() *os.File { return c.files }

func (c *inherited) reader() io.Reader { return c.Socket }

func (c *inherited) descriptors() []int {
	fds := []int{descriptor(c.Socket)}
	if c.files != nil {
		fds = append(fds, descriptor(c.files))
	}
	return fds
}

// descriptor is f's number. Unlike Fd it leaves f as it is.
func descriptor(f syscall.Conn) int {
	n := -1
	if raw, err := f.SyscallConn(); err == nil {
		// It fails only for a file that is closed.
		_ = raw.Control(func(fd uintptr) { n = int(fd) })
	}
	return n
}
