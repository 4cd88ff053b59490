package js

import (
	"strings"
)

// An encodeSet tells which octets are written as %XX. Those that are not
// printable ASCII are in every one of them.
type encodeSet string

const (
	inControl      encodeSet = ""
	inFragment     encodeSet = " \"<>`"
	inQuery        encodeSet = " \"#<>"
	inSpecialQuery encodeSet = inQuery + "'"
	inPath         encodeSet = inQuery + "?`{}"
	inUserinfo     encodeSet = inPath + `/:;=@[\]^|`
)

func (set encodeSet) has(c byte) bool {
	return c < ' ' || c > '~' || strings.IndexByte(string(set), c) >= 0
}

const hexDigits = "0123456789ABCDEF"

func appendPercentEncoded(dst []byte, c byte, set encodeSet) []byte {
	if !set.has(c) {
		return append(dst, c)
	}
	return append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
}

func percentEncode(s string, set encodeSet) string {
	dst := make([]byte, 0, len(s))
	for i := range len(s) {
		dst = appendPercentEncoded(dst, s[i], set)
	}
	return string(dst)
}

// percentDecode replaces %XX, and leaves a % that is none of those.
func percentDecode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			dst = append(dst, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		} else {
			dst = append(dst, s[i])
		}
	}
	return string(dst)
}

// parseForm reads application/x-www-form-urlencoded: names and values in turn.
func parseForm(s string) []string {
	var list []string
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(strings.ReplaceAll(pair, "+", " "), "=")
		list = append(list, utf8Text([]byte(percentDecode(name))), utf8Text([]byte(percentDecode(value))))
	}
	return list
}

// formatForm is the opposite of parseForm.
func formatForm(list []string) string {
	var b strings.Builder
	for i, s := range list {
		switch {
		case i%2 == 1:
			b.WriteByte('=')
		case i > 0:
			b.WriteByte('&')
		}
		for j := range len(s) {
			switch c := s[j]; {
			case c == ' ':
				b.WriteByte('+')
			case isAlpha(c) || isDigit(c) || strings.IndexByte("*-._", c) >= 0:
				b.WriteByte(c)
			default:
				b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
			}
		}
	}
	return b.String()
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return (c | 0x20) - 'a' + 10
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}
