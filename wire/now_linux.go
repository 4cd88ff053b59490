//go:build linux && !race

package wire

import (
	"syscall"
	"unsafe"
)

// shortTransfer is how many bytes can be copied without anybody noticing.
const shortTransfer = 64 << 10

// readNow reads from a descriptor that does not block. The scheduler is not told of it
// where that takes microseconds, of which to be told would take a tenth.
//
// It is not for the first transfer after a goroutine has waited. All of the process may
// have been idle then, and the scheduler's monitor, which sees to it that events are
// noticed while a goroutine computes, sleeps: a system call that the scheduler is told of
// wakes it.
func readNow(fd int, b []byte) (int, error) {
	if len(b) > shortTransfer || len(b) == 0 {
		return syscall.Read(fd, b)
	}
	return transferred(syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b))))
}

func transferred(n, _ uintptr, errno syscall.Errno) (int, error) {
	switch errno {
	case 0:
		return int(n), nil
	case syscall.EAGAIN: // boxed without an allocation
		return -1, errAgain
	}
	return -1, errno
}

var errAgain error = syscall.EAGAIN
