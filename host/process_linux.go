package host

import (
	"errors"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ownPath is this very program, even if its file has been replaced since.
func ownPath() (string, error) { return "/proc/self/exe", nil }

// workerSlack is by how much the kernel may have a worker's timers late. By default that is
// 50 µs, and Go's monitor thread, which sleeps for 20 µs at a time where there was something
// to do lately, wakes every 70 µs: on two processors it takes them from a lone call, of which
// one worker and its parent use both.
const workerSlack = 500 * time.Microsecond

// withWorkerSlack calls spawn so that what it starts has that slack, if that is possible.
func withWorkerSlack(spawn func() error) error {
	runtime.LockOSThread() // it is the thread's, which hands it on; Go makes none from a locked one
	defer runtime.UnlockOSThread()
	before, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err == nil && time.Duration(before) < workerSlack && unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(workerSlack), 0, 0, 0) == nil {
		defer func() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(before), 0, 0, 0) }()
	}
	return spawn()
}

// endWithParent has the kernel kill a command when the thread that starts it
// ends.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// cldStopped is CLD_STOPPED of waitid(2).
const cldStopped = 5

// awaitExit waits until a child has exited, and leaves it to be reaped: until
// then its number is its own. stopped is called if it stops because it wants to
// use the terminal, which it cannot have in the background.
func awaitExit(pid int, stopped func()) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || info.Code != cldStopped:
			return
		}
		// siginfo_t has the signal behind the number and the user of the child;
		// x/sys does not name the fields.
		status := *(*int32)(unsafe.Add(unsafe.Pointer(&info), unsafe.Sizeof(info.Signo)*4+8))
		if s := syscall.Signal(status); (s == syscall.SIGTTIN || s == syscall.SIGTTOU) && stopped != nil {
			stopped()
		}
		// The stop has been seen; the next wait is for something else.
		for errors.Is(unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED, nil), unix.EINTR) {
		}
	}
}
