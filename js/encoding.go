package js

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// encodingNatives are the functions below lib/encoding.js.
func (v *vm) encodingNatives() natives {
	return natives{
		"encode": func(fc goja.FunctionCall) goja.Value {
			return v.bytes(utf8Charset.encode(v.unitsOf(fc.Argument(0))))
		},
		"encodeInto": v.encodeInto,
		"decoder":    v.newDecoder,
		"btoa":       v.btoa,
		"atob":       v.atob,
		"isUtf8": func(fc goja.FunctionCall) goja.Value {
			octets, ok := v.viewOf(fc.Argument(0))
			if !ok {
				panic(v.invalidType("input", "an instance of ArrayBuffer, Buffer, or TypedArray", fc.Argument(0)))
			}
			return v.rt.ToValue(utf8.Valid(octets))
		},
		"isAscii": func(fc goja.FunctionCall) goja.Value {
			octets, ok := v.viewOf(fc.Argument(0))
			if !ok {
				panic(v.invalidType("input", "an instance of ArrayBuffer, Buffer, or TypedArray", fc.Argument(0)))
			}
			for _, octet := range octets {
				if octet >= utf8.RuneSelf {
					return v.rt.ToValue(false)
				}
			}
			return v.rt.ToValue(true)
		},
	}
}

// encodeInto writes a string to a Uint8Array, as many whole characters as it has
// room for, and returns {read, written}.
func (v *vm) encodeInto(fc goja.FunctionCall) goja.Value {
	s, ok := fc.Argument(0).(goja.String)
	if !ok {
		panic(v.invalidType("src", "of type string", fc.Argument(0)))
	}
	into := v.uint8s("dest", fc.Argument(1))
	text := s.String()
	if len(text) > len(into) {
		text = text[:len(into)]
		text = text[:whole([]byte(text))]
	}
	read := len(text)
	for _, r := range text {
		// What takes 4 octets is 2 units, any other character is 1.
		if n := utf8.RuneLen(r); n == 4 {
			read -= 2
		} else {
			read -= n - 1
		}
	}
	o := v.rt.NewObject()
	v.set(o, "read", v.rt.ToValue(read))
	v.set(o, "written", v.rt.ToValue(copy(into, text)))
	return o
}

func (v *vm) btoa(fc goja.FunctionCall) goja.Value {
	s := v.unitsOf(fc.Argument(0))
	octets := make([]byte, s.Length())
	for i := range octets {
		unit := s.CharAt(i)
		if unit > 0xFF {
			return goja.Undefined()
		}
		octets[i] = byte(unit)
	}
	return v.textFrom(base64Charset, octets)
}

// atob is the Infra Standard's forgiving decoding of base64.
func (v *vm) atob(fc goja.FunctionCall) goja.Value {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\f\r", r) {
			return -1
		}
		return r
	}, fc.Argument(0).String())
	if len(text)%4 == 0 {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	octets, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return goja.Undefined()
	}
	return decodeLatin1(octets)
}
