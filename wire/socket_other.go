//go:build !unix

package wire

import "os"

// A Socket is a stream socket.
type Socket struct{ *os.File }

// NewSocket returns the socket fd, which does not block and which it owns from then
// on, also if it fails.
func NewSocket(fd int, name string) (*Socket, error) {
	return &Socket{os.NewFile(uintptr(fd), name)}, nil
}
