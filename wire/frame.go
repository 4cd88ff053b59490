package wire

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Version is the version of the extended dialect that this package speaks.
const Version = 1

// HeaderSize is the size of a frame's header: its id and its length.
const HeaderSize = 8

// Sizes of what headers are made of.
const (
	idSize     = 4
	lengthSize = 4
)

// SyncID is the id of every result of the classic sync dialect.
const SyncID = 1

// MaxCallID is the greatest call id of the extended dialect.
const MaxCallID = 1<<28 - 1

// MaxPayloadSize is the greatest length that a frame can say, 4 GiB - 1.
const MaxPayloadSize = 1<<32 - 1

// MaxNameSize is the greatest length of a function's name in a CALL frame.
const MaxNameSize = 1024

// A Kind says what a control frame of the extended dialect is. What a kind
// means depends on the direction, so that each number has two names.
type Kind uint8

// Kinds from the parent to the child.
const (
	KindBoot   Kind = iota // the first frame
	KindCancel             // the call is to be cancelled
	KindReturn             // results of a host call
	KindThrow              // the host call failed
	KindPing               // are you there?
	KindDrain              // no more calls will come
	KindCall               // a call of a named function
)

// Kinds from the child to the parent.
const (
	KindReady     Kind = iota // the answer to BOOT
	KindError                 // the call failed
	KindHostCall              // a call of one of the parent's functions
	KindCallEvent             // an event of one call
	KindPong                  // the answer to PING
	KindLog                   // a log record
	KindFatal                 // why the child is about to die
)

const (
	controlBit = 1 << 31
	kindShift  = 28
)

// ControlID returns the id of a control frame of a call, or of none (0).
func ControlID(k Kind, call uint32) uint32 {
	return controlBit | uint32(k&7)<<kindShift | call&MaxCallID
}

// Split takes a frame's id of the extended dialect apart. If control is false
// the frame is a plain call, result or event and kind means nothing. A plain id
// over MaxCallID is not legal; Split returns it as it is, as a call that cannot
// be in use.
func Split(id uint32) (control bool, kind Kind, call uint32) {
	if id&controlBit == 0 {
		return false, 0, id
	}
	return true, Kind(id >> kindShift & 7), id & MaxCallID
}

// AppendHeader appends a frame's header to dst.
func AppendHeader(dst []byte, id, length uint32) []byte {
	dst = binary.BigEndian.AppendUint32(dst, id)
	return binary.BigEndian.AppendUint32(dst, length)
}

// PutHeader writes a frame's header over the first HeaderSize bytes of frame,
// with the length of what follows them. It panics if that is not possible: both
// ends check the size of a payload first.
func PutHeader(frame []byte, id uint32) { PutHeaderBefore(frame, id, 0) }

// PutHeaderBefore is PutHeader for a frame whose payload goes on, for as many
// bytes, somewhere else.
func PutHeaderBefore(frame []byte, id uint32, tail int) {
	n := len(frame) - HeaderSize + tail
	if len(frame) < HeaderSize || uint64(n) > MaxPayloadSize {
		panic(fmt.Sprintf("wire: frame of %d bytes and %d", len(frame), tail))
	}
	binary.BigEndian.PutUint32(frame, id)
	binary.BigEndian.PutUint32(frame[4:], uint32(n))
}

// AppendFrame appends a whole frame to dst. The payload must not be longer than
// MaxPayloadSize.
func AppendFrame(dst []byte, id uint32, payload []byte) []byte {
	dst = AppendHeader(dst, id, uint32(len(payload)))
	return append(dst, payload...)
}

// ParseHeader reads a header from the front of b; ok is false if b is too short.
func ParseHeader(b []byte) (id, length uint32, ok bool) {
	if len(b) < HeaderSize {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), true
}

// AppendSyncRequest appends a request of the classic sync dialect, the only
// frame that has no id, to dst.
func AppendSyncRequest(dst []byte, payload []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	return append(dst, payload...)
}

// SyncRequest returns the part of a whole frame with a header that is a request
// of the classic sync dialect.
func SyncRequest(frame []byte) []byte { return frame[idSize:] }

// ParseSyncRequest reads one request of the classic sync dialect from the front
// of b. It returns the payload, which refers to b, and the rest of b; ok is
// false if b does not hold all of it.
func ParseSyncRequest(b []byte) (payload, rest []byte, ok bool) {
	if len(b) < lengthSize {
		return nil, b, false
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(len(b)-lengthSize) < uint64(n) {
		return nil, b, false
	}
	end := lengthSize + int(n)
	return b[lengthSize:end:end], b[end:], true
}

// ParseFrame reads one frame from the front of b. It returns the frame, which
// refers to b, and the rest of b; ok is false if b does not hold all of it.
func ParseFrame(b []byte) (f Frame, rest []byte, ok bool) {
	id, n, ok := ParseHeader(b)
	if !ok || uint64(len(b)-HeaderSize) < uint64(n) {
		return Frame{}, b, false
	}
	end := HeaderSize + int(n)
	return Frame{ID: id, Payload: b[HeaderSize:end:end]}, b[end:], true
}

// AppendName appends what a CALL payload starts with: the function's name. The
// frozen arguments follow it.
func AppendName(dst []byte, name string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(name)))
	return append(dst, name...)
}

// ParseName takes a CALL payload apart. The error is a [*ProtocolError], also for a
// name that is not UTF-8.
func ParseName(payload []byte) (name, args []byte, err error) {
	if len(payload) < 4 {
		return nil, nil, Protocolf("CALL of %d bytes has no room for a name", len(payload))
	}
	n := binary.BigEndian.Uint32(payload)
	if n > MaxNameSize || int(n) > len(payload)-4 {
		return nil, nil, Protocolf("CALL with a name of %d bytes in %d; it may have %d at most", n, len(payload)-4, MaxNameSize)
	}
	name = payload[4 : 4+n : 4+n]
	if !utf8.Valid(name) {
		return nil, nil, Protocolf("CALL with a name that is not UTF-8: %.100q", name)
	}
	return name, payload[4+n:], nil
}

// AppendHostID appends what the payloads of HOSTCALL, RETURN and THROW start
// with: the host call's id.
func AppendHostID(dst []byte, id uint32) []byte {
	return binary.BigEndian.AppendUint32(dst, id)
}

// ParseHostID takes the payload of a HOSTCALL, RETURN or THROW apart.
func ParseHostID(payload []byte) (id uint32, body []byte, err error) {
	if len(payload) < 4 {
		return 0, nil, Protocolf("host-call frame of %d bytes has no room for its id", len(payload))
	}
	return binary.BigEndian.Uint32(payload), payload[4:], nil
}
