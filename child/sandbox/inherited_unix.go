//go:build unix

package sandbox

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxGuess is how many descriptors are tried where the system does not list
// those that are open.
const maxGuess = 1024

// CloseInherited closes every file descriptor above keep that this process got
// from the one that started it. The runtime's own stay: they are set to be
// closed on exec, and what came through an exec cannot be. It has to be called
// before anything else opens descriptors that are meant to be inherited.
func CloseInherited(keep int) {
	for _, fd := range openDescriptors() {
		if fd <= keep {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.Close(fd)
		}
	}
}

// openDescriptors returns the numbers of all open descriptors, and perhaps some
// that are not open.
func openDescriptors() []int {
	var fds []int
	if dir, err := os.Open("/dev/fd"); err == nil { // on Linux a link into /proc
		names, err := dir.Readdirnames(-1)
		dir.Close()
		if err == nil {
			for _, name := range names {
				if fd, err := strconv.Atoi(name); err == nil {
					fds = append(fds, fd)
				}
			}
			return fds
		}
	}
	for fd := range maxGuess {
		fds = append(fds, fd)
	}
	return fds
}
