package js

import (
	"errors"
	"math"
	"strings"
)

var errMappings = errors.New("its mappings make no sense")

// A segment is one place of a source map: a column of the script, and where it
// comes from.
type segment struct{ column, source, sourceLine, sourceColumn int }

// gojaMappings are the mappings of a source map with this many sources, for a
// text with this many lines, as goja wants them. It takes columns from 1, which a
// source map counts from 0. What comes before all of them, and behind the last
// line, belongs to the source behind the last. Sources that are not there are an
// error: they would be a panic later.
func gojaMappings(mappings string, sources, lines int) (string, error) {
	var b strings.Builder
	b.Grow(len(mappings) + 16)
	last := segment{}
	// goja takes the place before, if it has none: the first has to be there.
	// It also drops places in the first column of a first line, which from 1
	// on there are none of, and does not know what comes behind the last place.
	write := func(s segment, separator bool) {
		if separator {
			b.WriteByte(',')
		}
		writeVLQ(&b, s.column-last.column)
		writeVLQ(&b, s.source-last.source)
		writeVLQ(&b, s.sourceLine-last.sourceLine)
		writeVLQ(&b, s.sourceColumn-last.sourceColumn)
		last = s
	}
	write(segment{source: sources, sourceColumn: 1}, false)
	at := segment{}
	written := strings.Split(mappings, ";")
	for i, line := range written {
		if i > 0 {
			b.WriteByte(';')
			last.column = 0
		}
		at.column = 0
		separator := i == 0
		for line != "" {
			var text string
			text, line, _ = strings.Cut(line, ",")
			hasSource, err := at.read(text, sources)
			if err != nil {
				return "", err
			}
			if hasSource {
				write(segment{at.column + 1, at.source, at.sourceLine, at.sourceColumn + 1}, separator)
				separator = true
			}
		}
	}
	b.WriteString(strings.Repeat(";", max(1, lines+1-len(written))))
	last.column = 0
	write(segment{source: sources, sourceColumn: 1}, false)
	return b.String(), nil
}

// read moves s by the differences in text.
func (s *segment) read(text string, sources int) (hasSource bool, err error) {
	var fields [5]int
	n := 0
	for text != "" {
		if n == len(fields) {
			return false, errMappings
		}
		if fields[n], text, err = readVLQ(text); err != nil {
			return false, err
		}
		n++
	}
	s.column += fields[0]
	switch n {
	case 1:
	case 4, 5:
		s.source += fields[1]
		s.sourceLine += fields[2]
		s.sourceColumn += fields[3]
	default:
		return false, errMappings
	}
	for _, v := range []int{s.column, s.source, s.sourceLine, s.sourceColumn} {
		if v < 0 || v > math.MaxInt32/2 {
			return false, errMappings
		}
	}
	if s.source >= sources {
		return false, errMappings
	}
	return n > 1, nil
}

const vlqDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// readVLQ reads a number: five bits in each digit, the lowest first, and in the
// lowest bit of all the sign.
func readVLQ(text string) (n int, rest string, err error) {
	u := uint64(0)
	for i := 0; i < len(text) && i < 7; i++ {
		d := vlqValue(text[i])
		if d < 0 {
			return 0, "", errMappings
		}
		u |= uint64(d&31) << (5 * i)
		if d < 32 {
			n = int(u >> 1)
			if u&1 != 0 {
				n = -n
			}
			return n, text[i+1:], nil
		}
	}
	return 0, "", errMappings
}

func vlqValue(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

func writeVLQ(b *strings.Builder, n int) {
	u := uint64(n) << 1
	if n < 0 {
		u = uint64(-n)<<1 | 1
	}
	for u >= 32 {
		b.WriteByte(vlqDigits[u&31|32])
		u >>= 5
	}
	b.WriteByte(vlqDigits[u])
}
