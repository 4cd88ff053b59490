package lua

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/pm"
)

// maxString is the longest string that string.rep makes.
const maxString = 1 << 30

// openStrings replaces functions of the string and table libraries.
func (v *vm) openStrings() {
	lib := v.globals.RawGetString("string").(*glua.LTable)
	find := lib.RawGetString("find").(*glua.LFunction).GFunction
	match := lib.RawGetString("match").(*glua.LFunction).GFunction
	for name, texts := range map[string]int{"gsub": 3, "len": 1, "reverse": 1, "sub": 1} {
		fn := lib.RawGetString(name).(*glua.LFunction).GFunction
		v.setFields(lib, fields{{name, func(L *glua.LState) int {
			for i := range texts {
				spell(L, i+1)
			}
			return fn(L)
		}}})
	}
	v.setFields(lib, fields{
		{"byte", v.byte},
		{"find", func(L *glua.LState) int { return searchFrom(L, find, true) }},
		{"match", func(L *glua.LState) int { return searchFrom(L, match, false) }},
		{"dump", func(L *glua.LState) int {
			L.RaiseError("string.dump is not available: there is no bytecode")
			return 0
		}},
		{"format", v.format},
		{"gmatch", gmatch},
		{"gfind", gmatch},
		{"lower", func(L *glua.LState) int { return mapOctets(L, 'A', 'Z') }},
		{"rep", rep},
		{"upper", func(L *glua.LState) int { return mapOctets(L, 'a', 'z') }},
	})
	tables := v.globals.RawGetString("table").(*glua.LTable)
	sort := tables.RawGetString("sort").(*glua.LFunction).GFunction
	v.setFields(tables, fields{
		{"concat", concat},
		{"sort", func(L *glua.LState) int {
			if L.Get(2) == glua.LNil {
				L.SetTop(1) // gopher-lua's takes a nil for a function
			}
			return sort(L)
		}},
	})
}

// searchFrom calls string.find or string.match where gopher-lua does right: it
// panics if it is to start behind the end, and finds an empty string at the
// start only.
func searchFrom(L *glua.LState, search glua.LGFunction, finds bool) int {
	spell(L, 1)
	spell(L, 2)
	s, start := L.CheckString(1), L.OptInt(3, 1)
	if start < 0 {
		start = max(len(s)+start+1, 1)
	}
	start = max(start, 1)
	if start > len(s)+1 {
		L.Push(glua.LNil)
		return 1
	}
	if finds && L.CheckString(2) == "" {
		L.Push(glua.LNumber(start))
		L.Push(glua.LNumber(start - 1))
		return 2
	}
	if L.GetTop() >= 3 {
		L.Replace(3, glua.LNumber(start)) // where it would overflow otherwise
	}
	n := search(L)
	if n == 0 { // gopher-lua's match returns nothing where there is no match
		L.Push(glua.LNil)
		return 1
	}
	return n
}

// byte is string.byte; gopher-lua's has the registers grow in many small steps,
// to their bound if there are more results than fit.
func (v *vm) byte(L *glua.LState) int {
	spell(L, 1)
	s, first := L.CheckString(1), L.OptInt(2, 1)
	last := L.OptInt(3, first)
	if first < 0 {
		first = max(len(s)+first+1, 1)
	}
	if last < 0 {
		last = len(s) + last + 1
	}
	first, last = max(first, 1), min(last, len(s))
	n := last - first + 1
	if n <= 0 {
		return 0
	}
	if n > maxRegisters-1024 {
		L.RaiseError("string slice too long")
	}
	v.reserve(L, n)
	for _, c := range []byte(s[first-1 : last]) {
		L.Push(glua.LNumber(c))
	}
	return n
}

// mapOctets changes the case of the letters from first to last, as in the C locale;
// gopher-lua's takes the string for UTF-8, and replaces what is not.
func mapOctets(L *glua.LState, first, last byte) int {
	spell(L, 1)
	s := L.CheckString(1)
	i := strings.IndexFunc(s, func(r rune) bool { return r >= rune(first) && r <= rune(last) })
	if i >= 0 {
		changed := []byte(s)
		for ; i < len(changed); i++ {
			if c := changed[i]; c >= first && c <= last {
				changed[i] = c ^ 0x20
			}
		}
		s = string(changed)
	}
	L.Push(glua.LString(s))
	return 1
}

// gmatch is string.gmatch. The iterator needs no arguments, unlike gopher-lua's,
// which takes those that only a for loop gives it.
func gmatch(L *glua.LState) int {
	spell(L, 1)
	spell(L, 2)
	s, pattern := L.CheckString(1), L.CheckString(2)
	matches, err := pm.Find(pattern, []byte(s), 0, -1)
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	L.Push(L.NewFunction(func(L *glua.LState) int {
		if len(matches) == 0 {
			L.Push(glua.LNil)
			return 1
		}
		m := matches[0]
		matches = matches[1:]
		n := m.CaptureLength() // two for the whole match, and two for each capture
		if n == 2 {
			L.Push(glua.LString(s[m.Capture(0):m.Capture(1)]))
			return 1
		}
		for i := 2; i < n; i += 2 {
			if m.IsPosCapture(i) {
				L.Push(glua.LNumber(m.Capture(i)))
			} else {
				L.Push(glua.LString(s[m.Capture(i):m.Capture(i+1)]))
			}
		}
		return n/2 - 1
	}))
	return 1
}

// rep is string.rep.
func rep(L *glua.LState) int {
	spell(L, 1)
	s, n := L.CheckString(1), max(L.CheckInt(2), 0)
	if len(s) > 0 && n > maxString/len(s) {
		L.RaiseError("resulting string too large")
	}
	L.Push(glua.LString(strings.Repeat(s, n)))
	return 1
}

// concat is table.concat; gopher-lua's takes two registers for each item.
func concat(L *glua.LState) int {
	tb := L.CheckTable(1)
	spell(L, 2)
	separator := L.OptString(2, "")
	first, last := L.OptInt(3, 1), tb.Len()
	if L.GetTop() > 3 {
		last = L.OptInt(4, last)
	}
	var b strings.Builder
	for i := first; i <= last; i++ {
		switch item := tb.RawGet(glua.LNumber(i)).(type) {
		case glua.LString:
			b.WriteString(string(item))
		case glua.LNumber:
			b.WriteString(formatNumber(float64(item)))
		default:
			L.RaiseError("invalid value (%s) at index %d in table for 'concat'", item.Type().String(), i)
		}
		if i < last {
			b.WriteString(separator)
		}
	}
	L.Push(glua.LString(b.String()))
	return 1
}

// format is string.format, with C's conversions; gopher-lua's are Go's.
func (v *vm) format(L *glua.LState) int {
	layout := L.CheckString(1)
	out := make([]byte, 0, len(layout)+16)
	arg := 1
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' {
			out = append(out, layout[i])
			continue
		}
		start := i
		for i++; i < len(layout) && strings.IndexByte("-+ #0123456789.", layout[i]) >= 0; i++ {
		}
		if i == len(layout) {
			L.RaiseError("invalid option '%%' to 'format'")
		}
		verb := layout[i]
		if verb == '%' {
			out = append(out, '%')
			continue
		}
		if !validSpec(layout[start+1 : i]) {
			L.RaiseError("invalid format (width or precision too long)")
		}
		spec := layout[start:i] // "%" and flags, width and precision
		arg++
		if arg > L.GetTop() {
			L.ArgError(arg, "no value")
		}
		switch verb {
		case 'c':
			out = append(out, byte(L.CheckInt(arg)))
		case 'd', 'i':
			out = fmt.Appendf(out, spec+"d", toInteger(float64(L.CheckNumber(arg))))
		case 'u', 'o', 'x', 'X':
			if verb == 'u' {
				verb = 'd'
			}
			out = fmt.Appendf(out, spec+string(verb), uint64(toInteger(float64(L.CheckNumber(arg)))))
		case 'e', 'E', 'f', 'g', 'G':
			out = appendFloat(out, spec, verb, float64(L.CheckNumber(arg)))
		case 'q':
			spell(L, arg)
			out = appendQuoted(out, L.CheckString(arg))
		case 's':
			out = appendPadded(out, spec[1:], toString(L, L.Get(arg)))
		default:
			L.RaiseError("invalid option '%%%c' to 'format'", verb)
		}
	}
	L.Push(glua.LString(out))
	return 1
}

// validSpec reports whether a width and a precision have two digits at most,
// which is what Lua allows.
func validSpec(spec string) bool {
	spec = strings.TrimLeft(spec, "-+ #0")
	width, precision, _ := strings.Cut(spec, ".")
	digits := func(s string) bool { return len(s) <= 2 && strings.Trim(s, "0123456789") == "" }
	return digits(width) && digits(precision)
}

// toInteger is C's conversion to a 64-bit integer, for numbers out of range too.
func toInteger(n float64) int64 {
	switch {
	case n >= -(1<<63) && n < 1<<63:
		return int64(n)
	case n >= 1<<63 && n < 1<<64:
		return int64(uint64(n))
	}
	return math.MinInt64
}

// appendFloat formats like C's printf: with %g precise to 6 digits by default,
// and infinities in its words.
func appendFloat(out []byte, spec string, verb byte, n float64) []byte {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		width, _, _ := strings.Cut(spec[1:], ".")
		return appendPadded(out, width, formatNumber(n))
	}
	if !strings.Contains(spec, ".") && (verb == 'g' || verb == 'G') {
		spec += ".6"
	}
	return fmt.Appendf(out, spec+string(verb), n)
}

// appendPadded formats a string, whose width and precision count octets.
func appendPadded(out []byte, spec, s string) []byte {
	left := strings.Contains(spec, "-")
	width, precision, cut := strings.Cut(strings.TrimLeft(spec, "-+ #0"), ".")
	if cut {
		n, _ := strconv.Atoi(precision)
		s = s[:min(n, len(s))]
	}
	n, _ := strconv.Atoi(width)
	pad := strings.Repeat(" ", max(n-len(s), 0))
	if left {
		return append(append(out, s...), pad...)
	}
	return append(append(out, pad...), s...)
}

// appendQuoted writes a string so that Lua reads it back.
func appendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			out = append(out, '\\', c)
		case '\r':
			out = append(out, `\r`...)
		case 0:
			out = append(out, `\000`...)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
