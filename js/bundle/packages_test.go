package bundle

import (
	"errors"
	"strings"
	"testing"

	"scripthost.example/host"
)

// What an import of a package leads to.
func TestPackages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files tree // main.mjs is made of imports
		main  string
		want  any
	}{
		"main": {tree{
			"node_modules/p/package.json": `{"main": "lib"}`,
			"node_modules/p/lib.js":       "module.exports = 'lib.js'",
			"node_modules/p/index.js":     "module.exports = 'index.js'",
		}, "import p from 'p'; export const run = () => p", "lib.js"},
		"main is a folder": {tree{
			"node_modules/p/package.json": `{"main": "./lib/"}`,
			"node_modules/p/lib/index.js": "module.exports = 'lib'",
		}, "import p from 'p'; export const run = () => p", "lib"},
		"main is not there": {tree{
			"node_modules/p/package.json": `{"main": "gone.js"}`,
			"node_modules/p/index.js":     "module.exports = 'index'",
		}, "import p from 'p'; export const run = () => p", "index"},
		"no manifest": {tree{
			"node_modules/p/index.js": "module.exports = 'p'",
			"node_modules/q.js":       "module.exports = 'q'",
		}, "import p from 'p'; import q from 'q'; export const run = () => p + q", "pq"},
		"module, or main": {tree{
			"node_modules/p/package.json": `{"main": "c.js", "module": "m.js"}`,
			"node_modules/p/m.js":         "export default 'module'",
			"node_modules/p/c.js":         "module.exports = 'main'",
		}, "import p from 'p'; export const run = () => [p, require('p')].join()", "module,main"},
		"conditions": {tree{
			"node_modules/p/package.json": `{"exports": {"node": "./n.js", "types": "./t.d.ts", "import": {"deno": "./n.js", "default": "./i.mjs"}, "require": "./r.js"}}`,
			"node_modules/p/i.mjs":        "export default 'import'",
			"node_modules/p/r.js":         "module.exports = 'require'",
			"node_modules/p/n.js":         "throw 1",
		}, "import p from 'p'; export const run = () => [p, require('p')].join()", "import,require"},
		"the order of conditions": {tree{
			"node_modules/p/package.json": `{"exports": {".": {"default": "./d.js", "browser": "./b.js"}, "./two": {"browser": "./b.js", "default": "./d.js"}}}`,
			"node_modules/p/d.js":         "export default 'd'",
			"node_modules/p/b.js":         "export default 'b'",
		}, "import p from 'p'; import q from 'p/two'; export const run = () => p + q", "db"},
		"patterns": {tree{
			"node_modules/@s/p/package.json":      `{"exports": {"./*": "./no/*.js", "./f/*": "./lib/*/main.js", "./f/*.js": "./lib/*/main.js", "./f/x/*": null, "./e": ["no", "./lib/a/main.js"]}}`,
			"node_modules/@s/p/lib/a/main.js":     "export default 'a'",
			"node_modules/@s/p/lib/b/c/main.js":   "export default 'c'",
			"node_modules/@s/p/lib/x/b/c/main.js": "",
		}, "import a from '@s/p/f/a'; import c from '@s/p/f/b/c.js'; export const run = () => a + c", "ac"},
		"a package's own imports": {tree{
			"node_modules/p/package.json": `{"name": "p", "exports": {".": "./a.js", "./b": "./b.js"}, "imports": {"#dep": {"node": "./no.js", "default": "./c.js"}, "#x/*": "./x/*.js", "#q": "q"}}`,
			"node_modules/p/a.js":         "import c from '#dep'; import x from '#x/y'; import q from '#q'; import b from 'p/b'; export default c + x + q + b",
			"node_modules/p/b.js":         "export default 'b'",
			"node_modules/p/c.js":         "export default 'c'",
			"node_modules/p/x/y.js":       "export default 'y'",
			"node_modules/q/index.js":     "module.exports = 'q'",
		}, "import p from 'p'; export const run = () => p", "cyqb"},
		"the script's own imports": {tree{
			"package.json": `{"name": "me", "imports": {"#lib": "./lib.mjs"}, "exports": {"./lib": "./lib.mjs"}}`,
			"lib.mjs":      "export default 'lib'",
		}, "import a from '#lib'; import b from 'me/lib'; export const run = () => [a, b].join()", "lib,lib"},
		"instead in a browser": {tree{
			"node_modules/p/package.json": `{"main": "a.js", "browser": {"./lib/node.js": "./lib/web.js", "fs": false, "dep": "other", "./gone": false}}`,
			"node_modules/p/a.js":         "module.exports = [require('./lib/node'), Object.keys(require('fs')).length, require('dep'), typeof require('./gone.js')].join()",
			"node_modules/p/lib/node.js":  "module.exports = require('child_process')",
			"node_modules/p/lib/web.js":   "module.exports = 'web'",
			"node_modules/p/gone.js":      "throw 1",
			"node_modules/other/index.js": "module.exports = 'other'",
		}, "import p from 'p'; export const run = () => p", "web,0,other,object"},
		"a browser's circle": {tree{
			"node_modules/p/package.json": `{"browser": {"a": "b", "b": "a"}}`,
			"node_modules/p/index.js":     "module.exports = require('a')",
			"node_modules/b/index.js":     "module.exports = 'b'",
		}, "import p from 'p'; export const run = () => p", "b"},
		"the nearest": {tree{
			"node_modules/p/index.js":                "module.exports = 'outer' + require('q')",
			"node_modules/q/index.js":                "module.exports = 'outer'",
			"node_modules/p/node_modules/q/index.js": "module.exports = 'inner'",
			"lib/node_modules/r/index.js":            "module.exports = 'r' + require('q')",
			"lib/x.mjs":                              "export { default } from 'r'",
		}, "import p from 'p'; import r from './lib/x.mjs'; export const run = () => [p, r].join()", "outerinner,router"},
		"side effects": {tree{
			"node_modules/p/package.json":      `{"sideEffects": ["*.effect.js", "./deep/**/x.js"], "main": "index.js"}`,
			"node_modules/p/index.js":          "import './none.js'; import './an.effect.js'; import './deep/a/b/x.js'; export const list = globalThis.list",
			"node_modules/p/none.js":           "throw new Error('it is not wanted')",
			"node_modules/p/an.effect.js":      "globalThis.list = ['effect']",
			"node_modules/p/deep/a/b/x.js":     "globalThis.list.push('deep')",
			"node_modules/p/unused.js":         "syntax error",
			"node_modules/unused/package.json": "{",
		}, "import { list } from 'p'; export const run = () => list.join()", "effect,deep"},
		"Node's modules that may be missing": {tree{
			"node_modules/p/index.js": "let os; try { os = require('os') } catch (e) { os = e.code }\nmodule.exports = os",
		}, "import p from 'p'; export const run = () => p", "MODULE_NOT_FOUND"},
		"packages that may be missing": {tree{
			"node_modules/p/index.js": "let x = []\nfor (const f of [() => require('gone'), () => require('./gone'), () => require('gone')]) try { f() } catch (e) { x.push(e.code) }\nmodule.exports = async () => { try { await import('gone/too') } catch (e) { return x + e.message } }",
		}, "import p from 'p'; export const run = p", "MODULE_NOT_FOUND,MODULE_NOT_FOUND,MODULE_NOT_FOUND" +
			`"gone/too" cannot be found; tried node_modules/p/node_modules/gone/package.json, node_modules/gone/package.json; ` + installHint},
		"the folder itself": {tree{
			"lib/package.json": `{"main": "main.js"}`,
			"lib/main.js":      "import p from './package.json'; export default p.main",
			"lib/a.mjs":        "export { default } from '.'",
			"lib/b/c.mjs":      "export { default } from '../'",
		}, "import a from './lib/a.mjs'; import c from './lib/b/c.mjs'; export const run = () => [a, c].join()", "main.js,main.js"},
		"a package with the name of one of Node's": {tree{
			"node_modules/punycode/package.json": `{"main": "p.js"}`,
			"node_modules/punycode/p.js":         "module.exports = 'mine'",
		}, "import p from 'punycode'; export const run = () => p", "mine"},
		"TypeScript": {tree{
			"node_modules/p/package.json": `{"exports": "./src/index.ts"}`,
			"node_modules/p/src/index.ts": "import { x } from './x.js'\nexport default x as string",
			"node_modules/p/src/x.ts":     "export const x: string = 'ts'",
		}, "import p from 'p'; export const run = () => p", "ts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.files["main.mjs"] = c.main
			gives(t, c.files, nil, c.want)
		})
	}
}

// Packages are also found in folders that were granted, by scripts without files
// too.
func TestModulePath(t *testing.T) {
	t.Parallel()
	dir := tree{
		"node_modules/p/index.js": "module.exports = 'p' + require('q')",
		"node_modules/q/index.js": "module.exports = 'q'",
		"lib/index.ts":            "export const lib = 'lib' as string\nexport function fail() { throw new Error('here') }",
	}.write(t)
	opts := &host.Options{Grants: host.Grants{Modules: []string{dir}}, Serialiser: host.JSON}
	const text = "import p from 'p'\nimport { lib, fail } from 'lib'\nexport const run = () => p + lib\nexport { fail }"
	gives(t, tree{"main.mjs": text}, opts, "pqlib")
	script, err := host.Inline(host.TS, text)
	if err != nil {
		t.Fatal(err)
	}
	w, err := host.Start(testContext(t), script, opts)
	if out := run(t, w, err); out[0] != "pqlib" {
		t.Errorf("%v", out)
	}
	defer w.Close()
	_, err = host.Func[string, any](w, "fail")(testContext(t), "")
	if _, at := position(t, err); at != dir+"/lib/index.ts:2:32" {
		t.Errorf("the error is at %s", at)
	}
}

// What cannot be imported, and what is said of it.
func TestNotImported(t *testing.T) {
	t.Parallel()
	files := func(main string) tree {
		return tree{
			"main.mjs":                       main,
			"there.mjs":                      "export const x = 1",
			"data.csv":                       "",
			"latin.mjs":                      "const a = 1\nconst b = '\xe9'",
			"utf16.mjs":                      "a\x00b\x00",
			"broken.json":                    "{",
			"node_modules/p/package.json":    `{"exports": {"./a": "./a.js", "./out": "./../../main.mjs", "./gone": "./gone.js"}}`,
			"node_modules/p/a.js":            "",
			"node_modules/q/package.json":    `{"main": "../../there.mjs"}`,
			"node_modules/bad/package.json":  `{"main": "x`,
			"node_modules/deep/package.json": `{"exports": ` + strings.Repeat(`{"default":`, 100) + `"./x"` + strings.Repeat("}", 100) + "}",
			"node_modules/wide/package.json": `{"exports": {"default": [` + strings.Repeat(`{"default": null},`, 20_000) + `"./x"]}}`,
			"node_modules/net/package.json":  `{"main": "a.js"}`,
			"node_modules/asks/index.mjs":    "import dns from 'dns'\nexport default dns",
			"node_modules/asks/package.json": `{"main": "index.mjs"}`,
		}
	}
	for text, c := range map[string]struct{ message, at string }{
		"import './gone'":                 {`"./gone" cannot be found; tried gone, gone.tsx, gone.ts, gone.jsx, gone.js, gone.json, gone/package.json,`, "main.mjs:1:8"},
		"\nimport 'gone/sub'":             {`"gone/sub" cannot be found; tried node_modules/gone/package.json; install it in the script's folder, or grant`, "main.mjs:2:8"},
		"import 'p'":                      {`node_modules/p/package.json does not export "." ("p")`, "main.mjs:1:8"},
		"import 'p/b'":                    {`does not export "./b"`, "main.mjs:1:8"},
		"import 'p/out'":                  {"leads out of the package", "main.mjs:1:8"},
		"import 'p/gone'":                 {`"p/gone" cannot be found; tried node_modules/p/gone.js`, "main.mjs:1:8"},
		"import 'q'":                      {`"q" cannot be found`, "main.mjs:1:8"},
		"import 'q/../../x'":              {`leads out of its package`, "main.mjs:1:8"},
		"import 'bad'":                    {"node_modules/bad/package.json cannot be read", "main.mjs:1:8"},
		"import 'deep'":                   {"nested more than 64 levels deep", "main.mjs:1:8"},
		"import 'wide'":                   {`does not export "."`, "main.mjs:1:8"},
		"import '#x'":                     {`"#x" needs a package.json with imports`, "main.mjs:1:8"},
		"import '\\ud800'":                {"is not text: no file has that name", "main.mjs:1:8"},
		"import ''":                       {"this one is empty", "main.mjs:1:8"},
		"import '@x'":                     {"is not the name of a package", "main.mjs:1:8"},
		"import '//host/x'":               {"is a URL", "main.mjs:1:8"},
		"import 'data:text/javascript,1'": {"is a URL", "main.mjs:1:8"},
		"import 'file:///etc/passwd'":     {"is a URL", "main.mjs:1:8"},
		"import 'http'":                   {`"http" is a part of Node.js that workers do not have`, "main.mjs:1:8"},
		"import 'node:x'":                 {`"node:x" is a part of Node.js`, "main.mjs:1:8"},
		"import 'asks'":                   {`"dns" is a part of Node.js that workers do not have`, "node_modules/asks/index.mjs:1:17"},
		"import './data.csv'":             {"data.csv is no kind of file that a script can import: there are .js", "main.mjs:1:8"},
		"import './latin.mjs'":            {`SyntaxError: the source is not UTF-8: there is an octet \xE9 in it`, "latin.mjs:2:12"},
		"import './utf16.mjs'":            {`SyntaxError: the source is in UTF-16; save it as UTF-8`, "utf16.mjs:1:1"},
		"import './broken.json'":          {"SyntaxError: ", "broken.json:1:2"},
		"import {y} from './there.mjs'":   {`SyntaxError: No matching export in "there.mjs" for import "y"`, "main.mjs:1:9"},
		"let a = 1;\nlet a = 2":           {`SyntaxError: The symbol "a" has already been declared`, "main.mjs:2:5"},
		"import 'p/a';\nawait 1":          {"SyntaxError: Top-level await is not supported: await in an async function, such as one that is called first (init)\n", "main.mjs:2:1"},
		"import './a'; import './b'":      {"\nmain.mjs:1:22: \"./b\" cannot be found", "main.mjs:1:8"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, err := files(text).start(t, nil)
			e, at := position(t, err)
			if !strings.Contains(e.Message, c.message) || at != c.at || e.Language != host.JS {
				t.Errorf("%s (%s): %s", at, e.Language, e.Message)
			}
		})
	}
}

// What is outside of the script's folder is denied, however it is asked for.
func TestOutside(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../outside", "../../outside.mjs", "..", "/etc/passwd", "./../main/../../outside.mjs"} {
		_, err := tree{"main.mjs": "import x from '" + name + "'\nexport const run = () => x"}.start(t, nil)
		var denied *host.DeniedError
		if !errors.As(err, &denied) || denied.Grant != "modules" || len(denied.Stack) == 0 || denied.Stack[0].Line != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
