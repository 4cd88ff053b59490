package check

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"scripthost.example/child"
	"scripthost.example/host"
	_ "scripthost.example/host/nethttp"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// The test binary plays the worker.
func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	m.Run()
}

// Each script has what is found in it behind, as "line:column certain words" (or
// "line:column perhaps words"), and the grants that it does not use.
func TestFindings(t *testing.T) {
	t.Parallel()
	all := host.Grants{Read: []string{"/x"}, Write: []string{"/x"}, Net: []string{"*"}, Env: []string{"*"}}
	for _, c := range []struct {
		name     string
		language host.Language
		async    bool
		source   string
		want     []string
		unused   string
	}{
		{"sync", host.Lua, false, "function run(n) return n * 2 end", nil, "read write net env"},
		{"async", host.Lua, true, "function run(done, n) done(n) end", nil, "read write net env"},
		{"async in sync", host.Lua, false, "function run(done, n) done(n) end", []string{"1:10 certain --async"}, "read write net env"},
		{"called done", host.Lua, false, "function run(done) return done end", []string{"1:10 perhaps called done"}, "read write net env"},
		{"sync in async", host.Lua, true, "\nfunction run(n) return n * 2 end", []string{"2:10 certain written for the sync mode"}, "read write net env"},
		{"concatenated", host.Lua, true, "function run(n) return 'x' .. n end", []string{"1:10 certain written for the sync mode"}, "read write net env"},
		{"no parameter", host.Lua, true, "function run() end", []string{"1:10 certain no parameter for done"}, "read write net env"},
		{"any parameters", host.Lua, true, "function run(...) local done = ... done() end", nil, "read write net env"},
		{"never called", host.Lua, true, "function run(done) print(1) end", []string{"1:10 certain nothing in run calls done"}, "read write net env"},
		{"only asked", host.Lua, true, "function run(done) while not done.cancelled() do sleep(1) end end", []string{"1:10 certain nothing in run calls done"}, "read write net env"},
		{"fails", host.Lua, true, "function run(done) done.fail('x') end", nil, "read write net env"},
		{"passed on", host.Lua, true, "local function go(d) d() end function run(done) go(done) end", nil, "read write net env"},
		{"kept", host.Lua, true, "local t = {} function run(done) t[1] = done end", nil, "read write net env"},
		{"in a table", host.Lua, true, "return { run = function(done) end }", []string{"1: certain nothing in run calls done"}, "read write net env"},
		{"in a field", host.Lua, true, "local M = {} function M.run(done) end return M", []string{"1:25 certain nothing in run calls done"}, "read write net env"},
		{"global done", host.Lua, true, "function help(x)\n  done(x) end function run(done_) done_() end", []string{"2:3 certain done is no global"}, "read write net env"},
		{"event", host.Lua, false, "if 1 == 2 then event('x') end function run() event('y') end", []string{"1:16 perhaps while the script is loading"}, "read write net env"},
		{"own event", host.Lua, false, "local function event() end event('x') function run() end", nil, "read write net env"},
		{"os", host.Lua, false, "function run() return os.getenv('x'), os.time() end", nil, "read write net"},
		{"http", host.Lua, false, "function run() return http.get('x') end", nil, "read write env"},
		{"io", host.Lua, false, "function run() return io.open('x'):read() end", nil, "write net env"},
		{"io for writing", host.Lua, false, "function run() return io.open('x', 'w') end", nil, "net env"},
		{"io, mode", host.Lua, false, "function run(m) return io.open('x', m) end", nil, "net env"},
		{"io, kept", host.Lua, false, "local io = io function run() return io.lines('x') end", nil, "net env"},
		{"required", host.Lua, false, "local f = require 'lfs' function run() return f.dir('.') end", nil, "net env"},
		{"code", host.Lua, false, "function run(x) return loadstring(x)() end", nil, ""},
		{"globals", host.Lua, false, "function run(x) return _G[x]() end", nil, ""},
		{"a global", host.Lua, false, "function run(x) return _G.http.get(x) end", nil, "read write env"},

		{"a misspelt function", host.Lua, false, "function run(x)\n  return tostrng(x) end", []string{"2:10 perhaps nothing defines tostrng; did you mean 'tostring'?"}, "read write net env"},
		{"a misspelt library", host.Lua, false, "function run(x) return strin.rep(x, 2), jsn:encode(x) end", []string{"1:24 perhaps nothing defines strin; did you mean 'string'?", "1:41 perhaps nothing defines jsn; did you mean 'json'?"}, "read write net env"},
		{"a misspelt function of its own", host.Lua, false, "local function helper() end function run() helpr() helpr() end", []string{"1:44 perhaps nothing defines helpr; did you mean 'helper'?"}, "read write net env"},
		{"nothing like it", host.Lua, false, "function run() xyzzy() end", []string{"1:16 perhaps nothing defines xyzzy"}, "read write net env"},
		{"of a later Lua", host.Lua, false, "function run(x) return utf8.len(x) end", []string{"1:24 perhaps nothing defines utf8: it came later than Lua 5.1"}, "read write net env"},
		{"a field of what is not there", host.Lua, false, "function run() confg.x = 1 function cnfg:run() end function cfg.a.b() end end", []string{"1:16 perhaps nothing defines confg", "1:37 perhaps nothing defines cnfg", "1:61 perhaps nothing defines cfg"}, "read write net env"},
		{"made in a function", host.Lua, false, "function init() helper = print end function run() helper() end", nil, "read write net env"},
		{"made as a field of _G", host.Lua, false, "function init() _G.helper = print end function run() helper() end", nil, "read write net env"},
		{"made unless it is there", host.Lua, false, "helper = helper or print function run() helper() end", nil, "read write net env"},
		{"made with a computed name", host.Lua, false, "for _, name in ipairs { 'a', 'b' } do _G[name] = print end function run() a() c() end", nil, ""},
		{"asked for", host.Lua, false, "function run() if helper then helper() end return jit and jit.version end", nil, "read write net env"},
		{"its error is caught", host.Lua, false, "function run() return pcall(function() helper() end) end", nil, "read write net env"},
		{"in another environment", host.Lua, false, "function run() setfenv(1, { helper = print }) helper() end", nil, ""},
		{"for several versions", host.Lua, false, "function run() if _VERSION ~= 'Lua 5.1' then warn('x') end end", nil, "read write net env"},
		{"locals", host.Lua, false, "local floor, a = math.floor, 1 function run(p, ...) for i = 1, 2 do i.x = p.y end for k in pairs(p) do k() end return floor(a), arg[1] end", nil, "read write net env"},
		{"self", host.Lua, false, "local M = {} function M:run() return self.x, self:run() end function run() end return M", nil, "read write net env"},

		{"sync", host.JS, false, "function run(n) { return n * 2 }", nil, "read write net env"},
		{"async", host.JS, true, "function run(done, n) { done(n) }", nil, "read write net env"},
		{"async in sync", host.JS, false, "function run(done, n) { done(n) }", []string{"1:1 certain --async"}, "read write net env"},
		{"called done", host.JS, false, "const run = (done) => done", []string{"1:13 perhaps called done"}, "read write net env"},
		{"sync in async", host.JS, true, "\nfunction run(n) { return n * 2 }", []string{"2:1 certain written for the sync mode"}, "read write net env"},
		{"as text", host.JS, true, "function run(n) { return `Hello ${n}` }", []string{"1:1 certain written for the sync mode"}, "read write net env"},
		{"no parameter", host.JS, true, "function run() {}", []string{"1:1 certain no parameter for done"}, "read write net env"},
		{"arguments", host.JS, true, "function run() { arguments[0]() }", nil, "read write net env"},
		{"rest", host.JS, true, "function run(...all) { all[0]() }", nil, "read write net env"},
		{"never called", host.JS, true, "exports.run = function (done) { console.log(1) }", []string{"1:15 certain nothing in run calls done"}, "read write net env"},
		{"perhaps a promise", host.JS, true, "function run(done, x) { return later(x) } const later = (x) => x", []string{"1:1 perhaps unless it returns a promise"}, "read write net env"},
		{"a promise", host.JS, true, "module.exports = { run: async (n) => n * 2 }", nil, "read write net env"},
		{"fails", host.JS, true, "function run(done) { done.fail('x') }", nil, "read write net env"},
		{"bound", host.JS, true, "function run(done) { setTimeout(done.bind(null, 1), 2) }", nil, "read write net env"},
		{"passed on", host.JS, true, "function run(done) { setTimeout(() => done(1), 2) }", nil, "read write net env"},
		{"only asked", host.JS, true, "function run(done) { if (!done.cancelled()) console.log(done.signal) }", []string{"1:1 certain nothing in run calls done"}, "read write net env"},
		{"under another name", host.JS, true, "function serve(done) { }\nmodule.exports = { run: serve }", []string{"1:1 certain nothing in run calls done"}, "read write net env"},
		{"global done", host.JS, false, "function run(x) {\n  done(x) }", []string{"2:3 certain done is no global"}, "read write net env"},
		{"event", host.JS, false, "if (1 > 2) event('x'); function run() { event('y') }", []string{"1:12 perhaps while the script is loading"}, "read write net env"},
		{"event, at once", host.JS, false, "(() => { if (1 > 2) event('x') })(); function run() {}", []string{"1:21 perhaps while the script is loading"}, "read write net env"},
		{"own event", host.JS, false, "const event = () => {}; event('x'); function run() {}", nil, "read write net env"},
		{"env", host.JS, false, "function run() { return process.env.X }", nil, "read write net"},
		{"fetch", host.JS, false, "function run() { return fetch('x') }", nil, "read write env"},
		{"fetch of the global object", host.JS, false, "function run() { return globalThis.fetch('x') }", nil, "read write env"},
		{"fs", host.JS, false, "const fs = require('fs'); function run() { return fs.readFileSync('x') }", nil, "write net env"},
		{"fs for writing", host.JS, false, "const { writeFileSync } = require('node:fs'); function run() { writeFileSync('x', '') }", nil, "net env"},
		{"fs, computed", host.JS, false, "const fs = require('fs'); function run(f) { return fs[f]('x') }", nil, ""},
		{"code", host.JS, false, "function run(x) { return eval(x) }", nil, ""},
		{"a function of text", host.JS, false, "function run(x) { return new Function(x)() }", nil, ""},
		{"a computed module", host.JS, false, "function run(x) { return require(x) }", nil, ""},
		{"a misspelt function", host.JS, false, "function run(x) {\n  return parseint(x) }", []string{"2:10 perhaps nothing defines parseint; did you mean 'parseInt'?"}, "read write net env"},
		{"a misspelt object", host.JS, false, "function run(x) { consle.log(x); return new Mpa([JSN.parse(x)]) }", []string{"1:19 perhaps nothing defines consle; did you mean 'console'?", "1:45 perhaps nothing defines Mpa; did you mean 'Map'?", "1:50 perhaps nothing defines JSN; did you mean 'JSON'?"}, "read write net env"},
		{"a misspelt variable", host.JS, false, "function run(count) { return { conut, a: conut + 1 } }", []string{"1:32 perhaps nothing defines conut; did you mean 'count'?"}, "read write net env"},
		{"nothing like it", host.JS, false, "const run = () => xyzzy", []string{"1:19 perhaps nothing defines xyzzy"}, "read write net env"},
		{"made in a function", host.JS, false, "function init() { helper = () => 1 } function run() { helper() }", nil, "read write net env"},
		{"made as a property", host.JS, false, "function init() { globalThis.a = run; global['b'] = run; this.c = run } function run() { a(); b(); c() }", nil, "read write net env"},
		{"made with a computed name", host.JS, false, "for (const name of ['a']) globalThis[name] = () => 1; function run() { a(); b() }", nil, ""},
		{"made of an object", host.JS, false, "Object.assign(globalThis, { a: run }); function run() { a(); b() }", nil, "read write net env"},
		{"made of an object for this", host.JS, false, "function init(all) { Object.assign(this, all) } function run() { a() }", nil, "read write net env"},
		{"made with a computed name for this", host.JS, false, "function init(name) { this[name] = 1 } function run() { a() }", nil, "read write net env"},
		{"made of text", host.JS, false, "const vm = require('vm'); function init(text) { vm.runInThisContext(text) } function run() { a() }", nil, "read write net env"},
		{"made by assigning to patterns and in loops", host.JS, false, "function init(o) { [a, { b, c: d = 1 }] = o; for (e in o) ; for ([f] of o) ; } function run() { return [a, b, d, e, f] }", nil, "read write net env"},
		{"asked for", host.JS, false, "function run() { if (globalThis.helper) helper(); return 'x' in globalThis && x }", nil, "read write net env"},
		{"asked where it runs", host.JS, false, "const browser = typeof window !== 'undefined'; function run() { if (browser) document.title = 1 }", nil, "read write net env"},
		{"asked for what is there", host.JS, false, "if (typeof parseInt === 'function' && typeof run === 'function') ; function run() { helper() }", []string{"1:85 perhaps nothing defines helper"}, "read write net env"},
		{"its error is caught", host.JS, false, "function run() { try { helper() } catch { return 1 } }", nil, "read write net env"},
		{"its error is not caught", host.JS, false, "function run() { try { helper() } finally { return 1 } }", []string{"1:24 perhaps nothing defines helper"}, "read write net env"},
		{"with", host.JS, false, "function run(o) { with (o) { return x } }", nil, "read write net env"},
		{"no variables", host.JS, false, "class A { #p = 1; q = this.#p; static r() { return new.target } s = { t: 1 }.t }\nfunction run() { u: for (;;) { break u } return arguments.length + undefined + hasOwnProperty('x') }", nil, "read write net env"},
		{"variables", host.JS, false, "const make = ({ a = 1, ...b }, [c, ...d]) => { class E { f(g = a) { return [E, g] } } try { throw b } catch ({ h }) { return function i() { return [c, d, h, i] } } }; function run() {}", nil, "read write net env"},
		{"require, kept", host.JS, false, "const r = require; function run(x) { return r('fs') }", nil, ""},
	} {
		t.Run(fmt.Sprintf("%s/%s", c.language, c.name), func(t *testing.T) {
			t.Parallel()
			script, err := host.Inline(c.language, c.source)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Script(context.Background(), script, &host.Options{Async: c.async, Grants: all})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.Unused, " "); got != c.unused {
				t.Errorf("unused: %q, want %q", got, c.unused)
			}
			if len(r.Findings) != len(c.want) {
				t.Fatalf("found %+v, want %q", r.Findings, c.want)
			}
			certain := false
			for i, f := range r.Findings {
				at, rest, _ := strings.Cut(c.want[i], " ")
				how, words, _ := strings.Cut(rest, " ")
				if !strings.HasPrefix(strings.TrimPrefix(f.At.String(), "inline."+string(c.language)+":"), strings.TrimSuffix(at, ":")) ||
					f.Certain != (how == "certain") || !strings.Contains(f.Message, words) {
					t.Errorf("found %+v, want %q", f, c.want[i])
				}
				certain = certain || f.Certain
			}
			if r.Certain() != certain {
				t.Errorf("Certain() is %v", r.Certain())
			}
		})
	}
}

// Scripts that are right are not complained about.
func TestRightScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../scripts/*.*")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			script, err := host.Open(file)
			if err != nil {
				t.Skip(err) // it is no script
			}
			async := strings.Contains(file, "async") || strings.Contains(file, "countdown")
			r, err := Script(context.Background(), script, &host.Options{Async: async})
			if err != nil || len(r.Findings) > 0 {
				t.Errorf("%v, %v", r, err)
			}
			if !async {
				return
			}
			if r, err = Script(context.Background(), script, nil); err != nil || !r.Certain() {
				t.Errorf("in the other mode: %v, %v", r, err)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	script, err := host.Inline(host.JS, "function run( {")
	if err != nil {
		t.Fatal(err)
	}
	var se *host.ScriptError
	if r, err := Script(context.Background(), script, nil); r != nil || !errors.As(err, &se) {
		t.Errorf("a script that does not load: %v, %v", r, err)
	}
}

// A worker that has been taken over gets no further than what it says.
func TestHostileReports(t *testing.T) {
	t.Parallel()
	large := `{"findings":[` + strings.Repeat(`{},`, maxReport/3) + `{}]}`
	for _, out := range [][]any{{large}, nil, {"x"}, {1}, {"{}", "{}"}, {`[]`}, {`{"findings":[{"line":"x"}]}`}, {`{"findings":3}`}} {
		if r, err := parse(out); !errors.Is(err, host.ErrProtocol) {
			t.Errorf("%.40v: %v, %v", out, r, err)
		}
	}
	long := strings.Repeat("ä", maxText)
	one := fmt.Sprintf(`{"message":%q,"file":"\ud800","line":-3,"column":-1},`, long)
	r, err := parse([]any{`{"findings":[` + strings.TrimSuffix(strings.Repeat(one, 3*maxFindings), ",") + `],"uses":["x"]}`})
	if err != nil || len(r.Findings) != maxFindings {
		t.Fatalf("%v, %v", r, err)
	}
	if f := r.Findings[0]; len(f.Message) > maxText || f.At.Line != 0 || f.At.Column != 0 {
		t.Errorf("%+v", f)
	}
}

// Findings are in the order of the files, and of what is in them, however the worker tells
// them.
func TestOrder(t *testing.T) {
	t.Parallel()
	r, err := parse([]any{`{"findings":[{"file":"b","line":2,"column":2},{"file":"a","line":1},{"file":"b","line":2,"column":1},{"file":"b","line":1,"column":9},{"file":"a"}]}`})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.At.String())
	}
	if want := "b:1:9 b:2:1 b:2:2 a a:1"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %s", got, want)
	}
}
