package js

import (
	"errors"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

func TestEntryPoints(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script, function string
		want             any
	}{
		"function":             {`function run(x) { return x + 1 }`, "run", int64(2)},
		"const":                {`const run = x => x + 1`, "run", int64(2)},
		"let":                  {`let run = x => x + 1`, "run", int64(2)},
		"var":                  {`var run = x => x + 1`, "run", int64(2)},
		"async":                {`async function run(x) { await null; return x + 1 }`, "run", int64(2)},
		"destructured":         {`const { a: [run], ...rest } = { a: [x => x + 1] }`, "run", int64(2)},
		"exports":              {`exports.run = x => x + 1`, "run", int64(2)},
		"module.exports":       {`module.exports = { run: x => x + 1 }`, "run", int64(2)},
		"this.":                {`this.run = x => x + 1`, "run", int64(2)},
		"globalThis":           {`globalThis.run = x => x + 1`, "run", int64(2)},
		"exports win":          {`function run() { return "no" }; exports.run = x => x + 1`, "run", int64(2)},
		"method":               {`const M = { n: 2, serve(x) { return x + this.n } }`, "M.serve", int64(3)},
		"exported method":      {`exports.api = { n: 2, get(x) { return this.n } }`, "api.get", int64(2)},
		"export sees its this": {`module.exports = { n: 5, run() { return this.n } }`, "run", int64(5)},
		"class instance":       {`class A { #n = 4; get() { return this.#n } }; const a = new A()`, "a.get", int64(4)},
		"bound":                {`const run = (function () { return this }).bind(7)`, "run", int64(7)},
		"proxy":                {`const run = new Proxy(() => 1, { apply: () => 8 })`, "run", int64(8)},
		"shell line":           {"#!/usr/bin/env runner\nfunction run() { return 1 }", "run", int64(1)},
		"byte order mark":      {"\uFEFFfunction run() { return 1 }", "run", int64(1)},
		"shadowing a binding":  {`const console = { x: 3 }; const run = () => console.x`, "run", int64(3)},
		"overwritten binding":  {`"use strict"; console = 4; function run() { return console }`, "run", int64(4)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, syncConfig, c.script)
			got, err := w.outcome(w.startNamed(c.function, int64(1)))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, []any{c.want})
		})
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		function a() {} const b = () => 1, n = 5; let c = async () => 1; class D { static s() {} }
		const M = { serve() {}, x: 1, deep: { no() {} } };
		globalThis.e = () => 1;
		exports.f = () => 1;
		exports.api = { get() {} };
		exports.bad = { get x() { throw 1 }, y() {} };
		const fs = require("fs");
		setTimeout = () => 1;`)
	equal(t, w.vm.Functions(), []string{"M.serve", "a", "api.get", "b", "bad.y", "c", "e", "f"})
}

func TestLookupFails(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `function run() {} const M = { serve() {} }; class A {}`)
	for _, name := range []string{"", "nope", "M", "A", "M.nope", "M.serve.x", "M.toString", "run.call",
		"eval", "parseInt", "setTimeout", "console.log", "Object.keys", "__proto__", "constructor", "module.exports"} {
		_, err := w.vm.Lookup(name)
		scriptError(t, err, engine.KindScript, "there is no function '"+name+"'; the script offers: M.serve, run"+map[string]string{"M.serve.x": "; did you mean 'M.serve'?"}[name])
	}
	w = loaded(t, syncConfig, ``)
	_, err := w.vm.Lookup("run")
	scriptError(t, err, engine.KindScript, "there is no function 'run'; the script offers no functions")
	w = loaded(t, syncConfig, `module.exports = (x) => x`)
	_, err = w.vm.Lookup("run")
	scriptError(t, err, engine.KindScript, "there is no function 'run'; the script offers no functions by name: module.exports is one itself, so export it as exports.run = ...")
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	const noBundler = ", which has to be bundled: give the file the ending .mjs (or .ts)," +
		" or use require and module.exports"
	for name, c := range map[string]struct{ script, message, position string }{
		"syntax":         {"var a;\n  a = = 1", "SyntaxError: Unexpected token =", "test.js:2:7"},
		"end":            {"function f() {", "SyntaxError: Unexpected end of input", "test.js:1:15"},
		"after shell":    {"#!/bin/x\n\n)", "SyntaxError: Unexpected token )", "test.js:3:1"},
		"redeclared":     {"let a = 1;\nlet a = 2", "SyntaxError: Identifier 'a' has already been declared", "test.js:2:5"},
		"import":         {"\nimport x from 'y'", "SyntaxError: this is an ES module (import)" + noBundler, "test.js:2:1"},
		"export":         {"const a = 1;\nexport { a }", "SyntaxError: this is an ES module (export)" + noBundler, "test.js:2:1"},
		"dynamic import": {"const a = import('x')", "SyntaxError: this is an ES module (import)" + noBundler, "test.js:1:11"},
		"await":          {"await f()", "SyntaxError: await is only possible in an async function", "test.js:1:7"},
		"for await":      {"async () => { for await (const x of y); }", "SyntaxError: for await is not supported unless the script is bundled: give the script the ending .mjs (or .ts), or await each item in a plain loop", "test.js:1:19"},
		"nul":            {"var a;\nvar \x00", "SyntaxError: the source is not text: there is a NUL in it", "test.js:2:5"},
		"not UTF-8":      {"var a = '\xff'", `SyntaxError: the source is not UTF-8: there is an octet \xFF in it`, "test.js:1:10"},
		"thrown":         {"\n throw new TypeError('no')", "TypeError: no", "test.js:2:8"},
		"rejected":       {"(async () => { await null;\n throw Error('no') })()", "no", "test.js:2:13"},
		"require":        {"require('os')", "require: 'os' is a module of Node's that workers do not have, and there is no package of that name: the script has no folder of its own, as it is not a file, and no module path (--module-path) was granted (required by test.js)", "test.js:1:8"},
		"event":          {"\nevent(1)", "event: no events can be sent while the script is loading", "test.js:2:6"},
		"source map":     {"var a = ;\n//# sourceMappingURL=/etc/passwd", "SyntaxError: Unexpected token ;", "test.js:1:9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := newWorld(t).load(syncConfig, c.script)
			e := scriptError(t, err, engine.KindScript, c.message)
			if e.Language != "js" || len(e.Stack) == 0 || e.Stack[0].Position() != c.position {
				t.Errorf("language %q, stack %v, want %s", e.Language, e.Stack, c.position)
			}
		})
	}
}

// A source map would be read from the disk, by whoever parses.
func TestNoSourceMaps(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		"//# sourceMappingURL=file:///nonexistent/x.map",
		`eval("1\n//# sourceMappingURL=file:///nonexistent/x.map")`,
		`new Function("1\n//# sourceMappingURL=file:///nonexistent/x.map\n")`,
	} {
		if err := newWorld(t).load(syncConfig, script); err != nil {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	if _, err := Engine().New(engine.Config{Services: newWorld(t)}); err == nil || !strings.Contains(err.Error(), "Codec") {
		t.Errorf("no codec: %v", err)
	}
	if _, err := Engine().New(engine.Config{Codec: new(memory)}); err == nil || !strings.Contains(err.Error(), "Services") {
		t.Errorf("no services: %v", err)
	}
	if Engine().Language() != "js" {
		t.Error(Engine().Language())
	}
}

func TestInit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		want   any
		err    string
	}{
		"plain":    {`let n; function init(a) { n = a } const run = () => n`, "x", ""},
		"promise":  {`let n; async function init(a) { await new Promise(r => setTimeout(r, 1000)); n = a } const run = () => n`, "x", ""},
		"throws":   {`function init() { throw Error("no") }`, nil, "no"},
		"rejects":  {`async function init() { throw Error("no") }`, nil, "no"},
		"stalls":   {`const init = () => new Promise(() => 0)`, nil, "the promise that init returned can never settle: it waits for something, but no timer and no host call is left"},
		"loose":    {`function init() { Promise.reject(Error("no")) }`, nil, "no"},
		"later":    {`async function init() { await new Promise(r => setTimeout(r, 9)); Promise.reject(Error("no")); await new Promise(r => setTimeout(r, 9)) }`, nil, "no"},
		"timer":    {`function init() { setTimeout(() => { throw Error("no") }, 5); return new Promise(r => setTimeout(r, 9)) }`, nil, "no"},
		"two":      {`function init() { Promise.reject(Error("no")); throw Error("first") }`, nil, "first"},
		"handled":  {`const run = () => n; let n; async function init(a) { try { await Promise.reject(a) } catch (e) { n = e } }`, "x", ""},
		"no event": {`function init() { event(1) }`, nil, "event: no events can be sent by init"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, cfg := range []engine.Config{syncConfig, asyncConfig} {
				script := strings.ReplaceAll(c.script, "run = () => n", "run = done => done ? done(n) : n")
				w := loaded(t, cfg, script)
				fn, err := w.vm.Lookup("init")
				if err != nil {
					t.Fatal(err)
				}
				err = w.vm.Init(fn, w.payload("x"))
				if c.err != "" {
					scriptError(t, err, engine.KindScript, c.err)
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := w.call()
				if err != nil {
					t.Fatal(err)
				}
				equal(t, got, []any{c.want})
			}
		})
	}
}

func TestErrorsAreTyped(t *testing.T) {
	t.Parallel()
	err := newWorld(t).load(syncConfig, `throw new Error("a", { cause: new Error("b") })`)
	var e *engine.Error
	if !errors.As(err, &e) || e.Cause == nil || e.Cause.Message != "b" {
		t.Errorf("%#v", err)
	}
}
