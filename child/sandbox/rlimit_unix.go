//go:build linux || darwin

package sandbox

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// spareDescriptors is how many more descriptors a process may have than are
// open when it is limited: the runtime makes two for its poller if it has not
// yet, and the parent may pass some.
const spareDescriptors = 16

var (
	noCore     = implementation{apply: func(*process) error { return limit(unix.RLIMIT_CORE, 0) }}
	noFileSize = implementation{apply: func(*process) error { return limit(unix.RLIMIT_FSIZE, 0) }}

	fewDescriptors = implementation{apply: func(*process) error {
		highest := 2
		for _, fd := range openDescriptors() {
			if isOpen(fd) {
				highest = max(highest, fd)
			}
		}
		return limit(unix.RLIMIT_NOFILE, uint64(highest)+1+spareDescriptors)
	}}

	// Where soft and hard limit are the same it is SIGKILL that comes. Go
	// programs ignore the soft limit's SIGXCPU.
	cpuTime = implementation{apply: func(p *process) error {
		seconds := math.Ceil(p.CPU.Seconds() + CPUHeadroom.Seconds())
		return limit(unix.RLIMIT_CPU, uint64(min(seconds, math.MaxInt32)))
	}}
)

// limit sets the soft and the hard limit of a resource to n, or leaves them
// lower if they are.
func limit(resource int, n uint64) error {
	var r unix.Rlimit
	if err := unix.Getrlimit(resource, &r); err != nil {
		return fmt.Errorf("getrlimit: %w", err)
	}
	if n >= r.Max {
		n = r.Max
	}
	r.Cur, r.Max = n, n
	if err := unix.Setrlimit(resource, &r); err != nil {
		return fmt.Errorf("setrlimit: %w", err)
	}
	return nil
}

// isOpen reports whether fd is an open descriptor.
func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

func checkOpen(fds []int) error {
	for _, fd := range fds {
		if !isOpen(fd) {
			return fmt.Errorf("file descriptor %d, which is to be kept, is not open", fd)
		}
	}
	return nil
}
