package bundle

import (
	"errors"
	"strings"
	"sync"

	"scripthost.example/child/engine"
)

// Bounds of what the parent is asked.
const (
	maxPaths = 4096 // in one call, which is all that it takes
	maxAsked = 256  // calls at once, of which it may take 1024
)

// files are the parent's, as esbuild's goroutines see them. The services of a
// worker are for the holder of the VM alone, so that one asks on their behalf:
// the goroutine that is in serve.
type files struct {
	services engine.Services

	mu      sync.Mutex // guards what follows
	queue   []*query   // not asked yet
	waiting int        // asked, and not answered
	asked   map[string]*query
	wake    func() // ends the wait of serve; nil while it does not wait
	stopped *engine.Error
}

// A query asks for the first of some files that exists. It is asked once.
type query struct {
	paths []any
	done  chan struct{} // closed when what follows is set
	file  *file         // nil if none of them exists
	fault *engine.Error
}

// A file is one that the parent has sent.
type file struct {
	path string
	text []byte
}

func newFiles(services engine.Services) *files {
	return &files{services: services, asked: make(map[string]*query)}
}

// first returns the first of paths that is a regular file, or nil. It is for any
// goroutine but that in serve.
func (f *files) first(paths []string) (*file, *engine.Error) {
	for len(paths) > maxPaths {
		if found, fault := f.first(paths[:maxPaths]); found != nil || fault != nil {
			return found, fault
		}
		paths = paths[maxPaths:]
	}
	q := f.ask(paths)
	<-q.done
	return q.file, q.fault
}

func (f *files) ask(paths []string) *query {
	key := strings.Join(paths, "\x00")
	f.mu.Lock()
	defer f.mu.Unlock()
	if q := f.asked[key]; q != nil {
		return q
	}
	q := &query{done: make(chan struct{})}
	f.asked[key] = q
	for _, p := range paths {
		q.paths = append(q.paths, p)
	}
	if f.stopped != nil {
		q.fault = f.stopped
		close(q.done)
		return q
	}
	f.queue = append(f.queue, q)
	f.wakeLocked()
	return q
}

func (f *files) wakeLocked() {
	if f.wake != nil {
		f.wake()
		f.wake = nil
	}
}

// serve runs work on another goroutine, and asks for files on its behalf until
// it has returned. It is called by the holder of the VM. An error says why the
// worker was told to stop; work may go on then, and finds no more files.
func (f *files) serve(work func()) *engine.Error {
	over := false
	go func() {
		work()
		f.mu.Lock()
		defer f.mu.Unlock()
		over = true
		f.wakeLocked()
	}()
	for {
		err := f.services.Wait(nil, func(wake func()) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.wake = wake
			if over || f.mayAskLocked() > 0 {
				f.wakeLocked()
			}
		})
		f.mu.Lock()
		if err != nil {
			f.stopLocked(asError(err))
			f.mu.Unlock()
			return f.stopped
		}
		n := f.mayAskLocked()
		next := f.queue[:n]
		f.queue = f.queue[n:]
		f.waiting += n
		ended := over
		f.mu.Unlock()
		for _, q := range next {
			f.services.HostCall(nil, "runner.module.first", q.paths, func(results []any, err error) { f.answer(q, results, err) })
		}
		if ended {
			return nil
		}
	}
}

// mayAskLocked is how many of the queue can be asked now.
func (f *files) mayAskLocked() int { return min(len(f.queue), maxAsked-f.waiting) }

// stopLocked has all that is not asked yet, or will be, fail.
func (f *files) stopLocked(fault *engine.Error) {
	f.stopped = fault
	for _, q := range f.queue {
		q.fault = fault
		close(q.done)
	}
	f.queue = nil
}

// answer takes what the parent says. It is called on any goroutine.
func (f *files) answer(q *query, results []any, err error) {
	if err != nil {
		q.fault = asError(err)
	} else {
		q.fault = q.take(results)
	}
	close(q.done)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting--
	if len(f.queue) > 0 {
		f.wakeLocked()
	}
}

func (q *query) take(results []any) *engine.Error {
	if len(results) == 0 {
		return nil
	}
	if len(results) == 2 {
		path, isPath := results[0].(string)
		switch text := results[1].(type) {
		case []byte:
			q.file = &file{path: path, text: text}
		case string:
			q.file = &file{path: path, text: []byte(text)}
		}
		if isPath && q.file != nil {
			return nil
		}
		q.file = nil
	}
	return &engine.Error{Kind: engine.KindScript, Message: "the parent answered runner.module.first with something else than a path and octets"}
}

// asError is err as the errors of workers are.
func asError(err error) *engine.Error {
	if e := (*engine.Error)(nil); errors.As(err, &e) {
		return e
	}
	return &engine.Error{Kind: engine.KindScript, Message: err.Error()}
}
