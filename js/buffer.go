package js

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/dop251/goja"
)

// bufferNatives are the functions below lib/buffer.js.
func (v *vm) bufferNatives() natives {
	return natives{
		"open": func(fc goja.FunctionCall) goja.Value {
			v.bufferProto = fc.Argument(0).(*goja.Object)
			v.openNumbers(v.bufferProto)
			v.openBuffer(v.bufferProto)
			return nil
		},
		"alloc": func(fc goja.FunctionCall) goja.Value {
			size := v.number("size", fc.Argument(0))
			if !(size >= 0 && size <= maxOctets) {
				panic(v.outOfRange("size", ">= 0 && <= 4294967296", fc.Argument(0)))
			}
			return v.newBuffer(make([]byte, int(size)))
		},
		"encode": func(fc goja.FunctionCall) goja.Value {
			return v.newBuffer(v.charset(fc.Argument(1)).encode(v.unitsOf(fc.Argument(0))))
		},
		"byteLength": func(fc goja.FunctionCall) goja.Value {
			c := utf8Charset
			if name, ok := fc.Argument(1).(goja.String); ok {
				c = charsetNamed(name.String()) // for what is none, that of UTF-8
			}
			return v.rt.ToValue(c.byteLength(v.unitsOf(fc.Argument(0))))
		},
		"isEncoding": func(fc goja.FunctionCall) goja.Value {
			name, ok := fc.Argument(0).(goja.String)
			return v.rt.ToValue(ok && charsetNamed(name.String()) != noCharset)
		},
		"isUint8Array": func(fc goja.FunctionCall) goja.Value {
			o, ok := fc.Argument(0).(*goja.Object)
			return v.rt.ToValue(ok && o.ExportType() == typeBytes)
		},
		"isArrayBuffer": func(fc goja.FunctionCall) goja.Value {
			o, ok := fc.Argument(0).(*goja.Object)
			return v.rt.ToValue(ok && o.ExportType() == typeBuffer)
		},
		"isView": func(fc goja.FunctionCall) goja.Value {
			_, ok := v.viewOf(fc.Argument(0))
			return v.rt.ToValue(ok)
		},
		"clone": func(fc goja.FunctionCall) goja.Value {
			octets, _ := v.viewOf(fc.Argument(0))
			return v.newBuffer(append([]byte{}, octets...))
		},
		"compare": func(fc goja.FunctionCall) goja.Value {
			return v.rt.ToValue(bytes.Compare(v.uint8s("buf1", fc.Argument(0)), v.uint8s("buf2", fc.Argument(1))))
		},
		"invalidType": func(fc goja.FunctionCall) goja.Value {
			return v.invalidType(fc.Argument(0).String(), fc.Argument(1).String(), fc.Argument(2))
		},
		"outOfBounds": func(fc goja.FunctionCall) goja.Value { return v.outOfBounds(fc.Argument(0).String()) },
		"size": func(fc goja.FunctionCall) goja.Value {
			return v.rt.ToValue(v.offset(fc.Argument(0).String(), fc.Argument(1), 0, maxOctets))
		},
	}
}

// makeBufferModule returns the module buffer.
func (v *vm) makeBufferModule() *goja.Object {
	return function(v.part("buffer").Get("module"))(goja.FunctionCall{This: goja.Undefined()}).(*goja.Object)
}

// newBuffer returns a Buffer over b, which it takes over.
func (v *vm) newBuffer(b []byte) *goja.Object {
	if v.bufferProto == nil {
		v.part("buffer")
	}
	o := v.bytes(b).(*goja.Object)
	must(o.SetPrototype(v.bufferProto))
	return o
}

// openBuffer defines Buffer's methods that work on octets.
func (v *vm) openBuffer(proto *goja.Object) {
	v.method(proto, "toString", 3, v.bufferToString)
	v.hidden(proto, "toLocaleString", proto.Get("toString"))
	v.method(proto, "write", 4, v.bufferWrite)
	v.method(proto, "fill", 4, v.bufferFill)
	v.method(proto, "copy", 4, v.bufferCopy)
	v.method(proto, "compare", 5, v.bufferCompare)
	v.method(proto, "equals", 1, func(fc goja.FunctionCall) goja.Value {
		return v.rt.ToValue(bytes.Equal(v.uint8s("this", fc.This), v.uint8s("otherBuffer", fc.Argument(0))))
	})
	v.method(proto, "indexOf", 3, func(fc goja.FunctionCall) goja.Value { return v.rt.ToValue(v.bufferIndexOf(fc, true)) })
	v.method(proto, "lastIndexOf", 3, func(fc goja.FunctionCall) goja.Value { return v.rt.ToValue(v.bufferIndexOf(fc, false)) })
	v.method(proto, "includes", 3, func(fc goja.FunctionCall) goja.Value {
		return v.rt.ToValue(v.bufferIndexOf(fc, true) >= 0)
	})
	v.method(proto, "toJSON", 0, v.bufferToJSON)
	for name, size := range map[string]int{"swap16": 2, "swap32": 4, "swap64": 8} {
		v.method(proto, name, 0, func(fc goja.FunctionCall) goja.Value {
			b := v.uint8s("this", fc.This)
			if len(b)%size != 0 {
				panic(v.coded("RangeError", "ERR_INVALID_BUFFER_SIZE", "Buffer size must be a multiple of "+name[len("swap"):]+"-bits"))
			}
			for part := range slices.Chunk(b, size) {
				slices.Reverse(part)
			}
			return fc.This
		})
	}
}

func (v *vm) bufferToString(fc goja.FunctionCall) goja.Value {
	c := utf8Charset
	if len(fc.Arguments) > 0 {
		c = v.charset(fc.Argument(0))
	}
	start, end := fc.Argument(1).ToFloat(), math.Inf(1)
	if !goja.IsUndefined(fc.Argument(2)) {
		end = fc.Argument(2).ToFloat()
	}
	b := v.uint8s("this", fc.This)
	first, last := clamp(start, len(b)), clamp(end, len(b))
	if first >= last {
		return v.text("")
	}
	return v.textFrom(c, b[first:last])
}

// clamp is the whole number that n is, but 0 at least and most at most.
func clamp(n float64, most int) int {
	switch {
	case !(n > 0): // NaN too
		return 0
	case n >= float64(most):
		return most
	}
	return int(n)
}

// bufferWrite is write(string[, offset[, length]][, encoding]).
func (v *vm) bufferWrite(fc goja.FunctionCall) goja.Value {
	b := v.uint8s("this", fc.This)
	s, ok := fc.Argument(0).(goja.String)
	if !ok {
		panic(v.coded("TypeError", "ERR_INVALID_ARG_TYPE", "argument must be a string"))
	}
	offset, length, encoding := fc.Argument(1), fc.Argument(2), fc.Argument(3)
	if _, ok := offset.(goja.String); ok && goja.IsUndefined(length) {
		offset, encoding = goja.Undefined(), offset
	} else if _, ok := length.(goja.String); ok {
		length, encoding = goja.Undefined(), length
	}
	at := v.offset("offset", offset, 0, len(b))
	room := min(len(b)-at, v.offset("length", length, len(b), len(b)))
	c := utf8Charset
	if encoding.ToBoolean() {
		c = v.charset(encoding)
	}
	octets := c.encode(s)
	if len(octets) > room {
		octets = octets[:room]
		switch c {
		case utf8Charset:
			octets = octets[:whole(octets)]
		case utf16Charset:
			octets = octets[:room&^1]
		}
	}
	return v.rt.ToValue(copy(b[at:], octets))
}

// bufferFill is fill(value[, offset[, end]][, encoding]).
func (v *vm) bufferFill(fc goja.FunctionCall) goja.Value {
	b := v.uint8s("this", fc.This)
	value, offset, end, encoding := fc.Argument(0), fc.Argument(1), fc.Argument(2), fc.Argument(3)
	var pattern []byte
	text, isText := value.(goja.String)
	if isText {
		if _, ok := offset.(goja.String); ok {
			offset, end, encoding = goja.Undefined(), goja.Undefined(), offset
		} else if _, ok := end.(goja.String); ok {
			end, encoding = goja.Undefined(), end
		}
		c := v.charset(encoding)
		if pattern = c.encode(text); len(pattern) == 0 {
			if text.Length() > 0 {
				panic(v.coded("TypeError", "ERR_INVALID_ARG_VALUE", "The argument 'value' is invalid. Received "+v.inspect(value)))
			}
			pattern = []byte{0}
		}
	} else if octets, ok := v.viewOf(value); ok {
		if pattern = octets; len(pattern) == 0 {
			panic(v.coded("TypeError", "ERR_INVALID_ARG_VALUE", "The argument 'value' is invalid. Received "+v.inspect(value)))
		}
	} else {
		pattern = []byte{octet(value)}
		b = v.uint8s("this", fc.This) // valueOf may have run
	}
	if goja.IsUndefined(offset) {
		offset, end = v.rt.ToValue(0), goja.Undefined()
	}
	first := v.bound("offset", offset, maxOctets)
	last := len(b)
	if !goja.IsUndefined(end) {
		last = v.bound("end", end, len(b))
	}
	if first >= last {
		return fc.This
	}
	fill(b[first:last], pattern)
	return fc.This
}

// octet is the number that value is, modulo 256.
func octet(value goja.Value) byte {
	f := value.ToFloat()
	if f != f || math.IsInf(f, 0) {
		return 0
	}
	return byte(int64(math.Mod(math.Trunc(f), 256)))
}

// bound returns an argument that has to be a number from 0 to most.
func (v *vm) bound(argument string, value goja.Value, most int) int {
	n := v.number(argument, value)
	if !(n >= 0 && n <= float64(most)) {
		panic(v.outOfRange(argument, ">= 0 && <= "+strconv.Itoa(most), value))
	}
	return int(n)
}

// fill repeats pattern, which may be a part of b, all over b.
func fill(b, pattern []byte) {
	for n := copy(b, pattern); n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}

// bufferCopy is copy(target[, targetStart[, sourceStart[, sourceEnd]]]).
func (v *vm) bufferCopy(fc goja.FunctionCall) goja.Value {
	source := v.uint8s("source", fc.This)
	v.uint8s("target", fc.Argument(0))
	position := func(name string, i, byDefault, most int) int {
		value := fc.Argument(i)
		if goja.IsUndefined(value) {
			return byDefault
		}
		n := math.Trunc(value.ToFloat())
		switch {
		case n != n:
			return byDefault
		case n < 0 || most >= 0 && n > float64(most):
			want := ">= 0"
			if most >= 0 {
				want += " && <= " + strconv.Itoa(most)
			}
			panic(v.outOfRange(name, want, value))
		}
		return int(min(n, maxSafeInteger))
	}
	to := position("targetStart", 1, 0, -1)
	start := position("sourceStart", 2, 0, len(source))
	end := position("sourceEnd", 3, len(source), -1)
	source = v.uint8s("source", fc.This) // again, as valueOf may have run
	target := v.uint8s("target", fc.Argument(0))
	end = min(end, len(source))
	if to >= len(target) || start >= end {
		return v.rt.ToValue(0)
	}
	return v.rt.ToValue(copy(target[to:], source[start:end]))
}

// bufferCompare is compare(target[, targetStart[, targetEnd[, sourceStart[, sourceEnd]]]]).
func (v *vm) bufferCompare(fc goja.FunctionCall) goja.Value {
	source := v.uint8s("this", fc.This)
	target := v.uint8s("target", fc.Argument(0))
	targetStart := v.offset("targetStart", fc.Argument(1), 0, maxOctets)
	targetEnd := v.offset("targetEnd", fc.Argument(2), len(target), len(target))
	sourceStart := v.offset("sourceStart", fc.Argument(3), 0, maxOctets)
	sourceEnd := v.offset("sourceEnd", fc.Argument(4), len(source), len(source))
	part := func(b []byte, start, end int) []byte {
		if start >= end {
			return nil
		}
		return b[start:end]
	}
	return v.rt.ToValue(bytes.Compare(part(source, sourceStart, sourceEnd), part(target, targetStart, targetEnd)))
}

func (v *vm) bufferToJSON(fc goja.FunctionCall) goja.Value {
	b := v.uint8s("this", fc.This)
	items := make([]any, len(b))
	for i, octet := range b {
		if i%chunk == 0 {
			v.stoppable()
		}
		items[i] = int64(octet)
	}
	o := v.rt.NewObject()
	v.set(o, "type", v.text("Buffer"))
	v.set(o, "data", v.rt.NewArray(items...))
	return o
}
