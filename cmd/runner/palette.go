package main

import (
	"os"
	"strings"
)

// A palette colours what people read, or not.
type palette bool

// paletteFor has colours for a terminal, unless the user wants none (no-color.org).
func paletteFor(file *os.File) palette {
	return palette(os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(file))
}

func (p palette) bad(s string) string   { return p.in("1;31", s) }
func (p palette) faint(s string) string { return p.in("2", s) }
func (p palette) bold(s string) string  { return p.in("1", s) }

// in is s in a rendition of the terminal's. Line ends are left out of it.
func (p palette) in(rendition, s string) string {
	text := strings.TrimRight(s, "\n")
	if !p || text == "" {
		return s
	}
	return "\x1b[" + rendition + "m" + text + "\x1b[0m" + s[len(text):]
}
