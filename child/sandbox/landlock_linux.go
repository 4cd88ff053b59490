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
	return landlock.V11.BestEffort().Restrict()
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
