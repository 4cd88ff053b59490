//go:build unix

package child

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// readerGone reports whether nobody is left to read what is written to c, a pipe without
// a reader or a socket that is closed in both directions, or that cannot be told.
func readerGone(c syscall.Conn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return true
	}
	gone := true
	err = raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd)}} // these are told unasked
		n, err := unix.Poll(p, 0)
		gone = err != nil || n > 0 && p[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
	})
	return err != nil || gone
}
