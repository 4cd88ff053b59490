package lua

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// Sizes of what goes through the parent at once.
const (
	readChunk   = 64 << 10
	readMax     = 1 << 20 // as much as the parent sends
	writeBuffer = 64 << 10
)

// standard tells the three files that are not the parent's.
type standard int

const (
	notStandard standard = iota
	stdin                // reads as ended
	stdout               // a log, like stderr
	stderr
)

// A file is what a script's file object stands for. Calls that run at the same
// time may share one, so whoever uses it locks it.
type file struct {
	vm       *vm
	standard standard
	handle   int64
	closed   bool
	dropped  runtime.Cleanup // closes the handle of a file that nobody closed

	response *responseBody // if it is a response, and not a file

	in   []byte // read, but not yet by the script
	out  []byte // written by the script, but not yet to the file
	full bool   // setvbuf("full"): gather in out

	locked  bool
	waiters []func()
}

// lock waits until no other task uses f.
func (f *file) lock() error {
	for f.locked {
		err := f.vm.wait(func(wake func()) { f.waiters = append(f.waiters, wake) })
		if err != nil {
			return err
		}
	}
	f.locked = true
	return nil
}

// unlock has all that wait try again: one that has been cancelled meanwhile
// would not pass it on.
func (f *file) unlock() {
	f.locked = false
	waiters := f.waiters
	f.waiters = nil
	for _, wake := range waiters {
		wake()
	}
}

// with runs fn with f locked.
func (f *file) with(fn func() error) error {
	if err := f.lock(); err != nil {
		return err
	}
	defer f.unlock()
	if f.closed {
		return errClosed
	}
	return fn()
}

// errClosed is what using a file gives that another task closed meanwhile.
var errClosed = fileError("Bad file descriptor", 9)

// illegalSeek is the errno of a seek in what has no position.
const illegalSeek = 29

func isErrno(err error, errno int64) bool {
	details, _ := asFailure(err).Value.(map[string]any)
	n, ok := toInt64(details["errno"])
	return ok && n == errno
}

func fileError(message string, errno int64) *engine.Error {
	return &engine.Error{
		Kind: engine.KindScript, Message: message,
		Value: map[string]any{"errno": errno}, HasValue: true,
	}
}

// more reads about n octets more into f.in. It reports false at the end.
func (f *file) more(n int) (bool, error) {
	if f.standard != notStandard {
		return false, nil
	}
	if f.response != nil {
		return f.receive()
	}
	if err := f.flush(); err != nil {
		return false, err
	}
	results, err := f.vm.hostCall("runner.fs.read", f.handle, int64(min(max(n, readChunk), readMax)))
	if err != nil {
		return false, err
	}
	data := stringResult(results)
	f.in = append(f.in, data...)
	return len(data) > 0, nil
}

// take removes n octets from f.in.
func (f *file) take(n int) string {
	s := string(f.in[:n])
	f.in = f.in[n:]
	if len(f.in) == 0 {
		f.in = nil
	}
	return s
}

// readLine returns a line, with its end if keep is set.
func (f *file) readLine(keep bool) (string, bool, error) {
	seen := 0
	for {
		if i := bytes.IndexByte(f.in[seen:], '\n'); i >= 0 {
			line := f.take(seen + i + 1)
			if !keep {
				line = line[:len(line)-1]
			}
			return line, true, nil
		}
		seen = len(f.in)
		if more, err := f.more(0); err != nil {
			return "", false, err
		} else if !more {
			return f.take(seen), seen > 0, nil
		}
	}
}

// readCount returns n octets, or as many as there are. Of none it reports
// whether there are any.
func (f *file) readCount(n int) (string, bool, error) {
	if f.response != nil {
		f.response.asked = n
		defer func() { f.response.asked = 0 }()
	}
	for len(f.in) < max(n, 1) {
		if more, err := f.more(n - len(f.in)); err != nil {
			return "", false, err
		} else if !more {
			break
		}
	}
	found := len(f.in) > 0
	return f.take(min(n, len(f.in))), found, nil
}

func (f *file) readAll() (string, bool, error) {
	for {
		if more, err := f.more(readMax); err != nil {
			return "", false, err
		} else if !more {
			return f.take(len(f.in)), true, nil
		}
	}
}

// maxNumeral is how many octets a number to be read may have.
const maxNumeral = 200

// readNumber reads the longest text that could be a numeral.
func (f *file) readNumber() (float64, bool, error) {
	var text []byte
	for skipping := true; len(text) < maxNumeral; {
		if len(f.in) == 0 {
			if more, err := f.more(0); err != nil {
				return 0, false, err
			} else if !more {
				break
			}
		}
		c := f.in[0]
		if skipping && strings.IndexByte(" \f\n\r\t\v", c) >= 0 {
			f.take(1)
			continue
		}
		skipping = false
		if !continuesNumeral(text, c) {
			break
		}
		text = append(text, c)
		f.take(1)
	}
	n, ok := parseNumber(string(text))
	return n, ok, nil
}

// continuesNumeral reports whether a numeral that starts with text can go on
// with c.
func continuesNumeral(text []byte, c byte) bool {
	digits := bytes.TrimLeft(text, "+-")
	hex := len(digits) > 1 && digits[1]|0x20 == 'x'
	switch {
	case c >= '0' && c <= '9':
		return true
	case c == '+' || c == '-':
		return len(text) == 0 || !hex && text[len(text)-1]|0x20 == 'e'
	case hex:
		return c|0x20 >= 'a' && c|0x20 <= 'f'
	case c|0x20 == 'x':
		return string(digits) == "0"
	case c == '.':
		return !bytes.ContainsAny(text, ".eE")
	case c|0x20 == 'e':
		return len(digits) > 0 && !bytes.ContainsAny(text, "eE")
	}
	return false
}

// write writes data, or gathers it.
func (f *file) write(data []byte) error {
	switch f.standard {
	case stdin:
		return errClosed
	case stdout, stderr:
		f.vm.writeLog(f.standard == stderr, data)
		return nil
	}
	if len(f.in) > 0 { // the parent's position is ahead of the script's
		// What has no position, such as a socket, is written to all the same.
		if _, err := f.seek("cur", 0); err != nil && !isErrno(err, illegalSeek) {
			return err
		}
	}
	if f.full && len(f.out)+len(data) <= writeBuffer {
		if len(f.out) == 0 {
			f.vm.cur.unflushed = append(f.vm.cur.unflushed, f)
		}
		f.out = append(f.out, data...)
		return nil
	}
	if err := f.flush(); err != nil {
		return err
	}
	return f.send(data)
}

// send has the parent write data, in as many parts as it takes.
func (f *file) send(data []byte) error {
	for len(data) > 0 {
		n := len(data)
		if most := f.vm.cfg.MaxData; most > 0 && f.handle > 0 { // the others stay in the worker
			n = min(n, most)
		}
		if _, err := f.vm.hostCall("runner.fs.write", f.handle, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// flush writes what was gathered.
func (f *file) flush() error {
	if len(f.out) == 0 {
		return nil
	}
	data := f.out
	f.out = nil
	return f.send(data)
}

// seek moves to a position and returns it.
func (f *file) seek(whence string, offset int64) (int64, error) {
	if f.standard != notStandard {
		return 0, fileError("Illegal seek", illegalSeek)
	}
	if err := f.flush(); err != nil {
		return 0, err
	}
	if whence == "cur" {
		offset -= int64(len(f.in))
	}
	results, err := f.vm.hostCall("runner.fs.seek", f.handle, whence, offset)
	if err != nil {
		return 0, err
	}
	f.in = nil
	position, _ := integerResult(results)
	return position, nil
}

func (f *file) close() error {
	if f.standard != notStandard {
		f.vm.flushLines(f.vm.cur)
		return nil
	}
	err := f.flush()
	f.closed = true
	f.dropped.Stop()
	f.in = nil
	if _, closeErr := f.vm.hostCall("runner.fs.close", f.handle); err == nil {
		err = closeErr
	}
	return err
}

// closeDropped closes the handle of a file that has become garbage. What was
// written to it is with the parent: see flushFiles.
func (v *vm) closeDropped(handle int64) {
	v.services.Post(nil, func() {
		v.services.HostCall(nil, "runner.fs.close", []any{handle}, func([]any, error) {})
	})
}

// flushFiles writes what a task gathered and did not flush.
func (v *vm) flushFiles(t *task) {
	for len(t.unflushed) > 0 {
		f := t.unflushed[0]
		t.unflushed = t.unflushed[1:]
		err := f.with(f.flush)
		if err != nil && err != error(errClosed) {
			v.services.Log(t.ec(), engine.LevelError, "what was written to a file is lost: "+err.Error(), nil)
		}
	}
}

// stringResult is the first result of a host call that returns octets.
func stringResult(results []any) string {
	if len(results) > 0 {
		switch x := results[0].(type) {
		case []byte:
			return string(x)
		case string:
			return x
		}
	}
	return ""
}

// integerResult is the first result of a host call that returns an integer.
func integerResult(results []any) (int64, bool) {
	if len(results) == 0 {
		return 0, false
	}
	return toInt64(results[0])
}

func toInt64(x any) (int64, bool) {
	switch x := x.(type) {
	case int64:
		return x, true
	case uint64:
		return int64(x), true
	case float64:
		return int64(x), true
	}
	return 0, false
}

// pushFailure pushes nil, the message and the errno of a file operation that
// failed. What is no failure of the system's is thrown.
func (v *vm) pushFailure(L *glua.LState, path string, err error) int {
	e := asFailure(err)
	details, _ := e.Value.(map[string]any)
	errno, ok := toInt64(details["errno"])
	if e.Kind != engine.KindScript || !ok {
		v.throw(L, e)
	}
	message := e.Message
	if path != "" {
		message = path + ": " + message
	}
	L.Push(glua.LNil)
	L.Push(glua.LString(message))
	L.Push(glua.LNumber(errno))
	return 3
}

// String is what tostring shows.
func (f *file) String() string {
	if f.closed {
		return "file (closed)"
	}
	switch f.standard {
	case stdin:
		return "file (stdin)"
	case stdout:
		return "file (stdout)"
	case stderr:
		return "file (stderr)"
	}
	return "file (" + strconv.FormatInt(f.handle, 10) + ")"
}
