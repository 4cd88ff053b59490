package broker

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// openFlags: opening never waits on Windows.
const openFlags = 0

// linkCount returns the number of names that a file has.
func linkCount(f *os.File) (uint64, error) {
	var info windows.ByHandleFileInformation
	err := withFD(f, func(fd int) error {
		return windows.GetFileInformationByHandle(windows.Handle(fd), &info)
	})
	return uint64(info.NumberOfLinks), err
}

// statusAt describes the entry itself, as far as Windows knows the same things:
// the times are all that of the last change.
func statusAt(p *place) (status, error) {
	info, err := p.folder.Lstat(p.base)
	if err != nil {
		return status{}, err
	}
	changed := float64(info.ModTime().UnixNano()) / 1e9
	return status{
		mode: info.Mode(), permissions: uint32(info.Mode().Perm()),
		size: info.Size(), blocks: (info.Size() + 511) / 512, blksize: 4096,
		nlink: 1, mtime: changed, atime: changed, ctime: changed,
	}, nil
}

// unlinkAt removes a file or link, and no folder.
func unlinkAt(p *place) error {
	if p.info != nil && p.info.IsDir() {
		return syscall.EISDIR
	}
	return p.folder.Remove(p.base)
}

// rmdirAt removes an empty folder.
func rmdirAt(p *place) error {
	if p.info != nil && !p.info.IsDir() {
		return syscall.ENOTDIR
	}
	return p.folder.Remove(p.base)
}

// removeAt removes a file, link or empty folder.
func removeAt(p *place) error { return p.folder.Remove(p.base) }

// renameAt moves from to to, inside one grant: there is no rename between two
// folders that are only known by their handles.
func (b *Broker) renameAt(from, to *place) error {
	for _, g := range b.policy.writing.allowed {
		old, ok1 := below(g.at.real, from.path(), foldNames)
		new, ok2 := below(g.at.real, to.path(), foldNames)
		if !ok1 || !ok2 || old == "." || new == "." {
			continue
		}
		root, err := g.open(".")
		if err != nil {
			return err
		}
		defer root.Close()
		return root.Rename(old, new)
	}
	if from.real == to.real {
		return from.folder.Rename(from.base, to.base)
	}
	return syscall.EXDEV
}
