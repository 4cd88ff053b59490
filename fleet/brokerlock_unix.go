//go:build unix

package fleet

import (
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of a file, if nobody has it.
func tryLock(file *os.File) (taken bool, err error) {
	for {
		switch err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
		case nil:
			return true, nil
		case unix.EWOULDBLOCK:
			return false, nil
		case unix.EINTR:
		default:
			return false, err
		}
	}
}
