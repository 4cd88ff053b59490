package js

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A codeSet is a set of code points: ranges, each by its first and its last, in
// ascending order and with gaps between them.
type codeSet []rune

// span is the set of what lies between two code points, with these.
func span(first, last rune) codeSet { return codeSet{first, last} }

// tableSet returns what is in any of some tables of package unicode.
func tableSet(tables ...*unicode.RangeTable) codeSet {
	var all codeSet
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			all = append(all, lo, hi)
			return
		}
		for r := lo; r <= hi; r += stride {
			all = append(all, r, r)
		}
	}
	for _, table := range tables {
		for _, r := range table.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range table.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return all.tidied()
}

// textSet reads a set that is written as "23 30-39 1f3fb-1f3ff".
func textSet(text string) codeSet {
	var all codeSet
	number := func(s string) rune {
		n, err := strconv.ParseUint(s, 16, 21)
		must(err)
		return rune(n)
	}
	for field := range strings.FieldsSeq(text) {
		first, last, found := strings.Cut(field, "-")
		if !found {
			last = first
		}
		all = append(all, number(first), number(last))
	}
	return all.tidied()
}

// tidied sorts ranges, and joins those that touch.
func (s codeSet) tidied() codeSet {
	pairs := make([][2]rune, 0, len(s)/2)
	for i := 0; i < len(s); i += 2 {
		pairs = append(pairs, [2]rune{s[i], s[i+1]})
	}
	slices.SortFunc(pairs, func(a, b [2]rune) int { return int(a[0] - b[0]) })
	out := make(codeSet, 0, len(s))
	for _, pair := range pairs {
		if n := len(out); n > 0 && pair[0] <= out[n-1]+1 {
			out[n-1] = max(out[n-1], pair[1])
			continue
		}
		out = append(out, pair[0], pair[1])
	}
	return out
}

func (s codeSet) with(others ...codeSet) codeSet {
	return slices.Concat(append([]codeSet{s}, others...)...).tidied()
}

func (s codeSet) without(others ...codeSet) codeSet {
	return s.not().with(others...).not()
}

// not returns all other code points, surrogates among them.
func (s codeSet) not() codeSet {
	out := make(codeSet, 0, len(s)+2)
	next := rune(0)
	for i := 0; i < len(s); i += 2 {
		if next < s[i] {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

// appendClass appends what stands for the set between the brackets of a
// character class with the flag u: \u{41}-\u{5a}.
func (s codeSet) appendClass(text []byte) []byte {
	for i := 0; i < len(s); i += 2 {
		text = appendCodePoint(text, s[i])
		if s[i+1] > s[i] {
			text = appendCodePoint(append(text, '-'), s[i+1])
		}
	}
	return text
}

func appendCodePoint(text []byte, r rune) []byte {
	return append(strconv.AppendUint(append(text, `\u{`...), uint64(r), 16), '}')
}
