package broker

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"syscall"
)

// A status is what stat tells of a file.
type status struct {
	mode                  fs.FileMode
	permissions           uint32
	size, blocks, blksize int64
	ino, dev, nlink       uint64
	uid, gid              uint32
	mtime, atime, ctime   float64 // seconds since 1970
}

// values returns what scripts see.
func (s status) values() map[string]any {
	return map[string]any{
		"type": kindOf(s.mode), "mode": int64(s.permissions), "size": s.size,
		"mtime": s.mtime, "atime": s.atime, "ctime": s.ctime,
		"ino": whole(s.ino), "dev": whole(s.dev), "nlink": whole(s.nlink),
		"uid": int64(s.uid), "gid": int64(s.gid),
		"blocks": s.blocks, "blksize": s.blksize,
	}
}

func whole(n uint64) any {
	if n <= math.MaxInt64 {
		return int64(n)
	}
	return n
}

// kindOf returns the name of a type of file.
func kindOf(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "file"
	case fs.ModeDir:
		return "directory"
	case fs.ModeSymlink:
		return "link"
	case fs.ModeNamedPipe:
		return "fifo"
	case fs.ModeSocket:
		return "socket"
	case fs.ModeDevice, fs.ModeDevice | fs.ModeCharDevice:
		return "device"
	}
	return "other"
}

func (b *Broker) stat(_ context.Context, a *arguments) ([]any, error) {
	return b.status(a, "stat", b.follow)
}

func (b *Broker) lstat(_ context.Context, a *arguments) ([]any, error) {
	return b.status(a, "lstat", b.entry)
}

func (b *Broker) status(a *arguments, op string, find func(access, string) (*place, error)) ([]any, error) {
	path, err := a.path(0, op)
	if err != nil {
		return nil, err
	}
	a.needs(readAccess, path.absolute)
	s, err := b.statusOf(path.absolute, find)
	if err != nil {
		return nil, fileError(op, path.named, err)
	}
	return []any{s.values()}, nil
}

func (b *Broker) statusOf(path string, find func(access, string) (*place, error)) (status, error) {
	p, err := find(readAccess, path)
	if err != nil {
		return status{}, err
	}
	defer p.close()
	if p.info == nil {
		return status{}, syscall.ENOENT
	}
	s, err := statusAt(p)
	if err != nil {
		return status{}, err
	}
	// The folder may have been moved, and something else put into it.
	err = b.confirm(readAccess, p, path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // removed meanwhile
	}
	return s, err
}
