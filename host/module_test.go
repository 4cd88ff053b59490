//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"scripthost.example/wire"
)

// tree writes files into a folder of the test's.
func tree(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// modular are scripts of several files, in the folder app, and one outside.
var modular = map[string]string{
	"app/main.lua": `
		local util = require "lib.util"
		local init = require "lib.init_too"
		function run(name) if name then return require(name) end return util.name(), init, require "deep" end
		function start() started = require "lib.started" end
		function where() return started end`,
	"app/lib/util.lua":     `local M = {} function M.name() return "util" end return M`,
	"app/lib/init_too.lua": `return "init too"`,
	"app/lib/started.lua":  `return "started"`,
	"app/lib/fails.lua":    "local function f()\n  error('boom')\nend\nf()",
	"app/deep/init.lua":    `return (...) .. "/init"`,
	"app/main.js": `
		const util = require('./lib/util');
		function run(name) { return name ? require(name) : results(util.name(), require('./deep'), require('pkg')) }
		let started;
		function start() { started = require('./lib/started') }
		function where() { return started }`,
	"app/lib/util.js":                   `exports.name = () => "util"`,
	"app/lib/started.json":              `"started"`,
	"app/lib/fails.js":                  "function f() {\n  throw new Error('boom')\n}\nf()",
	"app/deep/index.js":                 `module.exports = __dirname`,
	"app/node_modules/pkg/package.json": `{"exports": {"require": "./lib.cjs"}}`,
	"app/node_modules/pkg/lib.cjs":      `module.exports = "pkg"`,
	"secret.lua":                        `return "secret"`,
	"secret.js":                         `module.exports = "secret"`,
	"libs/shared.lua":                   `return "shared"`,
	"libs/shared.js":                    `module.exports = "shared"`,
	"libs/node_modules/other/index.js":  `module.exports = "other"`,
}

// The script's own files reach it in whatever way it was opened.
func TestModules(t *testing.T) {
	t.Parallel()
	dir := tree(t, modular)
	memory := make(fstest.MapFS)
	for name, text := range modular {
		memory[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for language, want := range map[Language]string{Lua: "[util init too deep/init]", JS: "[util %s/deep pkg]"} {
		file := "app/main." + string(language)
		open := func(s *Script, err error) *Script {
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		absolute := filepath.Join(dir, file)
		for how, s := range map[string]*Script{
			"Open":               open(Open(absolute)),
			"OpenAs":             open(OpenAs(absolute, language)),
			"OpenFS":             open(OpenFS(memory, file)),
			"OpenFS of a folder": open(OpenFS(os.DirFS(dir), file)),
			"WithName":           open(Open(absolute)).WithName("main." + string(language)),
			"WithName, absolute": open(Open(absolute)).WithName("/elsewhere/x." + string(language)),
			"WithName, OpenFS":   open(OpenFS(memory, file)).WithName("../y/z." + string(language)),
		} {
			for _, async := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, async %v", language, how, async), func(t *testing.T) {
					t.Parallel()
					script := *s
					if async {
						script.source = []byte(asAsync(language, string(script.source)))
					}
					w := start(t, &script, &Options{Async: async, Init: "start"})
					folder := filepath.Dir(script.name)
					wanted := strings.Replace(want, "%s/deep", filepath.Join(folder, "deep"), 1)
					if got := fmt.Sprint(mustCall(t, w)); got != wanted {
						t.Errorf("got %s, want %s", got, wanted)
					}
					if out, err := w.Function("where").Call(testContext(t)); err != nil || fmt.Sprint(out) != "[started]" {
						t.Errorf("init: %v, %v", out, err)
					}
					name, failing := "lib.fails", "lib/fails.lua:2"
					if language == JS {
						name, failing = "./lib/fails", "lib/fails.js:2"
					}
					_, err := w.Call(testContext(t), name)
					var se *ScriptError
					if !errors.As(err, &se) || se.Message != "boom" || len(se.Stack) < 3 || !strings.HasPrefix(se.Stack[0].position(), filepath.Join(folder, failing)) {
						t.Errorf("%v, %+v", err, se)
					}
				})
			}
		}
	}
}

// asAsync makes the functions of modular's scripts answer by done.
func asAsync(language Language, source string) string {
	if language == Lua {
		return source + `
			local run_, where_ = run, where
			function run(done, ...) done(run_(...)) end
			function where(done) done(where_()) end`
	}
	return strings.NewReplacer("function run(name) { return", "async function run(done, name) { return", "function where() { return started", "async function where() { return started").Replace(source)
}

// What belongs to no root, or is denied, is refused: as an error that says what
// would help, and in the audit.
func TestModulesRefused(t *testing.T) {
	t.Parallel()
	dir := tree(t, modular)
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, l := range []string{"app/out.lua", "app/out.js"} {
		if err := os.Symlink(at("secret"+filepath.Ext(l)), at(l)); err != nil {
			t.Fatal(err)
		}
	}
	libs := at("libs")
	for _, tt := range []struct {
		language     Language
		name         string
		inline       bool
		grants       Grants
		want, denied string
		audit        string
	}{
		{Lua, "shared", false, Grants{Modules: []string{libs}}, "[shared]", "", "modules " + libs + "/shared.lua true " + libs},
		{Lua, "shared", true, Grants{Modules: []string{libs}}, "[shared]", "", "modules " + libs + "/shared.lua true " + libs},
		{Lua, "shared", false, Grants{Modules: []string{libs}, DenyRead: []string{libs}}, "", "it is denied by --deny-read=" + libs, "modules " + libs + "/shared.lua false "},
		{Lua, "lib.util", false, Grants{DenyRead: []string{at("app/lib")}}, "", "it is denied by --deny-read=" + at("app/lib"), "modules " + at("app/lib/util.lua") + " false "},
		{Lua, "out", false, Grants{Read: []string{"/"}}, "", "a symbolic link on its way", "modules " + at("app/out.lua") + " false "},
		{JS, "shared", false, Grants{Modules: []string{libs}}, "[shared]", "", "modules " + libs + "/shared.js true " + libs},
		{JS, "other", true, Grants{Modules: []string{libs}}, "[other]", "", "modules " + libs + "/node_modules/other/index.js true " + libs},
		{JS, "../secret", false, Grants{Read: []string{"/"}}, "", "is not granted: a script can require files of its own folder, and those of module paths (add one with --module-path=" + dir + ")", "modules " + at("secret") + " false "},
		{JS, "./out", false, Grants{}, "", "a symbolic link on its way", "modules " + at("app/out.js") + " false "},
		{JS, "../../../../../../../../../etc/passwd", false, Grants{}, "", "is not granted", "modules /etc/passwd false "},
		{JS, "/etc/passwd", true, Grants{Modules: []string{libs}}, "", "--module-path=/etc)", "modules /etc/passwd false "},
	} {
		t.Run(fmt.Sprint(tt.language, " ", tt.name, " ", tt.grants), func(t *testing.T) {
			t.Parallel()
			source := map[Language]string{Lua: "function run(name) return require(name) end", JS: "function run(name) { return require(name) }"}[tt.language]
			script, err := Inline(tt.language, source)
			if !tt.inline {
				path := at("app/try." + string(tt.language) + "." + strings.ReplaceAll(t.Name(), "/", "_") + "." + string(tt.language))
				if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
					t.Fatal(err)
				}
				script, err = Open(path)
			}
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var records []string
			w := start(t, script, &Options{Grants: tt.grants, Audit: func(r AuditRecord) {
				mu.Lock()
				defer mu.Unlock()
				if r.Operation != "require" || r.Call != 1 || r.Line != 1 {
					t.Errorf("%+v", r)
				}
				records = append(records, fmt.Sprint(r.Grant, " ", r.Target, " ", r.Allowed, " ", r.Folder))
			}})
			out, err := w.Call(testContext(t), tt.name)
			if tt.denied == "" && (err != nil || fmt.Sprint(out) != tt.want) {
				t.Errorf("%v, %v", out, err)
			}
			if d := (*DeniedError)(nil); tt.denied != "" && (!errors.As(err, &d) || !strings.Contains(d.Error(), tt.denied)) {
				t.Errorf("%v, %v", out, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(records) != 1 || records[0] != tt.audit {
				t.Errorf("the audit has %q, want %q", records, tt.audit)
			}
		})
	}
}

// A child that has been taken over asks for what it likes.
func TestModulesTakenOver(t *testing.T) {
	t.Parallel()
	dir := tree(t, modular)
	script := faultScript("by hand")
	script.name, script.folder = "app/main.lua", filepath.Join(dir, "app")
	w, c := playScript(t, script, &Options{Limits: Limits{Payload: 1 << 20}})
	many := make([]any, 5000)
	for i := range many {
		many[i] = "app/main.lua"
	}
	id := uint32(0)
	for _, tt := range []struct {
		args []any
		kind string
	}{
		{[]any{"../../etc/passwd"}, wire.ErrorDenied}, {[]any{"/etc/passwd"}, wire.ErrorDenied}, {[]any{"app/../../secret.lua"}, wire.ErrorScript},
		{[]any{"../secret.lua"}, wire.ErrorDenied}, {[]any{filepath.Join(dir, "app/main.lua")}, wire.ErrorDenied}, {[]any{"app/a\x00.lua"}, wire.ErrorScript},
		{[]any{"app/none", "secret.lua"}, wire.ErrorDenied}, {[]any{[]byte("app/\xff")}, wire.ErrorScript}, {[]any{1}, wire.ErrorScript}, {many, wire.ErrorLimit},
		{[]any{strings.Repeat("x/", 1000)}, wire.ErrorScript}, {[]any{"app"}, wire.ErrorDenied},
	} {
		id++
		a := c.do(0, id, "runner.module.first", tt.args...)
		if a.thrown == nil || a.thrown.Kind != tt.kind {
			t.Errorf("%.60q: %+v", fmt.Sprint(tt.args), a)
		}
		if a.thrown != nil && a.thrown.Kind == wire.ErrorDenied && !strings.Contains(string(a.thrown.Value), `"grant":"modules"`) {
			t.Errorf("%v: %s", tt.args, a.thrown.Value)
		}
	}
	if a := c.do(0, 100, "runner.module.first", "app/none.lua", "app/deep/init.lua"); a.thrown != nil || fmt.Sprintf("%s", a.results) != "[app/deep/init.lua return (...) .. \"/init\"]" {
		t.Errorf("%+v", a)
	}
	if a := c.do(0, 101, "runner.module.first", "app/none.lua"); a.thrown != nil || len(a.results) != 0 {
		t.Errorf("%+v", a)
	}
	// A file that does not fit into a frame.
	if err := os.WriteFile(filepath.Join(dir, "app/large.lua"), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := c.do(0, 102, "runner.module.first", "app/large.lua"); a.thrown == nil || a.thrown.Kind != wire.ErrorLimit || !strings.Contains(a.thrown.Message, "--max-payload") {
		t.Errorf("%+v", a)
	}
	w.Kill()
}

// BOOT names the folders, and nothing of where they are.
func TestModuleNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.lua": ".", "./a.lua": ".", "x/a.lua": "x", "x//y/../a.lua": "x", "../a.lua": "..", "/x/a.lua": "/x", "/a.lua": "/", "no slash": ".", "\xff/a.lua": `\xff`,
	} {
		s := (&Script{folder: "/somewhere"}).WithName(name)
		w := &Worker{opts: &Options{Grants: Grants{Modules: []string{"/lib/"}}}}
		if got := fmt.Sprint(w.moduleNames(s)); got != "["+want+" /lib]" {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	s, err := Inline(Lua, "x = 1")
	if err != nil {
		t.Fatal(err)
	}
	if w := (&Worker{opts: new(Options)}); w.moduleNames(s.WithName("x/y.lua")) != nil {
		t.Errorf("an inline script has %q", w.moduleNames(s))
	}
	if _, err := OpenFS(fstest.MapFS{"a.lua": {Data: []byte("x = 1")}}, "b.lua"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := OpenAs(filepath.Join(t.TempDir(), "none"), Lua); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for want, g := range map[string]Grants{
		`module-path: the path "x" is relative`:         {Modules: []string{"x"}},
		`module-path: a path is empty: name a folder`:   {Modules: []string{""}},
		`module-path: the path "/\x00" has a NUL byte`:  {Modules: []string{"/\x00"}},
		`module-path: the path "/\xff" is not UTF-8, w`: {Modules: []string{"/\xff"}},
	} {
		if _, err := Start(context.Background(), faultScript("echo"), &Options{Grants: g}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", g, err)
		}
		if _, err := Start(context.Background(), nil, &Options{Wire: Classic, Command: []string{"true"}, Grants: g}); err == nil || !strings.Contains(err.Error(), "Options.Grants") {
			t.Errorf("classic with %+v: %v", g, err)
		}
	}
}
