package lua

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// openTime makes the library time. Like os.time it counts seconds since the
// beginning of 1970 in UTC, but with fractions.
func (v *vm) openTime() {
	v.library("time", fields{
		{"format", timeFormat},
		{"monotonic", v.osClock},
		{"now", v.timeNow},
		{"parse", timeParse},
	})
}

// timeNow is time.now().
func (v *vm) timeNow(L *glua.LState) int {
	L.Push(glua.LNumber(float64(v.now().UnixNano()) / 1e9))
	return 1
}

const (
	// The seconds of the years 0000 to 9999, which are those of RFC 3339.
	firstSecond = -62167219200
	endSecond   = 253402300800
	nanoDigits  = 9
)

var errYear = errors.New("the time is not in the years 0000 to 9999")

// timeFormat is time.format(seconds [, offset]): in RFC 3339 format, with as many
// digits as tell the number from others, to the nanosecond. The offset is that of
// the zone, "Z" or "+hh:mm".
func timeFormat(L *glua.LState) int {
	n := float64(L.CheckNumber(1))
	if !(n >= firstSecond && n < endSecond) { // NaN, too
		L.ArgError(1, errYear.Error())
	}
	text := strconv.FormatFloat(n, 'f', -1, 64)
	if _, fraction, _ := strings.Cut(text, "."); len(fraction) > nanoDigits {
		text = strconv.FormatFloat(n, 'f', nanoDigits, 64)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, _ := strconv.ParseInt(whole, 10, 64)
	nanos, _ := strconv.ParseInt((fraction + "000000000")[:nanoDigits], 10, 64)
	if n < 0 {
		nanos = -nanos
	}
	t := time.Unix(seconds, nanos)
	offset, rest, err := parseOffset(L.OptString(2, "Z"))
	if err != nil || rest != "" {
		L.ArgError(2, `the offset must be "Z" or like "+02:00"`)
	}
	t = t.In(time.FixedZone("", offset))
	if t.Year() < 0 || t.Year() > 9999 { // by its rounding or its offset
		L.ArgError(1, errYear.Error())
	}
	L.Push(glua.LString(t.Format(time.RFC3339Nano)))
	return 1
}

// timeParse is time.parse(text): the seconds and the offset, as time.format takes
// them; or nil and a message.
func timeParse(L *glua.LState) int {
	text := L.CheckString(1)
	seconds, offset, err := parseTime(text)
	if err != nil {
		L.Push(glua.LNil)
		L.Push(glua.LString(fmt.Sprintf("time.parse: %q: %v", shorten(text), err)))
		return 2
	}
	L.Push(glua.LNumber(seconds))
	L.Push(glua.LString(time.Unix(0, 0).In(time.FixedZone("", offset)).Format("Z07:00")))
	return 2
}

var errNotRFC3339 = errors.New("not a time in RFC 3339 format, like 2006-01-02T15:04:05.678Z")

// parseTime reads a time in RFC 3339 format, the whole of it. time.Parse takes
// more than that, and fractions only to the nanosecond.
func parseTime(text string) (seconds float64, offset int, err error) {
	const layout = "dddd-dd-ddTdd:dd:dd"
	if len(text) < len(layout) {
		return 0, 0, errNotRFC3339
	}
	for i := range len(layout) {
		switch c := text[i]; {
		case layout[i] == 'd' && '0' <= c && c <= '9', layout[i] == c, layout[i] == 'T' && c == 't':
		default:
			return 0, 0, errNotRFC3339
		}
	}
	number := func(from, to int) int {
		n, _ := strconv.Atoi(text[from:to])
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	t := time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC)
	if t.Month() != time.Month(month) || t.Day() != day || hour > 23 || minute > 59 || second > 60 {
		return 0, 0, errors.New("there is no such day or time of the day")
	}
	if second == 60 {
		return 0, 0, errors.New("a leap second cannot be told from the second after it")
	}
	t = t.Add(time.Duration(second) * time.Second)
	rest := text[len(layout):]
	fraction := ""
	if strings.HasPrefix(rest, ".") {
		digits := len(rest) - 1 - len(strings.TrimLeft(rest[1:], "0123456789"))
		if digits == 0 {
			return 0, 0, errNotRFC3339
		}
		fraction, rest = rest[:digits+1], rest[digits+1:]
	}
	offset, rest, err = parseOffset(rest)
	if err != nil || rest != "" {
		return 0, 0, errNotRFC3339
	}
	return addFraction(t.Unix()-int64(offset), fraction), offset, nil
}

// addFraction returns the float64 next to whole plus the fraction, which is a
// point and digits.
func addFraction(whole int64, fraction string) float64 {
	if fraction == "" {
		return float64(whole)
	}
	if whole >= 0 {
		n, _ := strconv.ParseFloat(strconv.FormatInt(whole, 10)+fraction, 64)
		return n
	}
	// Before 1970 the fraction is of the way back to zero: its digits are those
	// to the next whole second.
	rest := []byte(fraction)
	last := len(strings.TrimRight(fraction, "0")) - 1
	if last == 0 {
		return float64(whole)
	}
	for i := 1; i < last; i++ {
		rest[i] = '0' + '9' - rest[i]
	}
	rest[last] = '0' + '9' + 1 - rest[last]
	n, _ := strconv.ParseFloat("-"+strconv.FormatInt(-whole-1, 10)+string(rest), 64)
	return n
}

// parseOffset reads an offset, in seconds, at the beginning of s.
func parseOffset(s string) (offset int, rest string, err error) {
	if rest, ok := strings.CutPrefix(s, "Z"); ok {
		return 0, rest, nil
	}
	if rest, ok := strings.CutPrefix(s, "z"); ok {
		return 0, rest, nil
	}
	const layout = "+dd:dd"
	if len(s) < len(layout) || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, s, errNotRFC3339
	}
	hours, err1 := strconv.ParseUint(s[1:3], 10, 8)
	minutes, err2 := strconv.ParseUint(s[4:6], 10, 8)
	if err1 != nil || err2 != nil || hours > 23 || minutes > 59 {
		return 0, s, errNotRFC3339
	}
	offset = int(hours*60+minutes) * 60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, s[len(layout):], nil
}
