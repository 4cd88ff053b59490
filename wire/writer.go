package wire

import (
	"time"
	"unicode/utf8"
)

// A Writer writes the values of a payload one after the other. Who uses it sees
// to it that there are as many as was said, and that they are nested no deeper
// than MaxDepth. It is for one payload and serves one goroutine.
//
// A method that returns a bool reports false, and writes nothing, if its value
// cannot be carried.
type Writer struct {
	format format
	dst    []byte
}

// Frozen returns what has been written, behind what the Writer was made with.
func (w *Writer) Frozen() []byte { return w.dst }

// Nil writes nil.
func (w *Writer) Nil() { w.dst = w.format.appendNil(w.dst) }

// Bool writes a bool.
func (w *Writer) Bool(v bool) { w.dst = w.format.appendBool(w.dst, v) }

// Int writes an integer.
func (w *Writer) Int(v int64) { w.dst = w.format.appendInt(w.dst, v) }

// Uint writes an integer that is not negative.
func (w *Writer) Uint(v uint64) { w.dst = w.format.appendUint(w.dst, v) }

// Float writes a float. JSON has neither NaN nor infinities.
func (w *Writer) Float(v float64) (ok bool) {
	w.dst, ok = w.format.appendFloat(w.dst, v)
	return ok
}

// Text writes a string, which must be UTF-8.
func (w *Writer) Text(v string) bool {
	if !utf8.ValidString(v) || uint64(len(v)) > MaxPayloadSize {
		return false
	}
	w.dst = w.format.appendText(w.dst, v)
	return true
}

// Bytes writes octets. JSON has none.
func (w *Writer) Bytes(v []byte) (ok bool) {
	if uint64(len(v)) > MaxPayloadSize {
		return false
	}
	w.dst, ok = w.format.appendBytes(w.dst, v)
	return ok
}

// Time writes a time of the years 0 to 9999.
func (w *Writer) Time(v time.Time) bool {
	v, fail := checkTime(v)
	if fail != nil {
		return false
	}
	w.dst = w.format.appendTime(w.dst, v)
	return true
}

// Array begins an array of n values, or the payload itself. Before each of the
// values comes Next with its index from 0, and after all of them ArrayEnd.
func (w *Writer) Array(n int) { w.dst = w.format.appendArray(w.dst, n) }

// Next goes before the value at index i of an array.
func (w *Writer) Next(i int) { w.dst = w.format.appendNext(w.dst, i) }

// ArrayEnd ends an array.
func (w *Writer) ArrayEnd() { w.dst = w.format.appendArrayEnd(w.dst) }

// Map begins a map of n values. Before each of them comes Key, with the index of
// the value, in the order that CompareKeys has, and after all of them MapEnd.
func (w *Writer) Map(n int) { w.dst = w.format.appendMap(w.dst, n) }

// Key goes before the value at index i of a map. It must be UTF-8.
func (w *Writer) Key(i int, key string) bool {
	if !utf8.ValidString(key) || uint64(len(key)) > MaxPayloadSize {
		return false
	}
	w.dst = w.format.appendKey(w.dst, i, key)
	return true
}

// MapEnd ends a map.
func (w *Writer) MapEnd() { w.dst = w.format.appendMapEnd(w.dst) }

// CompareKeys is negative if key a goes before key b, and positive if b does.
func (w *Writer) CompareKeys(a, b string) int { return w.format.compareKeys(a, b) }
