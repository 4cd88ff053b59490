package wire

import (
	"encoding/binary"
	"math"
)

func (s msgPack) Thaw(payload []byte) ([]any, error) {
	list, fail := thaw(func(b Builder) *failure { return s.read(payload, b) })
	if fail != nil {
		return nil, fail.err(s.Name())
	}
	return list, nil
}

// ThawInto implements Streamer.
func (s msgPack) ThawInto(payload []byte, b Builder) error {
	if fail := s.read(payload, b); fail != nil {
		return fail.err(s.Name())
	}
	return nil
}

func (msgPack) read(payload []byte, b Builder) *failure {
	r := msgPackReader{source{data: payload, to: b}}
	return r.list()
}

type msgPackReader struct{ source }

func (r *msgPackReader) list() *failure {
	c, fail := r.octet()
	if fail != nil {
		return fail
	}
	n, ok, fail := r.length(c, mpFixArray, mpArray16)
	if fail != nil {
		return fail
	}
	if !ok {
		return failf("the payload is not an array")
	}
	if _, fail := r.array(n, 0); fail != nil {
		return fail
	}
	return r.end()
}

// length returns how many elements or entries follow c, if c starts an array or
// a map: one of the 16 first octets from fix on, or one of two from wide on.
func (r *msgPackReader) length(c, fix, wide byte) (n uint64, ok bool, fail *failure) {
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
func (r *msgPackReader) value(depth int) *failure {
	c, fail := r.octet()
	if fail != nil {
		return fail
	}
	switch {
	case c < mpFixMap, c >= mpNegative:
		r.to.Int(int64(int8(c)))
	case c == mpNil:
		r.to.Nil()
	case c == mpFalse, c == mpTrue:
		r.to.Bool(c == mpTrue)
	case c >= mpFloat32 && c < mpInt8+4:
		return r.number(c)
	case c >= mpBin8 && c < mpBin8+3:
		n, fail := r.uint(1 << (c - mpBin8))
		if fail != nil {
			return fail
		}
		b, fail := r.take(n)
		if fail != nil {
			return fail
		}
		r.to.Bytes(b)
	case c&0xf0 == mpFixMap, c == mpMap16, c == mpMap16+1:
		if depth == MaxDepth {
			return tooDeep()
		}
		return r.object(c, depth+1)
	case c&0xf0 == mpFixArray, c == mpArray16, c == mpArray16+1:
		if depth == MaxDepth {
			return tooDeep()
		}
		n, _, fail := r.length(c, mpFixArray, mpArray16)
		if fail != nil {
			return fail
		}
		count, fail := r.array(n, depth+1)
		if fail != nil {
			return fail
		}
		r.to.Array(count)
	case c >= mpExt8 && c < mpExt8+3, c >= mpFixExt1 && c < mpFixExt1+5:
		return r.time(c)
	default:
		n, ok, fail := r.textSize(c)
		if fail != nil {
			return fail
		}
		if !ok { // 0xc1 is what is left
			return failf("no value starts with the octet %#x, at byte %d", c, r.pos-1)
		}
		b, fail := r.text(n, "text")
		if fail != nil {
			return fail
		}
		r.to.Text(b)
	}
	return nil
}

// number reads what follows one of the first octets from mpFloat32 to the last
// of the integers.
func (r *msgPackReader) number(c byte) *failure {
	size := 1 << (c & 3) // of integers
	switch c {
	case mpFloat32:
		size = 4
	case mpFloat64:
		size = 8
	}
	v, fail := r.uint(size)
	switch {
	case fail != nil:
		return fail
	case c == mpFloat32:
		r.to.Float(float64(math.Float32frombits(uint32(v))))
	case c == mpFloat64:
		r.to.Float(math.Float64frombits(v))
	case c < mpInt8:
		r.integer(v)
	default:
		unused := 64 - 8*size
		r.to.Int(int64(v) << unused >> unused)
	}
	return nil
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

// array reads the elements of an array, and returns how many there are.
func (r *msgPackReader) array(n uint64, depth int) (int, *failure) {
	count, fail := r.count(n, 1)
	if fail != nil {
		return 0, fail
	}
	for i := range count {
		if fail := r.value(depth); fail != nil {
			return 0, fail.at(i)
		}
	}
	return count, nil
}

func (r *msgPackReader) object(c byte, depth int) *failure {
	start := r.pos
	n, _, fail := r.length(c, mpFixMap, mpMap16)
	if fail != nil {
		return fail
	}
	count, fail := r.count(n, 2)
	if fail != nil {
		return fail
	}
	for range count {
		first, fail := r.octet()
		if fail != nil {
			return fail
		}
		size, ok, fail := r.textSize(first)
		if fail != nil {
			return fail
		}
		if !ok {
			return failf("a key that is not text, at byte %d", r.pos-1)
		}
		key, fail := r.text(size, "a key")
		if fail != nil {
			return fail
		}
		r.to.Key(key)
		if fail := r.value(depth); fail != nil {
			return fail.in(string(key))
		}
	}
	if !r.to.Map(count) {
		return occursTwice(r.to, func(b Builder) {
			again := msgPackReader{source{data: r.data, pos: start, to: b}}
			again.object(c, depth)
		})
	}
	return nil
}

// time reads what follows the first octet of an extension, which must be one of
// the three forms of a timestamp.
func (r *msgPackReader) time(c byte) *failure {
	var size uint64
	var fail *failure
	fixed := c >= mpFixExt1
	if fixed {
		size = 1 << (c - mpFixExt1)
	} else if size, fail = r.uint(1 << (c - mpExt8)); fail != nil {
		return fail
	}
	kind, fail := r.octet()
	if fail != nil {
		return fail
	}
	if kind != mpTimestamp {
		return failf("the extension type %d cannot be carried", int8(kind))
	}
	b, fail := r.take(size)
	if fail != nil {
		return fail
	}
	switch {
	case fixed && size == 4:
		return passTime(r.to, int64(binary.BigEndian.Uint32(b)), 0)
	case fixed && size == 8:
		v := binary.BigEndian.Uint64(b)
		return passTime(r.to, int64(v&(1<<34-1)), int64(v>>34))
	case c == mpExt8 && size == 12:
		return passTime(r.to, int64(binary.BigEndian.Uint64(b[4:])), int64(binary.BigEndian.Uint32(b)))
	}
	return failf("a timestamp in a form that MessagePack does not have, of %d bytes", size)
}
