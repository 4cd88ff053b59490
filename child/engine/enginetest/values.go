package enginetest

import (
	"math"
	"strings"
	"time"

	"scripthost.example/wire"
)

// aValue is a value that the parent sends, what the script sees of it, and what
// comes back when the script returns it.
type aValue struct {
	name string
	in   any
	// What the script takes it for; see kinds. Left out is what cannot come in:
	// the call fails then.
	kind map[string]string
	// What comes back if it is not what was sent.
	back map[string]any
	// The serialisers that carry it; none means all but string.
	only []string
}

// kinds are workers that return what kind of value their argument is, and the
// argument.
var kinds = worker{
	lua: `local function kind(x)
			if x == nil then return "nil" end
			if x == json.null then return "null" end
			if type(x) == "number" and x ~= x then return "nan" end
			return type(x)
		end
		function run(x) return kind(x), x end
		function inside(x) if x[1] ~= nil then return kind(x[1]), x end return kind(x.a), x end
		function add(x) return x + 1 end`,
	js: `function kind(x) {
			if (x === null) return 'null';
			if (typeof x === 'number' && x !== x) return 'nan';
			if (Array.isArray(x)) return 'array';
			if (x instanceof Date) return 'date';
			if (x instanceof Uint8Array) return 'bytes';
			return typeof x;
		}
		function run(x) { return results(kind(x), x) }
		function inside(x) { return results(kind(Array.isArray(x) ? x[0] : x.a), x) }
		function add(x) { return x + (typeof x === 'bigint' ? 1n : 1) }`,
}

func kind(luaKind, jsKind string) map[string]string {
	return map[string]string{lua: luaKind, js: jsKind}
}

var (
	binary   = []string{"cbor", "msgpack"}
	allThree = []string{"json", "cbor", "msgpack"}
)

// values are those of the table of values in the description of scripts.
func values() []aValue {
	number, str, object, array := kind("number", "number"), kind("string", "string"), kind("table", "object"), kind("table", "array")
	big := map[string]string{js: "bigint"}
	when := time.Date(2024, 2, 29, 12, 30, 15, 250_000_000, time.UTC)
	ints := make([]any, 10_000)
	for i := range ints {
		ints[i] = i - 5000
	}
	return []aValue{
		{name: "null", in: nil, kind: kind("nil", "null")},
		{name: "true", in: true, kind: kind("boolean", "boolean")},
		{name: "false", in: false, kind: kind("boolean", "boolean")},
		{name: "0", in: 0, kind: number},
		{name: "1", in: 1, kind: number},
		{name: "-1", in: -1, kind: number},
		{name: "300", in: 300, kind: number},
		{name: "-70000", in: -70000, kind: number},
		{name: "2^31", in: 1 << 31, kind: number},
		{name: "2^53", in: 1 << 53, kind: number},
		{name: "-2^53", in: -1 << 53, kind: number},
		{name: "2^53+1", in: 1<<53 + 1, kind: big},
		{name: "-2^53-1", in: -1<<53 - 1, kind: big},
		{name: "greatest int64", in: math.MaxInt64, kind: big},
		{name: "least int64", in: math.MinInt64, kind: big},
		{name: "greatest uint64", in: uint64(math.MaxUint64), kind: big},
		{name: "2^63", in: uint64(1 << 63), kind: big},
		{name: "1.5", in: 1.5, kind: number},
		{name: "0.1", in: 0.1, kind: number},
		{name: "1e-300", in: 1e-300, kind: number},
		{name: "smallest float", in: math.SmallestNonzeroFloat64, kind: number},
		{name: "whole float", in: 3.0, kind: number, back: map[string]any{lua: 3, js: 3}},
		{name: "-0", in: math.Copysign(0, -1), kind: number, back: map[string]any{lua: 0}},
		{name: "NaN", in: math.NaN(), kind: kind("nan", "nan"), only: binary},
		{name: "infinity", in: math.Inf(1), kind: number, only: binary},
		{name: "-infinity", in: math.Inf(-1), kind: number, only: binary},
		{name: "empty text", in: "", kind: str},
		{name: "text", in: "text", kind: str},
		{name: "text beyond ASCII", in: "zwölf Größen", kind: str},
		{name: "text beyond 16 bits", in: "a😀b", kind: str},
		{name: "text with control characters", in: "a\x00b\n\r\t\x1f\x7f\"\\/\u2028", kind: str},
		{name: "text with U+FFFD", in: "a\ufffdb", kind: str},
		{name: "long text", in: text(100_000), kind: str},
		{name: "octets", in: []byte{0xff, 0, 1}, kind: kind("string", "bytes"), only: binary},
		{name: "octets that are text", in: []byte("abc"), kind: kind("string", "bytes"), back: map[string]any{lua: "abc"}, only: binary},
		{name: "no octets", in: []byte{}, kind: kind("string", "bytes"), back: map[string]any{lua: ""}, only: binary},
		{name: "empty array", in: []any{}, kind: array},
		{name: "array", in: []any{1, "two", true}, kind: array},
		{name: "array in arrays", in: []any{[]any{[]any{}, []any{1}}}, kind: array},
		{name: "array with null", in: []any{1, nil, 3}, kind: array},
		{name: "array of nulls", in: []any{nil, nil}, kind: array},
		{name: "large array", in: ints, kind: array},
		{name: "empty object", in: map[string]any{}, kind: object},
		{name: "object", in: map[string]any{"a": 1, "b": "two"}, kind: object},
		{name: "object in objects", in: map[string]any{"a": map[string]any{"b": map[string]any{}}}, kind: object},
		{name: "object with null", in: map[string]any{"a": nil}, kind: object},
		{name: "objects in an array", in: []any{map[string]any{"a": []any{}}, map[string]any{}}, kind: array},
		{name: "object with numbers for keys", in: map[string]any{"1": "a", "2": "b"}, kind: object},
		{name: "object with odd keys", in: map[string]any{"": 1, "ä": 2, "a b": 3, "length": 4, "😀": 5, "a\x00": 6}, kind: object},
		{name: "object with the keys of objects", in: map[string]any{
			"__proto__": 1, "constructor": 2, "toString": 3, "hasOwnProperty": 4, "__index": 5, "__metatable": 6, "then": 7}, kind: object},
		{name: "100 levels", in: nested(100), kind: array},
		{name: "date", in: when, kind: kind("string", "date"), back: map[string]any{lua: "2024-02-29T12:30:15.25Z"}, only: binary},
		{name: "old date", in: time.Date(1901, 1, 1, 0, 0, 0, 0, time.UTC), kind: kind("string", "date"),
			back: map[string]any{lua: "1901-01-01T00:00:00Z"}, only: binary},
		{name: "date as text", in: "2024-02-29T12:30:15.25Z", kind: str},
	}
}

// nested returns an array within arrays.
func nested(depth int) any {
	v := any("bottom")
	for range depth {
		v = []any{v}
	}
	return v
}

// valueCases send every value through every serialiser, alone and inside
// others, and read it back.
func valueCases() []testCase {
	var cases []testCase
	for _, v := range values() {
		serialisers := v.only
		if serialisers == nil {
			serialisers = allThree
		}
		for _, s := range serialisers {
			cases = append(cases, testCase{
				name: s + ": " + v.name, worker: kinds,
				boot: func(b *wire.Boot) { b.Serialiser.Name = s },
				run:  func(p *Parent) { v.echo(p) },
			})
		}
	}
	return append(cases, madeCases()...)
}

func (v *aValue) echo(p *Parent) {
	p.t.Helper()
	back := v.in
	if b, ok := v.back[p.language]; ok {
		back = b
	}
	seen, ok := v.kind[p.language]
	p.Call(1, v.in)
	if !ok {
		p.Fails(1, wire.ErrorSerialise, "1") // the first argument
		p.CallNamed(1, "inside", []any{1, v.in})
		p.Fails(1, wire.ErrorSerialise, "1", "[2]")
		p.CallNamed(1, "inside", map[string]any{"deep": v.in})
		p.Fails(1, wire.ErrorSerialise, "1", "deep")
		p.Call(1, "fine")
		p.Result(1, "string", "fine")
		return
	}
	p.Result(1, seen, back)
	if seen == "nil" {
		seen = "null" // what it is inside a table
	}
	p.CallNamed(1, "inside", []any{v.in, 1})
	p.Result(1, seen, []any{back, 1})
	p.CallNamed(1, "inside", map[string]any{"a": v.in, "b": 1})
	p.Result(1, seen, map[string]any{"a": back, "b": 1})
}

// madeCases are about values that the script makes itself.
func madeCases() []testCase {
	made := []struct {
		name    string
		lua, js string // expressions
		want    any
		only    []string
	}{
		{"sum", `1 + 2`, `1 + 2`, 3, nil},
		{"quotient that is whole", `6 / 2`, `6 / 2`, 3, nil},
		{"quotient that is not", `1 / 4`, `1 / 4`, 0.25, nil},
		{"2^53", `2^53`, `2 ** 53`, 1 << 53, nil},
		{"2^60 as a number", ``, `2 ** 60`, float64(1 << 60), nil},
		{"1e300", ``, `1e300`, 1e300, nil},
		{"-0", ``, `-0`, math.Copysign(0, -1), nil},
		{"BigInt", ``, `2n ** 63n - 1n`, math.MaxInt64, nil},
		{"small BigInt", ``, `5n`, 5, nil},
		{"greatest BigInt", ``, `2n ** 64n - 1n`, uint64(math.MaxUint64), nil},
		{"least BigInt", ``, `-(2n ** 63n)`, math.MinInt64, nil},
		{"infinity", `1 / 0`, `Infinity`, math.Inf(1), binary},
		{"NaN", `0 / 0`, `NaN`, math.NaN(), binary},
		{"empty table or array", `{}`, `[]`, []any{}, nil},
		{"array", `{1, 2, 3}`, `[1, 2, 3]`, []any{1, 2, 3}, nil},
		{"array filled backwards", `(function() local t = {} for i = 5, 1, -1 do t[i] = i end return t end)()`,
			`(() => { const t = []; for (let i = 4; i >= 0; i--) t[i] = i + 1; return t })()`, []any{1, 2, 3, 4, 5}, nil},
		{"array that was an object", `(function() local t = {x = 1} t.x = nil t[1] = "a" return t end)()`, ``, []any{"a"}, nil},
		{"object", `{a = 1}`, `({a: 1})`, map[string]any{"a": 1}, nil},
		{"object from json.object", `json.object({})`, `({})`, map[string]any{}, nil},
		{"array from json.array", `json.array({})`, `[]`, []any{}, nil},
		{"json.null", `json.null`, `null`, nil, nil},
		{"json.null inside", `{1, json.null, 3}`, `[1, null, 3]`, []any{1, nil, 3}, nil},
		{"decoded JSON", ``, `JSON.parse('{"a":[],"b":{},"c":null,"d":[1,2.5,"x",true]}')`,
			map[string]any{"a": []any{}, "b": map[string]any{}, "c": nil, "d": []any{1, 2.5, "x", true}}, nil},
		{"encoded JSON", ``, `JSON.stringify([1, 'x', {a: null}])`, `[1,"x",{"a":null}]`, nil},
		{"date", ``, `new Date(Date.UTC(2024, 1, 29, 12, 30, 15, 250))`, time.Date(2024, 2, 29, 12, 30, 15, 250_000_000, time.UTC), binary},
		{"date as text", ``, `new Date(Date.UTC(2024, 1, 29, 12, 30, 15, 250))`, "2024-02-29T12:30:15.25Z", []string{"json"}},
		{"Uint8Array", `"\255\0"`, `new Uint8Array([255, 0])`, []byte{255, 0}, binary},
		{"part of a Uint8Array", ``, `new Uint8Array([1, 2, 3, 4]).subarray(1, 3)`, []byte{2, 3}, binary},
		{"Uint8Array inside", `{x = "\255\0"}`, `({x: new Uint8Array([255, 0])})`, map[string]any{"x": []byte{255, 0}}, binary},
		{"instance of a class", ``, `new (class { constructor() { this.a = 1 } get b() { return 2 } })()`, map[string]any{"a": 1}, nil},
		{"the same table twice", `(function() local t = {1} return {t, t} end)()`, `(() => { const t = [1]; return [t, t] })()`, []any{[]any{1}, []any{1}}, nil},
		{"nested 100 deep", `(function() local t = "bottom" for i = 1, 100 do t = {t} end return t end)()`,
			`(() => { let t = 'bottom'; for (let i = 0; i < 100; i++) t = [t]; return t })()`, nested(100), nil},
		{"long text", `string.rep("ab", 50000)`, `'ab'.repeat(50000)`, strings.Repeat("ab", 50000), nil},
		{"text that was joined", `"z" .. "ö" .. 1`, `'z' + 'ö' + 1`, "zö1", nil},
	}
	var cases []testCase
	for _, m := range made {
		sources := worker{}
		if m.lua != "" {
			sources[lua] = `function run() return ` + m.lua + ` end`
		}
		if m.js != "" {
			sources[js] = `function run() { return ` + m.js + ` }`
		}
		serialisers := m.only
		if serialisers == nil {
			serialisers = allThree
		}
		for _, s := range serialisers {
			cases = append(cases, testCase{
				name: s + ": made: " + m.name, worker: sources,
				boot: func(b *wire.Boot) { b.Serialiser.Name = s },
				run: func(p *Parent) {
					p.Call(1)
					p.Result(1, m.want)
				},
			})
		}
	}
	return cases
}
