package lua

import (
	"math"
	"strings"
	"testing"
	"time"

	"scripthost.example/child/engine"
)

func TestThaw(t *testing.T) {
	t.Parallel()
	nested := func(depth int) any {
		var x any = int64(1)
		for range depth {
			x = []any{x}
		}
		return x
	}
	for _, tt := range []struct {
		name string
		arg  any
		code string // an expression of x
		bad  string // or what the error says
	}{
		{name: "nil", arg: nil, code: `x == nil`},
		{name: "bool", arg: true, code: `x == true`},
		{name: "int64", arg: int64(-5), code: `x == -5`},
		{name: "uint64", arg: uint64(5), code: `x == 5`},
		{name: "float64", arg: 0.5, code: `x == 0.5`},
		{name: "large float", arg: 1e300, code: `x == 1e300`},
		{name: "infinity", arg: math.Inf(1), code: `x == math.huge`},
		{name: "2^53", arg: int64(1 << 53), code: `x == 2^53`},
		{name: "beyond 2^53", arg: int64(1<<53 + 1), bad: "argument 1 is the integer 9007199254740993: beyond 2^53 a Lua number cannot hold it"},
		{name: "below -2^53", arg: int64(-1<<53 - 1), bad: "argument 1 is the integer -9007199254740993"},
		{name: "large unsigned", arg: uint64(math.MaxUint64), bad: "argument 1 is the integer 18446744073709551615"},
		{name: "inside", arg: map[string]any{"a b": []any{nil, int64(1 << 60)}}, bad: `argument 1["a b"][2] is the integer`},
		{name: "string", arg: "\u00e4", code: `x == "\195\164"`},
		{name: "octets", arg: []byte{0, 255}, code: `x == "\0\255"`},
		{name: "time", arg: time.Date(2020, 1, 2, 3, 4, 5, 600, time.UTC), code: `x == "2020-01-02T03:04:05.0000006Z"`},
		{name: "array", arg: list("a", int64(2), nil), code: `#x == 3 and x[1] == "a" and x[2] == 2 and x[3] == json.null and tostring(x[3]) == "null"`},
		{name: "object", arg: map[string]any{"a": nil, "b": map[string]any{"c": int64(1)}}, code: `x.a == json.null and x.b.c == 1 and x.d == nil`},
		{name: "empty", arg: list(), code: `type(x) == "table" and next(x) == nil`},
		{name: "deep", arg: nested(512), code: `type(x) == "table"`},
		{name: "too deep", arg: nested(513), bad: "is nested deeper than 512 tables"},
		{name: "unknown", arg: struct{}{}, bad: "argument 1 is of the type struct {}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := script(t, "function run(x) return "+or(tt.code, "x")+" end")
			if tt.bad != "" {
				wantError(t, f.runErr(tt.arg), engine.KindSerialise, tt.bad)
				return
			}
			want(t, f.run(tt.arg), list(true))
		})
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, code string
		want       any
		bad        string
		opts       []option
	}{
		{name: "whole", code: `3.0`, want: int64(3)},
		{name: "fraction", code: `0.5`, want: 0.5},
		{name: "negative zero", code: `-0.0`, want: int64(0)},
		{name: "2^53", code: `2^53`, want: int64(1 << 53)},
		{name: "beyond 2^53", code: `2^53 + 2`, bad: "result 1 is 9.007199254740994e+15: whole numbers beyond 2^53"},
		{name: "infinity", code: `1/0`, want: math.Inf(1)},
		{name: "string", code: `"\195\164"`, want: "\u00e4"},
		{name: "octets", code: `"\255"`, want: []byte{255}, opts: []option{binaryOK}},
		{name: "octets in text", code: `"\255"`, bad: "result 1 is a string that is not UTF-8"},
		{name: "bool", code: `false`, want: false},
		{name: "null", code: `json.null`, want: nil},
		{name: "array", code: `{1, "a", {true}}`, want: list(int64(1), "a", list(true))},
		{name: "array with null", code: `{json.null, 1}`, want: list(nil, int64(1))},
		{name: "shrunk array", code: `(function() local t = {1, 2, 3} t[3] = nil return t end)()`, want: list(int64(1), int64(2))},
		{name: "object", code: `{a = 1, ["b c"] = {}}`, want: map[string]any{"a": int64(1), "b c": list()}},
		{name: "emptied object", code: `(function() local t = {a = 1} t.a = nil return t end)()`, want: list()},
		{name: "empty table", code: `{}`, want: list()},
		{name: "json.object", code: `json.object{}`, want: map[string]any{}},
		{name: "json.object of nothing", code: `json.object()`, want: map[string]any{}},
		{name: "json.array", code: `json.array(json.object{})`, want: list()},
		{name: "filled json.object", code: `(function() local t = json.object() t[1] = 5 return t end)()`, want: list(int64(5))},
		{name: "a metatable of one's own", code: `setmetatable({x = 1}, {__index = {y = 2}})`, want: map[string]any{"x": int64(1)}},
		{name: "json.object with a metatable", code: `json.object(setmetatable({}, {}))`, bad: "the table has a metatable of its own"},
		{name: "hole", code: `{a = {1, nil, 3}}`, bad: "result 1.a has a hole: item 2 is nil and item 3 is not"},
		{name: "late start", code: `{[3] = 1}`, bad: "result 1 has a hole: item 1 is nil"},
		{name: "mixed", code: `{1, x = 2}`, bad: `result 1 has both items 1 to n and the key "x"`},
		{name: "zero", code: `{[0] = 1}`, bad: "result 1 has the key 0: keys must be strings, or 1 to n"},
		{name: "bool key", code: `{[true] = 1}`, bad: "result 1 has the key true"},
		{name: "table key", code: `{x = {[{}] = 1}}`, bad: "result 1.x has the key that is a table"},
		{name: "key that is not text", code: `{["\255"] = 1}`, bad: `result 1 has the key "\xff", which is not UTF-8`},
		{name: "function", code: `{a = {1, {b = print}}}`, bad: "result 1.a[2].b is a function, which cannot be carried"},
		{name: "key without letters", code: `{[""] = {print}}`, bad: `result 1[""][1] is a function`},
		{name: "userdata", code: `io.stdout`, bad: "result 1 is a userdata"},
		{name: "thread", code: `coroutine.create(function() end)`, bad: "result 1 is a thread"},
		{name: "cycle", code: `(function() local t = {a = {}} t.a.b = t return t end)()`, bad: "result 1 contains itself"},
		{name: "inner cycle", code: `(function() local t = {} t[1] = t return {x = {t}} end)()`, bad: "result 1.x[1] contains itself"},
		{name: "deep", code: `(function() local t = {} for i = 2, 513 do t = {t} end return t end)()`, bad: "is nested deeper than 512 tables"},
		{name: "shared", code: `(function() local t = {1} return {t, t} end)()`, want: list(list(int64(1)), list(int64(1)))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := script(t, "function run() return "+tt.code+" end", tt.opts...)
			got, err := f.call("run")
			if tt.bad != "" {
				kind := engine.KindSerialise
				if strings.Contains(tt.bad, "metatable") {
					kind = engine.KindScript
				}
				wantError(t, err, kind, tt.bad)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, list(tt.want))
		})
	}
}

func TestEmptyTablesKeepTheirKind(t *testing.T) {
	t.Parallel()
	f := script(t, `function run(...) return ... end`)
	args := list(map[string]any{}, list(), map[string]any{"a": map[string]any{}, "b": list()})
	want(t, f.run(args...), args)
}

func TestText(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run(...) return ... end
		function numbers() return 3, -0.5, 0.1, 1/3, 1e15, 2^53, 2^53 * 4, 1e100, -1e-7, 123456.789, 1/0, -1/0, 5e-324 end
		function bools() return true, false end
		function null() return "a", nil end
		function tab() return {} end
		function sends() event("\255") event({}) end`, text)
	want(t, f.run("a", []byte{255, 0}, ""), list("a", "\xff\x00", ""))
	got, _ := f.call("numbers")
	want(t, got, list("3", "-0.5", "0.1", "0.3333333333333333", "1000000000000000", "9007199254740992", "36028797018963968",
		"1e+100", "-1e-07", "123456.789", "inf", "-inf", "5e-324"))
	got, _ = f.call("bools")
	want(t, got, list("true", "false"))
	_, err := f.call("null")
	wantError(t, err, engine.KindSerialise, `result 2 is nil: the serialiser "string" carries strings, numbers and booleans only`)
	_, err = f.call("tab")
	wantError(t, err, engine.KindSerialise, "result 1 is a table")
	_, err = f.call("sends")
	wantError(t, err, engine.KindSerialise, "argument 1 of the event is a table")
	want(t, f.events, []event{{6, list("\xff")}})
}

func TestCodecRefuses(t *testing.T) {
	t.Parallel()
	f := script(t, `function run() return 0/0 end`)
	f.codec.json = true
	wantError(t, f.runErr(), engine.KindSerialise, "NaN")
}

const lineSerialiser = `
	helper = true
	local function freeze(...)
		local out = {}
		for i = 1, select('#', ...) do
			local x = select(i, ...)
			if type(x) == "table" then error("no tables") end
			out[i] = tostring(x)
		end
		if #out == 3 then return "a", "b" end
		return table.concat(out, ",")
	end
	local function thaw(octets)
		if octets == "bad" then error("cannot read this") end
		local t = {}
		for x in octets:gmatch("[^,]+") do t[#t + 1] = x end
		return unpack(t)
	end
	return freeze, thaw`

func serialiser(source string) option {
	return func(_ *fake, cfg *engine.Config) {
		cfg.Codec = nil
		cfg.Serialiser = &engine.Source{Name: "lines.lua", Text: []byte(source)}
	}
}

func TestCustomSerialiser(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]option{{}, {async}} {
		f := script(t, `
			local function reply(done, ...) if worker.mode == "async" then done(...) else return ... end end
			local function args(done, ...) if worker.mode == "async" then return done, ... else return nil, done, ... end end
			function run(...)
				local done, a, b = args(...)
				event("e", a)
				return reply(done, b, a)
			end
			function tab(done) return reply(done, {}) end
			function three(done) return reply(done, 1, 2, 3) end`, append(opts, serialiser(lineSerialiser))...)
		call := func(name, payload string) *fakeCall {
			c := f.newCall()
			f.hold.Lock()
			defer f.hold.Unlock()
			f.vm.Start(&c.Call, f.lookup(name), []byte(payload))
			return c
		}
		if c := call("run", "x,y"); string(c.octets) != "y,x" {
			t.Errorf("answer %q, %v", c.octets, c.err)
		}
		if len(f.events) != 1 {
			t.Errorf("events %v", f.events)
		}
		wantError(t, call("run", "bad").err, engine.KindSerialise, "cannot read this")
		wantError(t, call("tab", "").err, engine.KindSerialise, "no tables")
		wantError(t, call("three", "").err, engine.KindSerialise, "freeze must return one string")
		want(t, f.vm.Functions(), []string{"run", "tab", "three"})
	}
	e, _ := newVM(t, serialiser(`return 1`)).load("").(*engine.Error)
	wantError(t, e, engine.KindSerialise, "lines.lua must return two functions")
	e, _ = newVM(t, serialiser(`x = = 1`)).load("").(*engine.Error)
	wantError(t, e, engine.KindScript, "syntax error")
}
