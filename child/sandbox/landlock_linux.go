package sandbox

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

var landlocked = implementation{apply: applyLandlock, probe: probeLandlock}

// applyLandlock denies all that the kernel's Landlock knows, to all threads.
func applyLandlock(*process) error {
	// It would be content with a kernel that has none.
	if _, err := probeLandlock(); err != nil {
		return err
	}
	release, err := holdThreads()
	if err != nil {
		return err
	}
	defer release()
	return landlock.V11.BestEffort().Restrict()
}

// holdThreads keeps the folder of the process's threads in the kernel's memory
// until release is called. In a program with cgo psx lists it when the first
// thread is restricted already, and kills the process if it cannot: Landlock has
// to let it, and knows the folder by an inode. Of /proc the kernel forgets what
// is not open when memory is short, and makes another inode the next time.
func holdThreads() (release func(), err error) {
	fd, err := unix.Open("/proc/self/task", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		if usesCgo {
			return nil, fmt.Errorf("cannot list the threads: /proc/self/task: %w", err)
		}
		return func() {}, nil
	}
	return func() { unix.Close(fd) }, nil
}

func probeLandlock() (string, error) {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	switch errno {
	case 0:
		return fmt.Sprintf("ABI %d", abi), nil
	case unix.ENOSYS:
		return "", fmt.Errorf("the kernel was built without Landlock: %w", errno)
	case unix.EOPNOTSUPP:
		return "", fmt.Errorf("the kernel was started without Landlock: %w", errno)
	case unix.EPERM, unix.EACCES:
		return "", fmt.Errorf("the landlock system calls are forbidden, as containers do: %w", errno)
	}
	return "", fmt.Errorf("landlock_create_ruleset: %w", errno)
}
