package host

import (
	"errors"

	"scripthost.example/wire"
)

// A Serialiser turns the values of a call, a result or an event into a payload
// and back. It must be safe for concurrent use.
//
// String, JSON, CBOR and MsgPack are built in. A custom one has two halves: the
// parent's, which is its methods, and the worker's, which is a source text in
// the worker's language.
type Serialiser interface {
	// Name is what messages call it; for the built-in ones, what BOOT says.
	Name() string
	// AppendFreeze appends the payload of values to dst. The values are of the
	// types nil, bool, the integers and floats, string, []byte, []any,
	// map[string]any and time.Time.
	AppendFreeze(dst []byte, values []any) ([]byte, error)
	// Thaw returns the values of a payload, and keeps no reference to it. A
	// payload comes from the child: anything may be in it.
	Thaw(payload []byte) ([]any, error)
}

// A CustomSerialiser is a Serialiser that is not built in.
type CustomSerialiser interface {
	Serialiser
	// WorkerSource is the worker's half: source text in the language of the
	// script that returns two functions, freeze (values to octets) and thaw
	// (octets to values).
	WorkerSource() []byte
}

// The built-in serialisers.
var (
	// String carries lists of octet strings, and nothing else: it is the
	// fastest. Results are always of the type string.
	String Serialiser = wire.String()
	// JSON carries what JSON has.
	JSON Serialiser = wire.JSON()
	// CBOR carries what JSON has, and bytes, exact integers and dates.
	CBOR Serialiser = wire.CBOR()
	// MsgPack carries what CBOR does.
	MsgPack Serialiser = wire.MsgPack()
)

// SerialiserByName returns a built-in serialiser: "string", "json", "cbor" or
// "msgpack".
func SerialiserByName(name string) (Serialiser, error) {
	return wire.SerialiserByName(name)
}

// bootSerialiser is what BOOT says of s.
func bootSerialiser(s Serialiser) wire.BootSerialiser {
	b := wire.BootSerialiser{Name: s.Name()}
	if c, ok := s.(CustomSerialiser); ok {
		b.Source = c.WorkerSource()
	}
	return b
}

// isCustom reports whether thawing runs somebody else's code, which must not
// hold up the reading.
func isCustom(s Serialiser) bool {
	switch s {
	case String, JSON, CBOR, MsgPack:
		return false
	}
	return true
}

// serialiseError is err as the error of a call.
func serialiseError(err error, o Outcome) error {
	var large *wire.TooLargeError
	if errors.As(err, &large) {
		return tooLarge(large, o)
	}
	return &SerialiseError{outcome: outcome(o), Message: err.Error()}
}

func tooLarge(e *wire.TooLargeError, o Outcome) error {
	return &LimitError{outcome: outcome(o), Limit: "payload", Size: e.Size, Max: e.Max, Message: e.Error()}
}
