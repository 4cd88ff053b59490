package fleet

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
	"scripthost.example/wire"
)

// The protocol between callers and instances. A request is a message on the subject
// of the plugin's track whose data are a head (head.go) and the arguments, and so are
// its replies. A request of a caller that does not know the protocol has no head: then
// the data are JSON, there is one reply, and what else there is to say is in headers of
// NATS, which are of these.
const (
	headerFunction   = "Rpc-Function"   // as fieldFunction
	headerTimeout    = "Rpc-Timeout"    // as fieldTimeout
	headerIdempotent = "Rpc-Idempotent" // as fieldIdempotent
	headerSerialiser = "Rpc-Serialiser" // as fieldSerialiser

	// Of the reply to such a request.
	headerInstance = "Rpc-Instance" // as fieldInstance
	headerScript   = "Rpc-Script"   // as fieldScript

	// What tools for NATS services look at where a call has failed.
	headerErrorCode = "Nats-Service-Error-Code"
	headerError     = "Nats-Service-Error"
	// headerStatus is the broker's own: "503" says that nobody listens.
	headerStatus = "Status"
)

// typeCall is a request.
const typeCall = "call"

// The types of replies.
const (
	typeAccept    = "accept"    // the call runs, and takes a while
	typeHeartbeat = "heartbeat" // it still does
	typeEvent     = "event"     // data: the event's values
	typeResult    = "result"    // data: the results
	typeError     = "error"     // data: the error as JSON
	typeUnknown   = "unknown"   // an instance that was asked does not know the call
	typeReplies   = "replies"   // data: replies to several calls of one caller (together.go)
)

// The types of messages to an instance.
const (
	typeCancel = "cancel"
	typeCredit = "credit" // the caller takes more events
	typeStatus = "status" // what became of the call: the answer goes to its replies
)

// The times of the protocol.
const (
	acceptTime    = 5 * time.Millisecond   // what answers by then needs no accept
	heartbeatTime = 500 * time.Millisecond // between signs of life of a call
	keepTime      = 10 * time.Second       // how long replies are kept
)

// eventWindow is how many events may be on their way to a caller at a time: a broker
// drops messages for those who do not keep up.
const eventWindow = 512

// octets are the values of which nothing but the serialiser for them can carry all.
func octets(values []any) bool {
	for _, v := range values {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// serialiserOf is what carries the values: lists of strings are carried as they are,
// whatever octets they have.
func serialiserOf(values []any) host.Serialiser {
	if octets(values) {
		return host.String
	}
	return host.CBOR
}

// appendFrozen appends the values to a message.
func appendFrozen(dst []byte, s host.Serialiser, values []any) ([]byte, error) {
	data, err := s.AppendFreeze(dst, values)
	if err == nil {
		return data, nil
	}
	frozen, err := host.Freeze(s, values) // which knows more types
	return append(dst, frozen...), err
}

// thaw returns the values of a message, which may keep its data if they are its own.
func thaw(data, serialiser []byte, own bool) ([]any, error) {
	by := host.String
	switch string(serialiser) {
	case host.String.Name():
	case host.CBOR.Name():
		by = host.CBOR
	case host.JSON.Name(), "":
		if len(data) == 0 {
			return nil, nil
		}
		return host.JSON.Thaw(data)
	default:
		return nil, errorf("the serialiser %q is none of those of this protocol", serialiser)
	}
	if own {
		return wire.ThawOwned(by, data)
	}
	return by.Thaw(data)
}

// header returns the first value of a header, or "".
func header(m *nats.Msg, name string) string {
	if m.Header == nil {
		return ""
	}
	if v := m.Header[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// nobody reports whether a message is the broker's word that nobody listens where
// another one went.
func nobody(m *nats.Msg) bool { return len(m.Data) == 0 && header(m, headerStatus) == "503" }

// A buffer has the data of messages, which a connection copies as it sends them.
type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// keepBuffer is the largest buffer that is kept, in bytes.
const keepBuffer = 64 << 10

// giveBack has a buffer used again. Nothing that is in it may be used any more.
func (b *buffer) giveBack() {
	if cap(b.b) <= keepBuffer {
		buffers.Put(b)
	}
}
