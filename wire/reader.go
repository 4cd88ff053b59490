package wire

import (
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
	// ControlRoom is how large a control frame may be whatever the payload
	// limit, and how much longer than a payload one that carries a payload.
	ControlRoom = 1 << 20
	// maxLength is what an int can hold together with a header, on systems
	// where that is less than a frame can say.
	maxLength = math.MaxInt - readBuffer
	// maxEmptyReads is how many reads may bring neither data nor an error.
	maxEmptyReads = 100
)

// A Reader reads frames of the extended dialect. It is not safe for concurrent
// use, but an error that is a time-out leaves it as it was: the next call of
// Next goes on where the last one stopped.
type Reader struct {
	src        io.Reader
	maxPayload uint64

	buf  []byte // buf[r:w] is what was read and not yet returned
	r, w int
	// large is the payload that did not fit buf, as far as it came; need is
	// its whole length. They are set while such a frame is being read.
	large []byte
	need  int
	id    uint32
}

// NewReader returns a Reader that refuses payloads of more than maxPayload
// bytes, with a TooLargeError, before it takes memory for them. A control frame
// may be larger: see ControlRoom.
func NewReader(src io.Reader, maxPayload uint64) *Reader {
	return &Reader{src: src, maxPayload: maxPayload, buf: make([]byte, readBuffer)}
}

// SetMaxPayload changes the limit for the frames to come.
func (r *Reader) SetMaxPayload(n uint64) { r.maxPayload = n }

// Buffered reports whether Next can return a frame, or an error, without
// reading.
func (r *Reader) Buffered() bool {
	if r.need > 0 {
		return len(r.large) == r.need
	}
	id, n, ok := ParseHeader(r.buf[r.r:r.w])
	if !ok {
		return false
	}
	return uint64(n) > r.limit(id) || uint64(r.w-r.r-HeaderSize) >= uint64(n)
}

// Next returns the next frame. At the end of the stream between two frames it
// returns io.EOF; within a frame, a TruncatedError.
func (r *Reader) Next() (Frame, error) {
	for {
		if r.need > 0 {
			return r.nextLarge()
		}
		id, n, ok := ParseHeader(r.buf[r.r:r.w])
		if ok {
			if max := r.limit(id); uint64(n) > max {
				return Frame{}, &TooLargeError{What: "a frame that the other side sent", Size: uint64(n), Max: max}
			}
			end := r.r + HeaderSize + int(n)
			if end <= r.w {
				p := r.buf[r.r+HeaderSize : end : end]
				r.r = end
				if r.r == r.w {
					r.r, r.w = 0, 0
				}
				return Frame{ID: id, Payload: p}, nil
			}
			if HeaderSize+int(n) > len(r.buf) {
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
	case !control:
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
	have := r.buf[r.r+HeaderSize : r.w]
	r.large = make([]byte, 0, min(n, max(firstChunk, len(have))))
	r.large = append(r.large, have...)
	r.id, r.need = id, n
	r.r, r.w = 0, 0
}

func (r *Reader) nextLarge() (Frame, error) {
	for len(r.large) < r.need {
		if len(r.large) == cap(r.large) {
			have := len(r.large)
			bigger := make([]byte, have, have+min(r.need-have, have))
			copy(bigger, r.large)
			r.large = bigger
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
	var t interface{ Timeout() bool }
	if !inside || errors.As(err, &t) && t.Timeout() {
		return err
	}
	got := r.w - r.r
	if r.need > 0 {
		return &TruncatedError{Protocolf("the stream ended after %d of %d bytes of a payload", len(r.large), r.need)}
	}
	if got < HeaderSize {
		return &TruncatedError{Protocolf("the stream ended after %d bytes of a frame's header", got)}
	}
	n := binary.BigEndian.Uint32(r.buf[r.r+4:])
	return &TruncatedError{Protocolf("the stream ended after %d of %d bytes of a payload", got-HeaderSize, n)}
}

// A TruncatedError says that the stream ended within a frame. It is also a
// ProtocolError and io.ErrUnexpectedEOF.
type TruncatedError struct{ *ProtocolError }

// Unwrap returns what else the error is.
func (e *TruncatedError) Unwrap() []error { return []error{e.ProtocolError, io.ErrUnexpectedEOF} }
