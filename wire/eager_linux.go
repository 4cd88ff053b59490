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

// now reads once, without waiting.
func (r *EagerReader) now(fd int, b []byte) (int, error) {
	if r.socket {
		return receiveNow(fd, b)
	}
	return readNow(fd, b)
}

func schedYield() { syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }

// look reads what is there as soon as something is.
func (r *EagerReader) look(fd uintptr) {
	r.looks++
	// What was not there at once the last time is not there now, most likely.
	first := !r.late || r.looks%probing == 0
	sure, limit := r.patience.sure(), eagerFor
	if sure {
		limit = patientFor
	}
	var began, last time.Time // last is when it looked in vain last
	if r.looks%timing == 0 {
		began = time.Now()
		last = began
	}
	kept := (r.keeping || sure) && r.apart.look()
	keep, yielded, waited := kept, false, false
	for r.got = false; ; {
		if !first && !keep {
			r.yield() // the other end may need this processor
			yielded = true
		}
		n, err := r.now(int(fd), r.b)
		if first {
			r.late, first = err == syscall.EAGAIN, false
		}
		switch {
		case err == nil && n == 0:
			r.n, r.err, r.got = 0, io.EOF, true
			return
		case err == nil:
			r.n, r.err, r.got = n, nil, true
			if kept && (yielded || waited) {
				r.apart.note(!yielded)
			}
			if !last.IsZero() && time.Since(last) > crowded {
				r.skip = skipCrowded
				r.patience.lose()
			} else if sure {
				r.patience.keep()
			}
			return
		case err != syscall.EAGAIN && err != syscall.EINTR:
			r.n, r.err, r.got = 0, os.NewSyscallError("read", err), true
			return
		}
		last, waited = time.Now(), true
		if began.IsZero() {
			began = last
		}
		looked := last.Sub(began)
		if looked > limit && yielded { // not before the other end has had a chance
			r.patience.began = began
			if sure {
				r.patience.lose()
			}
			return
		}
		keep = keep && looked < apartFor
	}
}
