package main

import (
	"fmt"
	"strings"
	"unicode"
)

// printable returns s with its control characters as escapes, but for line feeds
// and tabs: what the runner says in its own name must not move a cursor, set a
// title, or turn the direction of a line, whatever a script put into an error.
// What scripts print is theirs, and is written as it is.
func printable(s string) string {
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !isControl(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// printableLine is printable for what has to stay on its line.
func printableLine(s string) string { return strings.ReplaceAll(printable(s), "\n", `\n`) }

// isControl reports whether a terminal may take r for an instruction.
func isControl(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
}
