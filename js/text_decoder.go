package js

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// A textDecoder turns octets that come in pieces into text.
type textDecoder struct {
	encoding string // "utf-8", "utf-16le", "utf-16be" or "windows-1252"
	fatal    bool   // what is not valid is an error
	keepMark bool   // a byte order mark is text
	rest     []byte // the beginning of a character, whose end is to come
	begun    bool   // this is not the first of the pieces
}

// newDecoder returns [encoding, decode]: the name of the encoding that has a
// label, and the function that decodes.
func (v *vm) newDecoder(fc goja.FunctionCall) goja.Value {
	label := fc.Argument(0).String()
	d := &textDecoder{
		encoding: encodingLabelled(label),
		fatal:    fc.Argument(1).ToBoolean(), keepMark: fc.Argument(2).ToBoolean(),
	}
	if d.encoding == "" {
		panic(v.coded("RangeError", "ERR_ENCODING_NOT_SUPPORTED", `The "`+label+`" encoding is not supported`))
	}
	return v.rt.NewArray(v.text(d.encoding), v.native("", 2, func(fc goja.FunctionCall) goja.Value {
		more := fc.Argument(1).ToBoolean()
		var octets []byte
		if input := fc.Argument(0); !goja.IsUndefined(input) {
			var ok bool
			if octets, ok = v.viewOf(input); !ok {
				panic(v.invalidType("list", "an instance of ArrayBuffer or ArrayBufferView", input))
			}
		}
		if len(octets) > maxString {
			panic(v.coded("Error", "ERR_STRING_TOO_LONG", "Cannot create a string longer than 0x1fffffe8 characters"))
		}
		octets = d.complete(octets, more)
		switch d.encoding {
		case "utf-16le", "utf-16be":
			return v.decodeUnits(d, octets)
		case "windows-1252":
			return decodeWindows1252(octets)
		}
		if d.fatal && !utf8.Valid(octets) {
			panic(d.invalid(v))
		}
		return v.text(utf8Text(octets))
	}))
}

// complete returns the octets that can be decoded now: with those left from the
// last piece, without the mark, and if more is to come without what begins a
// character that is not complete.
func (d *textDecoder) complete(octets []byte, more bool) []byte {
	if len(d.rest) > 0 {
		octets = append(d.rest, octets...)
		d.rest = nil
	}
	if more {
		end := len(octets)
		switch d.encoding {
		case "utf-8":
			end = whole(octets)
		case "utf-16le", "utf-16be":
			if end &^= 1; end >= 2 && isHigh(d.unit(octets[end-2:])) {
				end -= 2
			}
		}
		if end < len(octets) {
			d.rest = bytes.Clone(octets[end:])
		}
		octets = octets[:end]
	}
	if !d.begun && !d.keepMark {
		octets = bytes.TrimPrefix(octets, d.mark())
	}
	d.begun = more && (d.begun || len(octets) > 0)
	return octets
}

func (d *textDecoder) mark() []byte {
	switch d.encoding {
	case "utf-8":
		return []byte{0xEF, 0xBB, 0xBF}
	case "utf-16le":
		return []byte{0xFF, 0xFE}
	case "utf-16be":
		return []byte{0xFE, 0xFF}
	}
	return nil
}

// invalid is the error of a fatal decoder. The next piece is a first one again.
func (d *textDecoder) invalid(v *vm) *goja.Object {
	d.rest, d.begun = nil, false
	return v.coded("TypeError", "ERR_ENCODING_INVALID_ENCODED_DATA", "The encoded data was not valid for encoding "+d.encoding)
}

func (d *textDecoder) unit(b []byte) uint16 {
	if d.encoding == "utf-16be" {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return uint16(b[1])<<8 | uint16(b[0])
}

func isHigh(unit uint16) bool { return unit >= 0xD800 && unit < 0xDC00 }
func isLow(unit uint16) bool  { return unit >= 0xDC00 && unit < 0xE000 }

// decodeUnits decodes UTF-16, in which halves of pairs are not valid.
func (v *vm) decodeUnits(d *textDecoder, octets []byte) goja.Value {
	units := make([]uint16, 0, (len(octets)+1)/2)
	valid := len(octets)%2 == 0
	for ; len(octets) >= 2; octets = octets[2:] {
		unit := d.unit(octets)
		switch {
		case isHigh(unit) && len(octets) >= 4 && isLow(d.unit(octets[2:])):
			units = append(units, unit)
			unit, octets = d.unit(octets[2:]), octets[2:]
		case isHigh(unit) || isLow(unit):
			unit, valid = utf8.RuneError, false
			if len(octets) == 3 { // half a pair and half a unit are one
				octets = octets[:2]
			}
		}
		units = append(units, unit)
	}
	if len(octets) == 1 {
		units = append(units, utf8.RuneError)
	}
	if d.fatal && !valid {
		panic(d.invalid(v))
	}
	return goja.StringFromUTF16(units)
}

// decodeWindows1252 decodes what the web takes for Latin-1.
func decodeWindows1252(octets []byte) goja.Value {
	const special = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ"
	high := []rune(special)
	units := make([]uint16, len(octets))
	for i, octet := range octets {
		units[i] = uint16(octet)
		if octet >= 0x80 && octet < 0xA0 {
			units[i] = uint16(high[octet-0x80])
		}
	}
	return goja.StringFromUTF16(units)
}

// encodingLabelled returns the name of the encoding with a label of the Encoding
// Standard; "" for those that there are not.
func encodingLabelled(label string) string {
	switch strings.ToLower(strings.Trim(label, " \t\n\f\r")) {
	case "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8", "x-unicode20utf8":
		return "utf-8"
	case "csunicode", "iso-10646-ucs-2", "ucs-2", "unicode", "unicodefeff", "utf-16", "utf-16le":
		return "utf-16le"
	case "unicodefffe", "utf-16be":
		return "utf-16be"
	case "ansi_x3.4-1968", "ascii", "cp1252", "cp819", "csisolatin1", "ibm819", "iso-8859-1", "iso-ir-100", "iso8859-1",
		"iso88591", "iso_8859-1", "iso_8859-1:1987", "l1", "latin1", "us-ascii", "windows-1252", "x-cp1252":
		return "windows-1252"
	}
	return ""
}
