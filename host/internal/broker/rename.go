package broker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// moving is held by a rename of a worker that may write what it may not read.
// Between the check of one rename and its doing, another one could move a
// folder out of what is readable and something secret into that folder. It is
// one for all brokers, as the workers of a pool share their grants.
var moving sync.Mutex

func (b *Broker) rename(_ context.Context, a *arguments) ([]any, error) {
	const op = "rename"
	from, err := a.path(0, op)
	if err != nil {
		return nil, err
	}
	to, err := a.path(1, op)
	if err != nil {
		return nil, err
	}
	a.needs(writeAccess, from.absolute)
	a.needs(writeAccess, to.absolute)
	if err := b.move(from.absolute, to.absolute); err != nil {
		err = fileError(op, from.named, err)
		if file, ok := err.(*FileError); ok {
			file.NewPath = to.named
		}
		return nil, err
	}
	return []any{}, nil
}

func (b *Broker) move(oldPath, newPath string) error {
	if b.policy.uneven {
		moving.Lock()
		defer moving.Unlock()
	}
	from, err := b.entry(writeAccess, oldPath)
	if err != nil {
		return err
	}
	defer from.close()
	to, err := b.entry(writeAccess, newPath)
	if err != nil {
		return err
	}
	defer to.close()
	switch {
	case from.base == "." || to.base == ".":
		return syscall.EBUSY
	case from.info == nil:
		return syscall.ENOENT
	}
	for _, l := range b.policy.lists(readAccess | writeAccess) {
		if err := l.checkAbove(from, oldPath); err != nil {
			return err
		}
		if err := l.checkAbove(to, newPath); err != nil {
			return err
		}
	}
	if err := b.checkReadable(from, to, oldPath, newPath); err != nil {
		return err
	}
	return b.renameAt(from, to)
}

// checkReadable refuses a rename that would make something readable.
func (b *Broker) checkReadable(from, to *place, oldPath, newPath string) error {
	l := &b.policy.reading
	if !l.reaches(newPath) && !l.reaches(to.path()) {
		return nil
	}
	err := l.check(oldPath)
	if err == nil {
		err = b.policy.checkReal(readAccess, from.path(), oldPath)
	}
	if err == nil {
		err = b.policy.checkIdentity(readAccess, from.info, oldPath)
	}
	if err != nil {
		missing := ""
		if d := new(DeniedError); errors.As(err, &d) {
			missing = d.missing()
		}
		return &DeniedError{
			Grant:   l.name,
			Path:    oldPath,
			Missing: missing,
			Reason:  "moving it to " + strconv.Quote(newPath) + " would make it readable, which it is not (allow it with " + allowFlag(l.name, oldPath) + ")",
		}
	}
	return nil
}

// reaches tells whether path, or something below it, is granted.
func (l *accessList) reaches(path string) bool {
	if l.check(path) == nil {
		return true
	}
	for _, g := range l.allowed {
		for _, name := range g.at.names() {
			if _, ok := below(path, name, foldDenied); ok {
				return true
			}
		}
	}
	return false
}

// checkAbove refuses to move or remove a folder, or a link, that a denied path
// goes through: it would be denied no more where it then is.
func (l *accessList) checkAbove(p *place, asked string) error {
	if len(l.denied) == 0 {
		return nil
	}
	if l.deniedBelow(asked) || l.deniedBelow(p.path()) || p.info != nil && l.isAround(p.info) {
		return &DeniedError{Grant: l.name, Path: asked, Reason: "it holds, or is, a path denied by --deny-" + l.name}
	}
	return nil
}

// isAround tells whether info is a denied file or folder, or one of the folders
// around it, by identity.
func (l *accessList) isAround(info os.FileInfo) bool {
	for _, d := range l.denied {
		for _, name := range d.names() {
			for path := name; ; path = filepath.Dir(path) {
				if here, err := os.Lstat(path); err == nil && os.SameFile(here, info) {
					return true
				}
				if filepath.Dir(path) == path {
					break
				}
			}
		}
	}
	return false
}
