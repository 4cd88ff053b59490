package wire

import (
	"slices"
	"sync"
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
	// compareKeys is the order of the keys of a map.
	compareKeys(a, b string) int
}

// freeze appends the values to dst as one array of the format.
func freeze(f format, dst []byte, values []any) ([]byte, error) {
	w := freezer{Writer: Writer{format: f, dst: dst}}
	fail := w.array(values, 0)
	w.letGo()
	if fail != nil {
		return dst, fail.err(f.Name())
	}
	return w.dst, nil
}

// A freezer writes values of Go's.
type freezer struct {
	Writer
	fields []field  // the sorted fields of the maps that are being frozen
	room   *[]field // where fields began; nil as long as there are none
}

// fieldRooms are for the fields of small payloads.
var fieldRooms = sync.Pool{New: func() any { room := make([]field, 0, 32); return &room }}

// letGo gives back the room for fields.
func (w *freezer) letGo() {
	const most = 256
	if w.room != nil && cap(w.fields) <= most {
		clear(w.fields[:cap(w.fields)])
		*w.room = w.fields[:0]
		fieldRooms.Put(w.room)
	}
}

// A field is a value of a map with its key.
type field struct {
	key   string
	value any
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
	if w.room == nil {
		w.room = fieldRooms.Get().(*[]field)
		w.fields = *w.room
	}
	first := len(w.fields)
	for key, v := range m {
		w.fields = append(w.fields, field{key, v})
	}
	// Not by w.fields: those of what is in these are put behind them.
	fields := w.fields[first:]
	slices.SortFunc(fields, func(a, b field) int { return w.format.compareKeys(a.key, b.key) })
	w.dst = w.format.appendMap(w.dst, len(m))
	for i, f := range fields {
		if fail := checkText(f.key); fail != nil {
			return fail.in(f.key)
		}
		w.dst = w.format.appendKey(w.dst, i, f.key)
		if fail := w.value(f.value, depth); fail != nil {
			return fail.in(f.key)
		}
	}
	w.dst = w.format.appendMapEnd(w.dst)
	w.fields = w.fields[:first]
	return nil
}
