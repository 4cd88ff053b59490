package enginetest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// A scriptValue is one that a script makes: the expression that makes it, and
// what it is in the parent unless something in it cannot be carried.
type scriptValue struct {
	source string
	value  any
	bad    []location // from this value inwards
	// missing is what JavaScript's undefined is: no field of an object.
	missing bool
}

func refusal(source string) scriptValue { return scriptValue{source: source, bad: []location{{}}} }

// made is what becomes of a value that the script returns.
func (m model) made(v scriptValue) expectation {
	if len(v.bad) > 0 {
		return expectation{stage: "result", path: v.bad}
	}
	return expectation{value: v.value}
}

// drawMade draws a value that is nested at most depth deep, or a chain.
func drawMade(t *rapid.T, m model, depth int) scriptValue {
	v := drawNested(t, m, depth)
	if m.serialiser == "string" {
		return m.asText(v)
	}
	if levels(v.value) > maxLevels {
		v.bad = append(v.bad, somewhere)
	}
	return v
}

// maxLevels is how deep values can be nested, and levels how deep one is.
const maxLevels = 512

func levels(v any) int {
	deepest := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			deepest = max(deepest, levels(item))
		}
		return deepest + 1
	case map[string]any:
		for _, item := range v {
			deepest = max(deepest, levels(item))
		}
		return deepest + 1
	}
	return 0
}

// somewhere is a place so deep that a message need not tell it.
var somewhere = make(location, told+1)

// asText is a value in the serialiser string, which carries no tables.
func (m model) asText(v scriptValue) scriptValue {
	if v.bad == nil {
		switch v.value.(type) {
		case nil, []any, map[string]any, time.Time:
			v.bad = []location{{}}
		}
	}
	return v
}

func drawNested(t *rapid.T, m model, depth int) scriptValue {
	kind := rapid.IntRange(0, 13).Draw(t, "kind of value")
	if m.serialiser == "string" {
		kind %= 9
	}
	switch {
	case kind == 0:
		return scriptValue{source: map[string]string{lua: "json.null", js: "null"}[m.language]}
	case kind == 1:
		b := rapid.Bool().Draw(t, "bool")
		return scriptValue{source: strconv.FormatBool(b), value: b}
	case kind <= 4:
		return m.drawNumber(t)
	case kind <= 7:
		return m.drawString(t)
	case kind == 8 && m.language == lua:
		return m.drawLuaOddity(t)
	case kind == 8:
		return m.drawJSOddity(t)
	case depth == 0:
		return scriptValue{source: "{}", value: []any{}}.in(m)
	case kind <= 10:
		return m.drawArray(t, depth)
	case kind <= 12:
		return m.drawObject(t, depth)
	}
	return m.drawChain(t)
}

// in is v as the language writes an empty array.
func (v scriptValue) in(m model) scriptValue {
	if m.language == js {
		v.source = "[]"
	}
	return v
}

func (m model) drawNumber(t *rapid.T) scriptValue {
	n := drawFloat(t)
	if rapid.Bool().Draw(t, "whole") {
		n = float64(drawInt(t))
	}
	var source string
	switch {
	case math.IsNaN(n):
		source = "(0/0)"
	case math.IsInf(n, 0):
		source = fmt.Sprintf("(%d/0)", int(math.Copysign(1, n)))
	default:
		source = "(" + strconv.FormatFloat(n, 'e', -1, 64) + ")"
	}
	v := scriptValue{source: source}
	if m.serialiser == "string" {
		v.value = n
		return v
	}
	v.value = m.number(n, location{}, &v.bad)
	return v
}

// drawString draws text, or octets: in Lua any string, in JavaScript a
// Uint8Array.
func (m model) drawString(t *rapid.T) scriptValue {
	if rapid.IntRange(0, 2).Draw(t, "text") > 0 {
		s := drawText(t)
		return scriptValue{source: m.quote(s), value: s}
	}
	octets := drawOctets(t)
	v := scriptValue{value: octets}
	switch {
	case m.language == js:
		v.source = "new Uint8Array([" + strings.Trim(strings.ReplaceAll(fmt.Sprint(octets), " ", ","), "[]") + "])"
		if m.serialiser == "json" {
			v.bad = []location{{}}
		}
	default:
		v.source = m.quote(string(octets))
		if utf8.Valid(octets) {
			v.value = string(octets)
		} else if m.serialiser == "json" {
			v.bad = []location{{}}
		}
	}
	return v
}

// quote writes a string, in JavaScript of UTF-8, in the language.
func (m model) quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	if m.language == lua {
		for i := range len(s) {
			if c := s[i]; c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "\\%03d", c)
			}
		}
	} else {
		quoteUnits(&b, utf16.Encode([]rune(s)))
	}
	b.WriteByte('"')
	return b.String()
}

func quoteUnits(b *strings.Builder, units []uint16) {
	for _, u := range units {
		if u >= ' ' && u < 0x7f && u != '"' && u != '\\' {
			b.WriteByte(byte(u))
		} else {
			fmt.Fprintf(b, "\\u%04x", u)
		}
	}
}

func (m model) drawArray(t *rapid.T, depth int) scriptValue {
	list := []any{}
	v := scriptValue{}
	var sources []string
	for i := range rapid.IntRange(0, 4).Draw(t, "items") {
		item := drawNested(t, m, depth-1)
		sources = append(sources, item.source)
		list = append(list, item.value)
		v.take(item, i)
	}
	v.value = list
	if m.language == lua {
		v.source = "{" + strings.Join(sources, ", ") + "}"
		if rapid.Bool().Draw(t, "marked") {
			v.source = "json.array(" + v.source + ")"
		}
	} else {
		v.source = "[" + strings.Join(sources, ", ") + "]"
	}
	return v
}

// take adds what is bad in an item or a field.
func (v *scriptValue) take(inner scriptValue, step any) {
	for _, at := range inner.bad {
		v.bad = append(v.bad, append(location{step}, at...))
	}
}

func (m model) drawObject(t *rapid.T, depth int) scriptValue {
	object := map[string]any{}
	v := scriptValue{value: object}
	var sources []string
	for range rapid.IntRange(0, 4).Draw(t, "fields") {
		key := drawKey(t)
		if _, there := object[key]; there || key == "toJSON" {
			continue
		}
		field := drawNested(t, m, depth-1)
		if m.language == lua {
			sources = append(sources, "["+m.quote(key)+"] = "+field.source)
		} else { // in brackets, or __proto__ would not be a field
			sources = append(sources, "["+m.quote(key)+"]: "+field.source)
		}
		if !field.missing {
			object[key] = field.value
		}
		v.take(field, key)
	}
	v.source = "{" + strings.Join(sources, ", ") + "}"
	switch {
	case m.language == js:
		v.source = "(" + v.source + ")"
	case len(sources) == 0:
		v.source = "json.object()"
	case rapid.Bool().Draw(t, "marked"):
		v.source = "json.object(" + v.source + ")"
	}
	return v
}

// drawChain draws a value within many arrays. It is no object of any kind: those
// that stand for another value, such as a boxed number, are a level themselves.
func (m model) drawChain(t *rapid.T) scriptValue {
	var v scriptValue
	switch rapid.IntRange(0, 3).Draw(t, "innermost") {
	case 0:
		v = m.drawNumber(t)
	case 1:
		v = m.drawString(t)
	case 2:
		v = scriptValue{source: "{}", value: []any{}}.in(m)
	default:
		v = refusal(map[string]string{lua: "print", js: "Symbol('s')"}[m.language])
	}
	n := rapid.SampledFrom([]int{1, 16, 500, 511, 512, 513, 2000}).Draw(t, "levels")
	value := v.value
	for range n {
		value = []any{value}
	}
	v.value = value
	if len(v.bad) > 0 {
		v.bad = []location{append(make(location, n), v.bad[0]...)}
		for i := range n {
			v.bad[0][i] = 0
		}
	}
	if n > maxLevels { // wherever it is
		v.bad = []location{somewhere}
	}
	if m.language == lua {
		v.source = fmt.Sprintf("(function() local t = %s for i = 1, %d do t = {t} end return t end)()", v.source, n)
	} else {
		v.source = fmt.Sprintf("(() => { let t = %s; for (let i = 0; i < %d; i++) t = [t]; return t })()", v.source, n)
	}
	return v
}

// drawLuaOddity draws what only Lua has, and what cannot be carried.
func (m model) drawLuaOddity(t *rapid.T) scriptValue {
	bad := []string{
		"print", "(function() end)", "coroutine.create(print)",
		"{1, nil, 3}", "{nil, 2}", "{[2] = 1}", "{[0] = 1}", "{[1.5] = 1}", "{[-1] = 1}", "{[true] = 1}", "{[{}] = 1}", `{["\255"] = 1}`,
		"{1, 2, x = 3}", `{[1] = 1, ["1"] = 2}`, "{1, [3] = 3}",
		"2^53 + 2", "-(2^53) - 2", "1e300",
	}
	if m.serialiser == "string" {
		bad = []string{"print", "nil", "{}", "coroutine.create(print)"}
	}
	switch rapid.IntRange(0, 2).Draw(t, "oddity") {
	case 0:
		return refusal(rapid.SampledFrom(bad).Draw(t, "bad"))
	case 1:
		if m.serialiser != "string" {
			return scriptValue{source: "(function() local t = {} t.a = {b = {t}} return t end)()", bad: []location{somewhere}}
		}
	}
	good := []scriptValue{
		{source: "1 == 1.0", value: true}, {source: `"a" .. 1`, value: "a1"}, {source: `("x"):rep(3)`, value: "xxx"},
		{source: "{1, 2, nil}", value: []any{int64(1), int64(2)}}, {source: "{nil}", value: []any{}},
		{source: `setmetatable({1}, {__index = {x = 2}})`, value: []any{int64(1)}},
		{source: `setmetatable({}, {__index = {x = 2}})`, value: []any{}},
		{source: `{x = nil}`, value: []any{}},
		{source: `(function() local t = {} for i = 3, 1, -1 do t[i] = i end return t end)()`, value: []any{int64(1), int64(2), int64(3)}},
		{source: `(function() local t = {1, 2, 3} t[3] = nil return t end)()`, value: []any{int64(1), int64(2)}},
		{source: `(function() local t = {1, 2, x = 3} t.x = nil return t end)()`, value: []any{int64(1), int64(2)}},
		{source: `(function() local t = {1, x = 3} t[1] = nil return t end)()`, value: map[string]any{"x": int64(3)}},
		{source: `json.decode("[1,{},[]]")`, value: []any{int64(1), map[string]any{}, []any{}}},
	}
	return rapid.SampledFrom(good).Draw(t, "good")
}

// drawJSOddity draws what only JavaScript has, and what cannot be carried.
func (m model) drawJSOddity(t *rapid.T) scriptValue {
	switch rapid.IntRange(0, 5).Draw(t, "oddity") {
	case 0:
		bad := []string{
			"Symbol('s')", "(() => 1)", "class {}", "new Map([[1, 2]])", "new Set()", "Promise.resolve(1)", "/x/", "new Error('e')", "new Date(NaN)",
			"new Float64Array(2)", "new DataView(new ArrayBuffer(2))", "new WeakMap()", "(function* () {})()",
		}
		if m.serialiser != "string" {
			bad = append(bad, "2n ** 64n", "-(2n ** 63n) - 1n", "({'\\ud83d': 1})", "new Date(8.64e15)", "new Date(-8.64e15)")
		}
		return refusal(rapid.SampledFrom(bad).Draw(t, "bad"))
	case 1: // halves of surrogate pairs
		units := rapid.SliceOfN(rapid.SampledFrom([]uint16{'a', 0xd83d, 0xde00, 0xfffd, 0xe4}), 0, 5).Draw(t, "units")
		var b strings.Builder
		quoteUnits(&b, units)
		v := scriptValue{source: `"` + b.String() + `"`, value: string(utf16.Decode(units))}
		if !wellFormed(units) {
			v.bad = []location{{}}
		}
		return v
	case 2:
		n := rapid.SampledFrom(edgeUints).Draw(t, "BigInt")
		if i := int64(n); n <= math.MaxInt64 {
			if rapid.Bool().Draw(t, "negative") {
				i = -i
			}
			return scriptValue{source: fmt.Sprintf("(%dn)", i), value: i}
		}
		return scriptValue{source: fmt.Sprintf("%dn", n), value: n}
	case 3:
		when := drawTime(t).Truncate(time.Millisecond)
		v := scriptValue{source: fmt.Sprintf("new Date(%d)", when.UnixMilli()), value: when}
		if m.serialiser == "json" {
			v.value = when.Format(time.RFC3339Nano)
		} else if m.serialiser == "string" {
			v.bad = []location{{}}
		}
		return v
	case 4:
		if m.serialiser != "string" {
			return scriptValue{source: "(() => { const t = {}; t.a = {b: [t]}; return t })()", bad: []location{somewhere}}
		}
	}
	good := []scriptValue{
		{source: "undefined", missing: true}, {source: "void 0", missing: true}, {source: `'a' + 1`, value: "a1"},
		{source: "[1, , 3]", value: []any{int64(1), nil, int64(3)}}, {source: "[undefined]", value: []any{nil}}, {source: "({x: undefined})", value: map[string]any{}},
		{source: "new Array(2)", value: []any{nil, nil}}, {source: "new Proxy([1], {})", value: []any{int64(1)}},
		{source: "new Proxy({a: 1}, {})", value: map[string]any{"a": int64(1)}},
		{source: "(() => { const o = Object.create(null); o.a = 1; return o })()", value: map[string]any{"a": int64(1)}},
		{source: "(() => { const o = Object.create({b: 2}); o.a = 1; return o })()", value: map[string]any{"a": int64(1)}},
		{source: "({get a() { return 1 }})", value: map[string]any{"a": int64(1)}},
		{source: "({toJSON() { return [1, 'x'] }, a: 2})", value: []any{int64(1), "x"}},
		{source: "({a: 1, [Symbol('s')]: 2})", value: map[string]any{"a": int64(1)}},
		{source: "(() => { const a = [1]; a.x = 2; return a })()", value: []any{int64(1)}},
	}
	if m.serialiser == "string" {
		good = good[2:3]
	} else {
		good = append(good, scriptValue{source: "new Number(1.5)", value: 1.5}, scriptValue{source: "new String('x')", value: "x"}, scriptValue{source: "new Boolean(false)", value: false})
	}
	return rapid.SampledFrom(good).Draw(t, "good")
}

// wellFormed tells whether each half of a surrogate pair has its other one.
func wellFormed(units []uint16) bool {
	for i := 0; i < len(units); i++ {
		if !utf16.IsSurrogate(rune(units[i])) {
			continue
		}
		if i+1 == len(units) || utf16.DecodeRune(rune(units[i]), rune(units[i+1])) == utf8.RuneError {
			return false
		}
		i++
	}
	return true
}
