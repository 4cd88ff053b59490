package js

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

// sourceFiles are the files that a script can require. The parent is asked one
// call at a time, so that calls needs no lock.
type sourceFiles struct {
	files map[string]string
	calls int
}

func (f *sourceFiles) host(name string, args []any) ([]any, error) {
	if name != engine.FirstModule {
		return nil, &engine.Error{Kind: engine.KindScript, Message: "no host function " + name}
	}
	f.calls++
	cfg := engine.Config{Modules: moduleRoots}
	for _, a := range args {
		file := a.(string)
		switch {
		case len(args) > engine.MaxModulePaths:
			return nil, &engine.Error{Kind: engine.KindLimit, Message: "too many"}
		case !cfg.Serves(file):
			return nil, &engine.Error{Kind: engine.KindDenied, Message: "loading the file " + file + " is not granted"}
		case f.files[file] == "EACCES":
			return nil, &engine.Error{Kind: engine.KindScript, Message: "Permission denied", HasValue: true, Value: map[string]any{"path": file, "code": "EACCES"}}
		}
		if text, ok := f.files[file]; ok {
			return []any{file, []byte(text)}, nil
		}
	}
	return nil, nil
}

// moduleRoots are the folders of a script in "." and of a module path.
var moduleRoots = []string{".", "/lib"}

// requiring loads a script that can require files.
func requiring(t *testing.T, async bool, files map[string]string, script string) (*world, *sourceFiles, error) {
	w, f := newWorld(t), &sourceFiles{files: files}
	w.host = f.host
	err := w.load(engine.Config{Binary: true, Async: async, Modules: moduleRoots}, script)
	return w, f, err
}

// requireCases are expressions, and what they are as JSON.
func requireCases() map[string]requireCase {
	return map[string]requireCase{
		".js":                              {map[string]string{"m.js": `exports.x = 1`}, `require('./m').x`, `1`},
		".json":                            {map[string]string{"m.json": "\uFEFF" + `{"b": [1, null], "a": 2}`}, `require('./m')`, `{"b":[1,null],"a":2}`},
		".cjs":                             {map[string]string{"m.cjs": `module.exports = 'c'`}, `[require('./m'), require('./m.cjs')]`, `["c","c"]`},
		"in full":                          {map[string]string{"m.js": `exports.x = 1`, "m": `exports.x = 2`}, `[require('./m.js').x, require('./m').x]`, `[1,2]`},
		"folder":                           {map[string]string{"m/index.js": `exports.x = 1`}, `[require('./m').x, require('./m/').x]`, `[1,1]`},
		"file or folder":                   {map[string]string{"m/index.js": `exports.x = 1`, "m.js": `exports.x = 2`}, `[require('./m/').x, require('./m').x]`, `[1,2]`},
		"folder's main":                    {map[string]string{"m/package.json": `{"main": "src"}`, "m/src/index.js": `exports.x = 1`, "m/index.js": ``}, `require('./m').x`, `1`},
		"folder's main, a file":            {map[string]string{"m/package.json": `{"main": "./a"}`, "m/a.js": `exports.x = 1`}, `require('./m').x`, `1`},
		"folder's main, missing":           {map[string]string{"m/package.json": `{"main": "./a"}`, "m/index.js": `exports.x = 1`}, `require('./m').x`, `1`},
		"up":                               {map[string]string{"a/b/c.js": `module.exports = [require('..'), require('../d'), require('../../e')]`, "a/index.js": `module.exports = 'a'`, "a/d.js": `module.exports = 'd'`, "e.js": `module.exports = 'e'`}, `require('./a/b/c')`, `["a","d","e"]`},
		"the same from elsewhere":          {map[string]string{"a/x.js": `module.exports = require('../m')`, "m.js": `globalThis.n = (globalThis.n ?? 0) + 1; module.exports = { n }`}, `[require('./m') === require('./a/x'), n]`, `[true,1]`},
		"exports, this and module.exports": {map[string]string{"m.js": `module.exports = [this === exports, exports === module.exports]`}, `require('./m')`, `[true,true]`},
		"names": {map[string]string{"a/m.js": `module.exports = [__filename, __dirname, module.id, module.filename, module.path, module.loaded, require.main === module]`},
			`[module.id, module.filename, module.path, require('./a/m'), __filename, __dirname, require.main === module]`, `[".","test.js",".",["a/m.js","a","a/m.js","a/m.js","a",false,false],"test.js",".",true]`},
		"loaded":        {map[string]string{"m.js": `exports.m = module`}, `require('./m').m.loaded`, `true`},
		"return":        {map[string]string{"m.js": "exports.x = 1\nreturn\nexports.x = 2"}, `require('./m').x`, `1`},
		"strict":        {map[string]string{"m.js": "#!/bin/node\n'use strict'; exports.x = (function () { return this })() === undefined"}, `require('./m').x`, `true`},
		"own top level": {map[string]string{"m.js": `var a = 1; const b = 2; function c() {}`}, `(require('./m'), [typeof a, typeof b, typeof c])`, `["undefined","undefined","undefined"]`},
		"a script":      {map[string]string{"m.js": `module.exports = Object.keys(require('./test'))`, "test.js": `throw 1`}, `(exports.early = 1, require('./m'))`, `["early"]`},
		"circular": {map[string]string{"a.js": `exports.done = false; const b = require('./b'); exports.saw = b.done; exports.done = true`,
			"b.js": `exports.done = false; const a = require('./a'); exports.saw = a.done; exports.done = true`}, `[require('./a'), require('./b')]`,
			`[{"done":true,"saw":true},{"done":true,"saw":false}]`},
		"cache": {map[string]string{"m.js": `module.exports = {}`}, `(() => {
			const m = require('./m'), keys = Object.keys(require.cache), same = require('./m') === m;
			delete require.cache[require.resolve('./m')];
			const other = require('./m') !== m;
			require.cache[require.resolve('./m')] = { exports: 'mine' };
			return [keys, same, other, require('./m')] })()`, `[["test.js","m.js"],true,true,"mine"]`},
		"resolve":        {map[string]string{"a/m.js": `throw 1`}, `[require.resolve('./a/m'), require.resolve('fs'), require.resolve('node:fs')]`, `["a/m.js","fs","node:fs"]`},
		"fails once":     {map[string]string{"m.js": `globalThis.n = (globalThis.n ?? 0) + 1; if (n === 1) throw Error('no'); exports.n = n`}, `(() => { try { require('./m') } catch (e) { return [e.message, require('./m').n] } })()`, `["no",2]`},
		"built in":       {nil, `[require('fs') === require('node:fs'), require('process') === process]`, `[true,true]`},
		"built in first": {map[string]string{"node_modules/fs/index.js": `module.exports = 1`}, `typeof require('fs')`, `"object"`},
		"not Node's":     {map[string]string{"node_modules/zlib/index.js": `module.exports = 'polyfill'`}, `require('zlib')`, `"polyfill"`},

		"package":          {map[string]string{"node_modules/p/index.js": `exports.x = 1`}, `require('p').x`, `1`},
		"package, a file":  {map[string]string{"node_modules/p.js": `exports.x = 1`, "node_modules/p/package.json": `{"main":"a"}`, "node_modules/p/a.js": ``}, `require('p').x`, `1`},
		"main":             {map[string]string{"node_modules/p/package.json": `{"main": "lib/a.js"}`, "node_modules/p/lib/a.js": `exports.x = 1`}, `require('p').x`, `1`},
		"main with dot":    {map[string]string{"node_modules/p/package.json": `{"main": "."}`, "node_modules/p/index.js": `exports.x = 1`}, `require('p').x`, `1`},
		"no main":          {map[string]string{"node_modules/p/package.json": `{"name": "p", "main": 5}`, "node_modules/p/index.js": `exports.x = 1`}, `require('p').x`, `1`},
		"subpath":          {map[string]string{"node_modules/p/package.json": `{}`, "node_modules/p/lib/a.js": `exports.x = 1`, "node_modules/p/b/package.json": `{"main":"c"}`, "node_modules/p/b/c.js": `exports.x = 2`}, `[require('p/lib/a').x, require('p/lib/a.js').x, require('p/b').x, require('p/package.json'), require('p/package.json')]`, `[1,1,2,{},{}]`},
		"scope":            {map[string]string{"node_modules/@s/p/package.json": `{"main": "a"}`, "node_modules/@s/p/a.js": `exports.x = 1`, "node_modules/@s/p/b.js": `exports.x = 2`}, `[require('@s/p').x, require('@s/p/b').x]`, `[1,2]`},
		"of the folder":    {map[string]string{"a/node_modules/p/index.js": `exports.x = 'a'`, "node_modules/p/index.js": `exports.x = 'top'`, "a/m.js": `module.exports = require('p').x`, "b/m.js": `module.exports = require('p').x`}, `[require('./a/m'), require('./b/m')]`, `["a","top"]`},
		"of a package":     {map[string]string{"node_modules/p/index.js": `module.exports = require('q')`, "node_modules/p/node_modules/q/index.js": `module.exports = require('r')`, "node_modules/r/index.js": `module.exports = 'r'`}, `require('p')`, `"r"`},
		"module path":      {map[string]string{"/lib/p/index.js": `module.exports = require('q')`, "/lib/node_modules/q/index.js": `module.exports = require('./r')`, "/lib/node_modules/q/r.js": `module.exports = __dirname`}, `require('p')`, `"/lib/node_modules/q"`},
		"module path last": {map[string]string{"/lib/p.js": `module.exports = 'lib'`, "node_modules/p.js": `module.exports = 'own'`, "p.js": `module.exports = 'beside'`}, `[require('p'), require('/lib/p')]`, `["own","lib"]`},

		"exports":                 {map[string]string{"node_modules/p/package.json": `{"main": "no.js", "exports": "./a.js"}`, "node_modules/p/a.js": `exports.x = 1`}, `require('p').x`, `1`},
		"exports, conditions":     {map[string]string{"node_modules/p/package.json": `{"exports": {"import": "./a.mjs", "browser": "./b.js", "require": "./c.js", "default": "./d.js"}}`, "node_modules/p/c.js": `exports.x = 1`}, `require('p').x`, `1`},
		"exports, their order":    {map[string]string{"node_modules/p/package.json": `{"exports": {".": {"default": "./a.js", "require": "./b.js"}}}`, "node_modules/p/a.js": `exports.x = 1`}, `require('p').x`, `1`},
		"exports, nested":         {map[string]string{"node_modules/p/package.json": `{"exports": {".": {"node": {"import": "./a.mjs", "require": "./a.cjs"}, "default": "./b.js"}}}`, "node_modules/p/a.cjs": `exports.x = 1`}, `require('p').x`, `1`},
		"exports, nothing inside": {map[string]string{"node_modules/p/package.json": `{"exports": {"node": {"import": "./a.mjs"}, "default": "./b.js"}}`, "node_modules/p/b.js": `exports.x = 1`}, `require('p').x`, `1`},
		"exports, subpaths":       {map[string]string{"node_modules/p/package.json": `{"exports": {".": "./a.js", "./b": "./lib/b.js", "./package.json": "./package.json"}}`, "node_modules/p/lib/b.js": `exports.x = 1`}, `[require('p/b').x, Object.keys(require('p/package.json'))]`, `[1,["exports"]]`},
		"exports, patterns":       {map[string]string{"node_modules/p/package.json": `{"exports": {"./*": "./a/*.js", "./f/*": "./b/*/*.js", "./f/*.js": "./c/*.js", "./f/internal/*": null}}`, "node_modules/p/a/x/y.js": `exports.x = 1`, "node_modules/p/b/z/z.js": `exports.x = 2`, "node_modules/p/c/z.js": `exports.x = 3`}, `[require('p/x/y').x, require('p/f/z').x, require('p/f/z.js').x]`, `[1,2,3]`},
		"exports, an array":       {map[string]string{"node_modules/p/package.json": `{"exports": ["no-dot", {"import": "./x.mjs"}, "./a.js", "./b.js"]}`, "node_modules/p/a.js": `exports.x = 1`}, `require('p').x`, `1`},
		"exports, none":           {map[string]string{"node_modules/p/package.json": `{"exports": null, "main": "a.js"}`, "node_modules/p/a.js": `exports.x = 1`}, `require('p').x`, `1`},
	}
}

type requireCase struct {
	files map[string]string
	body  string
	want  string
}

func TestRequire(t *testing.T) {
	t.Parallel()
	for name, c := range requireCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, err := requiring(t, false, c.files, `function run() { return JSON.stringify(`+c.body+`) }`)
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.call()
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, []any{c.want})
			// And at the top level, in the other mode.
			w, _, err = requiring(t, true, c.files, `const r = JSON.stringify(`+c.body+`); function run(done) { done(r) }`)
			if err != nil {
				t.Fatal(err)
			}
			if got, err = w.call(); err != nil {
				t.Fatal(err)
			}
			equal(t, got, []any{c.want})
		})
	}
}

// What all of that comes to is what Node makes of it, but for what is ours.
func TestRequireAsNode(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node to compare with")
	}
	ours := map[string]string{
		".cjs": "Node wants the ending", "module path": "there is none", "module path last": "there is none",
		"names": "the script is '.'", "built in": "process has more", "cache": "mine is no module", "not Node's": "Node has it", "a script": "it is another one",
	}
	dir := t.TempDir()
	write := func(name, text string) {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for name, c := range requireCases() {
		if ours[name] != "" {
			continue
		}
		folder := strconv.Itoa(len(names))
		names = append(names, name)
		for file, text := range c.files {
			write(filepath.Join(folder, file), text)
		}
		write(filepath.Join(folder, "test.js"), "module.exports = JSON.stringify("+c.body+")")
	}
	write("all.js", `
		const all = [];
		for (let i = 0; i < `+strconv.Itoa(len(names))+`; i++) {
			delete globalThis.n;
			try { all.push(require('./' + i + '/test').replaceAll(__dirname + '/' + i + '/', '')) } catch (e) { all.push(String(e)) }
		}
		console.log(JSON.stringify(all))`)
	out, err := exec.Command(node, filepath.Join(dir, "all.js")).Output()
	var all []string
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil || len(all) != len(names) {
		t.Fatalf("%v: %s", err, out)
	}
	for i, name := range names {
		if want := requireCases()[name].want; all[i] != want {
			t.Errorf("%s: Node has %s, and we have %s", name, all[i], want)
		}
	}
}

func TestRequireErrors(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"bad.js": "let a;\n  a = = 1", "bad1.js": "a = = 1", "end.js": "function f() {\n", "throws.js": "\nfunction f() { throw TypeError('no') }\nf()", "first.js": "throw Error('no')",
		"bad.json": "{\n", "esm.js": "export const x = 1", "x.mjs": "", "x.ts": "", "x.node": "", "nul.js": "a\x00", "utf16.js": "a\x00b\x00", "latin.js": "'\xff'", "locked.js": "EACCES",
		"deep/a.js": "require('./b')", "deep/b.js": "require('lost')", "net.js": "require('net')", "node_modules/p/index.js": "require('node:child_process')",
		"node_modules/e/package.json": `{"exports": {"./a": "./gone.js", "./up": "./../x.js", "./in": "./node_modules/x.js", "./f/*": "./*.js", "./no": null, "./cond": {"import": "./x.js"}}}`,
		"node_modules/m/package.json": `{"main": "gone"}`, "node_modules/j/package.json": `{`, "node_modules/only/package.json": `{"exports": {"import": "./x.mjs"}}`,
		"node_modules/out/package.json": `{"main": "../../../x.js"}`,
	}
	const cjs = ", which require does not load: write it as CommonJS (require and module.exports), or have the script bundled, import it, and name the script .mjs or .ts"
	for name, c := range map[string]struct{ require, kind, message, position string }{
		"file":                              {"./x/y", "", "require: there is no module './x/y': none of the files x/y, x/y.js, x/y.json, x/y.cjs, x/y/package.json, x/y/index.js, x/y/index.json, x/y/index.cjs exists (required by test.js)", "test.js:2:8"},
		"package":                           {"lost", "", "require: there is no module 'lost' in node_modules, /lib, /lib/node_modules; install it in the script's folder, or grant the folder that it is in (--module-path) (required by test.js)", "test.js:2:8"},
		"from a module":                     {"./deep/a", "", "require: there is no module 'lost' in deep/node_modules, node_modules, /lib, /lib/node_modules; install it in the script's folder, or grant the folder that it is in (--module-path) (required by deep/b.js)", "deep/b.js:1:8"},
		"Node's":                            {"./net", "", "require: 'net' is a module of Node's that workers do not have, and there is no package of that name in node_modules, /lib, /lib/node_modules (required by net.js)", "net.js:1:8"},
		"HTTP":                              {"http", "", "require: 'http' is a module of Node's that workers do not have, and there is no package of that name in node_modules, /lib, /lib/node_modules; requests are made with fetch (required by test.js)", "test.js:2:8"},
		"HTTP, node:":                       {"node:https", "", "require: 'node:https' is a module of Node's that workers do not have; requests are made with fetch (required by test.js)", "test.js:2:8"},
		"a URL":                             {"https://x.test/y", "", "require: 'https://x.test/y' is a URL, and nothing is fetched to be run: save it as a file of the script, or install its package (required by test.js)", "test.js:2:8"},
		"node:":                             {"p", "", "require: 'node:child_process' is a module of Node's that workers do not have (required by node_modules/p/index.js)", "node_modules/p/index.js:1:8"},
		"syntax":                            {"./bad", "", "SyntaxError: Unexpected token =", "bad.js:2:7"},
		"syntax, first line":                {"./bad1", "", "SyntaxError: Unexpected token =", "bad1.js:1:5"},
		"syntax, end":                       {"./end", "", "SyntaxError: Unexpected end of input", "end.js:2:1"},
		"JSON":                              {"./bad.json", "", "SyntaxError: this is not JSON: Unexpected end of JSON input (EOF)", "bad.json"},
		"thrown":                            {"./throws", "", "TypeError: no", "throws.js:2:31"},
		"thrown, first line":                {"./first", "", "no", "first.js:1:12"},
		"ES module":                         {"./esm", "", "SyntaxError: this is an ES module (export)" + cjs, "esm.js:1:1"},
		".mjs":                              {"./x.mjs", "", "SyntaxError: this is an ES module (.mjs)" + cjs, "x.mjs:1:1"},
		".ts":                               {"./x.ts", "", "SyntaxError: this is TypeScript" + cjs, "x.ts:1:1"},
		".node":                             {"./x.node", "", "SyntaxError: this is machine code (.node), which no worker can load", "x.node:1:1"},
		"NUL":                               {"./nul", "", "SyntaxError: the source is not text: there is a NUL in it", "nul.js:1:2"},
		"not UTF-8":                         {"./latin", "", `SyntaxError: the source is not UTF-8: there is an octet \xFF in it`, "latin.js:1:2"},
		"not readable":                      {"./locked.js", "", "require: locked.js: Permission denied (required by test.js)", "test.js:2:8"},
		"outside":                           {"../../etc/passwd", engine.KindDenied, "require: loading the file ../../etc/passwd is not granted (required by test.js)", "test.js:2:8"},
		"outside, absolute":                 {"/etc/passwd", engine.KindDenied, "require: loading the file /etc/passwd is not granted (required by test.js)", "test.js:2:8"},
		"around":                            {"..", engine.KindDenied, "require: loading the file .. is not granted (required by test.js)", "test.js:2:8"},
		"UTF-16":                            {"./utf16", "", "SyntaxError: the source is in UTF-16; save it as UTF-8", "utf16.js:1:1"},
		"NUL in the name":                   {`./a\0b`, engine.KindDenied, "require: loading the file a\x00b is not granted (required by test.js)", "test.js:2:8"},
		"no subpath":                        {"e/none", "", `require: './none' is not in the "exports" of node_modules/e/package.json (required by test.js)`, "test.js:2:8"},
		"null":                              {"e/no", "", `require: './no' is not in the "exports" of node_modules/e/package.json (required by test.js)`, "test.js:2:8"},
		"no condition":                      {"e/cond", "", `require: './cond' is not in the "exports" of node_modules/e/package.json (required by test.js)`, "test.js:2:8"},
		"nothing for require":               {"only", "", `require: the "exports" of node_modules/only/package.json have nothing for require (required by test.js)`, "test.js:2:8"},
		"exports lead nowhere":              {"e/a", "", "require: there is no module 'e/a': node_modules/e/package.json leads to it, but the file node_modules/e/gone.js does not exist (required by test.js)", "test.js:2:8"},
		"exports lead out":                  {"e/up", "", `require: the "exports" of node_modules/e/package.json lead to './../x.js', which is not a file inside of the package (required by test.js)`, "test.js:2:8"},
		"exports lead into another package": {"e/in", "", `require: the "exports" of node_modules/e/package.json lead to './node_modules/x.js', which is not a file inside of the package (required by test.js)`, "test.js:2:8"},
		"a pattern leads out":               {"e/f/../../x", "", `require: the "exports" of node_modules/e/package.json lead to './*.js', which is not a file inside of the package (required by test.js)`, "test.js:2:8"},
		"a subpath climbs":                  {"m/../../../etc/passwd", "", "require: there is no module 'm/../../../etc/passwd' in node_modules, /lib, /lib/node_modules; install it in the script's folder, or grant the folder that it is in (--module-path) (required by test.js)", "test.js:2:8"},
		"imports":                           {"#x", "", `require: names of the "imports" of a package.json ('#x') are not supported (required by test.js)`, "test.js:2:8"},
		"package.json":                      {"j", "", "SyntaxError: this is not JSON: Unexpected end of JSON input (EOF)", "node_modules/j/package.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := requiring(t, false, files, "\nrequire('"+c.require+"')")
			kind := c.kind
			if kind == "" {
				kind = engine.KindScript
			}
			e := scriptError(t, err, kind, c.message)
			if len(e.Stack) == 0 || e.Stack[0].Position() != c.position {
				t.Errorf("%v, want %s", e.Stack, c.position)
			}
			if last := e.Stack[len(e.Stack)-1]; last.File != "test.js" || last.Line != 2 {
				t.Errorf("%v does not end in the script", e.Stack)
			}
		})
	}
	t.Run("main leads nowhere", func(t *testing.T) {
		t.Parallel()
		_, _, err := requiring(t, false, files, "require('m')")
		if err == nil || !strings.Contains(err.Error(), "node_modules/m/package.json leads to it, but none of the files node_modules/m, ") || !strings.Contains(err.Error(), "node_modules/m/gone.js,") || !strings.Contains(err.Error(), " and ") {
			t.Error(err)
		}
	})
	t.Run("main leads out", func(t *testing.T) {
		t.Parallel()
		_, _, err := requiring(t, false, files, "require('out')")
		if err == nil || !strings.Contains(err.Error(), "there is no module 'out'") {
			t.Error(err)
		}
	})
	t.Run("no folder", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"./x", "x"} {
			err := newWorld(t).load(syncConfig, "require('"+name+"')")
			scriptError(t, err, engine.KindScript, "require: there is no module '"+name+"': the script has no folder of its own, as it is not a file, and no module path (--module-path) was granted (required by test.js)")
		}
	})
	t.Run("what the script sees", func(t *testing.T) {
		t.Parallel()
		w, _, err := requiring(t, false, files, `
			function caught(name) { try { require(name) } catch (e) { return e } }
			function run() {
				const lost = caught('./deep/a'), bad = caught('./bad');
				return JSON.stringify([lost.code, lost.requireStack, bad instanceof SyntaxError, bad.name, bad.message, bad.stack.split('\n').slice(0, 2), caught(5).message, caught('').message]) }`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.call()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, []any{`["MODULE_NOT_FOUND",["deep/b.js","deep/a.js","test.js"],true,"SyntaxError","Unexpected token =",["SyntaxError: Unexpected token =","\tat bad.js:2:7"],"require: the name of a module must be a string, not 5","require: the name of the module is empty"]`})
	})
}

// What a script does to the objects that require has made harms only itself.
func TestRequireTampered(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"frozen cache":     `Object.freeze(require.cache); require('./m')`,
		"frozen script":    `Object.freeze(module); require('./m')`,
		"frozen by JSON":   `JSON.parse = () => { Object.freeze(require.cache['m.json']) }; require('./m.json')`,
		"frozen module":    `require('./frozen')`,
		"SyntaxError":      `SyntaxError = 5; require('./bad')`,
		"no prototype":     `SyntaxError.prototype; globalThis.SyntaxError = {}; require('./bad')`,
		"JSON":             `JSON.parse = 5; require('./m.json')`,
		"no JSON":          `delete globalThis.JSON; require('./m.json')`,
		"a getter":         `Object.defineProperty(require.cache, 'm.js', { get() { throw Error('mine') } }); require('./m')`,
		"a broken one":     `require.cache['m.js'] = 5; require('./m')`,
		"Object.prototype": `Object.prototype.exports = { './x': './x' }; Object.prototype.main = 'nowhere'; require('p')`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, err := requiring(t, false, map[string]string{"m.js": "exports.x = 1", "m.json": "1", "bad.js": "=", "frozen.js": "Object.freeze(module)", "node_modules/p/package.json": "{}", "node_modules/p/index.js": ""},
				`function run() { try { `+script+`; return 'loaded' } catch (e) { return 'caught' } }`)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.call(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A file costs one call of the parent's, a package two, and what is known none.
func TestRequireCalls(t *testing.T) {
	t.Parallel()
	w, f, err := requiring(t, false, map[string]string{
		"a.js": "require('./b'); require('./lib/c')", "b.js": "require('./lib/c')", "lib/c.js": "require('../b')",
		"node_modules/p/package.json": `{"main":"x.js"}`, "node_modules/p/x.js": "require('q'); require('./y')", "node_modules/p/y.js": "", "node_modules/q/package.json": `{"exports":"./x.js"}`, "node_modules/q/x.js": "",
	}, `function run(name) { require(name) }`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		calls int
	}{{"./a", 3}, {"./a", 0}, {"./b.js", 0}, {"p", 5}, {"p", 0}, {"q", 0}} {
		before := f.calls
		if _, err := w.call(c.name); err != nil {
			t.Fatal(err)
		}
		if got := f.calls - before; got != c.calls {
			t.Errorf("%s: %d calls of the parent's, want %d", c.name, got, c.calls)
		}
	}
	// What was not there may be, later.
	if _, err := w.call("./new"); err == nil {
		t.Error("new was there")
	}
	f.files["new.js"] = ""
	if _, err := w.call("./new"); err != nil {
		t.Error(err)
	}
	delete(f.files, "new.js") // and stays loaded
	if _, err := w.call("./new"); err != nil {
		t.Error(err)
	}
}

// Names of required modules are not what the script offers.
func TestRequiredFunctions(t *testing.T) {
	t.Parallel()
	w, _, err := requiring(t, false, map[string]string{"m.js": "exports.f = () => 1", "g.js": "module.exports = () => 2"},
		`const m = require('./m'), g = require('./g'); exports.api = require('./m'); function run() {}`)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, w.vm.Functions(), []string{"api.f", "run"})
	if _, err := w.vm.Lookup("m.f"); err != nil {
		t.Error(err)
	}
}

func TestRequireManyFiles(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	var names []string
	for i := range 1000 {
		files[fmt.Sprintf("m/%d.js", i)] = fmt.Sprintf("module.exports = %d + (%d ? require('./%d') : 0)", i, i, max(i-1, 0))
		names = append(names, fmt.Sprintf("./m/%d", i))
	}
	w, _, err := requiring(t, false, files, `function run(...names) { return names.reduce((sum, name) => sum + require(name), 0) }`)
	if err != nil {
		t.Fatal(err)
	}
	args := make([]any, len(names))
	for i := range names {
		args[i] = names[i]
	}
	got, err := w.call(args...)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []any{int64(166666500)})
}
