package js

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"scripthost.example/child/engine"
)

// Values out of a script, with a serialiser that carries octets.
func TestExport(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]any{
		`null`:                          nil,
		`[undefined, null]`:             []any{nil, nil},
		`[1,,3]`:                        []any{int64(1), nil, int64(3)},
		`true`:                          true,
		`1`:                             int64(1),
		`-1`:                            int64(-1),
		`-0`:                            math.Copysign(0, -1),
		`1.5`:                           1.5,
		`2**53`:                         int64(1 << 53),
		`2**53 + 2`:                     float64(1<<53 + 2),
		`1e300`:                         1e300,
		`Infinity`:                      math.Inf(1),
		`5n`:                            int64(5),
		`-(2n**63n)`:                    int64(math.MinInt64),
		`2n**64n - 1n`:                  uint64(math.MaxUint64),
		`"grüße 😀"`:                     "grüße 😀",
		`"\uFFFD"`:                      "\uFFFD",
		`""`:                            "",
		`[]`:                            []any{},
		`({})`:                          map[string]any{},
		`({a: 1, b: undefined})`:        map[string]any{"a": int64(1)},
		`({a: [{b: "c"}]})`:             map[string]any{"a": []any{map[string]any{"b": "c"}}},
		`Object.create({x: 1})`:         map[string]any{},
		`Object.create(null)`:           map[string]any{},
		`({__proto__: null, a: 1})`:     map[string]any{"a": int64(1)},
		`JSON.parse('{"__proto__":1}')`: map[string]any{"__proto__": int64(1)},
		`new Date(1234)`:                time.UnixMilli(1234).UTC(),
		`new Uint8Array([1,2,3,4]).subarray(1, 3)`:             []byte{2, 3},
		`new Uint8Array(0)`:                                    []byte{},
		`new ArrayBuffer(2)`:                                   []byte{0, 0},
		`new (class A { a = 1; #b = 2; c() {} })`:              map[string]any{"a": int64(1)},
		`new (class A { toJSON() { return [1] } })`:            []any{int64(1)},
		`({ toJSON() { return this }, a: 1 }).a`:               int64(1),
		`new (class A extends Array {})(2)`:                    []any{nil, nil},
		`[new String("a"), new Number(2), new Boolean(false)]`: []any{"a", int64(2), false},
		`new Proxy([1, 2], {})`:                                []any{int64(1), int64(2)},
		`new Proxy({a: 1}, {})`:                                map[string]any{"a": int64(1)},
		`(function () { return arguments })(7)`:                map[string]any{"0": int64(7)},
		`(a => [a, a])({})`:                                    []any{map[string]any{}, map[string]any{}},
		`/a(?<x>b)/.exec("ab").groups`:                         map[string]any{"x": "b"},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			got, err := loaded(t, syncConfig, "const run = () => "+script).call()
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, []any{want})
			if want == 0.0 && math.Signbit(got[0].(float64)) != math.Signbit(want.(float64)) {
				t.Error("the sign of zero is lost")
			}
		})
	}
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	const no = ", which cannot be carried"
	for script, want := range map[string]string{
		`() => 1`:                          "result 1 is a function" + no,
		`class A {}`:                       "result 1 is a function" + no,
		`new Proxy(() => 1, {})`:           "result 1 is a function" + no,
		`Symbol("x")`:                      "result 1 is a symbol" + no,
		`({a: [1, {"b c": () => 1}]})`:     `result 1.a[1]["b c"] is a function` + no,
		`results(1, [2n**64n])`:            "result 2[0] is a BigInt of more than 64 bits",
		`"a\ud800"`:                        "result 1 is a string with half a surrogate pair, which UTF-8 cannot carry",
		`["\udc00\ud800"]`:                 "result 1[0] is a string with half a surrogate pair, which UTF-8 cannot carry",
		`new Map`:                          "result 1 is of type Map" + no,
		`new Set`:                          "result 1 is of type Set" + no,
		`new WeakMap`:                      "result 1 is of type WeakMap" + no,
		`[Promise.resolve()]`:              "result 1[0] is a Promise, which cannot be carried: await it first",
		`/x/`:                              "result 1 is of type RegExp" + no,
		`new Error`:                        "result 1 is of type Error" + no,
		`new Date(NaN)`:                    "result 1 is an invalid Date",
		`new Int16Array(2)`:                "result 1 is of type Int16Array" + no,
		`new DataView(new ArrayBuffer(2))`: "result 1 is of type DataView" + no,
		`(function* () {})()`:              "result 1 is of type Generator" + no,
		`Object(Symbol())`:                 "result 1 is of type Symbol" + no,
		`host`:                             "result 1 is an object that cannot be carried",
		`(() => { const a = {}; a.b = [a]; return {x: a} })()`:                      "result 1.x.b[0] contains itself, and a cycle cannot be carried",
		`(() => { let a = []; for (let i = 0; i < 600; i++) a = [a]; return a })()`: "result 1[0][0][0][0][0][0][0][0] is nested more than 512 levels deep",
		`(() => { const a = []; a[4e9] = 1; return {a} })()`:                        "result 1.a is a sparse or too large array" + no,
		`(() => { const a = { toJSON() { return {a} } }; return a })()`:             "result 1.a contains itself, and a cycle cannot be carried",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			_, err := loaded(t, syncConfig, "const run = () => ("+script+")").call()
			scriptError(t, err, engine.KindSerialise, want)
		})
	}
	_, err := loaded(t, syncConfig, `const run = () => [{"\ud800": 1, "\uFFFD": 2}, {"\ud800": 1}]`).call()
	scriptError(t, err, engine.KindSerialise, "result 1[0] has a key with half a surrogate pair, which UTF-8 cannot carry")

	w := loaded(t, engine.Config{}, "const run = () => [new Uint8Array(1)]")
	_, err = w.call()
	scriptError(t, err, engine.KindSerialise,
		"result 1[0] is octets, which this serialiser cannot carry: encode them as text, or use cbor or msgpack")
}

func TestExportRunsGetters(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		function run(how) {
			if (how === "throw") return { get a() { throw new RangeError("getter") } };
			return { get a() { event("from a getter", {b: 1}); return 1 }, b: 2 };
		}`)
	got, err := w.call("event")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []any{map[string]any{"a": int64(1), "b": int64(2)}})
	equal(t, w.events[0].args, []any{"from a getter", map[string]any{"b": int64(1)}})
	_, err = w.call("throw")
	e := scriptError(t, err, engine.KindScript, "RangeError: getter")
	equal(t, at(e, 0), "a@test.js:3:50")
}

// Values into a script.
func TestThaw(t *testing.T) {
	t.Parallel()
	big := big.NewInt(0).Lsh(big.NewInt(1), 63).String()
	for name, c := range map[string]struct {
		value        any
		script, want string
	}{
		"nil":        {nil, "x === null", "true"},
		"bool":       {true, "x === true", "true"},
		"int":        {int64(-3), "x === -3", "true"},
		"safe":       {int64(1 << 53), "typeof x", "number"},
		"unsafe":     {int64(1<<53 + 1), "typeof x + x", "bigint9007199254740993"},
		"negative":   {int64(-1<<53 - 1), "typeof x + x", "bigint-9007199254740993"},
		"uint":       {uint64(7), "x === 7", "true"},
		"big uint":   {uint64(1 << 63), "typeof x + x", "bigint" + big},
		"float":      {1.5, "x === 1.5", "true"},
		"minus zero": {math.Copysign(0, -1), "Object.is(x, -0)", "true"},
		"whole":      {3.0, "x === 3", "true"},
		"NaN":        {math.NaN(), "x !== x", "true"},
		"string":     {"grüße 😀", "x + x.length", "grüße 😀8"},
		"long":       {strings.Repeat("aä", 20), "x.length", "40"},
		"octets":     {[]byte{1, 255}, "x instanceof Uint8Array && x.join()", "1,255"},
		"no octets":  {[]byte{}, "x instanceof Uint8Array && x.length", "0"},
		"not UTF-8":  {"a\xff", "x instanceof Uint8Array && x.join()", "97,255"},
		"array":      {[]any{int64(1), []any{}}, "Array.isArray(x) && JSON.stringify(x)", "[1,[]]"},
		"keys":       {map[string]any{"b": nil, "a": int64(1), "C": "x"}, "JSON.stringify(x)", `{"C":"x","a":1,"b":null}`},
		"proto":      {map[string]any{"__proto__": map[string]any{"y": int64(1)}}, "x.y === undefined && Object.keys(x)[0]", "__proto__"},
		"date":       {time.UnixMilli(1234), "x instanceof Date && x.getTime()", "1234"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := loaded(t, syncConfig, "const run = x => String("+c.script+")").call(c.value)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, []any{c.want})
		})
	}
}

// A script's changes to the language must not get between the codec and it.
func TestThawIsUndisturbed(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		Object.defineProperty(Object.prototype, "a", { set() { throw 1 }, get() { return 5 }, configurable: true });
		Uint8Array = Date = Array = Promise = Error = Object = undefined;
		function run(x, y, z) { return [x, y, z] }`)
	want := []any{map[string]any{"a": int64(1)}, []byte{1}, time.UnixMilli(1).UTC()}
	got, err := w.call(want...)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []any{want})
}

func TestText(t *testing.T) {
	t.Parallel()
	const only = ", and the serialiser string carries only strings, numbers, booleans and Uint8Arrays"
	for script, c := range map[string]struct {
		args []any
		want []any
		err  string
	}{
		`x => x`:                   {[]any{"grüße"}, []any{"grüße"}, ""},
		`x => typeof x + x.length`: {[]any{[]byte("é")}, []any{"string1"}, ""},
		`x => x.join()`:            {[]any{"\xff\x00"}, []any{"255,0"}, ""},
		`y => y`:                   {[]any{[]byte("\xff")}, []any{[]byte("\xff")}, ""},
		`() => results(3, -0, 1.5, 1e21, true, 10n, NaN)`: {nil, []any{"3", "0", "1.5", "1e+21", "true", "10", "NaN"}, ""},
		`() => new Uint8Array([255, 0])`:                  {nil, []any{[]byte{255, 0}}, ""},
		`() => new ArrayBuffer(1)`:                        {nil, []any{[]byte{0}}, ""},
		`() => undefined`:                                 {nil, nil, ""},
		`() => results(undefined)`:                        {nil, nil, "result 1 is undefined" + only + ": use another serialiser"},
		`() => null`:                                      {nil, nil, "result 1 is null" + only + ": use another serialiser"},
		`() => results("a", {})`:                          {nil, nil, "result 2 is an object" + only + ": use JSON.stringify or another serialiser"},
		`() => [1]`:                                       {nil, nil, "result 1 is an array" + only + ": use JSON.stringify or another serialiser"},
		`() => Symbol()`:                                  {nil, nil, "result 1 is a symbol, which cannot be carried"},
		`() => "\ud800"`:                                  {nil, nil, "result 1 is a string with half a surrogate pair, which UTF-8 cannot carry"},
		`() => { event({}) }`:                             {nil, nil, "argument 1 is an object" + only + ": use JSON.stringify or another serialiser"},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			got, err := loaded(t, engine.Config{Text: true}, "const run = "+script).call(c.args...)
			if c.err != "" {
				scriptError(t, err, engine.KindSerialise, c.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, c.want)
		})
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	for script, want := range map[string][]any{
		`() => {}`:                     nil,
		`() => 1`:                      {int64(1)},
		`() => [1, 2]`:                 {[]any{int64(1), int64(2)}},
		`() => results()`:              {},
		`() => results(1, [2])`:        {int64(1), []any{int64(2)}},
		`async () => results(1, 2)`:    {int64(1), int64(2)},
		`async () => { await null }`:   nil,
		`() => ({ then(f) { f(5) } })`: {int64(5)},
		`() => ({ then: 5 })`:          {map[string]any{"then": int64(5)}},
		`async () => new Promise(r => setTimeout(r, 5, 6))`: {int64(6)},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			got, err := loaded(t, syncConfig, "const run = "+script).call()
			if err != nil {
				t.Fatal(err)
			}
			if len(got)+len(want) > 0 {
				equal(t, got, want)
			}
		})
	}
}

func TestTooLargeResult(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `const run = () => "big"`)
	w.limit = &engine.Error{Kind: engine.KindLimit, Message: "too large"}
	_, err := w.call()
	scriptError(t, err, engine.KindLimit, "too large")
}
