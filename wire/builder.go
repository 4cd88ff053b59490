package wire

import (
	"slices"
	"sync"
	"time"
)

// A Builder makes values of what a payload says. It is told of each value where
// the payload has it, and of arrays and maps after what is in them: so it always
// knows how much that is, and takes no memory for what a payload only claims.
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
	// Time is in UTC.
	Time(v time.Time)
	// Array makes one value of the last n.
	Array(n int)
	// Key is told of before the value that it belongs to. It is UTF-8.
	Key(v []byte)
	// Map makes one value of the last n and their keys. It reports false if two
	// of the keys are the same.
	Map(n int) bool
}

// A Streamer is a Serialiser that needs no values of Go's on the way between a
// payload and the values of somebody else. It has no state and is safe for
// concurrent use.
type Streamer interface {
	Serialiser
	// Writer returns a Writer that appends to dst.
	Writer(dst []byte) *Writer
	// ThawInto is Thaw with a Builder, which has the values of the payload one
	// after the other at the end, or some of them after an error.
	ThawInto(payload []byte, b Builder) error
}

// A tree is the Builder of Thaw.
type tree struct {
	values []any    // not yet in an array or a map
	keys   []string // of those
	known  keyCache
	twice  string // the key that Map has found twice
}

var trees = sync.Pool{New: func() any { return new(tree) }}

// keepValues is how many values there is room kept for.
const keepValues = 1024

// thaw returns what read gives to a Builder.
func thaw(read func(Builder) *failure) ([]any, *failure) {
	t := trees.Get().(*tree)
	fail := read(t)
	large := cap(t.values) > keepValues || cap(t.keys) > keepValues
	var list []any
	switch {
	case fail != nil:
	case large:
		list = slices.Clip(t.values) // which is not needed any more
	default:
		list = t.take(len(t.values))
	}
	if !large {
		clear(t.values)
		clear(t.keys)
		t.values, t.keys, t.twice = t.values[:0], t.keys[:0], ""
		trees.Put(t)
	}
	return list, fail
}

// expect makes room for n values at once. What a payload claims to have is no more
// than it has octets.
func (t *tree) expect(n int) { t.values = slices.Grow(t.values, n) }

// take returns the last n values.
func (t *tree) take(n int) []any {
	from := len(t.values) - n
	list := make([]any, n)
	copy(list, t.values[from:])
	clear(t.values[from:])
	t.values = t.values[:from]
	return list
}

func (t *tree) Nil()             { t.values = append(t.values, nil) }
func (t *tree) Bool(v bool)      { t.values = append(t.values, v) }
func (t *tree) Int(v int64)      { t.values = append(t.values, v) }
func (t *tree) Uint(v uint64)    { t.values = append(t.values, v) }
func (t *tree) Float(v float64)  { t.values = append(t.values, v) }
func (t *tree) Text(v []byte)    { t.values = append(t.values, string(v)) }
func (t *tree) Time(v time.Time) { t.values = append(t.values, v) }
func (t *tree) Array(n int)      { t.values = append(t.values, t.take(n)) }
func (t *tree) Key(v []byte)     { t.keys = append(t.keys, t.known.text(v)) }

func (t *tree) Bytes(v []byte) {
	t.values = append(t.values, append(make([]byte, 0, len(v)), v...))
}

func (t *tree) Map(n int) bool {
	values, keys := len(t.values)-n, len(t.keys)-n
	m := make(map[string]any, n)
	for i, key := range t.keys[keys:] {
		m[key] = t.values[values+i]
	}
	if len(m) < n {
		t.twice = repeated(t.keys[keys:])
	}
	clear(t.values[values:])
	clear(t.keys[keys:])
	t.values, t.keys = append(t.values[:values], m), t.keys[:keys]
	return len(m) == n
}

// repeated returns the first of the keys that has been there before.
func repeated(keys []string) string {
	seen := make(map[string]bool, len(keys))
	for _, key := range keys {
		if seen[key] {
			return key
		}
		seen[key] = true
	}
	return ""
}

// occursTwice is the failure of a Map that reported false. again reads that map
// into another Builder: only a tree can say which key it was.
func occursTwice(b Builder, again func(Builder)) *failure {
	t, ok := b.(*tree)
	if !ok {
		t = new(tree)
		again(t)
	}
	return failf("the key occurs twice").in(t.twice)
}

// A keyCache makes the keys that many maps have in common one string. It forgets
// some of them.
type keyCache [32]string

func (c *keyCache) text(b []byte) string {
	if len(b) == 0 || len(b) > 32 {
		return string(b)
	}
	slot := &c[(uint(b[0])+3*uint(b[len(b)-1])+5*uint(len(b)))%uint(len(c))]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
