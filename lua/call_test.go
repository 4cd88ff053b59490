package lua

import (
	"reflect"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

func list(x ...any) []any { return append([]any{}, x...) }

func want(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", show(got), show(want))
	}
}

func wantError(t *testing.T, err *engine.Error, kind, part string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", part)
	}
	if err.Kind != kind || !strings.Contains(err.Message, part) {
		t.Errorf("error of kind %s: %q\nwant one of kind %s with %q", err.Kind, err.Message, kind, part)
	}
}

func TestSyncResults(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run(...) return ... end
		function none() end
		function trailing() return 1, nil end
		function count(...) return select('#', ...) end`)
	want(t, f.run("a", int64(1), true, nil), list("a", int64(1), true, nil))
	for _, tt := range []struct {
		name string
		want []any
	}{{"none", list()}, {"trailing", list(int64(1), nil)}, {"count", list(int64(0))}} {
		got, _ := f.call(tt.name)
		want(t, got, tt.want)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run() return "global run" end
		function both() return "global" end
		M = {serve = function() return "M.serve" end, deep = {er = function() return "deeper" end}, n = 1}
		callable = setmetatable({}, {__call = function(self, x) return "called", x end})
		class = setmetatable({}, {__index = {inherited = function() return "inherited" end}})
		number = 5
		print = function() return "own print" end
		return {both = function() return "returned" end, sub = {f = function() return "sub" end}, ["dotted.key"] = function() return "key" end, x = 1}`)
	want(t, f.vm.Functions(), []string{"M.serve", "both", "callable", "dotted.key", "print", "run", "sub.f"})
	for name, result := range map[string]string{
		"run": "global run", "both": "returned", "M.serve": "M.serve", "M.deep.er": "deeper", "callable": "called",
		"class.inherited": "inherited", "sub.f": "sub", "dotted.key": "key", "print": "own print",
	} {
		if got, err := f.call(name, "x"); err != nil || got[0] != result {
			t.Errorf("%s returned %v, %v; want %q", name, got, err, result)
		}
	}
	for name, part := range map[string]string{
		"nope":         `the script has no function "nope"; it has M.serve, both, callable, dotted.key, print, run, sub.f`,
		"M.nope":       `no function "M.nope"`,
		"number":       `"number" is a number and not a function`,
		"M":            `"M" is a table`,
		"number.x":     `no function "number.x"`,
		"tostring":     `no function "tostring"`,
		"string.upper": `no function "string.upper"`,
		"":             `no function ""`,
	} {
		_, err := f.vm.Lookup(name)
		e, ok := err.(*engine.Error)
		if !ok {
			t.Errorf("Lookup(%q): %v", name, err)
			continue
		}
		wantError(t, e, engine.KindScript, part)
	}
}

func TestLookupInNothing(t *testing.T) {
	t.Parallel()
	f := script(t, "")
	_, err := f.vm.Lookup("run")
	wantError(t, err.(*engine.Error), engine.KindScript, `no function "run"; it has none`)
	if names := f.vm.Functions(); len(names) > 0 {
		t.Errorf("functions %v", names)
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, source, message string
		frame                 engine.Frame
	}{
		{"syntax", "local x = 1\nlocal y = = 2\n", "syntax error near '='", engine.Frame{Function: "main chunk", File: "test.lua", Line: 2, Column: 11}},
		{"end of file", "function f()\n  x = 1\n", "syntax error near <eof>", engine.Frame{Function: "main chunk", File: "test.lua", Line: 2}},
		{"unfinished string", "x = 'abc\n", "unterminated string near 'abc'", engine.Frame{Function: "main chunk", File: "test.lua", Line: 1}},
		{"goto", "goto nowhere", "no visible label 'nowhere' for <goto> at line 1", engine.Frame{Function: "main chunk", File: "test.lua", Line: 2}},
		{"behind an interpreter's line", "#!/usr/bin/lua\n\nx = = 1", "syntax error near '='", engine.Frame{Function: "main chunk", File: "test.lua", Line: 3, Column: 5}},
		{"compiled", "\x1bLuaQ", "not Lua source text", engine.Frame{File: "test.lua"}},
		{"binary", "x = 1\x00\x01", "not Lua source text", engine.Frame{File: "test.lua"}},
		{"run time", "local x\nlocal function f() return x.y end\nf()", "attempt to index upvalue 'x' (a nil value) with key 'y'", engine.Frame{Function: "f", File: "test.lua", Line: 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := newVM(t).load(tt.source)
			e, ok := err.(*engine.Error)
			if !ok {
				t.Fatalf("load: %v", err)
			}
			wantError(t, e, engine.KindScript, tt.message)
			if e.Language != "lua" || len(e.Stack) == 0 || e.Stack[0] != tt.frame {
				t.Errorf("%s at %+v, want %+v", e.Language, e.Stack, tt.frame)
			}
		})
	}
}

func TestInterpreterLineAndByteOrderMark(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"#!/usr/bin/env lua", "\ufeff", "\ufeff#!lua", ""} {
		f := script(t, head+"\nfunction run() error('x') end")
		if e := f.runErr(); e.Stack[0].Line != 2 {
			t.Errorf("%q: error at %+v", head, e.Stack[0])
		}
	}
	script(t, "#!only this line")
}

func TestInit(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]option{{}, {async}} {
		f := script(t, `
			function init(a, b) x = a + b; sleep(0) end
			function bad() error("no") end
			function sends() event("e") end
			function run(...) local done = ... if type(done) == "userdata" then done(x) else return x end end`, opts...)
		init := func(name string, args ...any) error {
			f.hold.Lock()
			defer f.hold.Unlock()
			return f.vm.Init(f.lookup(name), f.payload(args))
		}
		if err := init("init", int64(2), int64(3)); err != nil {
			t.Fatal(err)
		}
		want(t, f.run(), list(int64(5)))
		wantError(t, init("bad").(*engine.Error), engine.KindScript, "no")
		wantError(t, init("sends").(*engine.Error), engine.KindScript, "events cannot be sent before the worker is ready")
		wantError(t, init("init").(*engine.Error), engine.KindScript, "attempt to perform arithmetic on local 'a' (a nil value)")
	}
	wantError(t, newVM(t).load(`event("x")`).(*engine.Error), engine.KindScript, "events cannot be sent")
}

func TestSyncEvents(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run() event("a", 1) event() return "end" end
		function bad() event(print) end`)
	want(t, f.run(), list("end"))
	want(t, f.events, []event{{1, list("a", int64(1))}, {1, list()}})
	_, err := f.call("bad")
	wantError(t, err, engine.KindSerialise, "argument 1 of the event is a function, which cannot be carried")
}

func TestAsync(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		results    []any
		kind, part string // of the error
		events     []event
		log        string // what a record contains
	}{
		{name: "done", body: `done(1, nil, "x")`, results: list(int64(1), nil, "x")},
		{name: "no results", body: `done()`, results: list()},
		{name: "tail call", body: `return done(1)`, results: list(int64(1))},
		{name: "done is called by pcall", body: `pcall(done, 1)`, results: list(int64(1))},
		{name: "what run returns is nothing", body: `done(1) return 2`, results: list(int64(1))},
		{name: "fail", body: `done.fail("broken")`, kind: engine.KindScript, part: "broken"},
		{name: "fail with a table", body: `done.fail{message = "m", code = 7}`, kind: engine.KindScript, part: "m"},
		{name: "fail without a reason", body: `done.fail()`, kind: engine.KindScript, part: "done.fail was called without an error"},
		{name: "error", body: `error("x")`, kind: engine.KindScript, part: "x"},
		{name: "error after done", body: `done(1) error("late")`, results: list(int64(1)), log: "late"},
		{name: "done twice", body: `done(1) local ok, e = pcall(done, 2) print(ok, e)`, results: list(int64(1)), log: "false\ttest.lua:1: done was called twice"},
		{name: "done twice, uncaught", body: `done(1) done(2)`, results: list(int64(1)), log: "done was called twice"},
		{name: "done after fail", body: `done.fail("x") print(pcall(done, 2))`, kind: engine.KindScript, part: "x", log: "done was called twice"},
		{name: "fail after done", body: `done(1) print(pcall(done.fail, 2))`, results: list(int64(1)), log: "done.fail was called, but the call has been answered already"},
		{name: "events", body: `event("none") done.event("mine", 1) done()`, results: list(), events: []event{{0, list("none")}, {1, list("mine", int64(1))}}},
		{name: "event after done", body: `done() print(pcall(done.event, 1)) event("still")`, results: list(), events: []event{{0, list("still")}}, log: "done.event was called, but"},
		{name: "what cannot be carried is caught, and done again", body: `local ok, e = pcall(done, print) done(ok, e.kind, e.message)`,
			results: list(false, "serialise", "result 1 is a function, which cannot be carried")},
		{name: "uncaught", body: `done(1, print)`, kind: engine.KindSerialise, part: "result 2 is a function"},
		{name: "too large is caught", body: `local ok, e = pcall(done, ("x"):rep(1000)) done(ok, e.kind)`, results: list(false, "limit")},
		{name: "too large, uncaught", body: `done(("x"):rep(1000))`, kind: engine.KindLimit, part: "too large"},
		{name: "not cancelled", body: `done(done.cancelled(), done.nothing, tostring(done))`, results: list(false, nil, "done")},
		{name: "methods are kept", body: `done(done.fail == done.fail, type(done))`, results: list(true, "userdata")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := script(t, "function run(done, ...) "+tt.body+" end", async)
			f.maxSize = 500
			got, err := f.call("run")
			f.settle()
			if tt.part != "" {
				wantError(t, err, tt.kind, tt.part)
			} else if err != nil {
				t.Fatal(err)
			} else {
				want(t, got, tt.results)
			}
			if tt.events != nil {
				want(t, f.events, tt.events)
			}
			if tt.log != "" && (len(f.records) != 1 || !strings.Contains(f.records[0].message, tt.log)) {
				t.Errorf("log %+v, want %q", f.records, tt.log)
			}
			if tt.log == "" && len(f.records) > 0 {
				t.Errorf("log %+v", f.records)
			}
		})
	}
}

func TestAsyncArguments(t *testing.T) {
	t.Parallel()
	f := script(t, `function run(done, ...) done(select('#', ...), ...) end`, async)
	want(t, f.run("a", nil), list(int64(2), "a", nil))
	want(t, f.run(), list(int64(0)))
}

func TestDoneIsLate(t *testing.T) {
	t.Parallel()
	f := script(t, `function run(done, x) saved = done if x then done(x) end end function finish(done) saved("late") done() end`, async)
	c := f.start("run")
	if c.answered {
		t.Fatal("answered at once")
	}
	f.call("finish")
	want(t, c.wait().results, list("late"))
}

func TestSyncFailures(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run() return 1, function() end end
		function large() return ("x"):rep(1000) end`)
	f.maxSize = 500
	wantError(t, f.runErr(), engine.KindSerialise, "result 2 is a function")
	_, err := f.call("large")
	wantError(t, err, engine.KindLimit, "too large")
}

func TestDamagedArguments(t *testing.T) {
	t.Parallel()
	f := script(t, `function run() return 1 end`)
	c := f.newCall()
	f.vm.Start(&c.Call, f.lookup("run"), []byte("x"))
	wantError(t, c.err, engine.KindSerialise, "the payload is damaged")
}

func TestWorker(t *testing.T) {
	t.Parallel()
	f := script(t, `function run() worker.retire() return worker.pid, worker.name, worker.mode end`)
	want(t, f.run(), list(int64(42), "test.lua", "sync"))
	if !f.retired {
		t.Error("not retired")
	}
}
