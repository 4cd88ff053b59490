package fleet

import (
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// The protocol between callers and instances. A request is a message on the subject
// of the plugin's track whose data are the arguments, and its headers are of these.
// A caller that does not know the protocol sends none of them: then the data are
// JSON, and there is one reply.
const (
	// headerVersion says that the caller knows this protocol, and which version.
	headerVersion = "Rpc-Version"
	// headerFunction is the script's function; without it that of the pool.
	headerFunction = "Rpc-Function"
	// headerTimeout is how many milliseconds the caller still waits; clocks differ.
	headerTimeout = "Rpc-Timeout"
	// headerIdempotent: the call may run more than once.
	headerIdempotent = "Rpc-Idempotent"
	// headerEvents of a request is how many events may be on their way at a time,
	// without which there are none, and of a result how many there have been.
	headerEvents = "Rpc-Events"
	// headerSerialiser is what carries the values: "string", "cbor" or "json".
	headerSerialiser = "Rpc-Serialiser"

	// headerType is what a reply, or a message to an instance, is.
	headerType = "Rpc-Type"
	// headerInstance is who replies.
	headerInstance = "Rpc-Instance"
	// headerSequence is the number of an event of the call, from 1.
	headerSequence = "Rpc-Sequence"
	// headerScript is the script that ran, as version@generation.
	headerScript = "Rpc-Script"
	// headerCall is the call that a message to an instance is about: the subject of
	// its replies.
	headerCall = "Rpc-Call"

	// What tools for NATS services look at where a call has failed.
	headerErrorCode = "Nats-Service-Error-Code"
	headerError     = "Nats-Service-Error"
	// headerStatus is the broker's own: "503" says that nobody listens.
	headerStatus = "Status"
)

const version = "1"

// The types of replies.
const (
	typeAccept    = "accept"    // the call runs, and takes a while
	typeHeartbeat = "heartbeat" // it still does
	typeEvent     = "event"     // data: the event's values
	typeResult    = "result"    // data: the results
	typeError     = "error"     // data: the error as JSON
	typeUnknown   = "unknown"   // an instance that was asked does not know the call
)

// The types of messages to an instance.
const (
	typeCancel = "cancel"
	typeCredit = "credit" // data: how many more events the caller takes
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

// known are the values of headers that most messages have, made once.
var known = func() map[string][]string {
	m := map[string][]string{}
	for _, v := range []string{
		version, typeAccept, typeHeartbeat, typeEvent, typeResult, typeError, typeUnknown,
		host.String.Name(), host.CBOR.Name(), host.JSON.Name(),
	} {
		m[v] = []string{v}
	}
	return m
}()

// values is the list of one value of a header. It must not be changed.
func values(v string) []string {
	if k := known[v]; k != nil {
		return k
	}
	return []string{v}
}

// octets are the values of which nothing but the serialiser for them can carry all.
func octets(values []any) bool {
	for _, v := range values {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// freeze returns the data of a message that carries the values, and the serialiser
// for its header. Lists of strings are carried as they are, whatever octets they
// have.
func freeze(values []any) (data []byte, serialiser string, err error) {
	s := host.CBOR
	if octets(values) {
		s = host.String
	}
	data, err = host.Freeze(s, values)
	return data, s.Name(), err
}

// thaw returns the values of a message.
func thaw(data []byte, serialiser string) ([]any, error) {
	switch serialiser {
	case host.String.Name():
		return host.String.Thaw(data)
	case host.CBOR.Name():
		return host.CBOR.Thaw(data)
	case host.JSON.Name(), "":
		if len(data) == 0 {
			return nil, nil
		}
		return host.JSON.Thaw(data)
	}
	return nil, errorf("the serialiser %q is none of those of this protocol", serialiser)
}

// header returns the first value of a header, or "".
func header(m *nats.Msg, name string) string {
	if v := m.Header[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// number is the whole number in a header; ok is false if it is none, or missing.
func number(m *nats.Msg, name string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(header(m, name), 10, 63)
	return n, err == nil
}
