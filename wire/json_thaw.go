package wire

import (
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

func (s jsonSerialiser) Thaw(payload []byte) ([]any, error) {
	list, fail := thaw(func(b Builder) *failure { return s.read(payload, b) })
	if fail != nil {
		return nil, fail.err(s.Name())
	}
	return list, nil
}

// ThawInto implements Streamer.
func (s jsonSerialiser) ThawInto(payload []byte, b Builder) error {
	if fail := s.read(payload, b); fail != nil {
		return fail.err(s.Name())
	}
	return nil
}

func (jsonSerialiser) read(payload []byte, b Builder) *failure {
	r := jsonReader{data: payload, to: b}
	return r.list()
}

type jsonReader struct {
	data []byte
	pos  int
	to   Builder
	// unescaped is the text of the last string that had escapes.
	unescaped []byte
}

func (r *jsonReader) list() *failure {
	if fail := r.checkText(); fail != nil {
		return fail
	}
	if r.space() != '[' {
		return failf("the payload is not an array")
	}
	if _, fail := r.array(0); fail != nil {
		return fail
	}
	if r.space(); r.pos < len(r.data) {
		return failf("%d bytes follow the array, at byte %d", len(r.data)-r.pos, r.pos)
	}
	return nil
}

func (r *jsonReader) checkText() *failure {
	if !utf8.Valid(r.data) {
		return failf("the text is not UTF-8")
	}
	return nil
}

// space skips white space and returns the octet after it, 0 at the end.
func (r *jsonReader) space() byte {
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; c {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

// unexpected says what stands at pos.
func (r *jsonReader) unexpected(wanted string) *failure {
	if r.pos >= len(r.data) {
		return failf("the text ends at byte %d, before %s", len(r.data), wanted)
	}
	c, _ := utf8.DecodeRune(r.data[r.pos:])
	return failf("%q at byte %d, instead of %s", c, r.pos, wanted)
}

// value reads what stands within depth arrays and objects.
func (r *jsonReader) value(depth int) *failure {
	switch c := r.space(); c {
	case '"':
		text, fail := r.string()
		if fail != nil {
			return fail
		}
		r.to.Text(text)
	case '[':
		if depth == MaxDepth {
			return tooDeep()
		}
		n, fail := r.array(depth + 1)
		if fail != nil {
			return fail
		}
		r.to.Array(n)
	case '{':
		if depth == MaxDepth {
			return tooDeep()
		}
		return r.object(depth + 1)
	case 't':
		if fail := r.word("true"); fail != nil {
			return fail
		}
		r.to.Bool(true)
	case 'f':
		if fail := r.word("false"); fail != nil {
			return fail
		}
		r.to.Bool(false)
	case 'n':
		if fail := r.word("null"); fail != nil {
			return fail
		}
		r.to.Nil()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return r.number()
	default:
		return r.unexpected("a value")
	}
	return nil
}

func (r *jsonReader) word(word string) *failure {
	rest := r.data[r.pos:]
	if len(rest) < len(word) || string(rest[:len(word)]) != word {
		return r.unexpected(word)
	}
	r.pos += len(word)
	return nil
}

// array reads an array; pos is at its bracket. It returns how many elements there
// are.
func (r *jsonReader) array(depth int) (int, *failure) {
	r.pos++
	if r.space() == ']' {
		r.pos++
		return 0, nil
	}
	for n := 0; ; {
		if fail := r.value(depth); fail != nil {
			return 0, fail.at(n)
		}
		n++
		switch r.space() {
		case ',':
			r.pos++
		case ']':
			r.pos++
			return n, nil
		default:
			return 0, r.unexpected("a comma or the array's end")
		}
	}
}

// object reads an object; pos is at its brace.
func (r *jsonReader) object(depth int) *failure {
	start := r.pos
	n := 0
	r.pos++
	if r.space() == '}' {
		r.pos++
		r.to.Map(0)
		return nil
	}
	for more := true; more; n++ {
		if r.space() != '"' {
			return r.unexpected("a key")
		}
		first := r.pos
		key, fail := r.string()
		if fail != nil {
			return fail
		}
		r.to.Key(key)
		if r.space() != ':' {
			return r.unexpected("a colon")
		}
		r.pos++
		if fail := r.value(depth); fail != nil {
			return fail.in(r.keyAt(first))
		}
		switch r.space() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			more = false
		default:
			return r.unexpected("a comma or the object's end")
		}
	}
	if !r.to.Map(n) {
		return occursTwice(r.to, func(b Builder) {
			again := jsonReader{data: r.data, pos: start, to: b}
			again.object(depth)
		})
	}
	return nil
}

// keyAt returns the key whose quote is at pos, and has been read before.
func (r *jsonReader) keyAt(pos int) string {
	again := jsonReader{data: r.data, pos: pos}
	key, _ := again.string()
	return string(key)
}

// string reads a string; pos is at its quote. The text is good until the next
// string is read.
func (r *jsonReader) string() ([]byte, *failure) {
	r.pos++
	start := r.pos
	r.pos += plainText(r.data[start:])
	switch {
	case r.pos == len(r.data):
		return nil, r.unexpected("the string's end")
	case r.data[r.pos] == '"':
		r.pos++
		return r.data[start : r.pos-1], nil
	}
	r.unescaped = append(r.unescaped[:0], r.data[start:r.pos]...)
	return r.escaped()
}

// escaped reads the rest of a string from its first escape on.
func (r *jsonReader) escaped() ([]byte, *failure) {
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; {
		case c == '"':
			r.pos++
			return r.unescaped, nil
		case c < ' ':
			return nil, r.unexpected("text, where it must be escaped")
		case c == '\\':
			if fail := r.escape(); fail != nil {
				return nil, fail
			}
		default:
			n := plainText(r.data[r.pos:])
			r.unescaped = append(r.unescaped, r.data[r.pos:r.pos+n]...)
			r.pos += n
		}
	}
	return nil, r.unexpected("the string's end")
}

// escape reads one escape; pos is at its backslash.
func (r *jsonReader) escape() *failure {
	r.pos++
	if r.pos == len(r.data) {
		return r.unexpected("the string's end")
	}
	c := r.data[r.pos]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return r.unicode()
	default:
		return r.unexpected("an escape")
	}
	r.unescaped = append(r.unescaped, c)
	r.pos++
	return nil
}

// unicode reads an escape with 4 hexadecimal digits, or two that are a
// surrogate pair; pos is at its u.
func (r *jsonReader) unicode() *failure {
	start := r.pos - 1
	v, ok := hex4(r.data[r.pos+1:])
	if !ok {
		return failf("an escape at byte %d without 4 hexadecimal digits", start)
	}
	r.pos += 5
	if utf16.IsSurrogate(v) {
		var second rune
		if rest := r.data[r.pos:]; len(rest) >= 2 && rest[0] == '\\' && rest[1] == 'u' {
			second, _ = hex4(rest[2:])
		}
		if v = utf16.DecodeRune(v, second); v == utf8.RuneError {
			return failf("an escape at byte %d that is half of a surrogate pair", start)
		}
		r.pos += 6
	}
	r.unescaped = utf8.AppendRune(r.unescaped, v)
	return nil
}

func hex4(b []byte) (v rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | rune(c)
	}
	return v, true
}

// number reads a number; pos is at its sign or first digit.
func (r *jsonReader) number() *failure {
	start := r.pos
	minus := r.data[r.pos] == '-'
	if minus {
		r.pos++
	}
	digits := r.pos
	if r.digits(); r.pos == digits {
		return r.unexpected("a digit")
	}
	if r.data[digits] == '0' && r.pos > digits+1 {
		return failf("a number with a zero before it, at byte %d", start)
	}
	whole := true
	if r.pos < len(r.data) && r.data[r.pos] == '.' {
		whole = false
		r.pos++
		if !r.digits() {
			return r.unexpected("a digit")
		}
	}
	if r.pos < len(r.data) && r.data[r.pos]|0x20 == 'e' {
		whole = false
		r.pos++
		if r.pos < len(r.data) && (r.data[r.pos] == '+' || r.data[r.pos] == '-') {
			r.pos++
		}
		if !r.digits() {
			return r.unexpected("a digit")
		}
	}
	if whole {
		return r.integer(r.data[digits:r.pos], minus)
	}
	v, err := strconv.ParseFloat(string(r.data[start:r.pos]), 64)
	if err != nil {
		return failf("a number beyond the floats, at byte %d", start)
	}
	r.to.Float(v)
	return nil
}

// digits skips digits and reports whether there were any.
func (r *jsonReader) digits() bool {
	start := r.pos
	for r.pos < len(r.data) && '0' <= r.data[r.pos] && r.data[r.pos] <= '9' {
		r.pos++
	}
	return r.pos > start
}

// integer passes on what the digits say.
func (r *jsonReader) integer(digits []byte, minus bool) *failure {
	const most = 20 // digits of 2^64-1
	var v uint64
	fits := len(digits) <= most
	for i := 0; fits && i < len(digits); i++ {
		d := uint64(digits[i] - '0')
		fits = v <= (math.MaxUint64-d)/10
		v = v*10 + d
	}
	switch {
	case !fits, minus && v > 1<<63:
		return failf("an integer that does not fit into 64 bits")
	case !minus:
		passInteger(r.to, v)
	case v == 0:
		r.to.Float(math.Copysign(0, -1))
	default:
		r.to.Int(-int64(v))
	}
	return nil
}
