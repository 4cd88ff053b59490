package broker

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"unicode/utf8"
)

// maxEntries is the most entries of a folder that readdir lists.
const maxEntries = 100_000

// entryBytes is what an entry takes in a result beside its name, about.
const entryBytes = 16

func (b *Broker) readDir(ctx context.Context, a *arguments) ([]any, error) {
	const op = "scandir" // the system's name for it, and Node's
	path, err := a.path(0, op)
	if err != nil {
		return nil, err
	}
	a.needs(readAccess, path.absolute)
	f, err := b.openFile(path.absolute, reading, 0)
	if err != nil {
		return nil, fileError(op, path.named, err)
	}
	defer f.Close()
	entries, err := b.list(ctx, f, path.named, maxEntries)
	if err != nil {
		return nil, fileError(op, path.named, err)
	}
	list := make([]any, len(entries))
	for i, e := range entries {
		list[i] = []any{octets(e.Name()), kindOf(e.Type())}
	}
	return []any{list}, nil
}

// list returns the sorted entries of a folder that has at most so many.
func (b *Broker) list(ctx context.Context, f *os.File, named string, most int) ([]os.DirEntry, error) {
	var entries []os.DirEntry
	var bytes int64
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		some, err := f.ReadDir(1024)
		for _, e := range some {
			bytes += int64(len(e.Name())) + entryBytes
		}
		entries = append(entries, some...)
		switch {
		case len(entries) > most:
			return nil, &LimitError{Limit: "folder entries", Path: named, Size: int64(len(entries)), Max: int64(most)}
		case bytes > b.maxRead:
			return nil, &LimitError{Limit: "folder size", Path: named, Size: bytes, Max: b.maxRead}
		case errors.Is(err, io.EOF):
			slices.SortFunc(entries, func(x, y os.DirEntry) int { return cmp.Compare(x.Name(), y.Name()) })
			return entries, nil
		case err != nil:
			return nil, err
		}
	}
}

// octets returns a name as text if it is UTF-8, and as bytes otherwise.
func octets(name string) any {
	if utf8.ValidString(name) {
		return name
	}
	return []byte(name)
}

func (b *Broker) mkdir(ctx context.Context, a *arguments) ([]any, error) {
	const op = "mkdir"
	path, err := a.path(0, op)
	if err != nil {
		return nil, err
	}
	recursive, err := a.boolean(1)
	if err != nil {
		return nil, err
	}
	perm, err := a.perm(2)
	if err != nil {
		return nil, err
	}
	a.needs(writeAccess, path.absolute)
	if recursive {
		err = b.makeFolders(ctx, path.absolute, perm)
	} else {
		err = b.makeFolder(path.absolute, perm)
	}
	if err != nil {
		return nil, fileError(op, path.named, err)
	}
	return []any{}, nil
}

func (b *Broker) makeFolder(path string, perm os.FileMode) error {
	p, err := b.entry(writeAccess, path)
	if err != nil {
		return err
	}
	defer p.close()
	if p.info != nil {
		return syscall.EEXIST
	}
	return p.folder.Mkdir(p.base, perm)
}

// makeFolders makes a folder and those around it that are missing, each of them
// checked for itself.
func (b *Broker) makeFolders(ctx context.Context, path string, perm os.FileMode) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := b.makeFolder(path, perm)
	if around := filepath.Dir(path); errors.Is(err, fs.ErrNotExist) && around != path {
		if err := b.makeFolders(ctx, around, perm); err != nil {
			return err
		}
		err = b.makeFolder(path, perm)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	p, found := b.follow(writeAccess, path)
	if found != nil {
		return found
	}
	defer p.close()
	if p.info != nil && p.info.IsDir() {
		return nil
	}
	return err
}

func (b *Broker) rmdir(_ context.Context, a *arguments) ([]any, error) {
	return b.removal(a, "rmdir", rmdirAt)
}

func (b *Broker) unlink(_ context.Context, a *arguments) ([]any, error) {
	return b.removal(a, "unlink", unlinkAt)
}

func (b *Broker) remove(_ context.Context, a *arguments) ([]any, error) {
	return b.removal(a, "remove", removeAt)
}

func (b *Broker) removal(a *arguments, op string, remove func(*place) error) ([]any, error) {
	path, err := a.path(0, op)
	if err != nil {
		return nil, err
	}
	a.needs(writeAccess, path.absolute)
	if err := b.removeEntry(path.absolute, remove); err != nil {
		return nil, fileError(op, path.named, err)
	}
	return []any{}, nil
}

func (b *Broker) removeEntry(path string, remove func(*place) error) error {
	p, err := b.entry(writeAccess, path)
	if err != nil {
		return err
	}
	defer p.close()
	switch {
	case p.base == ".":
		return syscall.EBUSY
	case p.info == nil:
		return syscall.ENOENT
	}
	if err := b.policy.writing.checkAbove(p, path); err != nil {
		return err
	}
	return remove(p)
}

func (b *Broker) cwd(_ context.Context, a *arguments) ([]any, error) {
	if b.dir == "" {
		return nil, &FileError{Op: "getcwd", Errno: syscall.ENOENT}
	}
	a.needs(readAccess, b.dir)
	if err := b.policy.check(readAccess, b.dir); err != nil {
		return nil, err
	}
	return []any{octets(b.dir)}, nil
}
