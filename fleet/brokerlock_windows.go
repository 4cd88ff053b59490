package fleet

import (
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock of a file, if nobody has it. The octet that is locked is beyond
// all that is written, since what is locked cannot be read by others.
func tryLock(file *os.File) (taken bool, err error) {
	at := &windows.Overlapped{Offset: 1 << 30}
	err = windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if err == windows.ERROR_LOCK_VIOLATION {
		return false, nil
	}
	return err == nil, err
}
