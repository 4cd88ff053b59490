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
