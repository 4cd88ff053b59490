package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"scripthost.example/wire"
)

const (
	// excerptWidth is how many columns of a line are shown.
	excerptWidth = 76
	// excerptBefore is how many of them are before the place that is shown, at most.
	excerptBefore = 50
	excerptTab    = 4
	excerptIndent = "    "
)

// excerpt shows a place in a text: its line, and a caret below it. Columns count octets
// from 1; without one all of the line is underlined. Control characters are shown as
// printable does it, and of a long line what is around the place.
func excerpt(line string, number, column int, c palette) string {
	line = strings.TrimRight(line, "\r\n\t ")
	if line == "" {
		return ""
	}
	before := len(line) - len(strings.TrimLeft(line, "\t "))
	exact := column > 0 && column <= len(line)+1
	if exact {
		before = column - 1
	}
	shown, mark, rest := displayed(line[:before]), "^", displayed(line[before:])
	if !exact {
		shown = strings.TrimLeft(shown, " ")
	}
	if indent := len(shown) - len(strings.TrimLeft(shown, " ")); indent > 0 && exact {
		shown = shown[indent:] // of the code around it, which is not shown
	}
	if over := width(shown) - excerptBefore; over > 0 {
		shown = "…" + lastColumns(shown, excerptBefore-1)
	}
	if over := width(shown) + width(rest) - excerptWidth; over > 0 {
		rest = firstColumns(rest, excerptWidth-width(shown)-1) + "…"
	}
	if !exact {
		mark += strings.Repeat("~", max(0, width(rest)-1))
	}
	gutter := strconv.Itoa(number)
	return fmt.Sprintf("%s%s %s%s\n%s%s %s%s\n",
		excerptIndent, c.faint(gutter+" |"), shown, rest,
		excerptIndent, c.faint(strings.Repeat(" ", len(gutter))+" |"), strings.Repeat(" ", width(shown)), c.bad(mark))
}

// displayed is a part of a line as it is shown.
func displayed(s string) string {
	return printable(strings.ReplaceAll(wire.ValidText(s), "\t", strings.Repeat(" ", excerptTab)))
}

// width is how many columns a text takes, if each letter takes one.
func width(s string) int { return utf8.RuneCountInString(s) }

func firstColumns(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), max(0, n))])
}

func lastColumns(s string, n int) string {
	runes := []rune(s)
	return string(runes[len(runes)-min(len(runes), n):])
}
