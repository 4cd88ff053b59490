package broker

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// errnos are the errnos that scripts may see where the system's own codes are
// others, with the C library's names and texts.
var errnos = []struct {
	errno      syscall.Errno
	name, text string
}{
	{syscall.EPERM, "EPERM", "operation not permitted"},
	{syscall.ENOENT, "ENOENT", "no such file or directory"},
	{syscall.EIO, "EIO", "input/output error"},
	{syscall.EBADF, "EBADF", "bad file descriptor"},
	{syscall.EAGAIN, "EAGAIN", "resource temporarily unavailable"},
	{syscall.EACCES, "EACCES", "permission denied"},
	{syscall.EBUSY, "EBUSY", "device or resource busy"},
	{syscall.EEXIST, "EEXIST", "file exists"},
	{syscall.EXDEV, "EXDEV", "invalid cross-device link"},
	{syscall.ENOTDIR, "ENOTDIR", "not a directory"},
	{syscall.EISDIR, "EISDIR", "is a directory"},
	{syscall.EINVAL, "EINVAL", "invalid argument"},
	{syscall.EMFILE, "EMFILE", "too many open files"},
	{syscall.ENOSPC, "ENOSPC", "no space left on device"},
	{syscall.ESPIPE, "ESPIPE", "illegal seek"},
	{syscall.EROFS, "EROFS", "read-only file system"},
	{syscall.ENAMETOOLONG, "ENAMETOOLONG", "file name too long"},
	{syscall.ENOSYS, "ENOSYS", "function not implemented"},
	{syscall.ENOTEMPTY, "ENOTEMPTY", "directory not empty"},
	{syscall.ELOOP, "ELOOP", "too many levels of symbolic links"},
}

func errnoName(errno syscall.Errno) string {
	for _, e := range errnos {
		if e.errno == errno {
			return e.name
		}
	}
	return "EUNKNOWN"
}

func errnoText(errno syscall.Errno) string {
	for _, e := range errnos {
		if e.errno == errno {
			return e.text
		}
	}
	return errno.Error()
}

// portableErrno returns the errno in err if it is one of those listed; other
// codes are told apart by errnoOf.
func portableErrno(err error) (syscall.Errno, bool) {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return 0, false
	}
	if mapped, ok := systemErrnos[errno]; ok {
		return mapped, true
	}
	for _, e := range errnos {
		if e.errno == errno {
			return errno, true
		}
	}
	return 0, false
}

// systemErrnos are Windows' own codes for what has an errno.
var systemErrnos = map[syscall.Errno]syscall.Errno{
	windows.ERROR_FILE_NOT_FOUND:       syscall.ENOENT,
	windows.ERROR_PATH_NOT_FOUND:       syscall.ENOENT,
	windows.ERROR_ACCESS_DENIED:        syscall.EACCES,
	windows.ERROR_SHARING_VIOLATION:    syscall.EBUSY,
	windows.ERROR_FILE_EXISTS:          syscall.EEXIST,
	windows.ERROR_ALREADY_EXISTS:       syscall.EEXIST,
	windows.ERROR_DIR_NOT_EMPTY:        syscall.ENOTEMPTY,
	windows.ERROR_DIRECTORY:            syscall.ENOTDIR,
	windows.ERROR_NOT_SAME_DEVICE:      syscall.EXDEV,
	windows.ERROR_INVALID_NAME:         syscall.EINVAL,
	windows.ERROR_INVALID_PARAMETER:    syscall.EINVAL,
	windows.ERROR_NEGATIVE_SEEK:        syscall.EINVAL,
	windows.ERROR_DISK_FULL:            syscall.ENOSPC,
	windows.ERROR_TOO_MANY_OPEN_FILES:  syscall.EMFILE,
	windows.ERROR_FILENAME_EXCED_RANGE: syscall.ENAMETOOLONG,
	windows.ERROR_INVALID_HANDLE:       syscall.EBADF,
	windows.ERROR_WRITE_PROTECT:        syscall.EROFS,
}
