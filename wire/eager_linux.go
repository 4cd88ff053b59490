package wire

import (
	"io"
	"os"
	"syscall"
	"time"
)

// canLook reports whether a read of what raw stands for never waits.
func canLook(raw syscall.RawConn) bool {
	flags := uintptr(0)
	err := raw.Control(func(fd uintptr) {
		flags, _, _ = syscall.RawSyscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
	})
	return err == nil && flags&syscall.O_NONBLOCK != 0
}

// look reads what is there as soon as something is.
func (r *EagerReader) look(fd uintptr) {
	r.got = false
	for began := time.Now(); ; {
		n, err := readNow(int(fd), r.b)
		switch {
		case err == nil && n == 0:
			r.n, r.err, r.got = 0, io.EOF, true
			return
		case err == nil:
			r.n, r.err, r.got = n, nil, true
			return
		case err != syscall.EAGAIN && err != syscall.EINTR:
			r.n, r.err, r.got = 0, os.NewSyscallError("read", err), true
			return
		case time.Since(began) > eagerFor:
			return
		}
		// The other end may need this processor.
		syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
	}
}
