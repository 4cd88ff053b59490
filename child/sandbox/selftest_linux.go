package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

var selfTested = implementation{apply: applySelfTest, probe: probeSeccomp}

// applySelfTest tries what must not be possible any more.
func applySelfTest(p *process) error {
	if !slices.Contains(p.inForce, "seccomp") {
		return errors.New("without seccomp it would fail")
	}
	for _, attempt := range []struct {
		what string
		try  func() error
	}{
		{"open /dev/null", tryOpen},
		{"make an IPv4 socket", func() error { return trySocket(unix.AF_INET) }},
		{"make a Unix socket", func() error { return trySocket(unix.AF_UNIX) }},
		{"fork", tryFork},
		{"execute a program", tryExec},
	} {
		switch err := attempt.try(); err {
		case unix.EPERM, unix.EACCES:
		case nil:
			return fmt.Errorf("the process can %s", attempt.what)
		default:
			return fmt.Errorf("an attempt to %s failed for another reason than a lack of permission: %w", attempt.what, err)
		}
	}
	return nil
}

func tryOpen() error {
	fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

func trySocket(family int) error {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// tryFork has the forked process, should there be one, end at once.
func tryFork() error {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	if pid == 0 {
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	_, err := unix.Wait4(int(pid), nil, 0, nil)
	return err
}

// tryExec passes arguments that cannot be read: should it be allowed to execute
// itself, it fails all the same, with EFAULT.
func tryExec() error {
	path := []byte("/proc/self/exe\x00")
	const nowhere = 1
	_, _, errno := unix.Syscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(&path[0])), nowhere, nowhere)
	return errno
}
