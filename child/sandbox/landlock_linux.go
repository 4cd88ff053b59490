package sandbox

import (
	"errors"
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

var landlocked = implementation{apply: applyLandlock, probe: probeLandlock}

// tsyncABI is the first version of Landlock in which the kernel itself restricts
// all threads.
const tsyncABI = 8

// applyLandlock denies all that the kernel's Landlock knows, to all threads. It
// relies on no-new-privs for all of them: the library's own way takes another
// signal to each thread for that, and a busy machine takes milliseconds for one.
func applyLandlock(*process) error {
	abi, err := landlockABI()
	if err != nil {
		return err
	}
	release, err := holdThreads()
	if err != nil {
		return err
	}
	defer release()
	var rules []landlock.Rule
	if usesCgo && abi < tsyncABI {
		// For psx: see holdThreads. Without a way to open it it is of no use to
		// a script.
		rules = append(rules, landlock.PathAccess(unix.LANDLOCK_ACCESS_FS_READ_DIR, "/proc/self/task"))
	}
	ruleset, flags, err := landlock.V11.BestEffort().NewRulesetFD(rules...)
	if err != nil {
		return err
	}
	if ruleset < 0 {
		return errors.New("the kernel's Landlock restricts nothing")
	}
	defer unix.Close(ruleset)
	var errno unix.Errno
	if abi >= tsyncABI {
		_, _, errno = unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), uintptr(flags|ll.FlagRestrictSelfTSync), 0)
	} else {
		_, _, errno = psx.Syscall3(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), uintptr(flags), 0)
	}
	if errno != 0 {
		return fmt.Errorf("landlock_restrict_self: %w", errno)
	}
	return nil
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
	abi, err := landlockABI()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ABI %d", abi), nil
}

// landlockABI is the version of the kernel's Landlock.
func landlockABI() (int, error) {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	switch errno {
	case 0:
		return int(abi), nil
	case unix.ENOSYS:
		return 0, fmt.Errorf("the kernel was built without Landlock: %w", errno)
	case unix.EOPNOTSUPP:
		return 0, fmt.Errorf("the kernel was started without Landlock: %w", errno)
	case unix.EPERM, unix.EACCES:
		return 0, fmt.Errorf("the landlock system calls are forbidden, as containers do: %w", errno)
	}
	return 0, fmt.Errorf("landlock_create_ruleset: %w", errno)
}
