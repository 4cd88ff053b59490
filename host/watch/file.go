package watch

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// coarseTime is how much time may be between two changes of a file that leave its
// time the same, on the file systems that are worst at that.
const coarseTime = 2 * time.Second

// content is what is in a file. The zero value is that of a file that is not there.
type content struct {
	exists bool
	size   int64
	sum    [sha256.Size]byte
}

// A file is a file that is watched. Watcher.mu guards it.
type file struct {
	path, abs string // as it was given, and absolute
	known     content
	now       content
	info      os.FileInfo // of what now is of; nil if it is not there, or unknown
	readAt    time.Time   // when now was read
	writing   bool        // it changed while it was read
	err       error       // why it could not be read; now is what it was before
}

// newFile checks a path. What is there has not been read yet.
func newFile(path string) (*file, error) {
	if path == "" {
		return nil, errors.New("watch: a path is empty")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("watch: %s: %w", path, err)
	}
	return &file{path: path, abs: abs}, nil
}

// readFirst reads what later changes are changes to.
func (f *file) readFirst() error {
	err := f.read()
	f.known = f.now
	return err
}

// read reads the file. It returns an error if there is one, and was none like it
// before.
func (f *file) read() error {
	now, info, err := readContent(f.abs)
	f.readAt = time.Now()
	f.writing = errors.Is(err, errWriting)
	if err == nil || f.writing {
		f.now, f.info, f.err = now, info, nil
		return nil
	}
	old := f.err
	f.err = fmt.Errorf("watch: %s: %w", f.path, err)
	f.info = nil
	if old != nil && old.Error() == f.err.Error() {
		return nil
	}
	return f.err
}

// errWriting is of a file that changed while it was read.
var errWriting = errors.New("it is being written")

// readContent reads a file, and returns what the system says of it.
func readContent(path string) (content, os.FileInfo, error) {
	before, err := os.Stat(path) // a pipe must not be opened: that may wait
	switch {
	case isGone(err):
		return content{}, nil, nil
	case err != nil:
		return content{}, nil, reason(err)
	case before.IsDir():
		return content{}, nil, errors.New("it is a folder: name the files in it")
	case !before.Mode().IsRegular():
		return content{}, nil, fmt.Errorf("it is no file that can be watched, but %v", before.Mode().Type())
	}
	in, err := os.Open(path)
	if isGone(err) {
		return content{}, nil, nil
	} else if err != nil {
		return content{}, nil, reason(err)
	}
	defer in.Close()
	h := sha256.New()
	c := content{exists: true}
	if c.size, err = io.Copy(h, in); err != nil {
		return content{}, nil, reason(err)
	}
	h.Sum(c.sum[:0])
	after, err := in.Stat()
	switch {
	case err != nil:
		return content{}, nil, reason(err)
	case after.Size() != c.size || isOther(before, after):
		return c, after, errWriting
	}
	return c, after, nil
}

// isOther reports whether two infos seem to be of different files, or times.
func isOther(a, b os.FileInfo) bool {
	return a.Size() != b.Size() || !a.ModTime().Equal(b.ModTime()) || !os.SameFile(a, b)
}

// isGone reports whether err says that a file, or a folder on the way to it, is
// not there.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// reason is what an error of package os says beside the path.
func reason(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// isSettled reports whether what was read is what somebody may have wanted to be
// there. Files are gone, or empty, for a moment while they are replaced.
func (f *file) isSettled() bool {
	emptied := f.now.size == 0 && f.known.size > 0
	return !f.writing && !emptied && (f.now.exists || !f.known.exists)
}

// accept makes what was read what later changes are changes to, and reports
// whether it is one itself.
func (f *file) accept() (changed bool) {
	changed = f.now != f.known
	f.known = f.now
	return changed
}

// suspect reports whether the file seems to be another than was read.
func (f *file) suspect() bool {
	info, err := os.Stat(f.abs)
	switch {
	case isGone(err):
		return f.now.exists
	case err != nil || f.info == nil || f.writing: // what was read may never have been there as a whole
		return true
	}
	// It may also have been written since, within the same tick.
	return isOther(info, f.info) || f.readAt.Sub(info.ModTime()) < coarseTime
}
