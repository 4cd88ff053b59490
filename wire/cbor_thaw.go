package wire

import (
	"bytes"
	"math"
	"strings"
	"time"
)

func (s cborSerialiser) Thaw(payload []byte) ([]any, error) {
	r := cborReader{newSource(payload)}
	values, fail := r.list()
	if fail != nil {
		return nil, fail.err(s.Name())
	}
	return values, nil
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
	v, fail := r.uint(1)
	if fail != nil {
		return cborHead{}, fail
	}
	h := cborHead{first: byte(v)}
	switch info := h.first & 31; {
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

func (r *cborReader) list() ([]any, *failure) {
	h, fail := r.head()
	if fail != nil {
		return nil, fail
	}
	if h.major() != cborArray {
		return nil, failf("the payload is not an array")
	}
	values, fail := r.array(h, 0)
	if fail != nil {
		return nil, fail
	}
	return values, r.end()
}

// value reads what stands within depth arrays and maps.
func (r *cborReader) value(depth int) (any, *failure) {
	h, fail := r.head()
	if fail != nil {
		return nil, fail
	}
	return r.rest(h, depth)
}

// rest reads what is left of the value that h starts.
func (r *cborReader) rest(h cborHead, depth int) (any, *failure) {
	switch h.major() {
	case cborUint:
		return signed(h.arg), nil
	case cborNegative:
		return negative(h.arg)
	case cborBytes:
		return r.bytes(h)
	case cborText:
		return r.string(h)
	case cborArray:
		if depth == MaxDepth {
			return nil, tooDeep()
		}
		return r.array(h, depth+1)
	case cborMap:
		if depth == MaxDepth {
			return nil, tooDeep()
		}
		return r.object(h, depth+1)
	case cborTag:
		return r.tagged(h.arg)
	default:
		return r.simple(h)
	}
}

// negative returns the integer -1-arg.
func negative(arg uint64) (any, *failure) {
	if arg > math.MaxInt64 {
		return nil, failf("an integer that does not fit into 64 bits")
	}
	return ^int64(arg), nil
}

func (r *cborReader) simple(h cborHead) (any, *failure) {
	switch h.first {
	case cborFalse, cborTrue:
		return h.first == cborTrue, nil
	case cborNull, cborUndefined:
		return nil, nil
	case cborFloat16, cborFloat32, cborFloat64:
		return h.float(), nil
	case cborBreak:
		return nil, r.malformed(h.first)
	}
	return nil, failf("the simple value %d cannot be carried", h.arg)
}

func (r *cborReader) array(h cborHead, depth int) ([]any, *failure) {
	if h.indefinite() {
		return r.openArray(depth)
	}
	n, fail := r.claim(h.arg, 1)
	if fail != nil {
		return nil, fail
	}
	values := make([]any, n)
	for i := range values {
		if values[i], fail = r.value(depth); fail != nil {
			return nil, fail.at(i)
		}
	}
	return values, nil
}

func (r *cborReader) openArray(depth int) ([]any, *failure) {
	values := []any{}
	for {
		h, fail := r.head()
		if fail != nil {
			return nil, fail
		}
		if h.first == cborBreak {
			return values, nil
		}
		v, fail := r.rest(h, depth)
		if fail != nil {
			return nil, fail.at(len(values))
		}
		values = append(values, v)
	}
}

func (r *cborReader) object(h cborHead, depth int) (any, *failure) {
	n := math.MaxInt
	var m map[string]any
	if h.indefinite() {
		m = map[string]any{}
	} else {
		var fail *failure
		if n, fail = r.claim(h.arg, 2); fail != nil {
			return nil, fail
		}
		m = make(map[string]any, n)
	}
	for range n {
		k, fail := r.head()
		if fail != nil {
			return nil, fail
		}
		if k.first == cborBreak && h.indefinite() {
			break
		}
		key, fail := r.keyText(k)
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

func (r *cborReader) keyText(h cborHead) (string, *failure) {
	switch {
	case h.major() != cborText:
		return "", failf("a key that is not text, at byte %d", r.pos-1)
	case h.indefinite():
		return r.string(h)
	}
	return r.key(h.arg)
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

// bytes reads a byte string. It returns a copy.
func (r *cborReader) bytes(h cborHead) (any, *failure) {
	if !h.indefinite() {
		b, fail := r.take(h.arg)
		if fail != nil {
			return nil, fail
		}
		return append(make([]byte, 0, len(b)), b...), nil
	}
	all := []byte{}
	for {
		n, last, fail := r.chunk(h)
		if fail != nil {
			return nil, fail
		}
		if last {
			return all, nil
		}
		b, fail := r.take(n)
		if fail != nil {
			return nil, fail
		}
		all = append(all, b...)
	}
}

// string reads a text string. Each chunk of one must be UTF-8.
func (r *cborReader) string(h cborHead) (string, *failure) {
	if !h.indefinite() {
		return r.text(h.arg)
	}
	var all strings.Builder
	for {
		n, last, fail := r.chunk(h)
		if fail != nil {
			return "", fail
		}
		if last {
			return all.String(), nil
		}
		s, fail := r.text(n)
		if fail != nil {
			return "", fail
		}
		all.WriteString(s)
	}
}

// chunk reads the head of the next part of the string h, or of its end.
func (r *cborReader) chunk(h cborHead) (n uint64, last bool, fail *failure) {
	c, fail := r.head()
	switch {
	case fail != nil:
		return 0, false, fail
	case c.first == cborBreak:
		return 0, true, nil
	case c.major() != h.major() || c.indefinite():
		return 0, false, failf("part of a string that is not one, at byte %d", r.pos-1)
	}
	return c.arg, false, nil
}

// tagged reads what follows the head of a tag.
func (r *cborReader) tagged(tag uint64) (any, *failure) {
	if tag > cborTagBigNegative {
		return nil, failf("the tag %d cannot be carried", tag)
	}
	h, fail := r.head()
	if fail != nil {
		return nil, fail
	}
	switch {
	case tag == cborTagDateTime && h.major() == cborText:
		return r.dateTime(h)
	case tag == cborTagEpoch && h.major() == cborUint && h.arg <= math.MaxInt64:
		return thawTime(int64(h.arg), 0)
	case tag == cborTagEpoch && h.major() == cborNegative && h.arg <= math.MaxInt64:
		return thawTime(^int64(h.arg), 0)
	case tag == cborTagEpoch && h.first >= cborFloat16 && h.first <= cborFloat64:
		return epoch(h.float())
	case tag >= cborTagBigUint && h.major() == cborBytes:
		return r.bignum(tag, h)
	}
	return nil, failf("the tag %d before something that it does not go with", tag)
}

func (r *cborReader) dateTime(h cborHead) (any, *failure) {
	text, fail := r.string(h)
	if fail != nil {
		return nil, fail
	}
	var t time.Time
	if t.UnmarshalText([]byte(text)) != nil {
		return nil, failf("a time that is not as in RFC 3339")
	}
	return checkTime(t)
}

// epoch returns the time f seconds after 1970 began.
func epoch(f float64) (any, *failure) {
	sec := math.Floor(f)
	if !(math.Abs(sec) < 1<<62) { // NaN too
		return nil, unknownYear()
	}
	nsec := math.Round((f - sec) * 1e9)
	if nsec == 1e9 {
		sec, nsec = sec+1, 0
	}
	return thawTime(int64(sec), int64(nsec))
}

func (r *cborReader) bignum(tag uint64, h cborHead) (any, *failure) {
	v, fail := r.bytes(h)
	if fail != nil {
		return nil, fail
	}
	digits := bytes.TrimLeft(v.([]byte), "\x00")
	if len(digits) > 8 {
		return nil, failf("an integer that does not fit into 64 bits")
	}
	var arg uint64
	for _, c := range digits {
		arg = arg<<8 | uint64(c)
	}
	if tag == cborTagBigNegative {
		return negative(arg)
	}
	return signed(arg), nil
}
