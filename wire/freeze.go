package wire

import (
	"slices"
	"time"
)

// A format writes one value after the other, in the order in which a freezer
// comes to them. Each method appends to dst.
type format interface {
	Name() string
	appendNil(dst []byte) []byte
	appendBool(dst []byte, v bool) []byte
	appendInt(dst []byte, v int64) []byte
	appendUint(dst []byte, v uint64) []byte
	// appendFloat's ok is false for a number that the format does not have.
	appendFloat(dst []byte, v float64) (frozen []byte, ok bool)
	appendText(dst []byte, v string) []byte // v is UTF-8
	// appendBytes' ok is false if the format does not have bytes.
	appendBytes(dst, v []byte) (frozen []byte, ok bool)
	appendTime(dst []byte, v time.Time) []byte // v is in UTC

	// An array is its start, n times appendNext with a value, its end.
	appendArray(dst []byte, n int) []byte
	appendNext(dst []byte, i int) []byte
	appendArrayEnd(dst []byte) []byte
	// A map is its start, n times appendKey with a value, its end.
	appendMap(dst []byte, n int) []byte
	appendKey(dst []byte, i int, key string) []byte
	appendMapEnd(dst []byte) []byte
	// compareKeys returns the order of the keys, nil for that of their octets.
	compareKeys() func(a, b string) int
}

// freeze appends the values to dst as one array of the format.
func freeze(f format, dst []byte, values []any) ([]byte, error) {
	w := freezer{format: f, dst: dst}
	if fail := w.array(values, 0); fail != nil {
		return dst, fail.err(f.Name())
	}
	return w.dst, nil
}

type freezer struct {
	format format
	dst    []byte
	keys   []string // the sorted keys of the maps that are being frozen
}

// value freezes v, which stands within depth arrays and maps.
func (w *freezer) value(v any, depth int) *failure {
	switch v := v.(type) {
	case nil:
		w.dst = w.format.appendNil(w.dst)
	case bool:
		w.dst = w.format.appendBool(w.dst, v)
	case string:
		return w.text(v)
	case float64:
		return w.float(v)
	case int64:
		w.dst = w.format.appendInt(w.dst, v)
	case []any:
		if depth == MaxDepth {
			return tooDeep()
		}
		return w.array(v, depth+1)
	case map[string]any:
		if depth == MaxDepth {
			return tooDeep()
		}
		return w.object(v, depth+1)
	case []byte:
		return w.bytes(v)
	case time.Time:
		return w.time(v)
	case uint64:
		w.dst = w.format.appendUint(w.dst, v)
	case int:
		w.dst = w.format.appendInt(w.dst, int64(v))
	case int8:
		w.dst = w.format.appendInt(w.dst, int64(v))
	case int16:
		w.dst = w.format.appendInt(w.dst, int64(v))
	case int32:
		w.dst = w.format.appendInt(w.dst, int64(v))
	case uint:
		w.dst = w.format.appendUint(w.dst, uint64(v))
	case uint8:
		w.dst = w.format.appendUint(w.dst, uint64(v))
	case uint16:
		w.dst = w.format.appendUint(w.dst, uint64(v))
	case uint32:
		w.dst = w.format.appendUint(w.dst, uint64(v))
	case float32:
		return w.float(float64(v))
	default:
		return foreignType(v)
	}
	return nil
}

func (w *freezer) text(v string) *failure {
	if fail := checkText(v); fail != nil {
		return fail
	}
	w.dst = w.format.appendText(w.dst, v)
	return nil
}

func (w *freezer) float(v float64) *failure {
	frozen, ok := w.format.appendFloat(w.dst, v)
	if !ok {
		return failf("the number %v cannot be carried: use cbor or msgpack", v)
	}
	w.dst = frozen
	return nil
}

func (w *freezer) bytes(v []byte) *failure {
	if fail := checkSize(len(v)); fail != nil {
		return fail
	}
	frozen, ok := w.format.appendBytes(w.dst, v)
	if !ok {
		return failf("bytes cannot be carried: use cbor or msgpack, or text")
	}
	w.dst = frozen
	return nil
}

func (w *freezer) time(v time.Time) *failure {
	v, fail := checkTime(v)
	if fail != nil {
		return fail
	}
	w.dst = w.format.appendTime(w.dst, v)
	return nil
}

func (w *freezer) array(values []any, depth int) *failure {
	if fail := checkSize(len(values)); fail != nil {
		return fail
	}
	w.dst = w.format.appendArray(w.dst, len(values))
	for i, v := range values {
		w.dst = w.format.appendNext(w.dst, i)
		if fail := w.value(v, depth); fail != nil {
			return fail.at(i)
		}
	}
	w.dst = w.format.appendArrayEnd(w.dst)
	return nil
}

func (w *freezer) object(m map[string]any, depth int) *failure {
	if fail := checkSize(len(m)); fail != nil {
		return fail
	}
	if w.keys == nil {
		w.keys = make([]string, 0, max(32, len(m)))
	}
	first := len(w.keys)
	for key := range m {
		w.keys = append(w.keys, key)
	}
	keys := w.keys[first:]
	if compare := w.format.compareKeys(); compare != nil {
		slices.SortFunc(keys, compare)
	} else {
		slices.Sort(keys)
	}
	w.dst = w.format.appendMap(w.dst, len(m))
	for i, key := range keys {
		if fail := checkText(key); fail != nil {
			return fail.in(key)
		}
		w.dst = w.format.appendKey(w.dst, i, key)
		if fail := w.value(m[key], depth); fail != nil {
			return fail.in(key)
		}
	}
	w.dst = w.format.appendMapEnd(w.dst)
	w.keys = w.keys[:first]
	return nil
}
