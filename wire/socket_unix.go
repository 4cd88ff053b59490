//go:build unix && !linux

package wire

import (
	"os"
	"syscall"
)

// A Socket is a stream socket.
type Socket struct{ *os.File }

// NewSocket returns the socket fd, which it owns from then on, also if it fails.
func NewSocket(fd int, name string) (*Socket, error) {
	// Else the file cannot be closed while it is read, and has no deadline.
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("a socket", err)
	}
	return &Socket{os.NewFile(uintptr(fd), name)}, nil
}
