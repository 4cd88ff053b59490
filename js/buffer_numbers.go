package js

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/dop251/goja"
)

// An octetOrder is the order in which the octets of a number are.
type octetOrder struct {
	binary.ByteOrder
	suffix string // of the names of methods: "LE" or "BE"
}

// openNumbers defines Buffer's methods that read and write numbers.
func (v *vm) openNumbers(proto *goja.Object) {
	for _, order := range []octetOrder{{binary.LittleEndian, "LE"}, {binary.BigEndian, "BE"}} {
		for _, size := range []int{1, 2, 4} {
			bits := strconv.Itoa(8 * size)
			suffix := bits + order.suffix
			if size == 1 {
				if order.suffix == "BE" {
					continue
				}
				suffix = bits
			}
			v.both(proto, "readUInt"+suffix, "readUint"+suffix, 0, v.reader(size, func(b []byte) goja.Value {
				return v.rt.ToValue(int64(unsigned(order, b)))
			}))
			v.method(proto, "readInt"+suffix, 0, v.reader(size, func(b []byte) goja.Value {
				return v.rt.ToValue(signed(unsigned(order, b), size))
			}))
			v.both(proto, "writeUInt"+suffix, "writeUint"+suffix, 1, v.intWriter(order, size, false))
			v.method(proto, "writeInt"+suffix, 1, v.intWriter(order, size, true))
		}
		v.both(proto, "readUInt"+order.suffix, "readUint"+order.suffix, 2, v.sizedReader(order, false))
		v.method(proto, "readInt"+order.suffix, 2, v.sizedReader(order, true))
		v.both(proto, "writeUInt"+order.suffix, "writeUint"+order.suffix, 3, v.sizedWriter(order, false))
		v.method(proto, "writeInt"+order.suffix, 3, v.sizedWriter(order, true))

		v.both(proto, "readBigUInt64"+order.suffix, "readBigUint64"+order.suffix, 0, v.reader(8, func(b []byte) goja.Value {
			return v.rt.ToValue(new(big.Int).SetUint64(order.Uint64(b)))
		}))
		v.method(proto, "readBigInt64"+order.suffix, 0, v.reader(8, func(b []byte) goja.Value {
			return v.rt.ToValue(big.NewInt(int64(order.Uint64(b))))
		}))
		v.both(proto, "writeBigUInt64"+order.suffix, "writeBigUint64"+order.suffix, 1, v.bigWriter(order, false))
		v.method(proto, "writeBigInt64"+order.suffix, 1, v.bigWriter(order, true))

		v.method(proto, "readFloat"+order.suffix, 0, v.reader(4, func(b []byte) goja.Value {
			return v.rt.ToValue(float64(math.Float32frombits(order.Uint32(b))))
		}))
		v.method(proto, "readDouble"+order.suffix, 0, v.reader(8, func(b []byte) goja.Value {
			return v.rt.ToValue(math.Float64frombits(order.Uint64(b)))
		}))
		v.method(proto, "writeFloat"+order.suffix, 1, v.floatWriter(4, func(b []byte, f float64) {
			order.PutUint32(b, float32Bits(f))
		}))
		v.method(proto, "writeDouble"+order.suffix, 1, v.floatWriter(8, func(b []byte, f float64) {
			order.PutUint64(b, float64Bits(f))
		}))
	}
}

// both defines a method that has two names.
func (v *vm) both(proto *goja.Object, name, alias string, length int, fn func(goja.FunctionCall) goja.Value) {
	method := v.native(name, length, fn)
	v.hidden(proto, name, method)
	v.hidden(proto, alias, method)
}

// unsigned returns the number of 1 to 6 octets.
func unsigned(order octetOrder, b []byte) uint64 {
	var octets [8]byte
	if order.suffix == "LE" {
		copy(octets[:], b)
	} else {
		copy(octets[8-len(b):], b)
	}
	return order.Uint64(octets[:])
}

func putUnsigned(order octetOrder, b []byte, n uint64) {
	var octets [8]byte
	order.PutUint64(octets[:], n)
	if order.suffix == "LE" {
		copy(b, octets[:])
	} else {
		copy(b, octets[8-len(b):])
	}
}

// signed is the number that n is in size octets of two's complement.
func signed(n uint64, size int) int64 {
	unused := 64 - 8*size
	return int64(n<<unused) >> unused
}

// octetsAt returns the size octets at an offset, or throws an error.
func (v *vm) octetsAt(b []byte, offset goja.Value, size int) []byte {
	if goja.IsUndefined(offset) {
		offset = v.rt.ToValue(0)
	}
	at := v.number("offset", offset)
	last := len(b) - size
	if at != math.Trunc(at) {
		panic(v.outOfRange("offset", "an integer", offset))
	}
	if last < 0 {
		panic(v.outOfBounds("Attempt to access memory outside buffer bounds"))
	}
	if at < 0 || at > float64(last) {
		panic(v.outOfRange("offset", fmt.Sprintf(">= 0 and <= %d", last), offset))
	}
	return b[int(at) : int(at)+size]
}

// width returns the argument byteLength, which is 1 to 6.
func (v *vm) width(value goja.Value) int {
	n := v.number("byteLength", value)
	if n != math.Trunc(n) {
		panic(v.outOfRange("byteLength", "an integer", value))
	}
	if n < 1 || n > 6 {
		panic(v.outOfRange("byteLength", ">= 1 and <= 6", value))
	}
	return int(n)
}

func (v *vm) reader(size int, read func(b []byte) goja.Value) func(goja.FunctionCall) goja.Value {
	return func(fc goja.FunctionCall) goja.Value {
		return read(v.octetsAt(v.uint8s("this", fc.This), fc.Argument(0), size))
	}
}

func (v *vm) sizedReader(order octetOrder, sign bool) func(goja.FunctionCall) goja.Value {
	return func(fc goja.FunctionCall) goja.Value {
		b := v.uint8s("this", fc.This)
		if goja.IsUndefined(fc.Argument(0)) {
			panic(v.invalidType("offset", "of type number", fc.Argument(0)))
		}
		size := v.width(fc.Argument(1))
		n := unsigned(order, v.octetsAt(b, fc.Argument(0), size))
		if sign {
			return v.rt.ToValue(signed(n, size))
		}
		return v.rt.ToValue(int64(n))
	}
}

func (v *vm) intWriter(order octetOrder, size int, sign bool) func(goja.FunctionCall) goja.Value {
	return func(fc goja.FunctionCall) goja.Value {
		return v.writeInt(order, fc.This, fc.Argument(0), fc.Argument(1), size, sign)
	}
}

func (v *vm) sizedWriter(order octetOrder, sign bool) func(goja.FunctionCall) goja.Value {
	return func(fc goja.FunctionCall) goja.Value {
		return v.writeInt(order, fc.This, fc.Argument(0), fc.Argument(1), v.width(fc.Argument(2)), sign)
	}
}

func (v *vm) writeInt(order octetOrder, this, value, offset goja.Value, size int, sign bool) goja.Value {
	n := value.ToFloat() // which may run the script's code, so the octets come after it
	b := v.uint8s("this", this)
	low, high := 0.0, math.Ldexp(1, 8*size)-1
	if sign {
		low, high = -math.Ldexp(1, 8*size-1), math.Ldexp(1, 8*size-1)-1
	}
	if n < low || n > high {
		want := fmt.Sprintf(">= %.0f and <= %.0f", low, high)
		if size > 4 {
			want = fmt.Sprintf(">= 0 and < 2 ** %d", 8*size)
			if sign {
				want = fmt.Sprintf(">= -(2 ** %d) and < 2 ** %d", 8*size-1, 8*size-1)
			}
		}
		panic(v.outOfRange("value", want, v.rt.ToValue(n)))
	}
	at := v.octetsAt(b, offset, size)
	if n != n {
		n = 0
	}
	putUnsigned(order, at, uint64(int64(n)))
	return v.end(offset, size)
}

// end is the offset behind size octets that were written at another.
func (v *vm) end(offset goja.Value, size int) goja.Value {
	if goja.IsUndefined(offset) {
		return v.rt.ToValue(size)
	}
	return v.rt.ToValue(offset.ToInteger() + int64(size))
}

func (v *vm) floatWriter(size int, write func(b []byte, f float64)) func(goja.FunctionCall) goja.Value {
	return func(fc goja.FunctionCall) goja.Value {
		f := fc.Argument(0).ToFloat()
		write(v.octetsAt(v.uint8s("this", fc.This), fc.Argument(1), size), f)
		return v.end(fc.Argument(1), size)
	}
}

func (v *vm) bigWriter(order octetOrder, sign bool) func(goja.FunctionCall) goja.Value {
	return func(fc goja.FunctionCall) goja.Value {
		b := v.uint8s("this", fc.This)
		value := fc.Argument(0)
		if !goja.IsBigInt(value) {
			panic(v.rt.NewTypeError("Cannot mix BigInt and other types, use explicit conversions"))
		}
		n := value.Export().(*big.Int)
		if sign && !n.IsInt64() || !sign && !n.IsUint64() {
			want := ">= 0n and < 2n ** 64n"
			if sign {
				want = ">= -(2n ** 63n) and < 2n ** 63n"
			}
			panic(v.outOfRange("value", want, value))
		}
		at := v.octetsAt(b, fc.Argument(1), 8)
		if sign {
			order.PutUint64(at, uint64(n.Int64()))
		} else {
			order.PutUint64(at, n.Uint64())
		}
		return v.end(fc.Argument(1), 8)
	}
}

// There is one NaN only.

func float32Bits(f float64) uint32 {
	if f != f {
		return 0x7FC00000
	}
	return math.Float32bits(float32(f))
}

func float64Bits(f float64) uint64 {
	if f != f {
		return 0x7FF8000000000000
	}
	return math.Float64bits(f)
}
