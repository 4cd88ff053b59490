package js

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// An interrupted script is told of where it was, also where nothing that it does there
// could throw.
func TestInterruptedAt(t *testing.T) {
	t.Parallel()
	long := "// " + strings.Repeat("x", maxMarked)
	for name, c := range map[string]struct {
		script string
		files  map[string]string
		at     string // "" if any of lines will do
		lines  string
	}{
		"for":               {script: "function run() {\n  event(1);\n\n  for (;;);\n}", at: "run@test.js:4:3"},
		"nothing before":    {script: "function spin() {\n  for (;;);\n}\nfunction run() {\n  event(1);\n  spin();\n}", at: "spin@test.js:2:3"},
		"while":             {script: "function run() {\n  event(1);\n  let i = 0;\n  while (true) {\n    i++\n  }\n}", lines: "4 5"},
		"one statement":     {script: "function run() {\n  event(1);\n  let i = 0;\n  for (;;)\n    i++\n}", lines: "4 5"},
		"do":                {script: "function run() {\n  event(1);\n  do {\n  } while (true)\n}", at: "run@test.js:3:3"},
		"after an if":       {script: "function run(x) {\n  event(1);\n  if (x)\n    return\n  else\n    for (;;);\n}", at: "run@test.js:6:5"},
		"labelled":          {script: "function run() {\n  event(1);\n  a:\n  for (;;) continue a\n}", lines: "3 4"},
		"in a callback":     {script: "function run() {\n  event(1);\n  [1].map(() => {\n    for (;;);\n  })\n}", at: "@test.js:4:5"},
		"in a class":        {script: "class A {\n  m() {\n    for (;;);\n  }\n}\nfunction run() {\n  event(1);\n  new A().m()\n}", at: "m@test.js:3:5"},
		"static block":      {script: "function run() {\n  event(1);\n  class A {\n    static {\n      for (;;);\n    }\n  }\n}", lines: "5"},
		"switch":            {script: "function run() {\n  event(1);\n  switch (1) {\n  case 1:\n    for (;;);\n  }\n}", at: "run@test.js:5:5"},
		"twins":             {script: "function a() {\n  for (;;);\n}\nfunction b() {\n  for (;;);\n}\nfunction run() {\n  event(1);\n  b()\n}", at: "b@test.js:5:3"},
		"a literal pattern": {script: "const p = /\\p{L}/u;\nfunction run() {\n  event(1);\n  p.test('a');\n  for (;;);\n}", at: "run@test.js:5:3"},
		"try":               {script: "function run() {\n  try {\n    event(1);\n    for (;;);\n  } catch {}\n}", at: "run@test.js:4:5"},
		"eval":              {script: "function run() {\n  event(1);\n  eval('for (;;);')\n}", at: "<eval>"},
		"long":              {script: "\nfunction spin() {\n  for (;;);\n}\nfunction run() {\n  event(1);\n  spin();\n}\n" + long, at: "spin@test.js:2:1"},
		"module":            {script: "const m = require('./m');\nfunction run() {\n  event(1);\n  m()\n}", files: map[string]string{"m.js": "module.exports = () => { let i = 0; for (;;); }"}, at: "m.js:1:37"},
		"source map":        {script: mapped("function run() { event(1); spin() }\nconst spin = () => { for (;;); };", mappedTo), at: "spin@lib/a.ts:7:5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.host = (&sourceFiles{files: c.files}).host
			cfg := syncConfig
			cfg.Modules = moduleRoots
			err := w.load(cfg, c.script)
			if err != nil {
				t.Fatal(err)
			}
			// The interrupt may strike on the way to the loop: then it is tried again.
			where := ""
			for range 100 {
				interruptOnEvent(w)
				_, err = w.outcome(w.start())
				var e *engine.Error
				if !errors.As(err, &e) || e.Kind != engine.KindDeadline {
					t.Fatalf("%#v", err)
				}
				w.vm.ClearInterrupt()
				if len(e.Stack) == 0 { // the way there is no part of the source map
					where = "no place that is told"
					continue
				}
				where = at(e, 0)
				if c.at != "" && strings.TrimPrefix(where, "@") == strings.TrimPrefix(c.at, "@") ||
					c.at == "" && strings.Contains(" "+c.lines+" ", " "+string(rune('0'+e.Stack[0].Line))+" ") {
					return
				}
			}
			t.Errorf("it was at %s, not at %s%s", where, c.at, c.lines)
		})
	}
}

// Each instruction has a counterpart in what is compiled once more.
func TestTwins(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"loops": "let i = 0; for (;;) { if (i++ > 5) break; else continue }\nwhile (i) i--; do i++; while (i < 5)\nfor (const k in {a: 1}) { let x = () => k; x() }\nfor (const k of [1]) switch (k) { case 1: break; default: throw 1 }",
		"kinds": "'use strict';\nclass A extends Object { #p = () => 1; static { for (let j = 0; j < 1; j++) { if (j) { continue } } } get a() { return this.#p() } static *b(x = function () { return 2 }) { yield* [x] } }\nlabel: { try { new A().a } catch ({message}) { break label } finally { A } }",
		"plain": "with ({a: 1}) { a }\nif (1) function f() { return arguments.length } else { var g = eval('1') }\nconst h = async x => { for (const y of [x]) await y; return x?.[0] ?? /\\p{L}/u.test(x) }, k = (a, [b] = [1], ...c) => (a, b);",
	}
	entries, err := os.ReadDir("lib")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join("lib", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[e.Name()] = "function wrapped() {" + string(text) + "}"
	}
	v := loaded(t, syncConfig, "function run() {}").vm.(*vm)
	for name, text := range texts {
		program, _, fault := v.compile(name, text, nil)
		if fault != nil {
			t.Fatalf("%s: %v", name, fault)
		}
		twins := v.twins(&kept{program: program})
		if len(twins) == 0 {
			t.Errorf("%s has no twin", name)
		}
		eachProgram(program, func(p *goja.Program) {
			code := codeOfProgram(p)
			if _, ok := counterpart(code, codeOfProgram(twins[p]), code.Len()); !ok {
				t.Errorf("%s: a function of %d instructions has no twin", name, code.Len())
			}
		})
	}
}

// Columns in the first line of what stands in a function of ours are those of its file.
func TestColumnsOfTheFirstLine(t *testing.T) {
	t.Parallel()
	const text = "exports.f = () => { throw new Error('x') }; exports.g = () =>\nnull.x; exports.h = function () { return new Error('y').stack }"
	w, _, err := requiring(t, false, map[string]string{"m.js": text, "n.js": "exports.stack = new Error('x').stack", "o.js": "throw new Error('z')"},
		`const stack = f => { try { return f() } catch (e) { return e.stack } };
		function run(what) { return { f() { return require('./m').f() }, g() { return require('./m').g() }, o() { return require('./o') },
			stacks() { return results(stack(() => require('./m').f()), stack(() => require('./m').g()), require('./m').h(), require('./n').stack, stack(() => require('./o'))) } }[what]() }`)
	if err != nil {
		t.Fatal(err)
	}
	for what, place := range map[string]string{"f": "m.js:1:27", "g": "m.js:2:6", "o": "o.js:1:7"} {
		_, err := w.call(what)
		var e *engine.Error
		if !errors.As(err, &e) || len(e.Stack) == 0 || e.Stack[0].Position() != place {
			t.Errorf("%s: %v is not at %s", what, e.Stack, place)
		}
	}
	got, err := w.call("stacks")
	if err != nil || len(got) != 5 {
		t.Fatalf("%v, %v", got, err)
	}
	for i, place := range []string{"m.js:1:27(", "m.js:2:6(", "m.js:2:42(", "n.js:1:17(", "o.js:1:7("} {
		first := strings.Split(got[i].(string), "\n")[1]
		if !strings.Contains(first, place) {
			t.Errorf("%q does not name %s", first, place)
		}
	}
}
