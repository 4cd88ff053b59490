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
	sum    uint32 // of the lines up to this one
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
		return nil, usagef("", "cannot read %s in %s: %v", what, quoted(name), plainError(err))
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
func readCalls(r io.ReadCloser, name string, parse argParser, limit int, before *history, stop <-chan struct{}) *input {
	ch := make(chan call)
	in := &input{calls: ch, many: true, size: sizeOf(r)}
	go func() {
		defer close(ch)
		defer r.Close()
		lines := newLineReader(r, limit)
		for number := uint64(1); ; number++ {
			line, err := lines.next()
			if err == io.EOF {
				in.ended.Store(true)
				in.err = before.checkEnd(number - 1)
				return
			}
			if err != nil && err != errLongLine {
				in.err = fmt.Errorf("cannot read the calls in %s: %w", name, plainError(err))
				return
			}
			in.lines.Store(number)
			in.read.Store(lines.read)
			if in.err = before.check(number, lines.sum); in.err != nil {
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
				c.err = &lineError{fmt.Sprintf("a line of more than %d bytes, which is too large for a payload (--max-payload)", lines.limit)}
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

// maxLine is how long a line can be whose values fit into a payload.
func maxLine(payload int64, json bool) int {
	const slack = 64 << 10
	if json {
		payload *= 6 // \u0000
	}
	return int(min(payload+slack, math.MaxInt))
}

// A lineError is a line that is not a call.
type lineError struct{ message string }

func (e *lineError) Error() string { return e.message }

// A lineReader reads lines, the last of which need not have an end.
type lineReader struct {
	r     *bufio.Reader
	limit int
	long  []byte // for lines that are longer than the reader's buffer
	read  int64  // bytes of all lines so far
	sum   uint32 // of all lines so far, each with a line feed
}

func newLineReader(r io.Reader, limit int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), limit: limit}
}

// sums is what lines are told apart by.
var sums = crc32.MakeTable(crc32.Castagnoli)

var lineFeed = []byte("\n")

var errLongLine = fmt.Errorf("line too long")

// next returns a line without its end, LF or CR LF. It is valid until the next
// call. Of a line that is too long nothing is kept.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	size := 0
	for {
		part, err := l.r.ReadSlice('\n')
		size += len(part)
		l.read += int64(len(part))
		l.sum = crc32.Update(l.sum, sums, bytes.TrimSuffix(part, lineFeed))
		if err == bufio.ErrBufferFull {
			if size <= l.limit {
				l.long = append(l.long, part...)
			}
			continue
		}
		if err != nil && (err != io.EOF || size == 0) {
			return nil, err
		}
		l.sum = crc32.Update(l.sum, sums, lineFeed)
		if size > l.limit {
			l.long = nil
			return nil, errLongLine
		}
		line := part
		if len(l.long) > 0 {
			l.long = append(l.long, part...)
			line = l.long
		}
		line = bytes.TrimSuffix(line, lineFeed)
		return bytes.TrimSuffix(line, []byte("\r")), nil
	}
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
			return nil, fmt.Errorf("with --json an argument is a JSON value, and %s is not%s", quoted(w), quoteHint(w))
		}
		args[i] = list[0]
	}
	return args, nil
}

// quoteHint says how a word would be a JSON string.
func quoteHint(w string) string {
	if w == "" || strings.ContainsAny(w, "\"'\\[]{},:") {
		return ""
	}
	return fmt.Sprintf(`: a string is '"%s"'`, w)
}

// line are the arguments in a line.
func (p argParser) line(line []byte) ([]any, error) {
	if len(line) == 0 {
		return nil, nil
	}
	if p.json {
		args, err := host.JSON.Thaw(line)
		if err != nil {
			return nil, &lineError{"not a JSON array: " + strings.TrimPrefix(err.Error(), "json: ")}
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
