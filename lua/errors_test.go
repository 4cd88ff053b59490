package lua

import (
	"fmt"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

// stack writes frames as "function:line", innermost first.
func stack(e *engine.Error) string {
	var parts []string
	for _, f := range e.Stack {
		parts = append(parts, fmt.Sprintf("%s:%d", f.Function, f.Line))
	}
	return strings.Join(parts, " ")
}

func TestErrors(t *testing.T) {
	t.Parallel()
	nan, _ := nanText()
	denied := &engine.Error{Kind: engine.KindDenied, Message: "read access is not granted", Value: map[string]any{"grant": "read"}, HasValue: true}
	for _, tt := range []struct {
		name, source, kind, message string
		stack                       string
		value                       any
		hasValue                    bool
	}{
		{name: "string", source: "local function inner() error('boom') end\nfunction run()\n  inner()\nend", message: "boom", stack: "inner:1 run:3"},
		{name: "level 2", source: "local function check() error('boom', 2) end\nfunction run()\n  check()\nend", message: "boom", stack: "run:3"},
		{name: "level 0", source: "function run()\n  error('boom', 0)\nend", message: "boom", stack: "run:2"},
		{name: "run time", source: "function run()\n  local x\n  return x.y\nend", message: "attempt to index local 'x' (a nil value) with key 'y'", stack: "run:3"},
		{name: "in a library function", source: "function run()\n  ('x'):rep({})\nend", message: "bad argument #2 to rep (number expected, got table)", stack: "run:2"},
		{name: "methods and fields", source: "M = {}\nfunction M.f(x) error('x') end\nfunction M:g()\n  M.f()\nend\nfunction run()\n  M:g()\nend", message: "x", stack: "f:2 g:4 run:7"},
		{name: "anonymous", source: "function run()\n  (function()\n    error('x')\n  end)()\nend", message: "x", stack: "<test.lua:2>:3 run:2"},
		{name: "main chunk", source: "local function f() error('x') end\nf = f\nfunction run() f() end", message: "x", stack: "f:1 run:3"},
		{name: "through pcall", source: "local function f() error('x') end\nfunction run()\n  local ok, e = pcall(f)\n  error(e, 0)\nend", message: "x", stack: "<test.lua:1>:1 run:3"},
		{name: "inside pcall, from Go", source: "function run()\n  local ok, e = pcall(string.rep)\n  error(e, 0)\nend", message: "bad argument #1 to rep (string expected, got nil)", stack: "run:2"},
		{name: "rethrown table", source: "local function f() error({}) end\nfunction run()\n  local ok, e = pcall(f)\n  error(e)\nend", message: "error object is a table value", stack: "<test.lua:1>:1 run:3", value: list(), hasValue: true},
		{name: "coroutine.wrap", source: "local function f() error('x') end\nlocal co = coroutine.wrap(function()\n  f()\nend)\nfunction run()\n  co()\nend", message: "x", stack: "f:1 <test.lua:2>:3 run:6"},
		{name: "run time in coroutine.wrap", source: "local co = coroutine.wrap(function()\n  local x\n  x()\nend)\nfunction run()\n  co()\nend", message: "attempt to call local 'x' (a nil value)", stack: "?:3 run:6"},
		{name: "coroutine.resume", source: "function run()\n  local co = coroutine.create(function()\n    error('x')\n  end)\n  local ok, e = coroutine.resume(co)\n  error(e, 0)\nend", message: "x", stack: "<test.lua:2>:3 run:5"},
		{name: "table", source: "function run() error{code = 7} end", message: "error object is a table value", stack: "run:1", value: map[string]any{"code": int64(7)}, hasValue: true},
		{name: "table with a message", source: "function run() error{message = 'm', code = 7} end", message: "m", stack: "run:1", value: map[string]any{"code": int64(7), "message": "m"}, hasValue: true},
		{name: "table with __tostring", source: "function run() error(setmetatable({message = 'm'}, {__tostring = function(e) return 'my ' .. e.message end})) end", message: "my m", stack: "run:1", value: map[string]any{"message": "m"}, hasValue: true},
		{name: "__tostring that fails", source: "function run() error(setmetatable({}, {__tostring = error})) end", message: "error object is a table value", stack: "run:1", value: list(), hasValue: true},
		{name: "table that cannot be carried", source: "function run() error{f = print} end", message: "error object is a table value", stack: "run:1"},
		{name: "nil", source: "function run() error(nil) end", message: "error object is a nil value", stack: "run:1", hasValue: true},
		{name: "nothing", source: "function run() error() end", message: "error object is a nil value", stack: "run:1", hasValue: true},
		{name: "boolean", source: "function run() error(false) end", message: "error object is a boolean value (false)", stack: "run:1", value: false, hasValue: true},
		{name: "empty string", source: "function run() error('') end", message: "error with an empty message", stack: "run:1"},
		{name: "number", source: "function run() error(42) end", message: "42", stack: "run:1", value: int64(42), hasValue: true},
		{name: "NaN", source: "function run() error(0/0) end", message: nan, stack: "run:1"},
		{name: "userdata", source: "function run() error(io.stdout) end", message: "file (stdout)", stack: "run:1"},
		{name: "function", source: "function run() error(print) end", message: "error object is a function value", stack: "run:1"},
		{name: "not a position of the script's", source: "function run() error('host:80: refused', 0) end", message: "host:80: refused", stack: "run:1"},
		{name: "stack overflow", source: "function run()\n  return 1 + run()\nend", message: "stack overflow", stack: strings.TrimSpace(strings.Repeat("run:2 ", 32))},
		{name: "host error", source: "function run()\n  host.denied()\nend", kind: engine.KindDenied, message: "read access is not granted", stack: "run:2", value: map[string]any{"grant": "read"}, hasValue: true},
		{name: "host error, rethrown", source: "local function f() host.denied() end\nfunction run()\n  local ok, e = pcall(f)\n  assert(e.kind == 'denied' and e.value.grant == 'read')\n  error(e)\nend", kind: engine.KindDenied, message: "read access is not granted", stack: "<test.lua:1>:1 run:3", value: map[string]any{"grant": "read"}, hasValue: true},
		{name: "host error, changed", source: "function run()\n  local ok, e = pcall(host.denied)\n  e.message = 'mine: ' .. e.message\n  error(e)\nend", kind: engine.KindDenied, message: "mine: read access is not granted", stack: "run:2", value: map[string]any{"grant": "read"}, hasValue: true},
		{name: "host error as text", source: "function run()\n  local ok, e = pcall(host.denied)\n  error('got ' .. e .. '; ' .. tostring(e), 0)\nend", message: "got read access is not granted; read access is not granted", stack: "run:3"},
		{name: "host error through a coroutine", source: "function run()\n  coroutine.wrap(function()\n    host.denied()\n  end)()\nend", kind: engine.KindDenied, message: "read access is not granted", stack: "<test.lua:2>:3 run:2", value: map[string]any{"grant": "read"}, hasValue: true},
		{name: "no such host function", source: "function run()\n  host.nope()\nend", message: "host.nope does not exist: the parent offers host.denied, host.db.get, host.db", stack: "run:2"},
		{name: "host function with a bad argument", source: "function run()\n  host.db.get(1, print)\nend", kind: engine.KindSerialise, message: "argument 2 of host.db.get is a function, which cannot be carried", stack: "run:2"},
		{name: "host function with a bad result", source: "function run()\n  host.db()\nend", kind: engine.KindSerialise, message: "result 1 of host.db is the integer 9223372036854775807: beyond 2^53 a Lua number cannot hold it; send it as a string", stack: "run:2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := script(t, tt.source,
				hostFunc("denied", func([]any) ([]any, error) { return nil, denied }),
				hostFunc("db.get", func(args []any) ([]any, error) { return args, nil }),
				hostFunc("db", func(args []any) ([]any, error) { return list(int64(1<<63 - 1)), nil }))
			e := f.runErr()
			if want := or(tt.kind, engine.KindScript); e.Kind != want || e.Message != tt.message || e.Language != "lua" {
				t.Errorf("%s error of kind %s: %q\nwant of kind %s: %q", e.Language, e.Kind, e.Message, want, tt.message)
			}
			if got := stack(e); got != tt.stack {
				t.Errorf("stack %s\nwant  %s", got, tt.stack)
			}
			if e.HasValue != tt.hasValue {
				t.Errorf("has a value: %v", e.HasValue)
			}
			want(t, e.Value, tt.value)
		})
	}
}

func TestHostFunctions(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run()
			local a, b, c = host.db.get("x", "\255", {1, {}, json.object{}})
			return a, b, c, select('#', host.none()), host.db("y"), tostring(host.db) ~= nil
		end`,
		binaryOK,
		hostFunc("none", func([]any) ([]any, error) { return nil, nil }),
		hostFunc("db", func(args []any) ([]any, error) { return args, nil }),
		hostFunc("db.get", func(args []any) ([]any, error) { return args, nil }))
	want(t, f.run(), list("x", []byte{255}, list(int64(1), list(), map[string]any{}), int64(0), "y", true))
}

// A Go panic in a binding is not the script's, whatever is around it.
func TestGoPanics(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"plain":      `host.f()`,
		"pcall":      `pcall(host.f) return 1`,
		"xpcall":     `xpcall(host.f, print)`,
		"nested":     `pcall(pcall, pcall, host.f)`,
		"coroutine":  `pcall(coroutine.wrap(function() host.f() end))`,
		"resume":     `coroutine.resume(coroutine.create(function() pcall(host.f) end))`,
		"metamethod": `return setmetatable({}, {__index = host.f}).x`,
		"sort":       `table.sort({1, 2, 3}, host.f)`,
		"__tostring": `error(setmetatable({}, {__tostring = host.f}))`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVM(t, hostFunc("f", nil), panics)
			if err := f.load("function run() " + body + " end"); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, "nil map") {
					t.Errorf("recovered %v", r)
				}
			}()
			c := f.newCall()
			f.vm.Start(&c.Call, f.lookup("run"), f.payload(nil))
			t.Errorf("no panic; the call got %v, %v", c.results, c.err)
		})
	}
}

// panics makes host functions panic where they are called.
func panics(f *fake, cfg *engine.Config) {
	cfg.Services = panicking{f}
}

type panicking struct{ *fake }

func (panicking) HostCall(*engine.Call, string, []any, func([]any, error)) {
	noMap["x"] = 1
}

var noMap map[string]int

// What the script says of runtime errors is its own.
func TestNoGoPanics(t *testing.T) {
	t.Parallel()
	f := script(t, `function run() return coroutine.resume(coroutine.create(function() error("runtime error: x", 0) end)) end`)
	want(t, f.run(), list(false, "runtime error: x"))
}
