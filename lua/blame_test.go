package lua

import (
	"strings"
	"testing"
)

// TestBlame has the errors of the engine's own say what was to blame, both where
// they are caught and where they are not.
func TestBlame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ code, message string }{
		{`local x; x()`, "attempt to call local 'x' (a nil value)"},
		{`local x; return x()`, "attempt to call local 'x' (a nil value)"},
		{`up()`, "attempt to call upvalue 'up' (a nil value)"},
		{`nothing()`, "attempt to call global 'nothing' (a nil value)"},
		{`tb.foo()`, "attempt to call field 'foo' (a nil value)"},
		{`return tb.foo()`, "attempt to call field 'foo' (a nil value)"},
		{`tb.a.b.foo()`, "attempt to call field 'foo' (a nil value)"},
		{`tb[1]()`, "attempt to call field '?' (a nil value)"},
		{`tb:foo(1, 2)`, "attempt to call method 'foo' (a nil value)"},
		{`("x"):foo()`, "attempt to call method 'foo' (a nil value)"},
		{`(function() end)()()`, "attempt to call a nil value"},
		{`http.Get("u")`, "attempt to call field 'Get' (a nil value); did you mean 'get'?"},
		{`pritn("x")`, "attempt to call global 'pritn' (a nil value); did you mean 'print'?"},
		{`strng.rep("x", 2)`, "attempt to index global 'strng' (a nil value) with key 'rep'; did you mean 'string'?"},
		{`jsom.encode(1)`, "attempt to index global 'jsom' (a nil value) with key 'encode'; did you mean 'json'?"},
		{`return up.x`, "attempt to index upvalue 'up' (a nil value) with key 'x'"},
		{`up.x = 1`, "attempt to index upvalue 'up' (a nil value) with key 'x'"},
		{`return nothing.x`, "attempt to index global 'nothing' (a nil value) with key 'x'"},
		{`return tb.x.y`, "attempt to index field 'x' (a nil value) with key 'y'"},
		{`tb.x.y = 1`, "attempt to index field 'x' (a nil value) with key 'y'"},
		{`tb.x[up] = 1`, "attempt to index field 'x' (a nil value) with key 'nil'"},
		{`return tb.x:y()`, "attempt to index field 'x' (a nil value) with key 'y'"},
		{`return (up or tb.x or 3).y`, "attempt to index a number value with key 'y'"},
		{`return setmetatable({}, {__index = 5}).x`, "attempt to index a non-table object(number) with key 'x'"},
		{`for i = 1, 2 do local z; tb.q() end`, "attempt to call field 'q' (a nil value)"},
		// After a block whose variables had the same registers.
		{`for i = 1, 2 do local b = 1 end local cfg = nil; return cfg.x`, "attempt to index local 'cfg' (a nil value) with key 'x'"},
		{`for i = 1, 2 do local b = 1 end local c = os; return c.nope.x`, "attempt to index field 'nope' (a nil value) with key 'x'"},
		{`for i = 1, 2 do local b = 1 end for j = 1, 2 do local z = os.nope; z.x = 1 end`, "attempt to index local 'z' (a nil value) with key 'x'"},
		{`do local a, b = 1, 2 end return (function(p) do local a end do local b end return p.x end)()`, "attempt to index local 'p' (a nil value) with key 'x'"},
		{`do local a, b = 1, 2 end local c, d; return d.x`, "attempt to index a nil value with key 'x'"}, // which is not certain
		{`do local a, b = 1, 2 end return nothing.x`, "attempt to index global 'nothing' (a nil value) with key 'x'"},
		{`for k, v in pairs{1} do k() end`, "attempt to call local 'k' (a number value)"},
		{`for k in {} do end`, "attempt to call a table value, as the iterator of 'for': write pairs(t) or ipairs(t) for what is in a table"},
		{`for i = 1, tb.x do end`, "'for' limit must be a number"},
		{`for i = tb.x, 1 do end`, "'for' initial value must be a number"},
		{`for i = 1, 2, {} do end`, "'for' step must be a number"},
		{`return #up`, "attempt to get length of upvalue 'up' (a nil value)"},
		{`return -tb.x`, "attempt to perform arithmetic on field 'x' (a nil value)"},
		{`return 1 + tb.x`, "attempt to perform arithmetic on field 'x' (a nil value)"},
		{`return tb.x * 2`, "attempt to perform arithmetic on field 'x' (a nil value)"},
		{`return "5" + up`, "attempt to perform arithmetic on upvalue 'up' (a nil value)"},
		{`return 1 + "a"`, "attempt to perform arithmetic on a string value"},
		{`return "a" .. 1 .. up .. "b"`, "attempt to concatenate upvalue 'up' (a nil value)"},
		{`return tb.x .. "b"`, "attempt to concatenate field 'x' (a nil value)"},
		{`return tb.x < 1`, "attempt to compare nil with number"},
		{`return {} <= {}`, "attempt to compare two table values"},
		{`local fs = {function() return up end, function() end}; fs[2]().x = fs`, "attempt to index a nil value with key 'x'"},
		{`return select(2, ...).x`, "attempt to index a number value with key 'x'"},
		{`os.exit(1)`, "attempt to call field 'exit' (a nil value): os.exit is not there: a script cannot end its process; return, or raise an error"},
		{`io.popen("ls")`, "attempt to call field 'popen' (a nil value): io.popen is not there: a script can start no programs; the parent can offer a host function for it"},
		{`table.unpack({})`, "attempt to call field 'unpack' (a nil value): table.unpack is not there: in Lua 5.1 it is unpack"},
		{`utf8.char(65)`, "attempt to index global 'utf8' (a nil value) with key 'char': utf8 is not there: it came later than Lua 5.1"},
		{`debug.getinfo(1)`, "attempt to call field 'getinfo' (a nil value): debug.getinfo is not there: of debug there is traceback only"},
		{`tb.os.exit()`, "attempt to index field 'os' (a nil value) with key 'exit'"},
		// What a script raises itself is left alone.
		{`error("attempt to call a non-function object")`, "attempt to call a non-function object"},
		{`tostring(setmetatable({}, {__tostring = function() error("__len undefined") end}))`, "__len undefined"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			t.Parallel()
			f := script(t, "local up\nlocal tb = {a = {b = {}}}\nlocal function code(...)\n"+tt.code+"\nend\n"+
				"function run(how)\nif how == 'pcall' then return select(2, pcall(code, 1, 2)) end\n"+
				"if how == 'resume' then return select(2, coroutine.resume(coroutine.create(code), 1, 2)) end\n"+
				"code(1, 2)\nend")
			if e := f.runErr(); e.Message != tt.message || e.Stack[0].Line != 4 {
				t.Errorf("uncaught: %q at line %d\nwant      %q at line 4", e.Message, e.Stack[0].Line, tt.message)
			}
			for _, how := range []string{"pcall", "resume"} {
				if got := f.run(how)[0]; got != "test.lua:4: "+tt.message {
					t.Errorf("caught by %s: %q\nwant %q", how, got, "test.lua:4: "+tt.message)
				}
			}
		})
	}
}

// TestBlameLongFunction blames past constants, closures and lists of which there
// are more than an instruction has room for.
func TestBlameLongFunction(t *testing.T) {
	t.Parallel()
	f := script(t, "local function code(a)\nlocal t = {"+strings.Repeat("1, ", 30_000)+"}\n"+
		"local f = function() return a, t end\na.b.c = f\nend\nfunction run() code{} end")
	if e := f.runErr(); e.Message != "attempt to index field 'b' (a nil value) with key 'c'" {
		t.Error(e)
	}
}
