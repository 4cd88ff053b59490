package wire

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// CBOR returns the serialiser "cbor": one CBOR array (RFC 8949). It carries
// everything that a [Serialiser] can: []byte as byte strings, times as tag 0,
// NaN and infinities. It writes the core deterministic encoding: the same
// values are always the same octets.
//
// Thaw accepts every well-formed encoding, indefinite lengths too. It takes
// undefined for nil, reads the times of tag 1 and the big integers of tags 2
// and 3 that fit into 64 bits, and refuses other tags, other simple values,
// keys that are not text, and a key that occurs twice in a map.
func CBOR() Streamer { return cborSerialiser{} }

type cborSerialiser struct{}

// Major types, as they stand in the upper 3 bits of a head.
const (
	cborUint = iota << 5
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborOther
)

// What the lower 5 bits of a head say from 24 on, and whole heads.
const (
	cborNext1      = 24 // the argument is the next octet; 25, 26, 27: 2, 4, 8 octets
	cborNext8      = 27
	cborIndefinite = 31

	cborFalse     = cborOther | 20
	cborTrue      = cborOther | 21
	cborNull      = cborOther | 22
	cborUndefined = cborOther | 23
	cborFloat16   = cborOther | 25
	cborFloat32   = cborOther | 26
	cborFloat64   = cborOther | 27
	cborBreak     = cborOther | 31
)

// The tags that Thaw knows.
const (
	cborTagDateTime = iota
	cborTagEpoch
	cborTagBigUint
	cborTagBigNegative
)

func (cborSerialiser) Name() string { return "cbor" }

func (s cborSerialiser) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	return freeze(s, dst, values)
}

// Writer implements Streamer.
func (s cborSerialiser) Writer(dst []byte) *Writer { return &Writer{s, dst} }

// appendCBORHead appends a major type with its argument, in its shortest form.
func appendCBORHead(dst []byte, major byte, arg uint64) []byte {
	switch {
	case arg < cborNext1:
		return append(dst, major|byte(arg))
	case arg <= math.MaxUint8:
		return append(dst, major|cborNext1, byte(arg))
	case arg <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(arg))
	case arg <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|cborNext8), arg)
}

func (cborSerialiser) appendNil(dst []byte) []byte { return append(dst, cborNull) }

func (cborSerialiser) appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, cborTrue)
	}
	return append(dst, cborFalse)
}

func (cborSerialiser) appendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return appendCBORHead(dst, cborNegative, uint64(^v))
	}
	return appendCBORHead(dst, cborUint, uint64(v))
}

func (cborSerialiser) appendUint(dst []byte, v uint64) []byte {
	return appendCBORHead(dst, cborUint, v)
}

// appendFloat appends the shortest float that is exactly v.
func (cborSerialiser) appendFloat(dst []byte, v float64) ([]byte, bool) {
	if v != v {
		return append(dst, cborFloat16, 0x7e, 0), true
	}
	single := float32(v)
	if float64(single) != v {
		return binary.BigEndian.AppendUint64(append(dst, cborFloat64), math.Float64bits(v)), true
	}
	if half, ok := halfFromFloat(single); ok {
		return binary.BigEndian.AppendUint16(append(dst, cborFloat16), half), true
	}
	return binary.BigEndian.AppendUint32(append(dst, cborFloat32), math.Float32bits(single)), true
}

func (cborSerialiser) appendText(dst []byte, v string) []byte {
	return append(appendCBORHead(dst, cborText, uint64(len(v))), v...)
}

func (cborSerialiser) appendBytes(dst, v []byte) ([]byte, bool) {
	return append(appendCBORHead(dst, cborBytes, uint64(len(v))), v...), true
}

func (s cborSerialiser) appendTime(dst []byte, v time.Time) []byte {
	var room [len(time.RFC3339Nano)]byte
	text := v.AppendFormat(room[:0], time.RFC3339Nano)
	dst = appendCBORHead(dst, cborTag, cborTagDateTime)
	return append(appendCBORHead(dst, cborText, uint64(len(text))), text...)
}

func (cborSerialiser) appendArray(dst []byte, n int) []byte {
	return appendCBORHead(dst, cborArray, uint64(n))
}

func (cborSerialiser) appendNext(dst []byte, _ int) []byte { return dst }
func (cborSerialiser) appendArrayEnd(dst []byte) []byte    { return dst }

func (cborSerialiser) appendMap(dst []byte, n int) []byte {
	return appendCBORHead(dst, cborMap, uint64(n))
}

func (s cborSerialiser) appendKey(dst []byte, _ int, key string) []byte {
	return s.appendText(dst, key)
}

func (cborSerialiser) appendMapEnd(dst []byte) []byte { return dst }

// compareKeys orders keys by the octets of their encoding, which start with
// the length.
func (cborSerialiser) compareKeys(a, b string) int {
	if n := len(a) - len(b); n != 0 {
		return n
	}
	return strings.Compare(a, b)
}

// halfFromFloat returns the 16-bit float that is exactly v, which is not NaN.
func halfFromFloat(v float32) (half uint16, ok bool) {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	exponent := int(bits>>23&0xff) - 127
	fraction := bits & (1<<23 - 1)
	switch {
	case bits<<1 == 0:
		return sign, true
	case exponent == 128:
		return sign | 0x7c00, true
	case exponent >= -14 && exponent <= 15:
		return sign | uint16(exponent+15)<<10 | uint16(fraction>>13), fraction&(1<<13-1) == 0
	case exponent >= -24 && exponent < -14: // a subnormal number, in units of 2^-24
		fraction |= 1 << 23
		shift := -1 - exponent
		return sign | uint16(fraction>>shift), fraction&(1<<shift-1) == 0
	}
	return 0, false
}
