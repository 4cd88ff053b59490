package broker

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode"
)

// ErrClosed is returned by Call after Close.
var ErrClosed = errors.New("the worker's files and connections are closed: its broker has been shut down")

// errTooManyLinks stands for ELOOP where the standard library has no errno.
var errTooManyLinks = errors.New("too many symbolic links")

// A DeniedError says that an operation was not carried out for want of a grant,
// or because what the path names is never reached by scripts.
type DeniedError struct {
	Grant string // "read", "write", "net" or "modules"
	// Path is what the script asked for: a path, made absolute, or a host and
	// its port.
	Path string
	// Reason is why it is refused in spite of a grant; empty if none covers it.
	Reason string
	// Missing is what would have to be granted, where Reason is not empty and
	// that would help.
	Missing string
}

// notGranted is why something is refused that no grant covers.
const notGranted = "it is not granted"

// reason is Reason, in words also where it is empty.
func (e *DeniedError) reason() string {
	if e.Reason == "" {
		return notGranted
	}
	return e.Reason
}

// missing is what would have to be granted; empty if nothing would help.
func (e *DeniedError) missing() string {
	switch {
	case e.Reason != "":
		return e.Missing
	case e.Grant != modulesGrant:
		return e.Path
	case filepath.IsAbs(e.Path):
		return filepath.Dir(e.Path)
	}
	return ""
}

// Error names the path and, where no grant covers it, the flag that would allow it.
func (e *DeniedError) Error() string {
	head := e.Grant + " access to " + strconv.Quote(e.Path)
	switch e.Grant {
	case "net":
		head = "network access to " + strconv.Quote(e.Path)
	case modulesGrant:
		head = "loading the file " + strconv.Quote(e.Path)
	}
	if e.Reason != "" {
		return head + " is refused: " + e.Reason
	}
	if e.Grant == modulesGrant {
		return head + " is not granted: " + e.moduleHint()
	}
	return head + " is not granted (allow it with " + allowFlag(e.Grant, e.Path) + ")"
}

// moduleHint says what to do about a file that no root has.
func (e *DeniedError) moduleHint() string {
	if folder := e.missing(); folder != "" {
		return "a script can require files of its own folder, and those of module paths (add one with " + allowFlag(modulesGrant, folder) + ")"
	}
	return "a script can require files of its own folder and of module paths (--module-path), and this one has no folder of its own"
}

// allowFlag returns the flag that grants access to path, as one types it in a
// shell.
func allowFlag(grant, path string) string {
	has := func(special func(rune) bool) bool { return strings.IndexFunc(path, special) >= 0 }
	switch {
	case has(unicode.IsControl):
		path = strconv.Quote(path)
	case has(func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'`$&|;<>()*?[]!\\", r) }):
		path = "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	if grant == modulesGrant {
		return "--module-path=" + path
	}
	return "--allow-" + grant + "=" + path
}

// A FileError says that an operation was granted, and that the system refused it.
type FileError struct {
	Op      string // the operation, e.g. "rmdir"
	Path    string // as the script named it; empty where there is none
	NewPath string // the other path of a rename
	Errno   syscall.Errno
	// Err is the cause where it is more than Errno says; it may be nil.
	Err error
}

// Error returns the operation, the path and the message.
func (e *FileError) Error() string {
	s := e.Op
	if e.Path != "" {
		s += " " + e.Path
	}
	if e.NewPath != "" {
		s += " -> " + e.NewPath
	}
	return s + ": " + e.Message()
}

// Message returns what the C library says of the errno, e.g.
// "No such file or directory".
func (e *FileError) Message() string {
	s := errnoText(e.Errno)
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Code returns the name of the errno, e.g. "ENOENT".
func (e *FileError) Code() string { return errnoName(e.Errno) }

// Unwrap returns the errno, for errors.Is with fs.ErrNotExist and the like, and
// the cause.
func (e *FileError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Errno}
	}
	return []error{e.Errno, e.Err}
}

// An ArgumentError says that the child called a function with arguments that it
// does not take.
type ArgumentError struct {
	Function string // e.g. "runner.fs.read"
	Message  string
}

// Error names the function and what is wrong.
func (e *ArgumentError) Error() string { return e.Function + ": " + e.Message }

// A LimitError says that something is too large to be handed over at once.
type LimitError struct {
	// Limit is "file size", "folder entries", "folder size", "open responses",
	// "request bodies", "module size" or "module paths".
	Limit string
	Path  string
	// Size is what was found, at least, and Max what is allowed: bytes, or
	// a number for "folder entries", "open responses" and "module paths".
	Size, Max int64
}

// Error names the path, the size and the limit, and says what to do.
func (e *LimitError) Error() string {
	size, limit := strconv.FormatInt(e.Size, 10), strconv.FormatInt(e.Max, 10)
	switch e.Limit {
	case "folder entries":
		return strconv.Quote(e.Path) + " has more than " + limit + " entries, which is the most that can be listed: spread them over several folders"
	case "open responses":
		return "there are " + limit + " open responses, which is the most that a worker can have: close those that are not needed any more"
	case "request bodies":
		return "the bodies of requests whose responses are open take more than " + limit + " bytes: read the responses to their end or close them first, or raise --max-payload"
	case "module paths":
		return "a require looks at " + size + " paths at once, and the most is " + limit
	case "module size":
		return strconv.Quote(e.Path) + " has " + size + " bytes, more than the " + limit + " that a file of a script can have, or that --max-payload allows"
	case "folder size":
		return "the names in " + strconv.Quote(e.Path) + " take more than the " + limit + " bytes that can be listed at once: raise --max-payload, or spread them over several folders"
	}
	return strconv.Quote(e.Path) + " has " + size + " bytes, more than the " + limit + " that can be read at once: raise --max-payload, or have it in several files"
}

// fileError makes err, of an operation on path, one of this package's errors.
func fileError(op, path string, err error) error {
	var (
		denied *DeniedError
		limit  *LimitError
		file   *FileError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &denied), errors.As(err, &limit), errors.As(err, &file),
		errors.Is(err, ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	errno := errnoOf(err)
	out := &FileError{Op: op, Path: path, Errno: errno}
	if errno == syscall.EIO {
		out.Err = err // it may say more
	}
	return out
}

// errnoOf returns the errno that says best what err is.
func errnoOf(err error) syscall.Errno {
	if errno, ok := portableErrno(err); ok {
		return errno
	}
	switch {
	case errors.Is(err, errTooManyLinks):
		return syscall.ELOOP
	case errors.Is(err, errNowhere):
		return syscall.EAGAIN
	case errors.Is(err, fs.ErrNotExist):
		return syscall.ENOENT
	case errors.Is(err, fs.ErrExist):
		return syscall.EEXIST
	case errors.Is(err, fs.ErrPermission):
		return syscall.EACCES
	case errors.Is(err, fs.ErrClosed):
		return syscall.EBADF
	case errors.Is(err, fs.ErrInvalid):
		return syscall.EINVAL
	}
	return syscall.EIO
}

// isEscape tells whether err is os.Root's refusal to follow a link out of it,
// which has no exported value. Any absolute link counts as one.
func isEscape(err error) bool {
	var pe *fs.PathError
	return errors.As(err, &pe) && pe.Err != nil && pe.Err.Error() == "path escapes from parent"
}
