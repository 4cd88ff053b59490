package child

import (
	"errors"
	"io"
	"os"
	"sync"

	"scripthost.example/child/engine"
)

// maxRead is the most that one read returns, in bytes: as much as the parent's.
const maxRead = 1 << 20

// A passedFile is a file that the parent has passed. An operation may take as
// long as whoever has the other end of a pipe likes, so operations run on
// goroutines of their own, which are there only while there are any. Those on
// one file run one after the other, in the order in which they were asked for;
// but what has no position (a socket, a terminal) can be written to while
// somebody waits for what comes from it.
type passedFile struct {
	mu      sync.Mutex
	file    *os.File
	main    lane
	reads   lane // of a file that has no position
	stream  bool // it is one
	closing bool // the last operation has been asked for
	ended   bool // the file is closed, whatever is to be done yet
}

// A lane is operations that run one after the other. Its file's mu guards it.
type lane struct {
	queue   []func()
	running bool
}

func newPassedFile(f *os.File) *passedFile {
	_, err := f.Seek(0, io.SeekCurrent)
	return &passedFile{file: f, stream: err != nil}
}

// do has fn, an operation called op, run after those before it. If there can be
// none any more it calls closed.
func (p *passedFile) do(spawn func(func()), op string, fn, closed func()) {
	p.mu.Lock()
	if p.closing {
		p.mu.Unlock()
		closed()
		return
	}
	p.closing = op == "close"
	l := &p.main
	if p.stream && op == "read" {
		l = &p.reads
	}
	l.queue = append(l.queue, fn)
	start := !l.running
	l.running = true
	p.mu.Unlock()
	if start {
		spawn(func() { p.run(l) })
	}
}

func (p *passedFile) run(l *lane) {
	for {
		p.mu.Lock()
		if len(l.queue) == 0 {
			l.running = false
			p.mu.Unlock()
			return
		}
		fn := pop(&l.queue)
		p.mu.Unlock()
		fn()
	}
}

// shut closes the file whatever goes on. Reads and writes that wait end now, but
// those of a file that blocks.
func (p *passedFile) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closing, p.ended = true, true
	p.file.Close()
}

// use calls fn with the file, and again if the file has become one that does
// not block since it was received: the flag belongs to all who have it open. fn
// goes on where it was.
func (p *passedFile) use(fn func(f *os.File) error) error {
	p.mu.Lock()
	f := p.file
	p.mu.Unlock()
	err := fn(f)
	if !wouldBlock(err) {
		return err
	}
	if f = p.renewed(f); f == nil {
		return err
	}
	return fn(f)
}

// renewed returns the file as what it is now, nil if that cannot be done. old is
// what it was taken for.
func (p *passedFile) renewed(old *os.File) *os.File {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file != old || p.ended {
		return p.file
	}
	f, err := reopened(old)
	if err != nil {
		return nil
	}
	p.file = f
	old.Close()
	return f
}

// passedOperation returns what does an operation, given its arguments behind the
// handle. They are those of the parent's operations of the same names, and so
// are the results.
func passedOperation(op string, args []any) (func(p *passedFile) ([]any, error), error) {
	bad := &engine.Error{
		Kind:    engine.KindScript,
		Message: fsCalls + op + ": a file that was passed does not take these arguments",
	}
	switch {
	case op == "read" && len(args) == 1:
		n, ok := args[0].(int64)
		if !ok || n < 0 {
			return nil, bad
		}
		return func(p *passedFile) ([]any, error) { return p.read(min(n, maxRead)) }, nil
	case op == "write" && len(args) == 1:
		switch data := args[0].(type) {
		case []byte:
			return func(p *passedFile) ([]any, error) { return p.write(data) }, nil
		case string:
			return func(p *passedFile) ([]any, error) { return p.write([]byte(data)) }, nil
		}
	case op == "seek" && len(args) == 2:
		name, _ := args[0].(string)
		whence, named := map[string]int{"set": io.SeekStart, "cur": io.SeekCurrent, "end": io.SeekEnd}[name]
		offset, ok := args[1].(int64)
		if named && ok {
			return func(p *passedFile) ([]any, error) { return p.seek(offset, whence) }, nil
		}
	case op == "close" && len(args) == 0:
		return (*passedFile).close, nil
	}
	return nil, bad
}

func (p *passedFile) read(n int64) ([]any, error) {
	data := make([]byte, n)
	got := 0
	err := p.use(func(f *os.File) (err error) {
		got, err = f.Read(data)
		return err
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return []any{data[:max(got, 0)]}, nil
}

func (p *passedFile) write(data []byte) ([]any, error) {
	written := 0
	err := p.use(func(f *os.File) error {
		n, err := f.Write(data[written:])
		written += max(n, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []any{int64(written)}, nil
}

func (p *passedFile) seek(offset int64, whence int) ([]any, error) {
	var position int64
	err := p.use(func(f *os.File) (err error) {
		position, err = f.Seek(offset, whence)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []any{position}, nil
}

func (p *passedFile) close() ([]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	return []any{}, p.file.Close()
}
