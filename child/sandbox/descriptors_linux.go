package sandbox

import (
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

var closeOthers = implementation{apply: applyCloseOthers}

// applyCloseOthers takes away all descriptors that are neither kept nor the
// runtime poller's.
func applyCloseOthers(p *process) error {
	for _, fd := range openDescriptors() {
		if fd <= 2 || slices.Contains(p.Keep, fd) {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || isPoller(fd) {
			continue // not open, or needed
		}
		// Close-on-exec means that this program opened it, and may believe to
		// own it: its number is not to become another descriptor's.
		if flags&unix.FD_CLOEXEC != 0 && unix.Dup3(2, fd, unix.O_CLOEXEC) == nil {
			continue
		}
		if err := unix.Close(fd); err != nil {
			return fmt.Errorf("closing file descriptor %d: %w", fd, err)
		}
	}
	return nil
}

// isPoller reports whether fd is what the runtime waits with, an epoll instance
// or an eventfd.
func isPoller(fd int) bool {
	// They have an inode without a type. Neither files nor sockets nor pipes do.
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != 0 {
		return false
	}
	var name [64]byte
	n, err := unix.Readlink("/proc/self/fd/"+strconv.Itoa(fd), name[:])
	if err != nil {
		return true // it may be
	}
	switch string(name[:n]) {
	case "anon_inode:[eventpoll]", "anon_inode:[eventfd]":
		return true
	}
	return false
}
