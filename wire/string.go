package wire

import (
	"math"
	"strconv"
	"time"
	"unsafe"
)

// String returns the serialiser "string": octet strings, each with its length
// before it as a BER-compressed integer, like Perl's pack "(w/a*)*". No values
// are the empty payload.
//
// It freezes strings and []byte as they are, integers in decimal, floats as
// strconv's shortest 'g' does (NaN, +Inf and -Inf too) but whole ones below
// 1e21 without an exponent ("3"), and bools as "true" and "false". It thaws
// strings only, UTF-8 or not.
func String() Serialiser { return stringSerialiser{} }

type stringSerialiser struct{}

const stringName = "string"

func (stringSerialiser) Name() string { return stringName }

func (stringSerialiser) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	frozen := dst
	for i, v := range values {
		var fail *failure
		if frozen, fail = appendPlain(frozen, v); fail != nil {
			return dst, fail.at(i).err(stringName)
		}
	}
	return frozen, nil
}

// AppendFreezeTail implements TailFreezer.
func (s stringSerialiser) AppendFreezeTail(dst []byte, values []any, least int) (frozen, tail []byte, err error) {
	before, tail, _ := tailOf(values, least)
	if tail != nil {
		if fail := checkSize(len(tail)); fail != nil {
			return dst, nil, fail.at(len(before)).err(stringName)
		}
	}
	frozen, err = s.AppendFreeze(dst, before)
	if err != nil || tail == nil {
		return frozen, nil, err
	}
	return appendLength(frozen, uint64(len(tail))), tail, nil
}

func appendPlain(dst []byte, v any) ([]byte, *failure) {
	var room [32]byte
	b := room[:0]
	switch v := v.(type) {
	case string:
		if fail := checkSize(len(v)); fail != nil {
			return dst, fail
		}
		return AppendOctets(dst, v), nil
	case []byte:
		if fail := checkSize(len(v)); fail != nil {
			return dst, fail
		}
		return AppendOctets(dst, v), nil
	case bool:
		b = strconv.AppendBool(b, v)
	case int64:
		b = strconv.AppendInt(b, v, 10)
	case float64:
		b = appendDecimal(b, v, 64)
	case uint64:
		b = strconv.AppendUint(b, v, 10)
	case int:
		b = strconv.AppendInt(b, int64(v), 10)
	case int8:
		b = strconv.AppendInt(b, int64(v), 10)
	case int16:
		b = strconv.AppendInt(b, int64(v), 10)
	case int32:
		b = strconv.AppendInt(b, int64(v), 10)
	case uint:
		b = strconv.AppendUint(b, uint64(v), 10)
	case uint8:
		b = strconv.AppendUint(b, uint64(v), 10)
	case uint16:
		b = strconv.AppendUint(b, uint64(v), 10)
	case uint32:
		b = strconv.AppendUint(b, uint64(v), 10)
	case float32:
		b = appendDecimal(b, float64(v), 32)
	case nil:
		return dst, notPlain("nil")
	case []any:
		return dst, notPlain("an array")
	case map[string]any:
		return dst, notPlain("a map")
	case time.Time:
		return dst, notPlain("a time")
	default:
		return dst, foreignType(v)
	}
	return AppendOctets(dst, b), nil
}

func notPlain(what string) *failure {
	return failf("%s cannot be carried: use json, cbor or msgpack (Options.Serialiser, --serialiser)", what)
}

func appendDecimal(dst []byte, v float64, bits int) []byte {
	if v == math.Trunc(v) && math.Abs(v) < 1e21 {
		return strconv.AppendFloat(dst, v, 'f', -1, bits)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, bits)
}

func (stringSerialiser) Thaw(payload []byte) ([]any, error) { return thawStrings(payload, false) }

// ThawOwned implements OwningThawer.
func (stringSerialiser) ThawOwned(payload []byte) ([]any, error) { return thawStrings(payload, true) }

// thawStrings returns the strings of a payload. If that is owned, a string that
// is more than half of it is not copied: it keeps no more alive than twice what
// it needs.
func thawStrings(payload []byte, owned bool) ([]any, error) {
	most := len(payload)
	if owned {
		most /= 2
	}
	n := 0
	for rest := payload; len(rest) > 0; n++ {
		var fail *failure
		if _, rest, fail = nextOctets(rest); fail != nil {
			return nil, fail.at(n).err(stringName)
		}
	}
	values := make([]any, n)
	for i := range values {
		var octets []byte
		octets, payload, _ = nextOctets(payload)
		if len(octets) > most {
			values[i] = unsafe.String(&octets[0], len(octets))
			continue
		}
		values[i] = string(octets)
	}
	return values, nil
}

// AppendOctets appends one octet string of the serialiser "string" to dst. s
// must not be longer than MaxPayloadSize.
func AppendOctets[T string | []byte](dst []byte, s T) []byte {
	return append(appendLength(dst, uint64(len(s))), s...)
}

func appendLength(dst []byte, n uint64) []byte {
	digits := 1
	for n>>(7*digits) != 0 {
		digits++
	}
	for i := digits - 1; i > 0; i-- {
		dst = append(dst, 0x80|byte(n>>(7*i)))
	}
	return append(dst, byte(n)&0x7f)
}

// NextOctets takes the first octet string off a payload of the serialiser
// "string", which must not be empty. Both slices belong to payload. A length
// has one encoding only: what NextOctets returns, AppendOctets writes as it
// was. The error is a [*SerialiseError], and rest is then payload.
func NextOctets(payload []byte) (octets, rest []byte, err error) {
	octets, rest, fail := nextOctets(payload)
	if fail != nil {
		return nil, payload, fail.err(stringName)
	}
	return octets, rest, nil
}

func nextOctets(payload []byte) (octets, rest []byte, fail *failure) {
	const longest = 5 // digits of 7 bits each in 2^32-1
	var n uint64
	for i, c := range payload {
		switch {
		case i == 0 && c == 0x80:
			return nil, nil, failf("a length that starts with a zero digit")
		case i == longest:
			return nil, nil, failf("a length of more than %d digits", longest)
		}
		n = n<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		rest = payload[i+1:]
		switch {
		case n > MaxPayloadSize:
			return nil, nil, failf("a length of %d, over %d", n, uint64(MaxPayloadSize))
		case n > uint64(len(rest)):
			return nil, nil, failf("a length of %d where %d bytes are left", n, len(rest))
		}
		return rest[:n:n], rest[n:], nil
	}
	return nil, nil, failf("the payload ends within a length")
}
