package broker

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// A mode is a way to open a file.
type mode struct {
	need     access
	flags    int // of os.OpenFile: how, but not whether to create or truncate
	create   bool
	truncate bool
	fresh    bool // it must not exist yet
}

var reading = mode{need: readAccess, flags: os.O_RDONLY}

// modeOf returns the mode of C's fopen with that name.
func modeOf(name string) (mode, bool) {
	const both = readAccess | writeAccess
	switch name {
	case "r":
		return reading, true
	case "r+":
		return mode{need: both, flags: os.O_RDWR}, true
	case "w":
		return mode{need: writeAccess, flags: os.O_WRONLY, create: true, truncate: true}, true
	case "w+":
		return mode{need: both, flags: os.O_RDWR, create: true, truncate: true}, true
	case "a":
		return mode{need: writeAccess, flags: os.O_WRONLY | os.O_APPEND, create: true}, true
	case "a+":
		return mode{need: both, flags: os.O_RDWR | os.O_APPEND, create: true}, true
	case "wx":
		return mode{need: writeAccess, flags: os.O_WRONLY, create: true, fresh: true}, true
	case "wx+":
		return mode{need: both, flags: os.O_RDWR, create: true, fresh: true}, true
	case "ax":
		return mode{need: writeAccess, flags: os.O_WRONLY | os.O_APPEND, create: true, fresh: true}, true
	case "ax+":
		return mode{need: both, flags: os.O_RDWR | os.O_APPEND, create: true, fresh: true}, true
	}
	return mode{}, false
}

func (a *arguments) mode(i int) (mode, error) {
	name, err := a.text(i)
	if err != nil {
		return mode{}, err
	}
	m, ok := modeOf(name)
	if !ok {
		return mode{}, a.errorf(i, "%s is no way to open a file: use r, r+, w, w+, a or a+, or wx, wx+, ax or ax+", strconv.Quote(name[:min(len(name), 32)]))
	}
	return m, nil
}

func (b *Broker) open(_ context.Context, a *arguments) ([]any, error) {
	const op = "open"
	path, err := a.path(0, op)
	if err != nil {
		return nil, err
	}
	m, err := a.mode(1)
	if err != nil {
		return nil, err
	}
	perm, err := a.perm(2)
	if err != nil {
		return nil, err
	}
	a.needs(m.need, path.absolute)
	handle, err := b.files.open(path.named, func() (*os.File, error) { return b.openFile(path.absolute, m, perm) })
	if err != nil {
		return nil, fileError(op, path.named, err)
	}
	return []any{handle}, nil
}

// maxAttempts bounds how often a file is looked for again that comes and goes.
const maxAttempts = 16

// openFile opens a regular file or folder, checked.
func (b *Broker) openFile(path string, m mode, perm os.FileMode) (*os.File, error) {
	for range maxAttempts {
		f, err := b.tryOpen(path, m, perm)
		appeared := errors.Is(err, fs.ErrExist) && !m.fresh
		if !m.create || !appeared && !errors.Is(err, errGone) {
			return f, err
		}
	}
	return nil, syscall.EBUSY
}

// errGone marks a file that was removed between two looks at it.
var errGone = errors.New("removed meanwhile")

func (b *Broker) tryOpen(path string, m mode, perm os.FileMode) (*os.File, error) {
	find := b.follow
	if m.fresh {
		find = b.entry // a link counts as existing, wherever it leads
	}
	p, err := find(m.need, path)
	if err != nil {
		return nil, err
	}
	defer p.close()
	var f *os.File
	switch {
	case p.info == nil && !m.create:
		return nil, syscall.ENOENT
	case p.info == nil:
		f, err = p.folder.OpenFile(p.base, m.flags|openFlags|os.O_CREATE|os.O_EXCL, perm)
	case m.fresh:
		return nil, syscall.EEXIST
	default:
		// Looking first keeps devices and pipes from being opened at all.
		if err := b.checkKind(m.need, path, p.info); err != nil {
			return nil, err
		}
		f, err = p.folder.OpenFile(p.base, m.flags|openFlags, 0)
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.Join(errGone, syscall.ENOENT)
		}
	}
	if isEscape(err) { // it has become a link
		return nil, b.policy.lists(m.need)[0].linkError(path)
	}
	if err != nil {
		return nil, err
	}
	if err := b.confirmOpen(f, m, path); err != nil {
		f.Close()
		return nil, err
	}
	if m.truncate && p.info != nil {
		// Only now: opening with O_TRUNC would have been before the checks.
		if err := f.Truncate(0); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// checkKind refuses what is neither a regular file nor a folder.
func (b *Broker) checkKind(need access, path string, info os.FileInfo) error {
	if info.Mode().IsRegular() || info.IsDir() {
		return nil
	}
	return &DeniedError{
		Grant:  b.policy.lists(need)[0].name,
		Path:   path,
		Reason: "it is a " + kindOf(info.Mode()) + ", and scripts can open regular files and folders only",
	}
}

// confirmOpen checks what has been opened: the thing itself, whatever name it
// was opened by.
func (b *Broker) confirmOpen(f *os.File, m mode, path string) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := b.checkKind(m.need, path, info); err != nil {
		return err
	}
	if kind := madeUp(f); kind != "" {
		return b.policy.lists(m.need)[0].madeUpError(path, kind)
	}
	real, err := realPathOf(f)
	if err != nil {
		return err
	}
	if err := b.policy.checkReal(m.need, real, path); err != nil {
		return err
	}
	if err := b.policy.checkIdentity(m.need, info, path); err != nil {
		return err
	}
	if m.need&writeAccess != 0 && info.Mode().IsRegular() {
		n, err := linkCount(f)
		if err != nil {
			return err
		}
		if n > 1 {
			return &DeniedError{Grant: "write", Path: path, Reason: "the file has " + strconv.FormatUint(n, 10) + " names (hard links), one of which may lie elsewhere; write a new file and rename it over this one"}
		}
	}
	return nil
}
