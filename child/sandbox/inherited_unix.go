//go:build unix

package sandbox

import (
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
	fds, err := listDescriptors()
	if err != nil {
		fds = fds[:0]
		for fd := range maxGuess {
			fds = append(fds, fd)
		}
	}
	return fds
}

// listDescriptors asks the system. It does without package os, which would have
// the poller look at the folder.
func listDescriptors() ([]int, error) {
	dir, err := unix.Open("/dev/fd", unix.O_RDONLY|unix.O_CLOEXEC, 0) // on Linux a link into /proc
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	fds := make([]int, 0, 32)
	var buf [2 << 10]byte
	for {
		n, err := unix.ReadDirent(dir, buf[:])
		if n <= 0 || err != nil {
			return fds, err
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range names {
			if fd, err := strconv.Atoi(name); err == nil && fd != dir {
				fds = append(fds, fd)
			}
		}
	}
}
