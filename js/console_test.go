package js

import (
	"strconv"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

func TestConsole(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]record{
		`console.log("a", 1, "b")`:        {engine.LevelInfo, "a 1 b", nil},
		`console.log()`:                   {engine.LevelInfo, "", nil},
		`console.info("x")`:               {engine.LevelInfo, "x", nil},
		`console.debug("x")`:              {engine.LevelDebug, "x", nil},
		`console.warn("x")`:               {engine.LevelWarn, "x", nil},
		`console.error("x")`:              {engine.LevelError, "x", nil},
		`console.dir("x")`:                {engine.LevelInfo, "'x'", nil},
		`console.assert(false, "why", 1)`: {engine.LevelError, "Assertion failed: why 1", nil},
		`console.assert(0)`:               {engine.LevelError, "Assertion failed", nil},
		`console.trace("x")`:              {engine.LevelDebug, "Trace: x\n    at run (test.js:1:31)", nil},
		`console.log("%s=%d %i %f %j %o %% %c!", "a", "4", 4.9, 1.5, {a: [1]}, {b: 1}, "css", "rest", 5)`: {engine.LevelInfo, `a=4 4 1.5 {"a":[1]} { b: 1 } % ! rest 5`, nil},
		`console.log("%d %i %f", 5n, -5n, 2n ** 64n)`:                                                     {engine.LevelInfo, "5n -5n 18446744073709551616n", nil},
		`console.log("%d %d %x %", {}, Symbol("q"))`:                                                      {engine.LevelInfo, "NaN NaN %x %", nil},
		`console.log("100%", 5)`:                                                                          {engine.LevelInfo, "100% 5", nil},
		`console.log("%s")`:                                                                               {engine.LevelInfo, "%s", nil},
		`["p"].forEach(console.log)`:                                                                      {engine.LevelInfo, "p 0 [ 'p' ]", nil},
		`log.warn("m", {a: 1, b: [null], c: undefined})`:                                                  {engine.LevelWarn, "m", map[string]any{"a": int64(1), "b": []any{nil}}},
		`log.info({a: 1})`:                                                                                {engine.LevelInfo, "{ a: 1 }", nil},
		`log.debug("m", null)`:                                                                            {engine.LevelDebug, "m", nil},
		`log.error("m", "text")`:                                                                          {engine.LevelError, "m", map[string]any{"value": "text"}},
		`log.info("m", {f() {}, n: NaN, u: new Uint8Array(1)})`:                                           {engine.LevelInfo, "m", map[string]any{"f": "[Function: f]", "n": "NaN", "u": "Uint8Array(1) [ 0 ]"}},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, syncConfig, "function run() { "+script+" }")
			_, err := w.call()
			equal(t, err, nil)
			equal(t, w.logs, []record{want})
		})
	}
}

// TestConsoleKeys finds the functions as Node's console has them: enumerable. They
// are none of the script's, whatever it calls them.
func TestConsoleKeys(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `const logger = console; exports.run = () => [
		Object.keys(console).join(), {...console}.group.name, console.table.name]`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{[]any{"log,warn,error,info,debug,dir,trace,assert,group,groupCollapsed,groupEnd,count,countReset,time,timeLog,timeEnd,table,dirxml", "group", "table"}})
	equal(t, w.vm.Functions(), []string{"run"})
}

func TestInspect(t *testing.T) {
	t.Parallel()
	var odd []string
	for i := range 100 {
		if i%2 == 0 {
			i += 1000
		}
		odd = append(odd, strconv.Itoa(i))
	}
	for value, want := range map[string]string{
		`"a"`: "a", `null`: "null", `undefined`: "undefined", `true`: "true", `1.5`: "1.5", `-0`: "-0", `10n`: "10n",
		`Symbol("x")`:             "Symbol(x)",
		`["a'b", "a\nb", 'a"b']`:  `[ "a'b", 'a\nb', 'a"b' ]`,
		`[1, [2, [3, [4]]]]`:      "[ 1, [ 2, [ 3, [Array] ] ] ]",
		`{a: {b: {c: {d: 1}}}}`:   "{ a: { b: { c: [Object] } } }",
		`{"a b": 1, 2: 3, c: ""}`: `{ ["2"]: 3, ["a b"]: 1, c: '' }`,
		`[]`:                      "[]",
		`{}`:                      "{}",
		`[,1]`:                    "[ undefined, 1 ]",
		`[() => 1][0]`:            "[Function: (anonymous)]",
		`function f() {}`:         "[Function: f]",
		`class A {}`:              "[class: A]",
		`new (class A { x = 1 })`: "A { x: 1 }",
		`new Map([[1, {a: "b"}], ["x", new Map]])`:                           "Map(2) { 1 => { a: 'b' }, 'x' => Map(0) {} }",
		`Object.assign(new Map([[1, 2]]), {a: 1})`:                           "Map(1) { 1 => 2, a: 1 }",
		`(m => m.set(m, m))(new Map)`:                                        "Map(1) { [Circular] => [Circular] }",
		`new (class Own extends Set {})([1])`:                                "Own(1) { 1 }",
		`Object.assign(new Map([[1, 2]]), {entries: 5})`:                     "Map(0) { entries: 5 }",
		`Object.assign(new Map, {entries: () => ({next: () => 1})})`:         "Map(0) { entries: [Function: entries] }",
		`[[[new Set([1])]]]`:                                                 "[ [ [ [Set] ] ] ]",
		`new Set(Array.from({length: 102}, (_, i) => i % 2 ? i : 1000 + i))`: "Set(102) { " + strings.Join(odd, ", ") + ", ... 2 more }",
		`new Set([1, [2]])`:                                                  "Set(2) { 1, [ 2 ] }",
		`new Date(0)`:                                                        "1970-01-01T00:00:00.000Z",
		`new Date(NaN)`:                                                      "Invalid Date",
		`/a/g`:                                                               "/a/g",
		`Promise.resolve(1)`:                                                 "Promise { 1 }",
		`new Promise(() => 0)`:                                               "Promise { <pending> }",
		`(p => (p.catch(() => 0), p))(Promise.reject(1))`:                    "Promise { <rejected> }",
		`new String("x")`:                                                    "[String: 'x']",
		`new Uint8Array([1, 2])`:                                             "Uint8Array(2) [ 1, 2 ]",
		`new Uint8Array(60)`:                                                 "Uint8Array(60) [" + strings.Repeat(" 0,", 50) + " ... ]",
		`Object.create(null)`:                                                "[Object: null prototype] {}",
		`(a => (a.a = a, a))({})`:                                            "{ a: [Circular] }",
		`Array(101).fill(1)`:                                                 "[" + strings.Repeat(" 1,", 100) + " ... 1 more ]",
		`new Error("x")`:                                                     "Error: x\n    at run (test.js:1:49)",
		`new Error`:                                                          "Error\n    at run (test.js:1:49)",
		`{e: new TypeError("x", {cause: 5})}`:                                "{ e: TypeError: x\n    at run (test.js:1:53)\n  caused by: 5 }",
		`Object.assign(() => 1, {a: 1})`:                                     "[Function: (anonymous)]",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, syncConfig, "function run() { const value =                  "+value+"; console.log(value) }")
			_, err := w.call()
			equal(t, err, nil)
			equal(t, w.logs[0].message, want)
		})
	}
}
