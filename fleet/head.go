package fleet

import (
	"bytes"
	"strconv"
)

// What the data of a message of the protocol begin with: its version, and after that
// the type. JSON begins with none of it, so that a request of somebody who does not know
// the protocol is not taken for one of these.
const magic = "rpc1 "

// The fields of heads.
const (
	// fieldSerialiser is what carries the values: "string", "cbor" or "json".
	fieldSerialiser = "serialiser"
	// fieldTimeout is how many milliseconds the caller still waits; clocks differ.
	fieldTimeout = "timeout"
	// fieldIdempotent: the call may run more than once.
	fieldIdempotent = "idempotent"
	// fieldToken of a call is the last token of the subject of its replies: where it is, a
	// reply may come in one message with those of other calls.
	fieldToken = "token"
	// fieldEvents of a call is how many events may be on their way at a time, without
	// which there are none, and of a result how many there have been.
	fieldEvents = "events"
	// fieldObject names the object of PayloadBucket that has the data.
	fieldObject = "object"
	// fieldInstance is who replies.
	fieldInstance = "instance"
	// fieldSequence is the number of an event of the call, from 1.
	fieldSequence = "sequence"
	// fieldCredit is how many more events the caller takes.
	fieldCredit = "credit"
	// fieldCode is that of an error, as those of HTTP.
	fieldCode = "code"
	// fieldCall is the call that a message to an instance is about: the subject of its
	// replies.
	fieldCall = "call"

	// These two can have spaces, and take what is left of the line.

	// fieldFunction is the script's function; without it that of the pool.
	fieldFunction = "function"
	// fieldScript is the script that ran, as version@generation.
	fieldScript = "script"
)

// A head is the line before the data of a message: its type, and fields of the form
// name=value. It is read for every message, and made for every message, and so without
// the map that headers of NATS are. Its texts are parts of the message.
type head struct {
	kind string // of the protocol's messages; "" if it is none
	// kindText is the type as it was sent.
	kindText []byte

	serialiser, timeout, token, events, object, instance, sequence, credit, call, function, script []byte
	idempotent                                                                                     bool
}

// isHeaded reports whether data are of a message of the protocol, of any version.
func isHeaded(data []byte) bool {
	return len(data) > 3 && string(data[:3]) == "rpc" && '0' <= data[3] && data[3] <= '9'
}

// readHead returns the head of a message and the data behind it. Without one, or with
// one of another version, its type is "". Fields that are not known are left out.
func readHead(data []byte) (h head, rest []byte) {
	line := data
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		line, rest = data[:i], data[i+1:]
	}
	if len(line) < len(magic) || string(line[:len(magic)]) != magic {
		return head{}, data
	}
	line = line[len(magic):]
	h.kindText, line = word(line)
	h.kind = kindOf(h.kindText)
	for len(line) > 0 {
		end := bytes.IndexByte(line, ' ')
		if end < 0 {
			end = len(line)
		}
		equals := bytes.IndexByte(line[:end], '=')
		if equals < 0 {
			equals = end
		}
		name, value, all := line[:equals], line[min(equals+1, end):end], line[min(equals+1, end):]
		switch string(name) {
		case fieldSerialiser:
			h.serialiser = value
		case fieldTimeout:
			h.timeout = value
		case fieldToken:
			h.token = value
		case fieldIdempotent:
			h.idempotent = true
		case fieldEvents:
			h.events = value
		case fieldObject:
			h.object = value
		case fieldInstance:
			h.instance = value
		case fieldSequence:
			h.sequence = value
		case fieldCredit:
			h.credit = value
		case fieldCall:
			h.call = value
		case fieldFunction:
			h.function = all
			return h, rest
		case fieldScript:
			h.script = all
			return h, rest
		}
		line = line[min(end+1, len(line)):]
	}
	return h, rest
}

// word returns what comes before the first space, and what after it.
func word(line []byte) (first, rest []byte) {
	if i := bytes.IndexByte(line, ' '); i >= 0 {
		return line[:i], line[i+1:]
	}
	return line, nil
}

// kindOf is the type that a text is, or "".
func kindOf(text []byte) string {
	switch string(text) {
	case typeCall:
		return typeCall
	case typeAccept:
		return typeAccept
	case typeHeartbeat:
		return typeHeartbeat
	case typeEvent:
		return typeEvent
	case typeResult:
		return typeResult
	case typeError:
		return typeError
	case typeUnknown:
		return typeUnknown
	case typeReplies:
		return typeReplies
	case typeCancel:
		return typeCancel
	case typeCredit:
		return typeCredit
	case typeStatus:
		return typeStatus
	}
	return ""
}

// appendHead begins the head of a message of the type.
func appendHead(dst []byte, kind string) []byte {
	return append(append(dst, magic...), kind...)
}

// appendField appends a field to a head.
func appendField(dst []byte, name, value string) []byte {
	dst = append(append(dst, ' '), name...)
	return append(append(dst, '='), value...)
}

// appendNumber is appendField for a number.
func appendNumber(dst []byte, name string, n uint64) []byte {
	dst = append(append(dst, ' '), name...)
	return strconv.AppendUint(append(dst, '='), n, 10)
}

// number is the whole number that a field has; ok is false if it is none, or missing.
func number(text []byte) (n uint64, ok bool) {
	n, err := strconv.ParseUint(string(text), 10, 63)
	return n, err == nil
}
