package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A failure is what a SerialiseError is made of, on its way from the value out
// to the list of values. Its steps are gathered on that way only, so that a
// value that can be carried costs none.
type failure struct {
	steps  []string // innermost first
	reason string
}

func failf(format string, args ...any) *failure {
	return &failure{reason: fmt.Sprintf(format, args...)}
}

func tooDeep() *failure { return failf("nested deeper than %d", MaxDepth) }

func foreignType(v any) *failure {
	return failf("a Go value of the type %T cannot be carried", v)
}

// at adds the step to an element of an array.
func (f *failure) at(index int) *failure {
	f.steps = append(f.steps, "["+strconv.Itoa(index)+"]")
	return f
}

// in adds the step to a value of a map.
func (f *failure) in(key string) *failure {
	const longest = 40
	if isName(key) && len(key) <= longest {
		f.steps = append(f.steps, "."+key)
		return f
	}
	end := ""
	if len(key) > longest {
		key, end = key[:longest], "…"
	}
	f.steps = append(f.steps, "["+strconv.Quote(key)+end+"]")
	return f
}

func isName(key string) bool {
	for i := range len(key) {
		switch c := key[i]; {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return key != ""
}

func (f *failure) err(serialiser string) error {
	const ends = 8 // steps shown at each end of a long path
	var path strings.Builder
	for i := len(f.steps) - 1; i >= 0; i-- {
		if len(f.steps) > 2*ends && i == len(f.steps)-1-ends {
			path.WriteString("…")
			i = ends - 1
		}
		path.WriteString(f.steps[i])
	}
	return &SerialiseError{Serialiser: serialiser, Path: path.String(), Reason: f.reason}
}

// checkSize keeps lengths and counts within 32 bits, which is what a frame has.
func checkSize(n int) *failure {
	if uint64(n) > MaxPayloadSize {
		return failf("longer than %d", uint64(MaxPayloadSize))
	}
	return nil
}

func checkText(s string) *failure {
	if !utf8.ValidString(s) {
		return failf("text that is not UTF-8")
	}
	return checkSize(len(s))
}

// checkTime returns t in UTC. Its year must have four digits, as in RFC 3339.
func checkTime(t time.Time) (time.Time, *failure) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return t, unknownYear()
	}
	return t, nil
}

func unknownYear() *failure { return failf("a time outside the years 0 to 9999") }

// passTime passes on the time so long after 1970 began.
func passTime(to Builder, sec, nsec int64) *failure {
	const year0, year10000 = -62_167_219_200, 253_402_300_800
	if sec < year0 || sec >= year10000 {
		return unknownYear()
	}
	if nsec < 0 || nsec > 999_999_999 {
		return failf("a time with %d nanoseconds", nsec)
	}
	to.Time(time.Unix(sec, nsec).UTC())
	return nil
}
