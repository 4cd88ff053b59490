package bundle

import (
	"strings"
	"testing"

	"scripthost.example/host"
)

// What the bundler is for: syntax that goja does not have.
func TestSyntax(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want any
	}{
		"types": {`
			interface P { n: number }
			enum Colour { Red = 1, Blue }
			namespace Outer { export const x = 5 }
			abstract class A<T> { constructor(protected readonly v: T) {} abstract get(): T }
			class B extends A<number> { get() { return this.v } }
			const p = { n: 1 } satisfies P as P
			export function run() { return [p!.n, Colour.Blue, Colour[1], Outer.x, new B(4).get()].join() }`, "1,2,Red,5,4"},
		"decorators": {`
			function twice(f: any, _: any) { return function (this: any) { return 2 * f.call(this) } }
			class A { @twice get2() { return 21 } }
			export const run = () => new A().get2()`, int64(42)},
		"async generators": {`
			async function* upTo(n: number) { for (let i = 1; i <= n; i++) yield i }
			export async function run() {
				let sum = 0
				for await (const x of upTo(4)) sum += x
				for await (const x of [Promise.resolve(10)]) sum += x
				return sum
			}`, int64(20)},
		"async iterables": {`
			const counter = { async *[Symbol.asyncIterator]() { yield 1; yield 2 } }
			export async function run() {
				const all: number[] = []
				for await (const x of counter) all.push(x)
				return all.join()
			}`, "1,2"},
		"using": {`
			const log: string[] = []
			const thing = (name: string) => ({ [Symbol.dispose]() { log.push(name) } })
			export function run() { { using a = thing("a"), b = thing("b"); log.push("in") } return log.join() }`, "in,b,a"},
		"classes": {`
			class A { static #n = 1; #x = 2; static { this.#n++ } #m() { return this.#x } static has(o: object) { return #x in o } sum() { return A.#n + this.#m() } }
			export const run = () => [new A().sum(), A.has(new A())].join()`, "4,true"},
		"flags of regular expressions": {`
			export function run() { try { return String(/a/d) } catch (e) { return (e as Error).name } }`, "SyntaxError"},
		"dynamic import": {`
			export async function run() { const { format } = await import("./format"); return format(1) }`, "<1>"},
		"dynamic import of what is not there": {`
			export async function run(name = "./elsewhere") { try { await import(name) } catch (e) { return "caught" } }`, "caught"},
		"JSON": {`
			import data, { list } from "./data.json"
			export const run = () => data.a + list.length`, int64(3)},
		"types alone are not looked for": {`
			import type { X } from "./no-such-file"
			import { type Y, format } from "./format"
			export const run = (): string => format(1)`, "<1>"},
		"default and all": {`
			import made, * as all from "./format"
			export { format as run } from "./ran"
			void made, all`, "run"},
		"require": {`
			const { format } = require("./format")
			exports.run = () => format(2)`, "<2>"},
		"files": {`
			import { existsSync } from "node:fs"
			import fs from "fs"
			export const run = () => fs.existsSync === existsSync`, true},
		"unicode": {"export const run = () => `é💡${'\\u{1F4A1}'.length}` + /é/.source", "é💡2é"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gives(t, tree{
				"main.ts":   c.text,
				"format.ts": "export const format = (x: unknown) => `<${x}>`; export default function () {}",
				"ran.ts":    "export const format = () => 'run'",
				"data.json": `{"a": 1, "list": [1, 2]}`,
			}, nil, c.want)
		})
	}
}

// A file that neither imports nor exports is a script, as TypeScript has it.
func TestScript(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"function": "function run(): string { return 'ok' }",
		"constant": "const run = async (): Promise<string> => 'ok'",
		"requires": "const fs = require('fs')\nfunction run() { return fs && 'ok' }",
		"exports":  "module.exports = { run: (): string => 'ok' }",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, file := range []string{"main.ts", "main.cts", "main.tsx"} {
				gives(t, tree{file: text}, nil, "ok")
			}
		})
	}
}

// These endings say that the file is a module, whatever is in it.
func TestModuleEndings(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"main.mjs", "main.mts"} {
		_, err := tree{name: "function run() {}"}.start(t, nil)
		if err == nil || !strings.Contains(err.Error(), "the script offers no functions: a module offers what it exports") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a module does not export is not the worker's, whatever it is called.
func TestOwnNames(t *testing.T) {
	t.Parallel()
	files := tree{
		"main.mjs":  "import { x } from './other.mjs'\nfunction hidden() {}\nexport function run() { return [x, typeof run, typeof globalThis.run].join() }\nexport default () => 1",
		"other.mjs": "function run() { return 'other' }\nfunction help() {}\nglobalThis.__config = { check() {} }\nexport const x = run()",
	}
	w, err := files.start(t, nil)
	if out := run(t, w, err); out[0] != "other,function,undefined" {
		t.Errorf("%v", out)
	}
	if got := strings.Join(w.Functions(), " "); got != "default run" {
		t.Errorf("the functions are %q", got)
	}
	_, err = host.Func[string, any](w, "hidden")(testContext(t), "")
	if err == nil || !strings.Contains(err.Error(), "the script offers: default, run") {
		t.Errorf("hidden: %v", err)
	}
}

// tsconfig.json in the script's folder counts.
func TestTSConfig(t *testing.T) {
	t.Parallel()
	const view = "const h = (...x: unknown[]) => JSON.stringify(x)\nexport const run = () => <a b='1'>c</a>"
	for name, c := range map[string]struct {
		files tree
		want  any
	}{
		"jsx": {tree{
			"main.tsx":      view,
			"tsconfig.json": "// a comment\n{\"compilerOptions\": {/* another */ \"jsx\": \"react\", \"jsxFactory\": \"h\",},}",
		}, `["a",{"b":"1"},"c"]`},
		"extends": {tree{
			"main.tsx":         view,
			"tsconfig.json":    `{"extends": "./base/one.json"}`,
			"base/one.json":    `{"extends": "../base/two", "compilerOptions": {"jsxFactory": "h"}}`,
			"base/two.json":    `{"extends": "@tsconfig/strictest", "compilerOptions": {"jsxFactory": "wrong"}}`,
			"base/unused.json": "not JSON",
		}, `["a",{"b":"1"},"c"]`},
		"paths": {tree{
			"main.ts":       "import { x } from '@lib/x'\nimport { y } from 'exact'\nimport { z } from 'src/z'\nexport const run = () => x + y + z",
			"tsconfig.json": `{"compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["nowhere/*", "src/lib/*"], "exact": ["src/y.ts"]}}}`,
			"src/lib/x.ts":  "export const x = 'x'",
			"src/y.ts":      "export const y = 'y'",
			"src/z.ts":      "export const z = 'z'",
		}, "xyz"},
		"decorators": {tree{
			"main.ts":       "const seen: string[] = []\nfunction d(_: object, name: string) { seen.push(name) }\nclass A { @d m() {} }\nexport const run = () => { void A; return seen.join() }",
			"tsconfig.json": `{"compilerOptions": {"experimentalDecorators": true}}`,
		}, "m"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gives(t, c.files, nil, c.want)
		})
	}
}

// Warnings of the author's own files are log records.
func TestWarnings(t *testing.T) {
	t.Parallel()
	files := tree{
		"main.mjs":                     "import 'pack'\nexport const run = () => [typeof import.meta.url, typeof run == 'nul'].join()",
		"node_modules/pack/index.js":   "if (typeof x == 'nul') y()",
		"node_modules/pack/other.html": "",
	}
	logged := make(chan host.LogRecord, 10)
	w, err := files.start(t, &host.Options{OnLog: func(l host.LogRecord) { logged <- l }})
	if out := run(t, w, err); out[0] != "undefined,false" {
		t.Errorf("%v", out)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	close(logged)
	var all []string
	for l := range logged {
		all = append(all, l.Level+": "+l.Message)
	}
	text := strings.Join(all, "\n")
	if len(all) != 2 || strings.Contains(text, "node_modules") ||
		!strings.Contains(text, "warn: main.mjs:2:34: import.meta is empty in a worker") || !strings.Contains(text, `"nul"`) {
		t.Errorf("logged:\n%s", text)
	}
}
