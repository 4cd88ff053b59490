package wire

import "unsafe"

// A TailFreezer is a Serialiser that need not copy a large value that stands at
// the end.
type TailFreezer interface {
	Serialiser
	// AppendFreezeTail is AppendFreeze, but if the last value is a string or a
	// []byte of at least as many octets, these are not copied: the payload is
	// what was appended to dst, and then tail, which is the value's own memory.
	// It must not be written to, and a []byte must not change until the payload
	// has been used. Otherwise tail is nil.
	AppendFreezeTail(dst []byte, values []any, least int) (frozen, tail []byte, err error)
}

// AppendFreezeTail is that of s, or AppendFreeze if s has none.
func AppendFreezeTail(s interface {
	AppendFreeze(dst []byte, values []any) ([]byte, error)
}, dst []byte, values []any, least int) (frozen, tail []byte, err error) {
	if t, ok := s.(TailFreezer); ok {
		return t.AppendFreezeTail(dst, values, least)
	}
	frozen, err = s.AppendFreeze(dst, values)
	return frozen, nil, err
}

// tailOf returns the octets of the last value, if it has that many, and the
// values before it.
func tailOf(values []any, least int) (before []any, tail []byte, isText bool) {
	if len(values) == 0 {
		return values, nil, false
	}
	last := len(values) - 1
	switch v := values[last].(type) {
	case string:
		if len(v) >= least && len(v) > 0 {
			return values[:last], unsafe.Slice(unsafe.StringData(v), len(v)), true
		}
	case []byte:
		if len(v) >= least && len(v) > 0 {
			return values[:last], v, false
		}
	}
	return values, nil, false
}
