package sandbox

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

var noNewPrivs = implementation{
	apply: func(p *process) error {
		// What seccomp does to all threads at one go it does with this attribute
		// too. The other way takes a signal to each thread.
		if _, err := probeSeccomp(); err == nil && !slices.Contains(p.Without, "seccomp") {
			if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
				return fmt.Errorf("prctl(PR_SET_NO_NEW_PRIVS): %w", err)
			}
			return setFilter([]unix.SockFilter{ret(allow)})
		}
		release, err := holdThreads()
		if err != nil {
			return err
		}
		defer release()
		if _, _, errno := psx.Syscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
			return fmt.Errorf("prctl(PR_SET_NO_NEW_PRIVS): %w", errno)
		}
		return nil
	},
	probe: func() (string, error) {
		if _, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil {
			return "", fmt.Errorf("prctl(PR_GET_NO_NEW_PRIVS): %w", err)
		}
		return "", nil
	},
}

// notDumpable also makes root the owner of the files in /proc/self.
var notDumpable = implementation{apply: func(*process) error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl(PR_SET_DUMPABLE): %w", err)
	}
	return nil
}}
