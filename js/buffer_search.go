package js

import (
	"bytes"
	"math"

	"github.com/dop251/goja"
)

// bufferIndexOf is indexOf(value[, byteOffset][, encoding]), or lastIndexOf.
func (v *vm) bufferIndexOf(fc goja.FunctionCall, forward bool) int {
	value, offset, encoding := fc.Argument(0), fc.Argument(1), fc.Argument(2)
	if _, ok := offset.(goja.String); ok {
		offset, encoding = goja.Undefined(), offset
	}
	from := offset.ToFloat() // which may run the script's code, so the octets come after it
	b := v.uint8s("this", fc.This)
	if from != from {
		if from = 0; !forward {
			from = float64(len(b))
		}
	}
	at := int(max(math.MinInt32, min(math.MaxInt32, math.Trunc(from))))
	if len(b) > math.MaxInt32 && at == math.MaxInt32 && !forward {
		at = len(b)
	}

	c := utf8Charset
	var needle []byte
	if text, ok := value.(goja.String); ok {
		c = v.charset(encoding)
		needle = c.encode(text)
	} else if o, ok := value.(*goja.Object); ok && o.ExportType() == typeBytes {
		needle, _ = v.viewOf(value)
		if name, ok := encoding.(goja.String); ok {
			c = charsetNamed(name.String())
		}
	} else if isNumber(value) {
		needle = []byte{octet(value)}
	} else {
		panic(v.invalidType("value", "one of type number or string or an instance of Buffer or Uint8Array", value))
	}
	if c == utf16Charset {
		return v.index16(b, needle, at, forward)
	}
	return indexFrom(b, needle, at, forward)
}

// startOf is where a search for n octets in length begins if a script says
// offset, -1 if it finds nothing, as Node has it.
func startOf(length, offset, n int, forward bool) int {
	switch {
	case offset < 0 && offset+length >= 0:
		return length + offset
	case offset < 0 && (forward || n == 0):
		return 0
	case offset < 0:
		return -1
	case offset+n <= length:
		return offset
	case n == 0:
		return length
	case forward:
		return -1
	}
	return length - 1
}

// indexFrom returns the index of the first or last needle in b, seen from offset.
func indexFrom(b, needle []byte, offset int, forward bool) int {
	at := startOf(len(b), offset, len(needle), forward)
	switch {
	case len(needle) == 0 || at < 0:
		return at
	case forward:
		if i := bytes.Index(b[at:], needle); i >= 0 {
			return at + i
		}
		return -1
	}
	return bytes.LastIndex(b[:min(len(b), at+len(needle))], needle)
}

// index16 is indexFrom for UTF-16: the index is even. There can be a match at every
// odd one, each of which takes its time.
func (v *vm) index16(b, needle []byte, offset int, forward bool) int {
	at := startOf(len(b), offset, len(needle), forward)
	switch {
	case len(needle) == 0 || at < 0:
		return at
	case len(b) < 2 || len(needle) < 2:
		return -1
	}
	b, needle = b[:len(b)&^1], needle[:len(needle)&^1]
	at = min(at&^1, len(b))
	for forward {
		v.stoppable()
		i := bytes.Index(b[at:], needle)
		if i < 0 {
			return -1
		}
		if at += i; at%2 == 0 {
			return at
		}
		at++
	}
	for end := min(len(b), at+len(needle)); ; {
		v.stoppable()
		i := bytes.LastIndex(b[:end], needle)
		if i < 0 || i%2 == 0 {
			return i
		}
		end = i + len(needle) - 1
	}
}
