package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// A Frame is one frame as it was read. Payload is valid until the Reader's next
// call of Next, unless Owned says that it belongs to whoever got the frame.
type Frame struct {
	ID      uint32
	Payload []byte
	Owned   bool
}

const (
	readBuffer = 64 << 10 // one read can fetch many small frames
	firstChunk = 1 << 20  // what is taken for a large payload before any of it came
	// wholeUpTo is the size up to which a payload's memory is taken at once: it
	// is not cleared, so a header that lies has the system give little of it.
	wholeUpTo = 4 << 20
	// While a large payload comes its buffer grows by these factors, which is
	// what a header that lies can cost. The old buffer is there until the new
	// one has its contents, so the larger factor bounds what a payload that is
	// worth minding needs at its end to 9/8 of its size.
	growth     = 2
	fastGrowth = 8
	fastFrom   = 64 << 20
	// ControlRoom is how large a control frame may be whatever the payload
	// limit, and how much longer than a payload one that carries a payload.
	ControlRoom = 1 << 20
	// maxLength is what an int can hold together with a header, on systems
	// where that is less than a frame can say.
	maxLength = math.MaxInt - readBuffer
	// maxEmptyReads is how many reads may bring neither data nor an error.
	maxEmptyReads = 100
)

// A Reader reads frames of either dialect. It is not safe for concurrent use,
// but an error that is a time-out leaves it as it was: the next call goes on
// where the last one stopped.
type Reader struct {
	src        io.Reader
	maxPayload uint64
	dialect    dialect
	first      bool   // no frame has been read
	want       uint32 // id of the first frame
	wantName   string // empty: any first frame is as good
	noise      noise

	buf  []byte // buf[r:w] is what was read and not yet returned
	r, w int
	// large is the payload that did not fit buf, as far as it came; need is
	// its whole length. They are set while such a frame is being read.
	large []byte
	need  int
	id    uint32
}

// A dialect is what Next takes frames for.
type dialect uint8

const (
	extended    dialect = iota
	classic             // as extended, but no bit of an id has a meaning
	classicSync         // requests to a sync worker: no id
)

// NewReader returns a Reader of the extended dialect. It refuses payloads of
// more than maxPayload bytes, with a TooLargeError, before it takes memory for
// them. A control frame may be larger: see ControlRoom.
func NewReader(src io.Reader, maxPayload uint64) *Reader {
	return newReader(src, maxPayload, extended)
}

// NewClassicReader returns a Reader of the classic dialect, for results, events
// and requests that have an id. What begins with the greeting of the extended
// dialect is a ProtocolError that says so.
func NewClassicReader(src io.Reader, maxPayload uint64) *Reader {
	return newReader(src, maxPayload, classic)
}

// NewSyncRequestReader returns a Reader of the requests of the classic sync
// dialect, which have no id. Their frames get the id of their result, 1.
func NewSyncRequestReader(src io.Reader, maxPayload uint64) *Reader {
	return newReader(src, maxPayload, classicSync)
}

func newReader(src io.Reader, maxPayload uint64, d dialect) *Reader {
	return &Reader{src: src, maxPayload: maxPayload, dialect: d, first: true, buf: make([]byte, readBuffer)}
}

// ExpectFirst makes Next refuse a first frame with another id than that of the
// frame called name, with a ProtocolError, as soon as its id has come: what
// speaks another protocol may never send what would be the rest of the frame.
func (r *Reader) ExpectFirst(id uint32, name string) { r.want, r.wantName = id, name }

// SetMaxPayload changes the limit for the frames to come.
func (r *Reader) SetMaxPayload(n uint64) { r.maxPayload = n }

// Buffered reports whether Next can return a frame, or an error, without
// reading.
func (r *Reader) Buffered() bool {
	if r.need > 0 {
		return len(r.large) == r.need
	}
	id, n, ok := r.header()
	if !ok {
		return false
	}
	return uint64(n) > r.limit(id) || uint64(r.w-r.r-r.headerSize()) >= uint64(n)
}

// header reads the header of the frame at the front of the buffer.
func (r *Reader) header() (id, n uint32, ok bool) {
	b := r.buf[r.r:r.w]
	if r.dialect != classicSync {
		return ParseHeader(b)
	}
	if len(b) < lengthSize {
		return 0, 0, false
	}
	return SyncID, binary.BigEndian.Uint32(b), true
}

func (r *Reader) headerSize() int {
	if r.dialect == classicSync {
		return lengthSize
	}
	return HeaderSize
}

// Started reports whether Next has come past the header of the first frame.
func (r *Reader) Started() bool { return !r.first }

// checkFirst looks at the beginning of the first frame.
func (r *Reader) checkFirst() error {
	b := r.buf[r.r:r.w]
	switch {
	case r.wantName != "" && len(b) >= idSize:
		if id := binary.BigEndian.Uint32(b); id != r.want {
			hint := ""
			if control, _, _ := Split(id); !control {
				hint = "; does the other side speak the classic dialect?"
			}
			return Protocolf("the first frame has the id %#x: it is not %s%s", id, r.wantName, hint)
		}
	case r.dialect == classic && bytes.HasPrefix(b, []byte(GreetingStart)):
		return Protocolf("the other side speaks the extended dialect: it begins with a greeting")
	case r.dialect == extended && bytes.HasPrefix(b, []byte(GreetingStart)):
		return Protocolf("the other side begins with a greeting: its stream is its standard output (Options.Stdio)")
	}
	return nil
}

// Next returns the next frame. At the end of the stream between two frames it
// returns io.EOF; within a frame, a TruncatedError.
func (r *Reader) Next() (Frame, error) {
	for {
		if r.need > 0 {
			return r.nextLarge()
		}
		if r.first {
			if err := r.checkFirst(); err != nil {
				return Frame{}, err
			}
		}
		id, n, ok := r.header()
		if ok {
			if max := r.limit(id); uint64(n) > max {
				return Frame{}, &TooLargeError{What: "a frame that the other side sent", Size: uint64(n), Max: max}
			}
			start := r.r + r.headerSize()
			end := start + int(n)
			if end <= r.w {
				p := r.buf[start:end:end]
				r.r, r.first = end, false
				if r.r == r.w {
					r.r, r.w = 0, 0
				}
				return Frame{ID: id, Payload: p}, nil
			}
			if r.headerSize()+int(n) > len(r.buf) {
				r.startLarge(id, int(n))
				continue
			}
		}
		if err := r.fill(); err != nil {
			return Frame{}, r.eof(err, r.w > r.r)
		}
	}
}

func (r *Reader) limit(id uint32) uint64 {
	limit := min(r.maxPayload, MaxPayloadSize)
	control, kind, _ := Split(id)
	switch {
	case !control || r.dialect != extended:
	case kind == KindCall || kind == KindReturn: // and HOSTCALL, which is the same number as RETURN
		limit += ControlRoom
	default:
		limit = max(limit, ControlRoom)
	}
	return min(limit, maxLength)
}

// read reads into b, which has room. A source that brings nothing at all for
// long has no progress to offer.
func (r *Reader) read(b []byte) (int, error) {
	for range maxEmptyReads {
		if n, err := r.src.Read(b); n > 0 {
			return n, nil // an error comes again
		} else if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// fill reads once, making room first.
func (r *Reader) fill() error {
	if r.r > 0 {
		// A frame's slice may still be in use only until this call of Next.
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	n, err := r.read(r.buf[r.w:])
	r.w += n
	return err
}

func (r *Reader) startLarge(id uint32, n int) {
	have := r.buf[r.r+r.headerSize() : r.w]
	r.first = false
	first := n
	if n > wholeUpTo {
		first = max(firstChunk, len(have))
	}
	r.large = append(room(first), have...)
	r.id, r.need = id, n
	r.r, r.w = 0, 0
}

func (r *Reader) nextLarge() (Frame, error) {
	for len(r.large) < r.need {
		if len(r.large) == cap(r.large) {
			have := len(r.large)
			factor := growth
			if have >= fastFrom {
				factor = fastGrowth
			}
			more := r.need - have
			if more/factor > have { // which cannot overflow
				more = have * (factor - 1)
			}
			r.large = append(room(have+more), r.large...)
		}
		n, err := r.read(r.large[len(r.large):cap(r.large)])
		if err != nil {
			return Frame{}, r.eof(err, true)
		}
		r.large = r.large[:len(r.large)+n]
	}
	f := Frame{ID: r.id, Payload: r.large, Owned: true}
	r.large, r.need = nil, 0
	return f, nil
}

// eof makes the end of the stream within a frame a protocol error. A stream
// whose other end was closed with unread data in it ends in another error than
// io.EOF, so any that is not a time-out is an end.
func (r *Reader) eof(err error, inside bool) error {
	if !inside || isTimeout(err) {
		return err
	}
	got := r.w - r.r
	if r.need > 0 {
		return &TruncatedError{Protocolf("the stream ended after %d of %d bytes of a payload", len(r.large), r.need)}
	}
	_, n, ok := r.header()
	if !ok {
		return &TruncatedError{Protocolf("the stream ended after %d bytes of a frame's header", got)}
	}
	return &TruncatedError{Protocolf("the stream ended after %d of %d bytes of a payload", got-r.headerSize(), n)}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// A TruncatedError says that the stream ended within a frame. It is also a
// ProtocolError and io.ErrUnexpectedEOF.
type TruncatedError struct{ *ProtocolError }

// Unwrap returns what else the error is.
func (e *TruncatedError) Unwrap() []error { return []error{e.ProtocolError, io.ErrUnexpectedEOF} }
