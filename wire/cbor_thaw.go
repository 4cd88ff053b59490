package wire

import (
	"bytes"
	"math"
	"time"
)

func (s cborSerialiser) Thaw(payload []byte) ([]any, error) {
	list, fail := thaw(func(b Builder) *failure { return s.read(payload, b) })
	if fail != nil {
		return nil, fail.err(s.Name())
	}
	return list, nil
}

// ThawInto implements Streamer.
func (s cborSerialiser) ThawInto(payload []byte, b Builder) error {
	if fail := s.read(payload, b); fail != nil {
		return fail.err(s.Name())
	}
	return nil
}

func (cborSerialiser) read(payload []byte, b Builder) *failure {
	r := cborReader{source{data: payload, to: b}}
	return r.list()
}

type cborReader struct{ source }

// A cborHead is the start of every item. Arg is the argument, or nothing where
// the length is indefinite.
type cborHead struct {
	first byte
	arg   uint64
}

func (h cborHead) major() byte      { return h.first &^ 31 }
func (h cborHead) indefinite() bool { return h.first&31 == cborIndefinite }

// float returns the number of a float's head.
func (h cborHead) float() float64 {
	switch h.first {
	case cborFloat16:
		return floatFromHalf(uint16(h.arg))
	case cborFloat32:
		return float64(math.Float32frombits(uint32(h.arg)))
	}
	return math.Float64frombits(h.arg)
}

func (r *cborReader) head() (cborHead, *failure) {
	first, fail := r.octet()
	if fail != nil {
		return cborHead{}, fail
	}
	h := cborHead{first: first}
	switch info := first & 31; {
	case info < cborNext1:
		h.arg = uint64(info)
	case info <= cborNext8:
		if h.arg, fail = r.uint(1 << (info - cborNext1)); fail != nil {
			return cborHead{}, fail
		}
	case info != cborIndefinite, h.major() == cborUint, h.major() == cborNegative, h.major() == cborTag:
		return cborHead{}, r.malformed(h.first)
	}
	return h, nil
}

func (r *cborReader) malformed(first byte) *failure {
	return failf("no value starts with the octet %#x, at byte %d", first, r.pos-1)
}

func (r *cborReader) list() *failure {
	h, fail := r.head()
	if fail != nil {
		return fail
	}
	if h.major() != cborArray {
		return failf("the payload is not an array")
	}
	if _, fail := r.array(h, 0); fail != nil {
		return fail
	}
	return r.end()
}

// value reads what stands within depth arrays and maps.
func (r *cborReader) value(depth int) *failure {
	h, fail := r.head()
	if fail != nil {
		return fail
	}
	return r.rest(h, depth)
}

// rest reads what is left of the value that h starts.
func (r *cborReader) rest(h cborHead, depth int) *failure {
	switch h.major() {
	case cborUint:
		r.integer(h.arg)
	case cborNegative:
		return r.negative(h.arg)
	case cborBytes:
		b, fail := r.octets(h, "bytes")
		if fail != nil {
			return fail
		}
		r.to.Bytes(b)
	case cborText:
		b, fail := r.octets(h, "text")
		if fail != nil {
			return fail
		}
		r.to.Text(b)
	case cborArray:
		if depth == MaxDepth {
			return tooDeep()
		}
		n, fail := r.array(h, depth+1)
		if fail != nil {
			return fail
		}
		r.to.Array(n)
	case cborMap:
		if depth == MaxDepth {
			return tooDeep()
		}
		return r.object(h, depth+1)
	case cborTag:
		return r.tagged(h.arg)
	default:
		return r.simple(h)
	}
	return nil
}

// negative passes on the integer -1-arg.
func (r *cborReader) negative(arg uint64) *failure {
	if arg > math.MaxInt64 {
		return failf("an integer that does not fit into 64 bits")
	}
	r.to.Int(^int64(arg))
	return nil
}

func (r *cborReader) simple(h cborHead) *failure {
	switch h.first {
	case cborFalse, cborTrue:
		r.to.Bool(h.first == cborTrue)
	case cborNull, cborUndefined:
		r.to.Nil()
	case cborFloat16, cborFloat32, cborFloat64:
		r.to.Float(h.float())
	case cborBreak:
		return r.malformed(h.first)
	default:
		return failf("the simple value %d cannot be carried", h.arg)
	}
	return nil
}

// array reads the elements of an array, and returns how many there are.
func (r *cborReader) array(h cborHead, depth int) (int, *failure) {
	if h.indefinite() {
		return r.openArray(depth)
	}
	n, fail := r.count(h.arg, 1)
	if fail != nil {
		return 0, fail
	}
	for i := range n {
		if fail := r.value(depth); fail != nil {
			return 0, fail.at(i)
		}
	}
	return n, nil
}

func (r *cborReader) openArray(depth int) (int, *failure) {
	for n := 0; ; n++ {
		h, fail := r.head()
		if fail != nil {
			return 0, fail
		}
		if h.first == cborBreak {
			return n, nil
		}
		if fail := r.rest(h, depth); fail != nil {
			return 0, fail.at(n)
		}
	}
}

func (r *cborReader) object(h cborHead, depth int) *failure {
	start := r.pos
	n := math.MaxInt
	if !h.indefinite() {
		var fail *failure
		if n, fail = r.count(h.arg, 2); fail != nil {
			return fail
		}
	}
	for i := range n {
		k, fail := r.head()
		if fail != nil {
			return fail
		}
		if k.first == cborBreak && h.indefinite() {
			n = i
			break
		}
		if k.major() != cborText {
			return failf("a key that is not text, at byte %d", r.pos-1)
		}
		key, fail := r.octets(k, "a key")
		if fail != nil {
			return fail
		}
		r.to.Key(key)
		if fail := r.value(depth); fail != nil {
			return fail.in(string(key))
		}
	}
	if !r.to.Map(n) {
		return occursTwice(r.to, func(b Builder) {
			again := cborReader{source{data: r.data, pos: start, to: b}}
			again.object(h, depth)
		})
	}
	return nil
}

func floatFromHalf(half uint16) float64 {
	exponent := int(half >> 10 & 31)
	v := float64(half & (1<<10 - 1))
	switch {
	case exponent == 31 && v != 0:
		return math.NaN()
	case exponent == 31:
		v = math.Inf(1)
	case exponent == 0:
		v = math.Ldexp(v, -24)
	default:
		v = math.Ldexp(v+1<<10, exponent-25)
	}
	if half&0x8000 != 0 {
		return -v
	}
	return v
}

// octets reads a byte string or a text string, each chunk of which must be UTF-8.
func (r *cborReader) octets(h cborHead, what string) ([]byte, *failure) {
	if !h.indefinite() {
		if h.major() == cborBytes {
			return r.take(h.arg)
		}
		return r.text(h.arg, what)
	}
	var all []byte
	for {
		c, last, fail := r.chunk(h)
		if last || fail != nil {
			return all, fail
		}
		b, fail := r.octets(c, what)
		if fail != nil {
			return nil, fail
		}
		all = append(all, b...)
	}
}

// chunk reads the head of the next part of the string h, or its end.
func (r *cborReader) chunk(h cborHead) (c cborHead, last bool, fail *failure) {
	c, fail = r.head()
	switch {
	case fail != nil:
		return c, false, fail
	case c.first == cborBreak:
		return c, true, nil
	case c.major() != h.major() || c.indefinite():
		return c, false, failf("part of a string that is not one, at byte %d", r.pos-1)
	}
	return c, false, nil
}

// tagged reads what follows the head of a tag.
func (r *cborReader) tagged(tag uint64) *failure {
	if tag > cborTagBigNegative {
		return failf("the tag %d cannot be carried", tag)
	}
	h, fail := r.head()
	if fail != nil {
		return fail
	}
	switch {
	case tag == cborTagDateTime && h.major() == cborText:
		return r.dateTime(h)
	case tag == cborTagEpoch && h.major() == cborUint && h.arg <= math.MaxInt64:
		return passTime(r.to, int64(h.arg), 0)
	case tag == cborTagEpoch && h.major() == cborNegative && h.arg <= math.MaxInt64:
		return passTime(r.to, ^int64(h.arg), 0)
	case tag == cborTagEpoch && h.first >= cborFloat16 && h.first <= cborFloat64:
		return r.epoch(h.float())
	case tag >= cborTagBigUint && h.major() == cborBytes:
		return r.bignum(tag, h)
	}
	return failf("the tag %d before something that it does not go with", tag)
}

func (r *cborReader) dateTime(h cborHead) *failure {
	text, fail := r.octets(h, "text")
	if fail != nil {
		return fail
	}
	var t time.Time
	if t.UnmarshalText(text) != nil {
		return failf("a time that is not as in RFC 3339")
	}
	if t, fail = checkTime(t); fail != nil {
		return fail
	}
	r.to.Time(t)
	return nil
}

// epoch passes on the time f seconds after 1970 began.
func (r *cborReader) epoch(f float64) *failure {
	sec := math.Floor(f)
	if !(math.Abs(sec) < 1<<62) { // NaN too
		return unknownYear()
	}
	nsec := math.Round((f - sec) * 1e9)
	if nsec == 1e9 {
		sec, nsec = sec+1, 0
	}
	return passTime(r.to, int64(sec), int64(nsec))
}

func (r *cborReader) bignum(tag uint64, h cborHead) *failure {
	v, fail := r.octets(h, "bytes")
	if fail != nil {
		return fail
	}
	digits := bytes.TrimLeft(v, "\x00")
	if len(digits) > 8 {
		return failf("an integer that does not fit into 64 bits")
	}
	var arg uint64
	for _, c := range digits {
		arg = arg<<8 | uint64(c)
	}
	if tag == cborTagBigNegative {
		return r.negative(arg)
	}
	r.integer(arg)
	return nil
}
