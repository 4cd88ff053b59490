package lua

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"scripthost.example/child/engine"
)

// sourceFiles are the files that a script can require, and how often the parent
// asked for.
type sourceFiles struct {
	files map[string]string
	roots []string

	mu    sync.Mutex
	calls int
	gates map[string]chan struct{} // files that are not there until theirs is closed
}

// on makes those of scripts in "." and of a folder of modules.
func on(files map[string]string) *sourceFiles {
	return &sourceFiles{files: files, roots: []string{".", "/lib"}}
}

func (d *sourceFiles) first(args []any) ([]any, error) {
	d.mu.Lock()
	d.calls++
	d.mu.Unlock()
	if len(args) > engine.MaxModulePaths {
		return nil, &engine.Error{Kind: engine.KindLimit, Message: "too many"}
	}
	cfg := engine.Config{Modules: d.roots}
	for _, a := range args {
		name := a.(string)
		if !cfg.Serves(name) {
			return nil, &engine.Error{Kind: engine.KindDenied, Message: "loading the file " + name + " is not granted"}
		}
		if text, ok := d.files[name]; ok {
			if g := d.gates[name]; g != nil {
				<-g
			}
			return list(name, []byte(text)), nil
		}
	}
	return nil, nil
}

func (d *sourceFiles) host() option {
	return func(f *fake, cfg *engine.Config) {
		cfg.Modules = d.roots
		hostFunc(engine.FirstModule, d.first)(f, cfg)
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		files map[string]string
		body  string
		want  []any
	}{
		{"a table", map[string]string{"m.lua": "return {x = 1}"}, `return require("m").x`, list(1)},
		{"dots", map[string]string{"a/b/c.lua": "return 'abc'"}, `return require "a.b.c"`, list("abc")},
		{"init", map[string]string{"a/init.lua": "return 'i'"}, `return require "a"`, list("i")},
		{"a file before its folder", map[string]string{"a.lua": "return 'f'", "a/init.lua": "return 'i'"}, `return require "a"`, list("f")},
		{"a module path", map[string]string{"/lib/a/b.lua": "return 'lib'"}, `return require "a.b"`, list("lib")},
		{"the own folder first", map[string]string{"/lib/a.lua": "return 'lib'", "a/init.lua": "return 'own'"}, `return require "a"`, list("own")},
		{"once", map[string]string{"m.lua": "n = (n or 0) + 1 return {}"}, `return require "m" == require "m", n`, list(true, 1)},
		{"nothing returned", map[string]string{"m.lua": ""}, `return require "m", package.loaded.m`, list(true, true)},
		{"false returned", map[string]string{"m.lua": "n = (n or 0) + 1 return false"}, `return require "m", require "m", n`, list(false, false, 2)},
		{"its name", map[string]string{"a/b.lua": "return {...}"}, `local t = require "a.b" return #t, t[1]`, list(1, "a.b")},
		{"put into loaded", map[string]string{"m.lua": "package.loaded[...] = 7"}, `return require "m"`, list(7)},
		{"loaded by hand", nil, `package.loaded.m = 8 return require "m"`, list(8)},
		{"loaded again", map[string]string{"m.lua": "n = (n or 0) + 1 return n"}, `require "m" package.loaded.m = nil return require "m"`, list(2)},
		{"preload", map[string]string{"m.lua": "error()"}, `package.preload.m = function(...) return select("#", ...) .. ... end return require "m"`, list("1m")},
		{"a loader of one's own", nil, `
			table.insert(package.loaders, function(name) if name == "m" then return function(n) return "made " .. n end end return "\n\tnot made" end)
			return require "m", select(2, pcall(require, "n")):match("not made$")`, list("made m", "not made")},
		{"package.path", map[string]string{"src/m.lua": "return 's'"}, `package.path = "./src/?.lua;" .. package.path return require "m"`, list("s")},
		{"the default path", nil, `return package.path, package.cpath`, list("./?.lua;./?/init.lua;/lib/?.lua;/lib/?/init.lua", "")},
		{"module", map[string]string{"a/m.lua": "module('a.m', package.seeall) function f() return type(print), _NAME, _PACKAGE end"},
			`return require "a.m" == a.m, a.m.f()`, list(true, "function", "a.m", "a.")},
		{"shared globals", map[string]string{"m.lua": "shared = 'x'"}, `require "m" return shared`, list("x")},
		{"a #! line", map[string]string{"m.lua": "#!/usr/bin/lua\nreturn 2"}, `return require "m"`, list(2)},
		{"nested", map[string]string{"a.lua": "return 'a' .. require 'b'", "b.lua": "return 'b'"}, `return require "a"`, list("ab")},
		{"circular with loaded", map[string]string{"a.lua": "local M = {} package.loaded[...] = M M.b = require 'b' return M", "b.lua": "return {a = require 'a'}"},
			`local a = require "a" return a.b.a == a`, list(true)},
		{"in a coroutine", map[string]string{"m.lua": "return 5"}, `return coroutine.wrap(function() return require "m" end)()`, list(5)},
		{"tried again", map[string]string{"m.lua": "n = (n or 0) + 1 if n == 1 then package.loaded[...] = 1 error('x') end return n"},
			`return (pcall(require, "m")), require "m"`, list(false, 2)},
		{"searchpath", map[string]string{"a/b.lua": ""}, `return package.searchpath("a.b", package.path), package.searchpath("a-b", "./?.lua", "-"), select(2, package.searchpath("x", "./?.lua"))`,
			list("a/b.lua", "a/b.lua", "\n\tno file './x.lua'")},
		{"dofile", map[string]string{"d.lua": "return 1, ...", "/lib/e.lua": "return 2"}, `return select("#", dofile("d.lua", 9)), dofile("./d.lua"), dofile "/lib/e.lua", dofile "e.lua"`, list(1, 1, 2, 2)},
		{"loadfile", map[string]string{"d.lua": "return ...", "bad.lua": "x ="}, `
			local none, message = loadfile("none.lua")
			return loadfile("d.lua")(3), none, message, select(2, loadfile("bad.lua"))`, list(3, nil, "cannot open none.lua: No such file or directory", "bad.lua:1: syntax error near <eof>")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for i := range tt.want {
				if n, ok := tt.want[i].(int); ok {
					tt.want[i] = int64(n)
				}
			}
			f := script(t, "function run()\n"+tt.body+"\nend", on(tt.files).host())
			if got := f.run(); fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			// And while the script is loaded.
			f = script(t, "local function f()\n"+tt.body+"\nend\nlocal r = {f()}\nfunction run() return unpack(r) end", on(tt.files).host())
			if got := f.run(); len(tt.want) > 0 && fmt.Sprint(got[0]) != fmt.Sprint(tt.want[0]) {
				t.Errorf("while loading: got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRequireErrors(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.lua": "require 'b'", "b.lua": "local c = require('c')", "c.lua": "return require 'a'", "self.lua": "require 'self'",
		"bad.lua": "local x = 1\nlocal y = = 2", "fails.lua": "local function inner()\n  error('boom')\nend\ninner()", "table.lua": "error{kind = 'k', code = 5}",
		"nul.lua": "return 1 \x00", "utf16.lua": "\xff\xfer\x00e\x00t\x00", "code.lua": "\x1bLuaQ", "idle.lua": "\nlocal x\nx.y = 1", "wrapped.lua": "coroutine.wrap(function()\n  local x\n  x()\nend)()",
		"yields.lua": "coroutine.yield()",
	}
	for _, tt := range []struct {
		body, message, stack string
	}{
		{`require "x.y"`, "module 'x.y' not found:\n\tno field package.preload['x.y']\n\tno file './x/y.lua'\n\tno file './x/y/init.lua'\n\tno file '/lib/x/y.lua'\n\tno file '/lib/x/y/init.lua'", "run:2"},
		{`require "a"`, "circular require, so that none of them can be loaded: a -> b -> c -> a", "main chunk:1 main chunk:1 main chunk:1 run:2"},
		{`require "self"`, "circular require, so that none of them can be loaded: self -> self", "main chunk:1 run:2"},
		{`require "bad"`, "error loading module 'bad' from file 'bad.lua':\n\tbad.lua:2: syntax error near '='", "main chunk:2 run:2"},
		{`require "fails"`, "boom", "inner:2 main chunk:4 run:2"},
		{`require "idle"`, "attempt to index local 'x' (a nil value) with key 'y'", "main chunk:3 run:2"},
		{`require "wrapped"`, "attempt to call local 'x' (a nil value)", "?:3 main chunk:1 run:2"},
		{`require "nul"`, "error loading module 'nul' from file 'nul.lua':\n\tnul.lua: this is not Lua source text: compiled and other binary files cannot be loaded", "run:2"},
		{`require "utf16"`, "error loading module 'utf16' from file 'utf16.lua':\n\tutf16.lua: this is not Lua source text: it is in UTF-16; save it as UTF-8", "run:2"},
		{`require "code"`, "error loading module 'code' from file 'code.lua':\n\tcode.lua: this is not Lua source text: compiled and other binary files cannot be loaded", "run:2"},
		{`coroutine.wrap(function() require "yields" end)()`, "attempt to yield across metamethod/C-call boundary", "*"},
		{`package.path = "../?.lua" require "x"`, "module 'x' not found:\n\tno field package.preload['x']\n\tno file '../x.lua' (loading the file ../x.lua is not granted)", "run:2"},
		{`package.path = "a\0b/?.lua" require "x"`, "*no file 'a\x00b/x.lua'", "run:2"},
		{`package.path = 5 require "x"`, "'package.path' must be a string", "*"},
		{`package.loaders = 5 require "x"`, "'package.loaders' must be a table", "run:2"},
		{`package.preload = 5; package.loaders[1]("x")`, "'package.preload' must be a table", "run:2"},
		{`require()`, "bad argument #1 to require (string expected, got nil)", "run:2"},
		{`require "../../etc/passwd"`, "module '../../etc/passwd' not found:\n\tno field", "*"},
		{`dofile "../x.lua"`, "loading the file ../x.lua is not granted", "run:2"},
		{`dofile "none.lua"`, "cannot open none.lua: No such file or directory", "run:2"},
		{`dofile "bad.lua"`, "syntax error near '='", "main chunk:2 run:2"},
	} {
		t.Run(tt.body, func(t *testing.T) {
			t.Parallel()
			f := script(t, "function run()\n"+tt.body+"\nend", on(files).host())
			e := f.runErr()
			switch rest, more := strings.CutPrefix(tt.message, "*"); {
			case more && strings.Contains(e.Message, rest), strings.HasSuffix(tt.message, "no field") && strings.HasPrefix(e.Message, tt.message):
			case e.Message != tt.message:
				t.Errorf("the message is %q,\nwant %q", e.Message, tt.message)
			}
			if got := stack(e); tt.stack != "*" && got != tt.stack {
				t.Errorf("the stack is %s, want %s", got, tt.stack)
			}
		})
	}
	t.Run("table", func(t *testing.T) {
		t.Parallel()
		e := script(t, "function run() require 'table_' end", on(map[string]string{"table_.lua": files["table.lua"]}).host()).runErr()
		if got := fmt.Sprint(e.Value); got != "map[code:5 kind:k]" {
			t.Errorf("the value is %s", got)
		}
	})
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		e := script(t, "function run() require 'fails' end", on(files).host()).runErr()
		if e.Stack[0].File != "fails.lua" || e.Stack[2].File != "test.lua" {
			t.Errorf("%+v", e.Stack)
		}
	})
	t.Run("no folder", func(t *testing.T) {
		t.Parallel()
		e := script(t, "function run() require 'x' end").runErr()
		if !strings.HasSuffix(e.Message, "no files: the script has no folder of its own, as it is not a file, and no module path (--module-path) was granted") {
			t.Error(e.Message)
		}
	})
	t.Run("folder that a path cannot name", func(t *testing.T) {
		t.Parallel()
		d := on(nil)
		d.roots = []string{"what?"}
		e := script(t, "function run() require 'x' end", d.host()).runErr()
		if !strings.HasSuffix(e.Message, "no files in 'what?': a folder whose name has a ; or ? cannot be in package.path") {
			t.Error(e.Message)
		}
	})
	t.Run("while loading", func(t *testing.T) {
		t.Parallel()
		err := newVM(t, on(files).host()).load("\nrequire 'fails'")
		if e, ok := err.(*engine.Error); !ok || e.Message != "boom" || stack(e) != "inner:2 main chunk:4 main chunk:2" {
			t.Errorf("%+v", err)
		}
	})
}

// However many templates a path has, each is asked for once, and together.
func TestRequireManyPaths(t *testing.T) {
	t.Parallel()
	d := on(map[string]string{"4999/m.lua": "return 'last'"})
	f := script(t, `
		local t = {}
		for i = 0, 4999 do t[#t + 1] = "./" .. i .. "/?.lua" end
		package.path = table.concat(t, ";")
		function run() return require "m" end`, d.host())
	if got := f.run(); fmt.Sprint(got) != "[last]" || d.calls != 2 {
		t.Errorf("%v in %d calls", got, d.calls)
	}
}

// Two calls that require a module at once load it once, and others run
// meanwhile.
func TestRequireParks(t *testing.T) {
	t.Parallel()
	d := on(map[string]string{"m.lua": "n = (n or 0) + 1 host.gate('in') return {n = n}"})
	d.gates = map[string]chan struct{}{"m.lua": make(chan struct{})}
	g := newGate("in")
	f := script(t, `
		function run(done) local m = require "m" done(m.n, n, tostring(m)) end
		function quick(done) done("quick") end`, async, d.host(), g.host())
	a, b := f.start("run"), f.start("run")
	if got, err := f.call("quick"); err != nil || fmt.Sprint(got) != "[quick]" {
		t.Fatal(got, err)
	}
	close(d.gates["m.lua"])
	if got, err := f.call("quick"); err != nil || fmt.Sprint(got) != "[quick]" {
		t.Fatal(got, err)
	}
	close(g.open["in"])
	a.wait()
	b.wait()
	if a.err != nil || fmt.Sprint(a.results) != fmt.Sprint(b.results) || a.results[1] != int64(1) || d.calls != 1 {
		t.Errorf("%v, %v (%v) in %d calls", a.results, b.results, a.err, d.calls)
	}
}

// A module whose load failed or was cancelled is loaded by who waited for it.
func TestRequireAfterFailure(t *testing.T) {
	t.Parallel()
	for _, cancel := range []bool{false, true} {
		name := "bad"
		if cancel {
			name = "in"
		}
		d := on(map[string]string{"m.lua": "n = (n or 0) + 1 if n == 1 then host.gate('" + name + "') end return n"})
		g := newGate(name)
		f := script(t, `
			function run(done) done((require "m")) end
			function loads(done) done(n) end`, async, d.host(), g.host())
		a, b := f.start("run"), f.start("run")
		for got := list(nil); got[0] == nil; {
			got, _ = f.call("loads")
		}
		if cancel { // and the gate stays shut: were it open too, either could come first
			a.stop()
		} else {
			close(g.open[name])
		}
		a.wait()
		b.wait()
		if cancel {
			close(g.open[name])
		}
		if a.err == nil || b.err != nil || fmt.Sprint(b.results) != "[2]" {
			t.Errorf("cancel %v: %v, %v (%v)", cancel, a.err, b.results, b.err)
		}
	}
}

// Calls that wait for one another's modules are a circle, too.
func TestRequireCircleOfCalls(t *testing.T) {
	t.Parallel()
	d := on(map[string]string{"a.lua": "host.gate('a') return {b = require 'b'}", "b.lua": "host.gate('b') return {a = require 'a'}"})
	g := newGate("a", "b")
	f := script(t, `function run(done, name) done(type(require(name))) end`, async, d.host(), g.host())
	a, b := f.start("run", "a"), f.start("run", "b")
	close(g.open["a"]) // it waits for b
	close(g.open["b"])
	a.wait()
	b.wait()
	// One of them found the circle, failed, and so did the other.
	for _, c := range []*fakeCall{a, b} {
		if c.err == nil || !strings.Contains(c.err.Message, "circular require") || !strings.Contains(c.err.Message, " -> ") {
			t.Errorf("%v, %v", c.results, c.err)
		}
	}
	if got, err := f.call("run", "a"); err == nil {
		t.Errorf("again: %v", got)
	}
}

// What a script returns is there for code that comes later, as require.main is in
// JavaScript.
func TestPackageMain(t *testing.T) {
	t.Parallel()
	f := script(t, `
		local before = package.main
		return {run = function() return before == nil and package.main.answer end, answer = "42"}`)
	if got := f.run(); fmt.Sprint(got) != "[42]" {
		t.Errorf("%v", got)
	}
}
