package lua

import (
	"fmt"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// osDate is os.date([format [, time]]).
func (v *vm) osDate(L *glua.LState) int {
	layout := L.OptString(1, "%c")
	t := v.now().Local()
	if L.Get(2) != glua.LNil {
		t = time.Unix(int64(L.CheckNumber(2)), 0)
	}
	if rest, utc := strings.CutPrefix(layout, "!"); utc {
		layout = rest
		t = t.UTC()
	}
	if strings.HasPrefix(layout, "*t") {
		L.Push(dateTable(L, t))
		return 1
	}
	out := make([]byte, 0, 32)
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' || i+1 == len(layout) {
			out = append(out, layout[i])
			continue
		}
		i++
		out = appendDate(out, layout[i], t)
	}
	L.Push(glua.LString(out))
	return 1
}

func dateTable(L *glua.LState, t time.Time) *glua.LTable {
	tb := L.CreateTable(0, 9)
	for _, f := range []struct {
		name  string
		value int
	}{
		{"year", t.Year()}, {"month", int(t.Month())}, {"day", t.Day()},
		{"hour", t.Hour()}, {"min", t.Minute()}, {"sec", t.Second()},
		{"wday", int(t.Weekday()) + 1}, {"yday", t.YearDay()},
	} {
		tb.RawSetString(f.name, glua.LNumber(f.value))
	}
	tb.RawSetString("isdst", glua.LBool(t.IsDST()))
	return tb
}

// dateLayouts are the conversions of strftime in the C locale that time.Format
// knows.
var dateLayouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan",
	'c': "Mon Jan _2 15:04:05 2006", 'd': "02", 'D': "01/02/06", 'e': "_2",
	'F': "2006-01-02", 'H': "15", 'I': "03", 'm': "01", 'M': "04", 'p': "PM",
	'r': "03:04:05 PM", 'R': "15:04", 'S': "05", 'T': "15:04:05",
	'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST",
}

func appendDate(out []byte, conversion byte, t time.Time) []byte {
	if layout, ok := dateLayouts[conversion]; ok {
		return t.AppendFormat(out, layout)
	}
	weekday := int(t.Weekday())
	switch conversion {
	case 'C':
		return fmt.Appendf(out, "%02d", t.Year()/100)
	case 'G', 'g', 'V':
		year, week := t.ISOWeek()
		switch conversion {
		case 'G':
			return fmt.Appendf(out, "%d", year)
		case 'g':
			return fmt.Appendf(out, "%02d", year%100)
		}
		return fmt.Appendf(out, "%02d", week)
	case 'j':
		return fmt.Appendf(out, "%03d", t.YearDay())
	case 'n':
		return append(out, '\n')
	case 's':
		return fmt.Appendf(out, "%d", t.Unix())
	case 't':
		return append(out, '\t')
	case 'u':
		return fmt.Appendf(out, "%d", (weekday+6)%7+1)
	case 'U':
		return fmt.Appendf(out, "%02d", (t.YearDay()+6-weekday)/7)
	case 'w':
		return fmt.Appendf(out, "%d", weekday)
	case 'W':
		return fmt.Appendf(out, "%02d", (t.YearDay()+6-(weekday+6)%7)/7)
	case '%':
		return append(out, '%')
	}
	return append(out, '%', conversion)
}

// osTime is os.time([table]). Fields out of their range are carried over.
func (v *vm) osTime(L *glua.LState) int {
	if L.Get(1) == glua.LNil {
		L.Push(glua.LNumber(v.now().Unix()))
		return 1
	}
	tb := L.CheckTable(1)
	field := func(name string, fallback int) int {
		switch value := tb.RawGetString(name).(type) {
		case glua.LNumber:
			return int(value)
		case glua.LString:
			if n, ok := parseNumber(string(value)); ok {
				return int(n)
			}
		}
		if fallback < 0 {
			L.RaiseError("field '%s' missing in date table", name)
		}
		return fallback
	}
	t := time.Date(field("year", -1), time.Month(field("month", -1)), field("day", -1),
		field("hour", 12), field("min", 0), field("sec", 0), 0, time.Local)
	L.Push(glua.LNumber(t.Unix()))
	return 1
}
