package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// An outFile is a file that is written as a whole, and what was in it before is kept
// until that has been done.
type outFile struct {
	path   string
	before os.FileInfo // nil if it was not there
	source atomic.Bool // it is one of the files that go into it
}

func newOutFile(path string) *outFile {
	o := &outFile{path: path}
	if info, err := os.Stat(path); err == nil {
		o.before = info
	}
	return o
}

// madeOf notes files that go into it. It is safe for concurrent use.
func (o *outFile) madeOf(paths []string) {
	if o.before == nil {
		return
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, o.before) {
			o.source.Store(true)
		}
	}
}

// write writes it. A regular file is written beside it and put in its place: if the disk
// is full, or the machine stops, what was there is not lost.
func (o *outFile) write(text string) error {
	old, err := os.OpenFile(o.path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(o.path); err == nil { // a link to what is not there
			return os.WriteFile(o.path, []byte(text), 0o666)
		}
		return replaceFile(o.path, text, nil)
	}
	if err != nil {
		return err // who may not write it may not replace it either
	}
	defer old.Close()
	info, err := old.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // a device, or a pipe
		if _, err := old.WriteString(text); err != nil {
			return err
		}
		return old.Close()
	}
	path, err := filepath.EvalSymlinks(o.path) // a link stays one
	if err != nil {
		return err
	}
	return replaceFile(path, text, info)
}

// replaceFile makes a file that has the permissions of the one before, if there is one.
func replaceFile(path, text string, before os.FileInfo) (err error) {
	made := filepath.Join(filepath.Dir(path), ".runner-"+rand.Text())
	f, err := os.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(made)
		}
	}()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	if before != nil {
		if err := f.Chmod(before.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(made, path)
}
