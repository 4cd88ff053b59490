//go:build unix

package broker

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

func errnoName(errno syscall.Errno) string { return unix.ErrnoName(errno) }

func errnoText(errno syscall.Errno) string { return errno.Error() }

// portableErrno returns the errno in err, if there is one.
func portableErrno(err error) (syscall.Errno, bool) {
	var errno syscall.Errno
	ok := errors.As(err, &errno) && errno != 0
	return errno, ok
}
