package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"sync"

	"scripthost.example/host"
	"scripthost.example/wire"
)

// maxRecordHeader is how long the first line of a record can be: the script is in it.
const maxRecordHeader = 8 * host.MaxScriptSize

// A record is one that was read. It keeps no lines, but where they are: however long
// it is, it takes the memory of its header, of its longest line, and of the files of
// the script.
type record struct {
	name    string
	header  recordHeader
	source  io.ReaderAt
	spooled store // what source is, if it was no file
	size    int64
	torn    bool // its last line was not written to its end
	workers map[int]*recordSpan
	modules map[moduleKey]int64 // where the last answer is, by the arguments

	mu    sync.Mutex // guards calls
	calls table[callRow]
}

// A recordSpan is where the lines about a worker are.
type recordSpan struct {
	start, end int64
	number     int // of the line at start, from 1
}

// A callRow is what a record has of a call. Offsets are 0 for what it has not.
type callRow struct {
	Sent, Answer uint64 // where they are; of calls that were sent more than once the last
	Worker       uint64 // that it was sent to last
	// Of the host calls that its worker made for it, as far as they are to be answered:
	All, Made uint64 // how many there are, and how many of them were made again
	Next      uint64 // none that is still to be made has a lower number
}

// moduleKey tells the arguments of a request for a module apart.
type moduleKey [sha256.Size]byte

// openRecord reads a record as a whole, once. Its errors are for the user. The file is
// used until the record is closed.
func openRecord(name string, file *os.File) (*record, error) {
	r := &record{name: name, workers: make(map[int]*recordSpan), modules: make(map[moduleKey]int64)}
	if err := r.open(file); err != nil {
		r.close()
		return nil, replayUsage("", "cannot read the record %s: %v", quoted(name), plainError(err))
	}
	if err := r.read(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *record) close() {
	r.spooled.clear()
	r.calls.clear()
}

// open sets the source: a copy of what cannot be read twice.
func (r *record) open(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		at, err := file.Seek(0, io.SeekCurrent)
		r.size = max(0, info.Size()-at)
		r.source = io.NewSectionReader(file, at, r.size)
		return err
	}
	r.size, err = io.Copy(io.NewOffsetWriter(&r.spooled, 0), file)
	r.source = &r.spooled
	return err
}

func (r *record) read() error {
	lines := r.scan(recordSpan{0, r.size, 1}, 64<<10)
	if start, _ := lines.r.Peek(len(recordStart)); string(start) != recordStart {
		return replayUsage("It has to be what 'runner --record FILE' has written", "%s is not a record", quoted(r.name))
	}
	for lines.next() {
		var err error
		if lines.number == 1 {
			if err := r.readHeader(lines.text); err != nil {
				return err
			}
			lines.limit = r.maxLine()
			continue
		}
		var l recordLine
		if err = json.Unmarshal(lines.text, &l); err == nil {
			if err = l.check(); err == nil {
				err = r.add(&l, lines)
			}
		}
		if err != nil {
			return r.broken(lines.number, err)
		}
	}
	switch {
	case lines.err == errLongLine:
		return r.broken(lines.number, fmt.Errorf("it is longer than %d bytes, as no line of this record can be", lines.limit))
	case lines.err != nil:
		return replayUsage("", "cannot read the record %s: %v", quoted(r.name), plainError(lines.err))
	case lines.number == 0 || lines.number == 1 && lines.torn:
		return replayUsage("The run was ended before it began", "the record %s has not even its first line as a whole", quoted(r.name))
	}
	r.torn = lines.torn
	return nil
}

// maxLine is how long a line behind the first can be: arguments and results of a host
// call fit into a payload each, and an octet takes six bytes at most.
func (r *record) maxLine() int64 {
	payload := r.header.Limits.Payload
	if payload <= 0 {
		payload = host.DefaultPayload
	}
	return 2*6*min(payload, math.MaxUint32) + 1<<20
}

// broken is the error of a line.
func (r *record) broken(number int, err error) error {
	return replayUsage("", "line %d of the record %s cannot be used: %v", number, quoted(r.name), notAsWritten(err))
}

// add takes note of a line.
func (r *record) add(l *recordLine, at *recordScanner) error {
	worker := l.Worker
	switch {
	case l.Host == moduleFunction:
		r.modules[moduleKeyOf(plainValues(l.Given))] = at.start
	case l.Args != nil:
		row, err := r.calls.get(l.Call)
		switch {
		case err != nil:
			return err
		case row.Answer != 0:
			return fmt.Errorf("call %d is sent, and was answered before", l.Call)
		}
		// One that its worker has not run may have been sent to another one.
		if err := r.calls.put(l.Call, callRow{Sent: uint64(at.start), Worker: uint64(worker)}); err != nil {
			return err
		}
	case l.Host == "":
		row, err := r.calls.get(l.Call)
		switch {
		case err != nil:
			return err
		case row.Sent == 0:
			return nil // of a call that was taken out
		case row.Answer != 0:
			return fmt.Errorf("call %d is answered, and was answered before", l.Call)
		}
		worker, row.Answer = int(row.Worker), uint64(at.start)
		if err := r.calls.put(l.Call, row); err != nil {
			return err
		}
	}
	if worker > 0 {
		span := r.workers[worker]
		if span == nil {
			span = &recordSpan{start: at.start, number: at.number}
			r.workers[worker] = span
		}
		span.end = at.end
	}
	return nil
}

// moduleKeyOf is that of arguments.
func moduleKeyOf(args []any) moduleKey {
	text, err := json.Marshal(recordValues(args))
	if err != nil {
		text = fmt.Append(nil, args)
	}
	return sha256.Sum256(text)
}

// workerNumbers are those of the workers, in their order.
func (r *record) workerNumbers() []int { return slices.Sorted(maps.Keys(r.workers)) }

// call is what there is of a call; it is safe for concurrent use.
func (r *record) call(number uint64) (callRow, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls.get(number)
}

func (r *record) setCall(number uint64, row callRow) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls.put(number, row)
}

// line reads a line again; it is safe for concurrent use.
func (r *record) line(start int64) (recordLine, error) {
	var l recordLine
	lines := r.scan(recordSpan{start: start, end: r.size}, 4<<10)
	lines.limit = r.maxLine()
	if !lines.next() {
		return l, r.changed(lines.err)
	}
	err := json.Unmarshal(lines.text, &l)
	if err == nil {
		err = l.check()
	}
	if err != nil {
		return l, r.changed(err)
	}
	return l, nil
}

// changed is the error where a line is not what it was.
func (r *record) changed(err error) error {
	if err == nil {
		err = errors.New("a line has gone")
	}
	return fmt.Errorf("the record %s cannot be read any more, was it changed? %w", quoted(r.name), notAsWritten(plainError(err)))
}

func (r *record) readHeader(text []byte) error {
	var version struct {
		Version  int `json:"record"`
		Protocol int `json:"protocol"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return r.broken(1, err)
	}
	switch {
	case version.Version != recordVersion:
		return replayUsage("Replay it with the runner that has recorded it, or record it anew", "the record %s is of version %d, and this runner replays version %d", quoted(r.name), version.Version, recordVersion)
	case version.Protocol != wire.Version:
		return replayUsage("Replay it with the runner that has recorded it, or record it anew", "the record %s is of version %d of the protocol, and this runner speaks version %d", quoted(r.name), version.Protocol, wire.Version)
	}
	if err := json.Unmarshal(text, &r.header); err != nil {
		return r.broken(1, err)
	}
	return nil
}

// A lineHead says what a line is about. Of the rest it has what there is of it.
type lineHead struct {
	Call   uint64          `json:"call"`
	Worker int             `json:"worker"`
	Host   string          `json:"host"`
	Number uint64          `json:"n"`
	Args   json.RawMessage `json:"args"`
}

// sent tells a line of a call.
func (h *lineHead) sent() bool { return len(h.Args) > 0 && h.Args[0] == '[' }

// eachHead calls f with the lines of a worker, and others among them, until it fails.
func (r *record) eachHead(worker int, f func(h *lineHead, at *recordScanner) error) error {
	span := r.workers[worker]
	if span == nil {
		return nil // it was loaded, and no more
	}
	lines := r.scan(*span, 64<<10)
	lines.limit = r.maxLine()
	for lines.next() {
		var h lineHead
		if err := json.Unmarshal(lines.text, &h); err != nil {
			return r.changed(err)
		}
		if err := f(&h, lines); err != nil {
			return err
		}
	}
	if lines.err != nil || lines.end != span.end || lines.torn {
		return r.changed(lines.err)
	}
	return nil
}

// A recordScanner reads lines, one after the other.
type recordScanner struct {
	r          *bufio.Reader
	limit      int64
	text       []byte // the line, until the next one is read
	start, end int64  // where it is
	number     int    // of the line, from 1
	torn       bool   // the last one had no end, and was left out
	err        error  // why there are no more, if not because of that
}

func (r *record) scan(span recordSpan, buffer int) *recordScanner {
	lines := bufio.NewReaderSize(io.NewSectionReader(r.source, span.start, span.end-span.start), buffer)
	return &recordScanner{r: lines, limit: maxRecordHeader, end: span.start, number: span.number - 1}
}

// next reads the next line, and tells whether there is one.
func (s *recordScanner) next() bool {
	s.start = s.end
	s.number++
	s.text = s.text[:0:0]
	for {
		part, err := s.r.ReadSlice('\n')
		if err == nil && len(s.text) == 0 {
			s.text = part
		} else {
			s.text = append(s.text, part...)
		}
		s.end += int64(len(part))
		switch {
		case s.end-s.start > s.limit:
			s.err = errLongLine
			return false
		case err == nil:
			return true
		case err == bufio.ErrBufferFull:
			continue
		case err != io.EOF:
			s.err = err
		}
		s.torn = s.end > s.start
		if !s.torn {
			s.number--
		}
		return false
	}
}

func replayUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner replay"}
}
