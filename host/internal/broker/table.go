package broker

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// A fileTable is the files that a worker has open, by handle.
type fileTable struct {
	max int

	mu      sync.Mutex
	files   map[int64]*openFile
	opening int // places taken by files that are about to be opened
	last    int64
	closed  bool
}

// An openFile is one open file. Its operations wait for one another.
type openFile struct {
	named string // the path as the script named it

	mu sync.Mutex
	f  *os.File // nil once closed
}

func newFileTable(max int) *fileTable {
	return &fileTable{max: max, files: make(map[int64]*openFile)}
}

// open calls fn to open a file, if there is room for one more, and returns its
// handle.
func (t *fileTable) open(named string, fn func() (*os.File, error)) (int64, error) {
	t.mu.Lock()
	switch {
	case t.closed:
		t.mu.Unlock()
		return 0, ErrClosed
	case len(t.files)+t.opening >= t.max:
		t.mu.Unlock()
		return 0, syscall.EMFILE
	}
	t.opening++
	t.mu.Unlock()

	f, err := fn()

	t.mu.Lock()
	defer t.mu.Unlock()
	t.opening--
	if err != nil {
		return 0, err
	}
	if t.closed {
		f.Close()
		return 0, ErrClosed
	}
	t.last++
	t.files[t.last] = &openFile{named: named, f: f}
	return t.last, nil
}

// use calls fn with an open file, when nobody else uses it.
func (t *fileTable) use(handle int64, op string, fn func(f *os.File) error) error {
	t.mu.Lock()
	file := t.files[handle]
	t.mu.Unlock()
	if file == nil {
		return &FileError{Op: op, Errno: syscall.EBADF}
	}
	file.mu.Lock()
	defer file.mu.Unlock()
	if file.f == nil { // closed while this waited
		return &FileError{Op: op, Path: file.named, Errno: syscall.EBADF}
	}
	return fileError(op, file.named, fn(file.f))
}

// close closes one file. Its place is free at once.
func (t *fileTable) close(handle int64) error {
	t.mu.Lock()
	file := t.files[handle]
	delete(t.files, handle)
	t.mu.Unlock()
	if file == nil {
		return &FileError{Op: "close", Errno: syscall.EBADF}
	}
	return fileError("close", file.named, file.close())
}

func (t *fileTable) closeAll() error {
	t.mu.Lock()
	files := t.files
	t.files = nil
	t.closed = true
	t.mu.Unlock()
	var errs []error
	for _, file := range files {
		errs = append(errs, fileError("close", file.named, file.close()))
	}
	return errors.Join(errs...)
}

func (o *openFile) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.f
	o.f = nil
	if f == nil {
		return nil
	}
	return f.Close()
}
