package wire

import (
	"strings"
	"unsafe"
)

// room returns an empty slice with room for n bytes. Unlike make it does
// not clear them, which of a large payload takes as long as to copy it: they are
// what was in that memory before, and must be written before they are read.
func room(n int) []byte {
	var b strings.Builder
	b.Grow(max(n, 1))
	b.WriteByte(0) // of an empty string there is no address
	return unsafe.Slice(unsafe.StringData(b.String()), b.Cap())[:0:n]
}
