package wire

import (
	"encoding/binary"
	"math"
)

func (s msgPack) Thaw(payload []byte) ([]any, error) {
	r := msgPackReader{newSource(payload)}
	values, fail := r.list()
	if fail != nil {
		return nil, fail.err(s.Name())
	}
	return values, nil
}

type msgPackReader struct{ source }

func (r *msgPackReader) list() ([]any, *failure) {
	c, fail := r.uint(1)
	if fail != nil {
		return nil, fail
	}
	n, ok, fail := r.count(byte(c), mpFixArray, mpArray16)
	if fail != nil {
		return nil, fail
	}
	if !ok {
		return nil, failf("the payload is not an array")
	}
	values, fail := r.array(n, 0)
	if fail != nil {
		return nil, fail
	}
	return values, r.end()
}

// count returns how many elements or entries follow c, if c starts an array or
// a map: one of the 16 first octets from fix on, or one of two from wide on.
func (r *msgPackReader) count(c, fix, wide byte) (n uint64, ok bool, fail *failure) {
	switch {
	case c&0xf0 == fix:
		return uint64(c & 0x0f), true, nil
	case c == wide, c == wide+1:
		n, fail = r.uint(2 << (c - wide))
		return n, true, fail
	}
	return 0, false, nil
}

// value reads what stands within depth arrays and maps.
func (r *msgPackReader) value(depth int) (any, *failure) {
	first, fail := r.uint(1)
	if fail != nil {
		return nil, fail
	}
	switch c := byte(first); {
	case c < mpFixMap, c >= mpNegative:
		return int64(int8(c)), nil
	case c == mpNil:
		return nil, nil
	case c == mpFalse, c == mpTrue:
		return c == mpTrue, nil
	case c >= mpUint8 && c < mpUint8+4:
		v, fail := r.uint(1 << (c - mpUint8))
		return signed(v), fail
	case c >= mpInt8 && c < mpInt8+4:
		size := 1 << (c - mpInt8)
		v, fail := r.uint(size)
		unused := 64 - 8*size
		return int64(v) << unused >> unused, fail
	case c == mpFloat32:
		v, fail := r.uint(4)
		return float64(math.Float32frombits(uint32(v))), fail
	case c == mpFloat64:
		v, fail := r.uint(8)
		return math.Float64frombits(v), fail
	case c >= mpBin8 && c < mpBin8+3:
		return r.bytes(c)
	case c&0xf0 == mpFixMap, c == mpMap16, c == mpMap16+1:
		if depth == MaxDepth {
			return nil, tooDeep()
		}
		return r.object(c, depth+1)
	case c&0xf0 == mpFixArray, c == mpArray16, c == mpArray16+1:
		if depth == MaxDepth {
			return nil, tooDeep()
		}
		n, _, fail := r.count(c, mpFixArray, mpArray16)
		if fail != nil {
			return nil, fail
		}
		return r.array(n, depth+1)
	case c >= mpExt8 && c < mpExt8+3, c >= mpFixExt1 && c < mpFixExt1+5:
		return r.time(c)
	default:
		n, ok, fail := r.textSize(c)
		if fail != nil {
			return nil, fail
		}
		if !ok { // 0xc1 is what is left
			return nil, failf("no value starts with the octet %#x, at byte %d", c, r.pos-1)
		}
		return r.text(n)
	}
}

func (r *msgPackReader) textSize(c byte) (n uint64, ok bool, fail *failure) {
	switch {
	case c&0xe0 == mpFixStr:
		return uint64(c & 0x1f), true, nil
	case c >= mpStr8 && c < mpStr8+3:
		n, fail = r.uint(1 << (c - mpStr8))
		return n, true, fail
	}
	return 0, false, nil
}

func (r *msgPackReader) bytes(c byte) (any, *failure) {
	n, fail := r.uint(1 << (c - mpBin8))
	if fail != nil {
		return nil, fail
	}
	b, fail := r.take(n)
	if fail != nil {
		return nil, fail
	}
	return append(make([]byte, 0, len(b)), b...), nil
}

func (r *msgPackReader) array(n uint64, depth int) ([]any, *failure) {
	count, fail := r.claim(n, 1)
	if fail != nil {
		return nil, fail
	}
	values := make([]any, count)
	for i := range values {
		if values[i], fail = r.value(depth); fail != nil {
			return nil, fail.at(i)
		}
	}
	return values, nil
}

func (r *msgPackReader) object(c byte, depth int) (any, *failure) {
	n, _, fail := r.count(c, mpFixMap, mpMap16)
	if fail != nil {
		return nil, fail
	}
	count, fail := r.claim(n, 2)
	if fail != nil {
		return nil, fail
	}
	m := make(map[string]any, count)
	for range count {
		first, fail := r.uint(1)
		if fail != nil {
			return nil, fail
		}
		size, ok, fail := r.textSize(byte(first))
		if fail != nil {
			return nil, fail
		}
		if !ok {
			return nil, failf("a key that is not text, at byte %d", r.pos-1)
		}
		key, fail := r.key(size)
		if fail != nil {
			return nil, fail
		}
		v, fail := r.value(depth)
		if fail != nil {
			return nil, fail.in(key)
		}
		if fail := put(m, key, v); fail != nil {
			return nil, fail
		}
	}
	return m, nil
}

// time reads what follows the first octet of an extension, which must be one of
// the three forms of a timestamp.
func (r *msgPackReader) time(c byte) (any, *failure) {
	var size uint64
	var fail *failure
	fixed := c >= mpFixExt1
	if fixed {
		size = 1 << (c - mpFixExt1)
	} else if size, fail = r.uint(1 << (c - mpExt8)); fail != nil {
		return nil, fail
	}
	kind, fail := r.uint(1)
	if fail != nil {
		return nil, fail
	}
	if kind != mpTimestamp {
		return nil, failf("the extension type %d cannot be carried", int8(kind))
	}
	b, fail := r.take(size)
	if fail != nil {
		return nil, fail
	}
	switch {
	case fixed && size == 4:
		return thawTime(int64(binary.BigEndian.Uint32(b)), 0)
	case fixed && size == 8:
		v := binary.BigEndian.Uint64(b)
		return thawTime(int64(v&(1<<34-1)), int64(v>>34))
	case c == mpExt8 && size == 12:
		return thawTime(int64(binary.BigEndian.Uint64(b[4:])), int64(binary.BigEndian.Uint32(b)))
	}
	return nil, failf("a timestamp in a form that MessagePack does not have, of %d bytes", size)
}
