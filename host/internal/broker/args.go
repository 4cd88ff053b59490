package broker

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Bounds of paths: C's PATH_MAX, and as many names as keeps the work for one
// path small.
const (
	maxPath  = 4096
	maxNames = 256
)

// arguments are what the child sent: nothing about them is known yet but their
// number.
type arguments struct {
	function string
	dir      string
	list     []any
	uses     []pathUse
}

func (a *arguments) errorf(i int, format string, args ...any) error {
	return &ArgumentError{Function: a.function, Message: fmt.Sprintf("argument %d: ", i+1) + fmt.Sprintf(format, args...)}
}

// text returns an octet string, which comes as text or, where it is not UTF-8,
// as bytes.
func (a *arguments) text(i int) (string, error) {
	switch v := a.list[i].(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	default:
		return "", a.errorf(i, "must be a string, not %T", v)
	}
}

// integer returns a whole number, of whatever type it is.
func (a *arguments) integer(i int) (int64, error) {
	switch v := a.list[i].(type) {
	case int64:
		return v, nil
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v), nil
		}
		return 0, a.errorf(i, "%d is too large", v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= 1<<53 {
			return int64(v), nil
		}
		return 0, a.errorf(i, "%v is not a whole number that can be used", v)
	default:
		return 0, a.errorf(i, "must be a whole number, not %T", v)
	}
}

func (a *arguments) boolean(i int) (bool, error) {
	if v, ok := a.list[i].(bool); ok {
		return v, nil
	}
	return false, a.errorf(i, "must be true or false, not %T", a.list[i])
}

// perm returns permission bits; others are dropped.
func (a *arguments) perm(i int) (os.FileMode, error) {
	n, err := a.integer(i)
	return os.FileMode(n & 0o777), err
}

// A scriptPath is a path as the script named it, and what it means.
type scriptPath struct {
	named    string
	absolute string // and clean
}

// path returns a path. Its error is a *FileError of op where no file can have
// that name.
func (a *arguments) path(i int, op string) (scriptPath, error) {
	named, err := a.text(i)
	if err != nil {
		return scriptPath{}, err
	}
	p := scriptPath{named: named}
	var errno syscall.Errno
	switch {
	case named == "":
		errno = syscall.ENOENT
	case strings.IndexByte(named, 0) >= 0:
		errno = syscall.EINVAL
	case len(named) > maxPath:
		errno = syscall.ENAMETOOLONG
	case filepath.IsAbs(named):
		p.absolute = filepath.Clean(named)
	case a.dir == "":
		errno = syscall.ENOENT
	case os.IsPathSeparator(named[0]): // on a system with drives
		p.absolute = filepath.Clean(filepath.VolumeName(a.dir) + named)
	default:
		p.absolute = filepath.Join(a.dir, named)
	}
	if len(p.absolute) > maxPath || strings.Count(p.absolute, string(filepath.Separator)) > maxNames {
		errno = syscall.ENAMETOOLONG
	}
	if errno != 0 {
		if len(named) > maxPath {
			p.named = named[:maxPath]
		}
		return scriptPath{}, &FileError{Op: op, Path: p.named, Errno: errno}
	}
	return p, nil
}
