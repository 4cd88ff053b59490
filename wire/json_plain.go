package wire

// JSON text is looked at eight octets at a time. A word has an octet below n if
// (word - n of each octet) borrows there: "Determine if a word has a byte less than n",
// from Anderson's Bit Twiddling Hacks. The lowest octet that it finds is one; those above
// that may not be.
const (
	everyOctet = 0x0101010101010101
	everyTop   = 0x80 * everyOctet
)

// plainText returns how many octets at the start of s stand in a JSON string as they are:
// neither a quote nor a backslash, nor a control character.
func plainText[T string | []byte](s T) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		w := s[i : i+8]
		x := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
		quote, backslash := x^'"'*everyOctet, x^'\\'*everyOctet
		found := (x-' '*everyOctet)&^x | (quote-everyOctet)&^quote | (backslash-everyOctet)&^backslash
		if found&everyTop != 0 {
			break
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}
