package wire

import (
	"bytes"
	"testing"
)

// Each octet, at each place of a text, behind octets that are like those that are looked
// for but for a bit: one by one is the oracle.
func TestPlainText(t *testing.T) {
	t.Parallel()
	slow := func(b []byte) int {
		for i, c := range b {
			if c < ' ' || c == '"' || c == '\\' {
				return i
			}
		}
		return len(b)
	}
	for _, before := range []byte{'x', ' ', '#', '!', '[', ']', 0x7f, 0x80, 0xa0, 0xa2, 0xdc, 0xff} {
		for n := range 20 {
			for place := range n {
				b := bytes.Repeat([]byte{before}, n)
				for c := range 256 {
					b[place] = byte(c)
					if want := slow(b); plainText(b) != want || plainText(string(b)) != want {
						t.Fatalf("%q: %d and %d instead of %d", b, plainText(b), plainText(string(b)), want)
					}
				}
			}
		}
	}
	if n := plainText(""); n != 0 {
		t.Errorf("%d of nothing", n)
	}
}
