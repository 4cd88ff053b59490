package lua

import (
	"encoding/base64"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// openBase64 makes base64.encode and base64.decode.
func (v *vm) openBase64() {
	v.library("base64", fields{
		{"decode", base64Decode},
		{"encode", base64Encode},
	})
}

// isURL reports whether argument n chooses the alphabet for URLs and file names
// (RFC 4648, section 5), which is written without padding.
func isURL(L *glua.LState, n int) bool {
	switch variant := L.OptString(n, "std"); variant {
	case "std":
		return false
	case "url":
		return true
	default:
		L.ArgError(n, fmt.Sprintf("there is no variant %q: use std or url", variant))
		return false
	}
}

// base64Encode is base64.encode(s [, variant]).
func base64Encode(L *glua.LState) int {
	encoding := base64.StdEncoding
	if isURL(L, 2) {
		encoding = base64.RawURLEncoding
	}
	L.Push(glua.LString(encoding.AppendEncode(nil, []byte(L.CheckString(1)))))
	return 1
}

// base64Decode is base64.decode(s [, variant]). Line ends are skipped; padding is
// needed but for URLs, and what is left of the last octet must be zero.
func base64Decode(L *glua.LState) int {
	s := L.CheckString(1)
	encoding, url := base64.StdEncoding, isURL(L, 2)
	if url {
		encoding = base64.URLEncoding
		if !strings.HasSuffix(strings.TrimRight(s, "\r\n"), "=") {
			encoding = base64.RawURLEncoding
		}
	}
	octets, err := encoding.Strict().AppendDecode(nil, []byte(s))
	if err != nil {
		L.Push(glua.LNil)
		L.Push(glua.LString("base64.decode: " + base64Problem(s, url)))
		return 2
	}
	L.Push(glua.LString(octets))
	return 1
}

// base64Problem says what is wrong with s. Go tells no more than about where.
func base64Problem(s string, url bool) string {
	others := "+/"
	if url {
		others = "-_"
	}
	for i := range len(strings.TrimRight(s, "=\r\n")) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', c == '\r', c == '\n', strings.IndexByte(others, c) >= 0:
		default:
			return fmt.Sprintf("the text is not base64 at byte %d: %q", i+1, c)
		}
	}
	return "the text's end is wrong: its length, its padding, or bits that are left over"
}
