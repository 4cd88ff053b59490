package lua

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

func TestJSONDecode(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tt := range []struct {
		text string
		code string // an expression of x, the value
		bad  string // or what the error says
	}{
		{text: `0`, code: `x == 0`},
		{text: `-0`, code: `x == 0 and 1 / x == -math.huge`},
		{text: `-0.0`, code: `1 / x == -math.huge`},
		{text: `1e3`, code: `x == 1000`},
		{text: `0.1`, code: `x == 0.1`},
		{text: `9007199254740992`, code: `x == 2^53`},
		{text: `-9007199254740992`, code: `x == -2^53`},
		{text: `9007199254740993`, bad: "json.decode: the value is the integer 9007199254740993: beyond 2^53"},
		{text: `[{"a":[-9007199254740993]}]`, bad: "json.decode: the value[1].a[1] is the integer"},
		{text: `18446744073709551616`, bad: "does not fit into 64 bits"},
		{text: `1e20`, code: `x == 1e20`},
		{text: `1.7976931348623157e308`, code: `x == 1.7976931348623157e308`},
		{text: `1e400`, bad: "beyond the floats"},
		{text: `1e-400`, code: `x == 0`},
		{text: `NaN`, bad: "instead of a value"},
		{text: `Infinity`, bad: "instead of a value"},
		{text: `01`, bad: "a zero before it"},
		{text: `1.`, bad: "before a digit"},
		{text: `+1`, bad: "instead of a value"},
		{text: `true`, code: `x == true`},
		{text: ` null `, code: `x == json.null`},
		{text: `[null, {"a": null}]`, code: `x[1] == json.null and x[2].a == json.null and #x == 2`},
		{text: `""`, code: `x == ""`},
		{text: `"\u00e4\ud83d\ude00\u0000/\/"`, code: `x == "\195\164\240\159\152\128\0//"`},
		{text: `"\ud800"`, bad: "half of a surrogate pair"},
		{text: "\"\xff\"", bad: "the text is not UTF-8"},
		{text: "\"\n\"", bad: "must be escaped"},
		{text: `[]`, code: `type(x) == "table" and next(x) == nil and json.encode(x) == "[]"`},
		{text: `{}`, code: `next(x) == nil and json.encode(x) == "{}"`},
		{text: `{"a":{}, "b":[], "c":[[],{}]}`, code: `json.encode(x) == '{"a":{},"b":[],"c":[[],{}]}'`},
		{text: `{"1": "a", "": "b"}`, code: `x["1"] == "a" and x[""] == "b" and x[1] == nil`},
		{text: `{"a":1,"a":2}`, bad: "json: value .a: the key occurs twice"},
		{text: `{"a":1,"\u0061":2}`, bad: "the key occurs twice"},
		{text: nested(512), code: `json.encode(x) == text`},
		{text: nested(513), bad: "nested deeper than 512"},
		{text: strings.Repeat(`{"a":`, 512) + "1" + strings.Repeat("}", 512), code: `json.encode(x) == text`},
		{text: strings.Repeat("[", 1_000_000), bad: "nested deeper than 512"},
		{text: ``, bad: "the text ends at byte 0, before a value"},
		{text: " \n", bad: "the text ends at byte 2, before a value"},
		{text: `1 2`, bad: "'2' at byte 2, instead of the end of the text"},
		{text: `1,2`, bad: "',' at byte 1, instead of the end of the text"},
		{text: `[1],[2]`, bad: "',' at byte 3, instead of the end of the text"},
		{text: `[1]]`, bad: "']' at byte 3, instead of the end of the text"},
		{text: `1], [2`, bad: "']' at byte 1, instead of the end of the text"},
		{text: "1\x00", bad: `'\x00' at byte 1, instead of the end of the text`},
		{text: `[1`, bad: "the text ends at byte 2, before a comma or the array's end"},
		{text: `[1,]`, bad: "value [1]: ']' at byte 3, instead of a value"},
		{text: `{"a":1,}`, bad: "instead of a key"},
		{text: `{a:1}`, bad: "instead of a key"},
		{text: `'a'`, bad: "instead of a value"},
		{text: `[1] // one`, bad: "instead of the end"},
		{text: "\ufeff1", bad: "instead of a value"},
		{text: " \t\r\n1 \t\r\n", code: `x == 1`},
	} {
		name := tt.text[:min(len(tt.text), 30)]
		f := script(t, "function run(text) local x = json.decode(text) return "+or(tt.code, "x")+" end")
		got, err := f.call("run", tt.text)
		switch {
		case tt.bad != "":
			wantError(t, err, engine.KindSerialise, tt.bad)
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case got[0] != true:
			t.Errorf("%s: %s is %v", name, tt.code, got[0])
		}
	}
}

func TestJSONEncode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code string // arguments of json.encode
		text string
		bad  string // or what the error says
		kind string // of the error, if it is not serialise
	}{
		{code: `3`, text: `3`},
		{code: `-0`, text: `0`},
		{code: `0.1`, text: `0.1`},
		{code: `1/3`, text: `0.3333333333333333`},
		{code: `1e-7`, text: `1e-07`},
		{code: `2^53`, text: `9007199254740992`},
		{code: `-2^53`, text: `-9007199254740992`},
		{code: `2^53 + 2`, bad: "json.encode: the value is 9.007199254740994e+15: whole numbers beyond 2^53"},
		{code: `0/0`, bad: "json.encode: the value is nan"},
		{code: `{a = {1, 1/0}}`, bad: "json.encode: the value.a[2] is inf"},
		{code: `-1/0`, bad: "is -inf"},
		{code: `nil`, text: `null`},
		{code: `json.null`, text: `null`},
		{code: ``, bad: "bad argument #1 to encode (value expected)", kind: engine.KindScript},
		{code: `true`, text: `true`},
		{code: `"a\"\\/\n\0\127\195\164"`, text: "\"a\\\"\\\\/\\n\\u0000\x7f\u00e4\""},
		{code: `"<script>&\226\128\168"`, text: "\"<script>&\u2028\""},
		{code: `"\255"`, bad: "json.encode: the value is a string that is not UTF-8"},
		{code: `{["\255"] = 1}`, bad: "has the key \"\\xff\", which is not UTF-8"},
		{code: `{}`, text: `[]`},
		{code: `json.object{}`, text: `{}`},
		{code: `json.object()`, text: `{}`},
		{code: `json.array(json.object{})`, text: `[]`},
		{code: `{json.array{}, json.object{}}`, text: `[[],{}]`},
		{code: `{b = 1, a = 2, [""] = 3, ["a b"] = 4}`, text: `{"":3,"a":2,"a b":4,"b":1}`},
		{code: `{1, "2", {true}}`, text: `[1,"2",[true]]`},
		{code: `{1, nil, 3}`, bad: "has a hole: item 2 is nil"},
		{code: `{1, a = 2}`, bad: "neither an array nor an object"},
		{code: `{[1.5] = 1}`, bad: "has the key 1.5"},
		{code: `print`, bad: "is a function"},
		{code: `{x = {io.stdout}}`, bad: "json.encode: the value.x[1] is a userdata"},
		{code: `(function() local t = {} t.t = t return t end)()`, bad: "contains itself"},
		{code: `deep(512)`, text: strings.Repeat("[", 512) + strings.Repeat("]", 512)},
		{code: `deep(513)`, bad: "nested deeper than 512"},
		{code: `setmetatable({1}, {__index = {2, 3}})`, text: `[1]`},
		{code: `{a = {1, {}}, b = json.object{}, c = "[:,]\\\""}, {indent = 2}`, text: "{\n  \"a\": [\n    1,\n    []\n  ],\n  \"b\": {},\n  \"c\": \"[:,]\\\\\\\"\"\n}"},
		{code: `{1}, {indent = "\t"}`, text: "[\n\t1\n]"},
		{code: `{1}, {indent = 0}`, text: "[1]"},
		{code: `{1}, {}`, text: "[1]"},
		{code: `{1}, nil`, text: "[1]"},
		{code: `5, {indent = 4}`, text: "5"},
		{code: `{1}, {indent = -1}`, bad: "indent must be a number of spaces, up to 16", kind: engine.KindScript},
		{code: `{1}, {indent = 17}`, bad: "indent must be a number of spaces", kind: engine.KindScript},
		{code: `{1}, {indent = 1.5}`, bad: "indent must be a number of spaces", kind: engine.KindScript},
		{code: `{1}, {indent = "--"}`, bad: "indent must be a number of spaces", kind: engine.KindScript},
		{code: `{1}, {indent = true}`, bad: "indent must be a number of spaces", kind: engine.KindScript},
		{code: `{1}, {ident = 2}`, bad: "there is no option ident: the only one is indent", kind: engine.KindScript},
		{code: `{1}, 2`, bad: "table expected, got number", kind: engine.KindScript},
	} {
		f := script(t, `
			function deep(n) local t = {} for i = 2, n do t = {t} end return t end
			function run() return json.encode(`+tt.code+`) end`)
		got, err := f.call("run")
		switch {
		case tt.bad != "":
			wantError(t, err, or(tt.kind, engine.KindSerialise), tt.bad)
		case err != nil:
			t.Errorf("%s: %v", tt.code, err)
		case got[0] != tt.text:
			t.Errorf("%s: got %s, want %s", tt.code, got[0], tt.text)
		}
	}
}

// Megabytes.
func TestJSONLarge(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteByte('[')
	for i := range 100_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"number %d","tags":[%t]}`, i, i, i%2 == 0)
	}
	b.WriteByte(']')
	f := script(t, `function run(text) local x = json.decode(text) return #x, x[100000].name, json.encode(x) == text end`)
	want(t, f.run(b.String()), list(int64(100_000), "number 99999", true))
}

// refusals are why a text is refused that encoding/json takes: each would be
// changed silently.
var refusals = []string{"occurs twice", "surrogate pair", "beyond 2^53", "does not fit into 64 bits", "beyond the floats", "nested deeper", "not UTF-8"}

const roundTrip = `
	function run(text)
		local ok, x = pcall(json.decode, text)
		if not ok then return "refused", x.kind, x.message end
		local ok, out = pcall(json.encode, x)
		if not ok then return "cannot be encoded", out.message end
		return "decoded", out, json.encode(json.decode(out)) == out, json.encode(x, {indent = 2})
	end`

// checkJSON compares what a script does with a text to what encoding/json does.
func checkJSON(t *testing.T, f *fake, text string) {
	t.Helper()
	got := f.run(text)
	valid := json.Valid([]byte(text))
	switch got[0] {
	case "refused":
		message := got[2].(string)
		known := slices.ContainsFunc(refusals, func(r string) bool { return strings.Contains(message, r) })
		if got[1] != engine.KindSerialise || valid && !known {
			t.Errorf("%q is refused (%s): %s", text, got[1], message)
		}
	case "cannot be encoded":
		if message := got[1].(string); !strings.Contains(message, "beyond 2^53") { // 1e20
			t.Errorf("%q is decoded and not encoded: %s", text, message)
		}
	default:
		out := got[1].(string)
		var before, after any
		err := json.Unmarshal([]byte(text), &before)
		if err == nil {
			err = json.Unmarshal([]byte(out), &after)
		}
		if err != nil || !reflect.DeepEqual(before, after) || got[2] != true {
			t.Errorf("%q became %q: %v", text, out, err)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(out), "", "  "); err != nil || indented.String() != got[3] {
			t.Errorf("%q is indented as\n%s\nand not\n%s", out, got[3], indented.String())
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0,1e5,0.5,"x\n\u00e4",null,true,{}],"":[[]]}`, `1e400`, `9007199254740993`, `{"a":1,"a":2}`, `"\ud800"`, `[1] 2`, `"`, `[{"a":`,
		"\"\xff\"", `1.0`, `123456789012345678901234567890`, `"\\\"[]{}:,"`, `[,]`, `-`, ` 1`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkJSON(t, script(t, roundTrip), text)
	})
}

// What encoding/json writes of values made by chance.
func TestJSONRandomValues(t *testing.T) {
	t.Parallel()
	f := script(t, roundTrip)
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		text, err := json.Marshal(randomValue(r, 0))
		if err != nil {
			t.Fatal(err)
		}
		checkJSON(t, f, string(text))
		if i := r.IntN(len(text)); r.IntN(2) == 0 { // damaged
			checkJSON(t, f, string(text[:i])+string(text[min(i+r.IntN(3), len(text)):]))
		}
	}
}

func randomValue(r *rand.Rand, depth int) any {
	kind := r.IntN(8)
	if depth > 5 {
		kind = r.IntN(6)
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		return r.Int64N(1<<54) - 1<<53
	case 3:
		return r.NormFloat64()
	case 4:
		return strconv.FormatUint(r.Uint64(), 36)
	case 5:
		runes := make([]rune, r.IntN(8))
		for i := range runes {
			runes[i] = rune(r.IntN(0x11000))
		}
		return string(runes)
	case 6:
		list := make([]any, r.IntN(5))
		for i := range list {
			list[i] = randomValue(r, depth+1)
		}
		return list
	default:
		object := map[string]any{}
		for range r.IntN(5) {
			object[strconv.Itoa(r.IntN(50))] = randomValue(r, depth+1)
		}
		return object
	}
}
