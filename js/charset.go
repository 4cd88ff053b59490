package js

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// A charset turns strings into octets and back, as Node's Buffer does.
type charset int

const (
	noCharset charset = iota
	utf8Charset
	utf16Charset
	latin1Charset
	asciiCharset
	hexCharset
	base64Charset
	base64URLCharset
)

// charsetNamed returns the charset of a name, noCharset if there is none.
func charsetNamed(name string) charset {
	switch strings.ToLower(name) {
	case "utf8", "utf-8":
		return utf8Charset
	case "ucs2", "ucs-2", "utf16le", "utf-16le":
		return utf16Charset
	case "latin1", "binary":
		return latin1Charset
	case "ascii":
		return asciiCharset
	case "hex":
		return hexCharset
	case "base64":
		return base64Charset
	case "base64url":
		return base64URLCharset
	}
	return noCharset
}

// charset returns the charset that an argument names: UTF-8 for undefined.
func (v *vm) charset(value goja.Value) charset {
	if goja.IsUndefined(value) {
		return utf8Charset
	}
	if name, ok := value.(goja.String); ok {
		if c := charsetNamed(name.String()); c != noCharset {
			return c
		}
	}
	panic(v.coded("TypeError", "ERR_UNKNOWN_ENCODING", "Unknown encoding: "+v.display(value)))
}

// encode returns the octets of a string.
func (c charset) encode(s goja.String) []byte {
	switch c {
	case utf16Charset:
		return appendUTF16(nil, s, s.Length())
	case latin1Charset, asciiCharset:
		octets := make([]byte, s.Length())
		for i := range octets {
			octets[i] = byte(s.CharAt(i))
		}
		return octets
	case hexCharset:
		text := s.String()
		octets := make([]byte, len(text)/2)
		n, _ := hex.Decode(octets, []byte(text[:len(text)&^1])) // up to what is not hexadecimal
		return octets[:n]
	case base64Charset, base64URLCharset:
		return lenientBase64(s.String())
	}
	return []byte(s.String()) // half a surrogate pair becomes U+FFFD
}

// appendUTF16 appends the first n units of s, the low octet of each first.
func appendUTF16(dst []byte, s goja.String, n int) []byte {
	if dst == nil {
		dst = make([]byte, 0, 2*n)
	}
	for i := range n {
		unit := s.CharAt(i)
		dst = append(dst, byte(unit), byte(unit>>8))
	}
	return dst
}

// lenientBase64 decodes either alphabet up to the first padding, and skips what
// is in neither.
func lenientBase64(text string) []byte {
	octets := make([]byte, 0, len(text)/4*3+3)
	bits, n := uint32(0), 0
	for i := range len(text) {
		c := text[i]
		if c == '=' {
			break
		}
		digit, ok := base64Digit(c)
		if !ok {
			continue
		}
		bits = bits<<6 | digit
		if n++; n == 4 {
			octets = append(octets, byte(bits>>16), byte(bits>>8), byte(bits))
			bits, n = 0, 0
		}
	}
	switch n {
	case 2:
		octets = append(octets, byte(bits>>4))
	case 3:
		octets = append(octets, byte(bits>>10), byte(bits>>2))
	}
	return octets
}

func base64Digit(c byte) (uint32, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A'), true
	case c >= 'a' && c <= 'z':
		return uint32(c-'a') + 26, true
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	}
	return 0, false
}

// byteLength is how many octets Node says that a string has: for base64 by its
// length alone, whatever is in it.
func (c charset) byteLength(s goja.String) int {
	n := s.Length()
	switch c {
	case utf16Charset:
		return 2 * n
	case latin1Charset, asciiCharset:
		return n
	case hexCharset:
		return n / 2
	case base64Charset, base64URLCharset:
		if n > 0 && s.CharAt(n-1) == '=' {
			if n--; n > 1 && s.CharAt(n-1) == '=' {
				n--
			}
		}
		return n * 3 / 4
	}
	return len(s.String())
}

// decodedLength is the number of UTF-16 units of the string that octets are, or
// more, as far as it can be told without decoding.
func (c charset) decodedLength(octets int) int {
	switch c {
	case utf16Charset:
		return octets / 2
	case hexCharset:
		return 2 * octets
	case base64Charset:
		return base64.StdEncoding.EncodedLen(octets)
	case base64URLCharset:
		return base64.RawURLEncoding.EncodedLen(octets)
	}
	return octets
}

// textFrom returns the string that octets are, or throws an error if that would be
// too long.
func (v *vm) textFrom(c charset, octets []byte) goja.Value {
	if c.decodedLength(len(octets)) > maxString {
		panic(v.coded("Error", "ERR_STRING_TOO_LONG", "Cannot create a string longer than 0x1fffffe8 characters"))
	}
	switch c {
	case utf16Charset:
		return decodeUTF16(octets, false)
	case latin1Charset:
		return decodeLatin1(octets)
	case asciiCharset:
		text := make([]byte, len(octets))
		for i, octet := range octets {
			text[i] = octet & 0x7f
		}
		return v.text(string(text))
	case hexCharset:
		return v.text(hex.EncodeToString(octets))
	case base64Charset:
		return v.text(base64.StdEncoding.EncodeToString(octets))
	case base64URLCharset:
		return v.text(base64.RawURLEncoding.EncodeToString(octets))
	}
	return v.text(utf8Text(octets))
}

func decodeLatin1(octets []byte) goja.Value {
	units := make([]uint16, len(octets))
	for i, octet := range octets {
		units[i] = uint16(octet)
	}
	return goja.StringFromUTF16(units)
}

func decodeUTF16(octets []byte, bigEndian bool) goja.Value {
	units := make([]uint16, len(octets)/2)
	for i := range units {
		low, high := octets[2*i], octets[2*i+1]
		if bigEndian {
			low, high = high, low
		}
		units[i] = uint16(low) | uint16(high)<<8
	}
	return goja.StringFromUTF16(units)
}

// utf8Text returns octets as UTF-8, with U+FFFD for what is not, as the
// Encoding Standard has it: one for as much as could have begun a character.
func utf8Text(octets []byte) string {
	if utf8.Valid(octets) {
		return string(octets)
	}
	var b strings.Builder
	b.Grow(len(octets) + 16)
	for len(octets) > 0 {
		n := 0
		for n < len(octets) {
			if octets[n] < utf8.RuneSelf {
				n++
				continue
			}
			r, size := utf8.DecodeRune(octets[n:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			n += size
		}
		b.Write(octets[:n])
		octets = octets[n:]
		if len(octets) > 0 {
			b.WriteRune(utf8.RuneError)
			octets = octets[prefixLength(octets):]
		}
	}
	return b.String()
}

// prefixLength is how many octets, of which the first do not make a character,
// could have begun one: 1 at least.
func prefixLength(octets []byte) int {
	first := octets[0]
	length, low, high := 1, byte(0x80), byte(0xBF)
	switch {
	case first >= 0xC2 && first <= 0xDF:
		length = 2
	case first >= 0xE0 && first <= 0xEF:
		length = 3
		if first == 0xE0 {
			low = 0xA0
		} else if first == 0xED {
			high = 0x9F
		}
	case first >= 0xF0 && first <= 0xF4:
		length = 4
		if first == 0xF0 {
			low = 0x90
		} else if first == 0xF4 {
			high = 0x8F
		}
	}
	n := 1
	for n < length && n < len(octets) && octets[n] >= low && octets[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

// whole is how many of the octets are whole characters of UTF-8: all but those
// at the end that could begin another.
func whole(octets []byte) int {
	for back := 1; back <= 3 && back <= len(octets); back++ {
		at := len(octets) - back
		if octets[at]&0xC0 == 0x80 {
			continue
		}
		if octets[at] >= 0xC2 && !utf8.FullRune(octets[at:]) && prefixLength(octets[at:]) == back {
			return at
		}
		break
	}
	return len(octets)
}
