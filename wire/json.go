package wire

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// JSON returns the serialiser "json": one JSON array, in UTF-8. It has no
// bytes, no NaN and no infinities. A time travels as text (RFC 3339, in UTC)
// and stays text. Integers are exact in all their 64 bits; floats have a "."
// or an exponent, so that they come back as floats, -0 too.
//
// Thaw takes a number without "." and exponent for an integer (but -0 for a
// float), and refuses what would be changed silently: integers that do not fit
// into 64 bits, floats that are too large, escapes that are half of a surrogate
// pair, and a key that occurs twice in an object.
func JSON() Streamer { return jsonSerialiser{} }

type jsonSerialiser struct{}

func (jsonSerialiser) Name() string { return "json" }

func (s jsonSerialiser) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	return freeze(s, dst, values)
}

// Writer implements Streamer.
func (s jsonSerialiser) Writer(dst []byte) *Writer { return &Writer{s, dst} }

func (jsonSerialiser) appendNil(dst []byte) []byte { return append(dst, "null"...) }

func (jsonSerialiser) appendBool(dst []byte, v bool) []byte { return strconv.AppendBool(dst, v) }

func (jsonSerialiser) appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

func (jsonSerialiser) appendUint(dst []byte, v uint64) []byte { return strconv.AppendUint(dst, v, 10) }

func (jsonSerialiser) appendFloat(dst []byte, v float64) ([]byte, bool) {
	size := math.Abs(v)
	switch {
	case v != v || math.IsInf(v, 0):
		return dst, false
	case size != 0 && size < 1e-6 || size >= 1e21:
		return strconv.AppendFloat(dst, v, 'e', -1, 64), true
	}
	dst = strconv.AppendFloat(dst, v, 'f', -1, 64)
	if v == math.Trunc(v) {
		dst = append(dst, ".0"...)
	}
	return dst, true
}

func (jsonSerialiser) appendText(dst []byte, v string) []byte {
	dst = append(dst, '"')
	for {
		n := plainText(v)
		dst = append(dst, v[:n]...)
		if n == len(v) {
			return append(dst, '"')
		}
		dst = appendEscape(dst, v[n])
		v = v[n+1:]
	}
}

// appendEscape appends an octet that does not stand in a string as it is.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

func (jsonSerialiser) appendBytes(dst, _ []byte) ([]byte, bool) { return dst, false }

func (jsonSerialiser) appendTime(dst []byte, v time.Time) []byte {
	dst = append(dst, '"')
	dst = v.AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

func (jsonSerialiser) appendArray(dst []byte, _ int) []byte { return append(dst, '[') }

func (jsonSerialiser) appendNext(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

func (jsonSerialiser) appendArrayEnd(dst []byte) []byte { return append(dst, ']') }

func (jsonSerialiser) appendMap(dst []byte, _ int) []byte { return append(dst, '{') }

func (s jsonSerialiser) appendKey(dst []byte, i int, key string) []byte {
	return append(s.appendText(s.appendNext(dst, i), key), ':')
}

func (jsonSerialiser) appendMapEnd(dst []byte) []byte { return append(dst, '}') }

func (jsonSerialiser) compareKeys(a, b string) int { return strings.Compare(a, b) }
