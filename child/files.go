package child

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"

	"scripthost.example/child/engine"
)

// The host calls that are not the parent's to answer: engines make them like
// any other, and the worker end carries them out on files that were passed.
const (
	// callReceive waits for the next file that the parent passes. Its result is
	// a handle for runner.fs.read, write, seek and close; it is negative, which
	// tells it from the parent's.
	callReceive = "runner.files.receive"
	// callPutBack is for a handle whose receiver has gone: the next gets it.
	callPutBack = "runner.files.putback"

	fsCalls = "runner.fs."
)

// errNoFiles is the error of receive in a worker that no file can be passed to.
var errNoFiles = &engine.Error{
	Kind: engine.KindScript,
	Message: "files can be passed only to a worker on the same machine that has sockets as its" +
		" file descriptors 3 and 4, not over standard input and output",
}

// errFilesEnded is the error of receive once the parent passes no more files.
var errFilesEnded = &engine.Error{
	Kind:    engine.KindScript,
	Message: "no more files can be received: the parent has closed the socket that it passes them over",
}

// A refusedError says why a message on the socket brought no file. There may be
// others behind it.
type refusedError struct{ reason string }

func (e *refusedError) Error() string { return e.reason }

// A receiver waits for a file.
type receiver struct {
	c    *call
	done func([]any, error)
}

// An arrival is what a receiver gets. Handles count down, so that they tell the
// order of the arrivals as well.
type arrival struct {
	handle int64
	err    error // if it is no file
}

func (a arrival) giveTo(r receiver) {
	if a.err != nil {
		r.done(nil, a.err)
		return
	}
	r.done([]any{a.handle}, nil)
}

// files are those that the parent passes. They come over a socket of their own,
// which is read only while somebody waits for one.
type files struct {
	// spawn runs a function on a goroutine that the worker waits for at its end.
	// It may be called by the holder of the VM only.
	spawn func(func())

	mu      sync.Mutex
	socket  *os.File   // nil if none can come; it does not change after boot
	waiting []receiver // in the order in which they asked
	arrived []arrival  // and not received, in the order in which they were sent
	reading bool       // somebody reads the socket
	ended   error      // why no more will come
	open    map[int64]*passedFile
	last    int64 // the handle of the latest arrival
	closed  bool
}

// localCall returns what carries out a host call here, nil if it is the parent's.
func (f *files) localCall(c *call, name string, args []any) func(done func([]any, error)) {
	switch {
	case name == callReceive:
		return func(done func([]any, error)) { f.receive(receiver{c, done}) }
	case name == callPutBack:
		return func(done func([]any, error)) {
			f.putBack(handleOf(args))
			done([]any{}, nil)
		}
	case strings.HasPrefix(name, fsCalls) && handleOf(args) < 0:
		op := strings.TrimPrefix(name, fsCalls)
		return func(done func([]any, error)) { f.operate(op, args, done) }
	}
	return nil
}

// handleOf returns the handle that is the first argument, 0 if it is not one.
func handleOf(args []any) int64 {
	if len(args) == 0 {
		return 0
	}
	handle, _ := args[0].(int64)
	return handle
}

// receive gives r the next file, now or when it comes.
func (f *files) receive(r receiver) {
	f.mu.Lock()
	if len(f.arrived) > 0 {
		a := pop(&f.arrived)
		f.mu.Unlock()
		a.giveTo(r)
		return
	}
	err := f.ended
	if f.socket == nil {
		err = errNoFiles
	}
	if err != nil {
		f.mu.Unlock()
		r.done(nil, err)
		return
	}
	f.waiting = append(f.waiting, r)
	start := !f.reading
	f.reading = true
	f.mu.Unlock()
	if start {
		f.spawn(f.read)
	}
}

// read reads the socket for as long as somebody waits. A file that comes when
// the last of them has just gone is kept for the next.
func (f *files) read() {
	for {
		file, err := receiveFile(f.socket)
		f.mu.Lock()
		f.last--
		a := arrival{handle: f.last}
		switch {
		case err == nil && f.closed:
			file.Close()
			a.err = errFilesEnded
		case err == nil:
			f.addLocked(a.handle, file)
		case errors.As(err, new(*refusedError)):
			a.err = &engine.Error{Kind: engine.KindScript, Message: err.Error()}
		default:
			a.err = errFilesEnded
			f.ended = errFilesEnded
			f.reading = false
			waiting := f.waiting
			f.waiting = nil
			f.mu.Unlock()
			for _, r := range waiting {
				a.giveTo(r)
			}
			return
		}
		if len(f.waiting) == 0 {
			f.arrived = append(f.arrived, a)
			f.reading = false
			f.mu.Unlock()
			return
		}
		r := pop(&f.waiting)
		more := len(f.waiting) > 0
		f.reading = more
		f.mu.Unlock()
		a.giveTo(r)
		if !more {
			return
		}
	}
}

func (f *files) addLocked(handle int64, file *os.File) {
	if f.open == nil {
		f.open = make(map[int64]*passedFile)
	}
	f.open[handle] = newPassedFile(file)
}

// putBack gives a file to the next who receives one, in the order of sending.
func (f *files) putBack(handle int64) {
	f.mu.Lock()
	if f.open[handle] == nil {
		f.mu.Unlock()
		return
	}
	a := arrival{handle: handle}
	if len(f.waiting) > 0 {
		r := pop(&f.waiting)
		f.mu.Unlock()
		a.giveTo(r)
		return
	}
	i := slices.IndexFunc(f.arrived, func(b arrival) bool { return b.handle < handle })
	if i < 0 {
		i = len(f.arrived)
	}
	f.arrived = slices.Insert(f.arrived, i, a)
	f.mu.Unlock()
}

// forget has the receivers of a call that was cancelled wait no longer.
func (f *files) forget(c *call, cause error) {
	f.mu.Lock()
	var gone []receiver
	f.waiting = slices.DeleteFunc(f.waiting, func(r receiver) bool {
		if r.c == c {
			gone = append(gone, r)
		}
		return r.c == c
	})
	f.mu.Unlock()
	for _, r := range gone {
		r.done(nil, cause)
	}
}

// operate carries out an operation on a file.
func (f *files) operate(op string, args []any, done func([]any, error)) {
	handle := handleOf(args)
	fn, err := passedOperation(op, args[1:])
	if err != nil {
		done(nil, err)
		return
	}
	f.mu.Lock()
	file := f.open[handle]
	f.mu.Unlock()
	answer := func(results []any, err error) {
		if err != nil {
			done(nil, fileFailure(op, err))
			return
		}
		done(results, nil)
	}
	if file == nil {
		answer(nil, os.ErrClosed)
		return
	}
	file.do(f.spawn, op, func() {
		results, err := fn(file)
		if op == "close" {
			f.mu.Lock()
			delete(f.open, handle)
			f.mu.Unlock()
		}
		answer(results, err)
	}, func() { answer(nil, os.ErrClosed) })
}

// close ends what waits for files, or for one of them where the system can, and
// closes all that are open.
func (f *files) close() {
	f.mu.Lock()
	f.closed = true
	socket, open := f.socket, f.open
	f.open, f.arrived = nil, nil
	f.mu.Unlock()
	if socket != nil {
		socket.Close()
	}
	for _, file := range open {
		file.shut()
	}
}

// fileSocketOf returns the socket that files come over, nil if there is none.
func fileSocketOf(conn Conn) *os.File {
	if c, ok := conn.(interface{ FileSocket() *os.File }); ok {
		return c.FileSocket()
	}
	return nil
}

// boot leaves the socket out unless BOOT says that files are passed. That it may
// be missing all the same is a matter for files.receive(): most scripts have no
// use for it.
func (f *files) boot(wanted bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.socket != nil && !wanted {
		f.socket.Close()
		f.socket = nil
	}
}

// fileFailure is an error of a file operation, worded and with details like
// those of the parent's.
func fileFailure(op string, err error) *engine.Error {
	errno, code, text := describeErrno(err)
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return &engine.Error{
		Kind:     engine.KindScript,
		Message:  text,
		Value:    map[string]any{"code": code, "errno": int64(errno), "syscall": op, "path": ""},
		HasValue: true,
	}
}
