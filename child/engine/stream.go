package engine

import "time"

// A Streamer is a Codec that needs no values of Go's on the way between a payload
// and the values of a VM. A Codec need not be one.
type Streamer interface {
	Codec
	// Writer returns a Writer of a list of values, which appends to dst.
	Writer(dst []byte) Writer
	// ThawInto is Thaw with a Builder, which has the values one after the other at
	// the end, or some of them after an error.
	ThawInto(payload []byte, b Builder) error
}

// An OctetCodec is the Codec of lists of octet strings, for a VM that makes its own of
// them, and reads its own, one after the other. A Codec need not be one. Where a method
// reports false nothing has been done, and Thaw or AppendFreeze is to do all of it, or
// says what is wrong.
type OctetCodec interface {
	Codec
	// NextOctets takes the first octet string off a payload that is not empty. What
	// it returns belongs to the payload.
	NextOctets(payload []byte) (octets, rest []byte, ok bool)
	// AppendOctets appends an octet string to a payload.
	AppendOctets(dst []byte, octets string) (payload []byte, ok bool)
}

// A Builder makes values of a VM. It is told of arrays and maps after what is in
// them, and so takes no memory for what a payload only claims to have.
type Builder interface {
	Nil()
	Bool(v bool)
	Int(v int64)
	// Uint is for what does not fit into an int64.
	Uint(v uint64)
	Float(v float64)
	// Text is UTF-8. It is good until Text returns, as are the octets of Bytes
	// and Key.
	Text(v []byte)
	Bytes(v []byte)
	Time(v time.Time)
	// Array makes one value of the last n.
	Array(n int)
	// Key is told of before the value that it belongs to. It is UTF-8.
	Key(v []byte)
	// Map makes one value of the last n and their keys. It reports false if two
	// of the keys are the same.
	Map(n int) bool
}

// A Writer writes values of a VM, one after the other, as many as was said and
// nested no deeper than 512 arrays and maps. A method that returns a bool reports
// false, and writes nothing, if its value cannot be carried.
type Writer interface {
	Nil()
	Bool(v bool)
	Int(v int64)
	Uint(v uint64)
	Float(v float64) bool
	Text(v string) bool // false too for what is not UTF-8
	Bytes(v []byte) bool
	Time(v time.Time) bool
	// Array begins an array of n values, or the list of them all. Before each of
	// the values comes Next with its index from 0, and after all of them ArrayEnd.
	Array(n int)
	Next(i int)
	ArrayEnd()
	// Map begins a map of n values. Before each of them comes Key with its index,
	// in the order of CompareKeys, and after all of them MapEnd.
	Map(n int)
	Key(i int, key string) bool
	MapEnd()
	// CompareKeys is negative if key a goes before key b, and positive if b does.
	CompareKeys(a, b string) int
	// Frozen returns what was written behind what the Writer was made with.
	Frozen() []byte
}
