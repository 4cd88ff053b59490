package wire

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// MsgPack returns the serialiser "msgpack": one MessagePack array. It carries
// everything that a [Serialiser] can: []byte as bin, times as the extension
// type -1, NaN and infinities. Keys are written in the order of their octets.
//
// Thaw refuses keys that are not text, a key that occurs twice in a map, and
// other extension types.
func MsgPack() Streamer { return msgPack{} }

type msgPack struct{}

// First octets of MessagePack. Those of the "fix" kinds carry a number, and the
// wider ones of a group follow the one named here.
const (
	mpFixMap   = 0x80
	mpFixArray = 0x90
	mpFixStr   = 0xa0
	mpNil      = 0xc0
	mpFalse    = 0xc2
	mpTrue     = 0xc3
	mpBin8     = 0xc4 // 16, 32
	mpExt8     = 0xc7 // 16, 32
	mpFloat32  = 0xca
	mpFloat64  = 0xcb
	mpUint8    = 0xcc // 16, 32, 64
	mpInt8     = 0xd0 // 16, 32, 64
	mpFixExt1  = 0xd4 // 2, 4, 8, 16
	mpStr8     = 0xd9 // 16, 32
	mpArray16  = 0xdc // 32
	mpMap16    = 0xde // 32
	mpNegative = 0xe0

	mpTimestamp = 0xff // the extension type -1
)

func (msgPack) Name() string { return "msgpack" }

func (s msgPack) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	return freeze(s, dst, values)
}

// Writer implements Streamer.
func (s msgPack) Writer(dst []byte) *Writer { return &Writer{s, dst} }

func (msgPack) appendNil(dst []byte) []byte { return append(dst, mpNil) }

func (msgPack) appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, mpTrue)
	}
	return append(dst, mpFalse)
}

func (s msgPack) appendInt(dst []byte, v int64) []byte {
	switch {
	case v >= 0:
		return s.appendUint(dst, uint64(v))
	case v >= -32:
		return append(dst, byte(v))
	case v >= math.MinInt8:
		return append(dst, mpInt8, byte(v))
	case v >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(dst, mpInt8+1), uint16(v))
	case v >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, mpInt8+2), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, mpInt8+3), uint64(v))
}

func (msgPack) appendUint(dst []byte, v uint64) []byte {
	switch {
	case v < mpFixMap:
		return append(dst, byte(v))
	case v <= math.MaxUint8:
		return append(dst, mpUint8, byte(v))
	case v <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, mpUint8+1), uint16(v))
	case v <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, mpUint8+2), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, mpUint8+3), v)
}

func (msgPack) appendFloat(dst []byte, v float64) ([]byte, bool) {
	return binary.BigEndian.AppendUint64(append(dst, mpFloat64), math.Float64bits(v)), true
}

func (msgPack) appendText(dst []byte, v string) []byte {
	if n := len(v); n < 32 {
		dst = append(dst, mpFixStr|byte(n))
	} else {
		dst = appendLength8(dst, mpStr8, n)
	}
	return append(dst, v...)
}

func (msgPack) appendBytes(dst, v []byte) ([]byte, bool) {
	return append(appendLength8(dst, mpBin8, len(v)), v...), true
}

// appendTime uses the shortest of the three forms of a timestamp.
func (msgPack) appendTime(dst []byte, v time.Time) []byte {
	sec, nsec := v.Unix(), v.Nanosecond()
	switch {
	case uint64(sec)>>34 != 0: // a negative one too
		dst = append(dst, mpExt8, 12, mpTimestamp)
		dst = binary.BigEndian.AppendUint32(dst, uint32(nsec))
		return binary.BigEndian.AppendUint64(dst, uint64(sec))
	case nsec != 0 || sec > math.MaxUint32:
		dst = append(dst, mpFixExt1+3, mpTimestamp)
		return binary.BigEndian.AppendUint64(dst, uint64(nsec)<<34|uint64(sec))
	}
	return binary.BigEndian.AppendUint32(append(dst, mpFixExt1+2, mpTimestamp), uint32(sec))
}

func (msgPack) appendArray(dst []byte, n int) []byte {
	if n < 16 {
		return append(dst, mpFixArray|byte(n))
	}
	return appendLength16(dst, mpArray16, n)
}

func (msgPack) appendNext(dst []byte, _ int) []byte { return dst }
func (msgPack) appendArrayEnd(dst []byte) []byte    { return dst }

func (msgPack) appendMap(dst []byte, n int) []byte {
	if n < 16 {
		return append(dst, mpFixMap|byte(n))
	}
	return appendLength16(dst, mpMap16, n)
}

func (s msgPack) appendKey(dst []byte, _ int, key string) []byte { return s.appendText(dst, key) }
func (msgPack) appendMapEnd(dst []byte) []byte                   { return dst }
func (msgPack) compareKeys(a, b string) int                      { return strings.Compare(a, b) }

// appendLength8 appends a length in the first of the kinds with 8, 16 and 32
// bits that has room for it.
func appendLength8(dst []byte, kind8 byte, n int) []byte {
	if n <= math.MaxUint8 {
		return append(dst, kind8, byte(n))
	}
	return appendLength16(dst, kind8+1, n)
}

// appendLength16 does the same where there are 16 and 32 bits only.
func appendLength16(dst []byte, kind16 byte, n int) []byte {
	if n <= math.MaxUint16 {
		return binary.BigEndian.AppendUint16(append(dst, kind16), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, kind16+1), uint32(n))
}
