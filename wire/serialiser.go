package wire

import "fmt"

// MaxDepth is how deep arrays and maps may be nested in one value, both ways.
// A value that contains itself is deeper than that.
const MaxDepth = 512

// A Serialiser turns the values of a call, a result or an event into a payload
// and back. It has no state and is safe for concurrent use.
//
// Values are of the types nil, bool, int64, uint64, float64, string, []byte,
// []any, map[string]any and time.Time. Thaw returns exactly these: an integer
// is an int64 if it fits and a uint64 otherwise, a time is in UTC, and an empty
// list is not nil. AppendFreeze also takes the other integer and float types; a
// nil slice or map is an empty one. Text is UTF-8, and times are of the years 0
// to 9999. What a serialiser cannot carry unchanged is a [*SerialiseError].
//
// Each serialiser carries less than all of that: see [String], [JSON], [CBOR]
// and [MsgPack].
type Serialiser interface {
	// Name is the name that SerialiserByName knows it by.
	Name() string
	// AppendFreeze appends the payload to dst and returns it. On an error it
	// returns dst unchanged; octets beyond its length may have been written.
	AppendFreeze(dst []byte, values []any) ([]byte, error)
	// Thaw returns the values of a payload. It keeps no reference to payload,
	// and the memory that it takes is within a constant factor of payload's
	// length, whatever the payload says of itself.
	Thaw(payload []byte) ([]any, error)
}

// An OwningThawer is a Serialiser that can make values of a payload without a
// copy of it.
type OwningThawer interface {
	// ThawOwned is Thaw, but the values may keep payload: the caller gives it up.
	ThawOwned(payload []byte) ([]any, error)
}

// ThawOwned is s.Thaw for a payload that the caller gives up, with as few copies
// as s can make.
func ThawOwned(s interface {
	Thaw(payload []byte) ([]any, error)
}, payload []byte) ([]any, error) {
	if o, ok := s.(OwningThawer); ok {
		return o.ThawOwned(payload)
	}
	return s.Thaw(payload)
}

// SerialiserByName returns the serialiser called "string" (which "" means
// too), "json", "cbor" or "msgpack". The error for any other name, an
// [*UnknownSerialiserError], says what to use.
func SerialiserByName(name string) (Serialiser, error) {
	switch name {
	case "string", "":
		return String(), nil
	case "json":
		return JSON(), nil
	case "cbor":
		return CBOR(), nil
	case "msgpack":
		return MsgPack(), nil
	}
	return nil, &UnknownSerialiserError{Name: name}
}

// An UnknownSerialiserError says that there is no serialiser of that name.
type UnknownSerialiserError struct {
	Name string
}

func (e *UnknownSerialiserError) Error() string {
	switch e.Name {
	case "storable", "nstorable":
		return fmt.Sprintf("the serialiser %q is a format of Perl's own and not supported: use cbor", e.Name)
	}
	return fmt.Sprintf("no serialiser is called %q: use string, json, cbor or msgpack", e.Name)
}

// A SerialiseError says that a value cannot be carried, or that a payload
// cannot be read.
type SerialiseError struct {
	// Serialiser is the name of the serialiser.
	Serialiser string
	// Path leads to the value, from the list of values inwards, counting from
	// 0: "[0].name[3]" is the fourth element of what the first value has as
	// name. The middle of a very long path is left out ("…"). It is empty where
	// the payload as a whole is to blame.
	Path string
	// Reason says what is wrong and, where something helps, what does.
	Reason string
}

func (e *SerialiseError) Error() string {
	if e.Path == "" {
		return e.Serialiser + ": " + e.Reason
	}
	return e.Serialiser + ": value " + e.Path + ": " + e.Reason
}
