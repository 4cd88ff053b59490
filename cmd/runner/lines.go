package main

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"scripthost.example/host"
)

// A call is one call to be made.
type call struct {
	number uint64 // from 1; it is the number of its line, too
	sum    uint32 // of its line
	args   []any
	err    error  // why it is not a call
	held   []byte // the output of one that was answered in a run before
}

// An input is where calls come from, one at a time and in order.
type input struct {
	calls <-chan call
	many  bool
	err   error // why there are no more, if not by the end; set before calls is closed

	// How far it has been read.
	size    int64         // in bytes, to its end; 0 if that is not known
	read    atomic.Int64  // of that
	lines   atomic.Uint64 // calls that were read
	skipped atomic.Uint64 // of them, those that were answered in runs before
	ended   atomic.Bool
}

// oneCall is the input of a command line.
func oneCall(args []any) *input {
	ch := make(chan call, 1)
	ch <- call{number: 1, args: args}
	close(ch)
	return &input{calls: ch}
}

// repeatedCall is the input of a command line whose call is made again each time
// that the script has been loaded anew.
func repeatedCall(args []any, again, stop <-chan struct{}) *input {
	ch := make(chan call)
	go func() {
		defer close(ch)
		for number := uint64(1); ; number++ {
			select {
			case ch <- call{number: number, args: args}:
			case <-stop:
				return
			}
			select {
			case <-again:
			case <-stop:
				return
			}
		}
	}()
	return &input{calls: ch}
}

// openInput opens a file that may be standard input; what is what errors call its
// contents.
func openInput(what, name string) (*os.File, error) {
	if name == stdin {
		return os.Stdin, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usagef(nearFile(name, err), "cannot read %s in %s: %v", what, quoted(name), plainError(err))
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, usagef("", "cannot read %s in %s: it is a folder", what, name)
	}
	return f, nil
}

// readCalls reads calls from the lines of r as they are taken, until stop is
// closed, but for those that were answered before: of these it has only what was not
// written. It closes r.
func readCalls(r io.ReadCloser, name string, parse argParser, limits lineLimits, before *history, stop <-chan struct{}) *input {
	ch := make(chan call)
	in := &input{calls: ch, many: true, size: sizeOf(r)}
	go func() {
		defer close(ch)
		defer r.Close()
		lines := newLineReader(r, limits)
		compare := comparison{h: before}
		for number := uint64(1); ; number++ {
			line, err := lines.next()
			if err == io.EOF {
				in.ended.Store(true)
				in.err = compare.end(number - 1)
				return
			}
			if err != nil && err != errLongLine {
				in.err = fmt.Errorf("cannot read the calls in %s: %w", name, plainError(err))
				return
			}
			if number == 1 {
				line = bytes.TrimPrefix(line, byteOrderMark)
			}
			in.lines.Store(number)
			in.read.Store(lines.read)
			if in.err = compare.line(number, lines.sum); in.err != nil {
				return
			}
			c := call{number: number, sum: lines.sum}
			switch {
			case before.has(number):
				in.skipped.Add(1)
				if c.held = before.held[number]; c.held == nil {
					continue
				}
				delete(before.held, number)
			case err == errLongLine:
				c.err = &lineError{fmt.Sprintf("a line of more than %d bytes, which is too large for a payload (--max-payload)", lines.over), host.ErrTooLarge}
			default:
				c.args, c.err = parse.line(line)
			}
			select {
			case ch <- c:
			case <-stop:
				return
			}
		}
	}()
	return in
}

// sizeOf is how many bytes can be read of what is a regular file; 0 is unknown.
func sizeOf(r io.Reader) int64 {
	f, ok := r.(*os.File)
	if !ok {
		return 0
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	return max(0, info.Size()-at)
}

// lineLimits say how long a line can be.
type lineLimits struct {
	bytes int
	// values is how many bytes the values in it can take at least, where that can be
	// less: those of JSON. 0 is no limit.
	values int
}

// limitsOf are those of lines whose values fit into a payload.
func limitsOf(payload int64, json bool) lineLimits {
	const slack = 64 << 10
	limit := func(n int64) int { return int(min(n+slack, math.MaxInt)) }
	if json {
		return lineLimits{bytes: limit(payload * 6), values: limit(payload)} // \u0000
	}
	return lineLimits{bytes: limit(payload)}
}

// A lineError is a line that is not a call.
type lineError struct {
	message string
	cause   error // host.ErrTooLarge, or nil
}

func (e *lineError) Error() string { return e.message }

func (e *lineError) Unwrap() error { return e.cause }

// A lineReader reads lines, the last of which need not have an end.
type lineReader struct {
	r      *bufio.Reader
	limits lineLimits
	over   int    // the limit that the last line was over
	long   []byte // for lines that are longer than the reader's buffer
	read   int64  // bytes of all lines so far
	sum    uint32 // of the last line, without its line feed
}

func newLineReader(r io.Reader, limits lineLimits) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), limits: limits}
}

// sums is what lines are told apart by.
var sums = crc32.MakeTable(crc32.Castagnoli)

var lineFeed = []byte("\n")

// byteOrderMark is what some editors put before a text. It is no part of it.
var byteOrderMark = []byte("\uFEFF")

var errLongLine = fmt.Errorf("line too long")

// next returns a line without its end, LF or CR LF. It is valid until the next
// call. Of a line that is too long nothing is kept.
func (l *lineReader) next() ([]byte, error) {
	l.long, l.over, l.sum = l.long[:0], 0, 0
	size := 0
	var values jsonSize
	for {
		part, err := l.r.ReadSlice('\n')
		size += len(part)
		l.read += int64(len(part))
		l.sum = crc32.Update(l.sum, sums, bytes.TrimSuffix(part, lineFeed))
		if err != nil && err != bufio.ErrBufferFull && (err != io.EOF || size == 0) {
			return nil, err
		}
		isLong := err == bufio.ErrBufferFull || len(l.long) > 0
		switch {
		case l.over > 0:
		case size > l.limits.bytes:
			l.over = l.limits.bytes
		case isLong && l.limits.values > 0 && values.add(part) > l.limits.values:
			l.over = l.limits.values
		case isLong:
			l.long = append(l.long, part...)
		}
		if l.over > 0 {
			l.long = nil
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if l.over > 0 {
			return nil, errLongLine
		}
		line := part
		if isLong {
			line = l.long
		}
		line = bytes.TrimSuffix(line, lineFeed)
		return bytes.TrimSuffix(line, []byte("\r")), nil
	}
}

// A jsonSize counts how many bytes the values of a JSON text take at least, however
// they are written here and in a payload: each character of a string one, and each
// value one.
type jsonSize struct {
	size     int
	inString bool
	escape   int // characters of one that are still to come
}

// add takes in the next part of the text, and returns the size so far.
func (j *jsonSize) add(part []byte) int {
	for _, c := range part {
		switch {
		case j.escape == 1 && c == 'u':
			j.escape = 4
		case j.escape > 0:
			j.escape--
		case c == '"':
			j.inString = !j.inString
		case j.inString:
			j.size++
			if c == '\\' {
				j.escape = 1
			}
		case c == ',':
			j.size++
		}
	}
	return j.size
}

// An argParser makes arguments of what was typed.
type argParser struct {
	json   bool // they are JSON values
	octets bool // the serialiser carries octets that are not UTF-8
}

// args are those of a command line.
func (p argParser) args(words []string) ([]any, error) {
	args := make([]any, len(words))
	for i, w := range words {
		if !p.json {
			args[i] = p.text(w)
			continue
		}
		list, err := host.JSON.Thaw([]byte("[" + w + "]"))
		if err != nil || len(list) != 1 {
			return nil, argFault(i, len(words), w, err)
		}
		args[i] = list[0]
	}
	return args, nil
}

// argFault says what is wrong with a word that is to be a JSON value.
func argFault(i, of int, w string, err error) error {
	if w == "" {
		return fmt.Errorf(`with --json an argument is a JSON value, and "" is not: an empty string is '""'`)
	}
	fault := faultOf([]byte(w), 1, err)
	at := fault.place([]byte(w))
	if fault.valid {
		which := "the argument"
		if of > 1 {
			which = fmt.Sprintf("argument %d", i+1)
		}
		return fmt.Errorf("%s, %s: %s", which, at, fault.what)
	}
	why := quoteHint(w)
	if why == "" {
		why = fmt.Sprintf(": %s: %s", at, fault.what)
	}
	return fmt.Errorf("with --json an argument is a JSON value, and %s is not%s", quoted(w), why)
}

// quoteHint says how a word would be a JSON string.
func quoteHint(w string) string {
	if w == "" || strings.ContainsAny(w, "\"'\\[]{},:") {
		return ""
	}
	return fmt.Sprintf(`: a string is '"%s"'`, w)
}

// notAnArray is what the serialiser says of a line that is something else.
const notAnArray = "the payload is not an array"

// lineFault says what is wrong with a line that is to be a JSON array.
func lineFault(line []byte, err error) string {
	if strings.TrimPrefix(err.Error(), "json: ") == notAnArray {
		return `not a JSON array: with --json a line is like ["a", 1], the arguments of a call`
	}
	fault := faultOf(line, 0, err)
	if fault.valid {
		return fault.place(line) + ": " + fault.what
	}
	return fmt.Sprintf("not a JSON array: %s: %s", fault.place(line), fault.what)
}

// line are the arguments in a line.
func (p argParser) line(line []byte) ([]any, error) {
	if len(line) == 0 {
		return nil, nil
	}
	if p.json {
		args, err := host.JSON.Thaw(line)
		if err != nil {
			return nil, &lineError{message: lineFault(line, err)}
		}
		return args, nil
	}
	values := strings.Split(string(line), "\t")
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = p.text(v)
	}
	return args, nil
}

// text is a value that was written as it is.
func (p argParser) text(s string) any {
	if p.octets && !utf8.ValidString(s) {
		return []byte(s)
	}
	return s
}
