//go:build unix

package broker

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFlags keep opening from waiting for the other end of a pipe, and from
// taking a terminal.
const openFlags = syscall.O_NONBLOCK | syscall.O_NOCTTY

// linkCount returns the number of names that a file has.
func linkCount(f *os.File) (uint64, error) {
	var st unix.Stat_t
	err := withFD(f, func(fd int) error { return unix.Fstat(fd, &st) })
	return uint64(st.Nlink), err
}

// statusAt describes the entry itself.
func statusAt(p *place) (status, error) {
	var st unix.Stat_t
	err := withFD(p.self, func(fd int) error { return unix.Fstatat(fd, p.base, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return status{}, err
	}
	return status{
		mode: typeBits(uint32(st.Mode)), permissions: uint32(st.Mode) & 0o7777,
		size: st.Size, blocks: int64(st.Blocks), blksize: int64(st.Blksize),
		ino: uint64(st.Ino), dev: uint64(st.Dev), nlink: uint64(st.Nlink),
		uid: st.Uid, gid: st.Gid,
		mtime: seconds(st.Mtim), atime: seconds(st.Atim), ctime: seconds(st.Ctim),
	}, nil
}

func seconds(t unix.Timespec) float64 { return float64(t.Sec) + float64(t.Nsec)/1e9 }

func typeBits(mode uint32) fs.FileMode {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	case unix.S_IFLNK:
		return fs.ModeSymlink
	case unix.S_IFIFO:
		return fs.ModeNamedPipe
	case unix.S_IFSOCK:
		return fs.ModeSocket
	case unix.S_IFCHR, unix.S_IFBLK:
		return fs.ModeDevice
	}
	return fs.ModeIrregular
}

// unlinkAt removes a file or link, and no folder.
func unlinkAt(p *place) error {
	return withFD(p.self, func(fd int) error { return unix.Unlinkat(fd, p.base, 0) })
}

// rmdirAt removes an empty folder.
func rmdirAt(p *place) error {
	return withFD(p.self, func(fd int) error { return unix.Unlinkat(fd, p.base, unix.AT_REMOVEDIR) })
}

// removeAt removes a file, link or empty folder.
func removeAt(p *place) error {
	err := unlinkAt(p)
	// Linux says EISDIR of a folder, and POSIX EPERM.
	if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) {
		if again := rmdirAt(p); !errors.Is(again, unix.ENOTDIR) {
			return again
		}
	}
	return err
}

// renameAt moves from to to, between any two folders of one file system.
func (b *Broker) renameAt(from, to *place) error {
	return withFD(from.self, func(old int) error {
		return withFD(to.self, func(new int) error {
			return unix.Renameat(old, from.base, new, to.base)
		})
	})
}
