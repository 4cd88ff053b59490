//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of a file, if nobody has it. File systems that have no
// locks do without.
func tryLock(file *os.File) (taken bool, err error) {
	for {
		switch err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
		case nil, unix.ENOLCK, unix.ENOSYS, unix.EOPNOTSUPP:
			return true, nil
		case unix.EWOULDBLOCK:
			return false, nil
		case unix.EINTR:
		default:
			return false, err
		}
	}
}
