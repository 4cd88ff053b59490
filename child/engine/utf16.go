package engine

import "bytes"

// IsUTF16 reports whether text is, as it seems, in UTF-16, which some editors write: it has
// that byte order mark, or each other octet of its beginning is 0.
func IsUTF16(text []byte) bool {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return true
	}
	const most = 64
	text = text[:min(len(text), most)&^1]
	var zeros [2]int // at even and at odd places
	for i, c := range text {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(text) / 2
	return half > 1 && (zeros == [2]int{half, 0} || zeros == [2]int{0, half})
}
