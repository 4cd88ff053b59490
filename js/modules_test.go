package js

import (
	"errors"
	"testing"

	"scripthost.example/child/engine"
)

func TestPathModule(t *testing.T) {
	t.Parallel()
	var table []expression
	for js, want := range map[string]string{
		`p.join("a", "..", "/b", "./c/")`: `"b/c/"`, `p.join("")`: `"."`, `p.join("/a", "../..", "b")`: `"/b"`, `p.join("a", "../../b")`: `"../b"`,
		`p.normalize("/a/./b//../c/")`: `"/a/c/"`, `p.normalize("./")`: `"./"`, `p.normalize("")`: `"."`, `p.normalize("/..")`: `"/"`, `p.normalize("a/..")`: `"."`,
		`p.resolve("/a", "b", "../c")`: `"/a/c"`, `p.resolve("/a", "/b/")`: `"/b"`, `p.resolve("/")`: `"/"`,
		`p.relative("/a/b/c", "/a/d")`: `"../../d"`, `p.relative("a/b", "a/c")`: `"../c"`, `p.relative("/a", "/a")`: `""`,
		`["/a/b", "a", "/a", "/", "", "a/b/", "//a", "a//b", "/a//"].map(x => p.dirname(x))`: `["/a",".","/","/",".","a","//","a/","/"]`,
		`["/a/b.c", "b.c/", "/", "", "a"].map(x => p.basename(x))`:                           `["b.c","b.c","","","a"]`,
		`[p.basename("a.js", ".js"), p.basename(".js", ".js"), p.basename("a.js", "x")]`:     `["a","","a.js"]`,
		`["a.b", "a.", ".a", "a.b.c", "a", "..", "a/.b", "a.b/"].map(x => p.extname(x))`:     `[".b",".","",".c","","","",".b"]`,
		`p.parse("/a/b.c")`: `{"root":"/","dir":"/a","base":"b.c","ext":".c","name":"b"}`,
		`p.parse("b")`:      `{"root":"","dir":"","base":"b","ext":"","name":"b"}`,
		`p.parse("/")`:      `{"root":"/","dir":"/","base":"","ext":"","name":""}`,
		`p.format({dir: "/a", name: "b", ext: ".c"})`: `"/a/b.c"`, `p.format({root: "/", base: "b"})`: `"/b"`,
		`[p.sep, p.delimiter, p.posix === p, p.isAbsolute("/a"), p.isAbsolute("a")]`: `["/",":",true,true,false]`,
		`p.join(1)`: `!TypeError ERR_INVALID_ARG_TYPE`, `p.dirname(null)`: `!TypeError ERR_INVALID_ARG_TYPE`,
		`require("path/posix") === p`: `true`,
	} {
		table = append(table, expression{js, want})
	}
	checkExpressions(t, `const p = require("node:path");`, table)
}

func TestEventsModule(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `const E = require("events"); const emitter = (f) => { const out = []; f(new E, out); return out };`, []expression{
		{`emitter((e, out) => { e.on("a", function (...x) { out.push(x, this === e) }); out.push(e.emit("a", 1, 2), e.emit("b")) })`, `[[1,2],true,true,false]`},
		{`emitter((e, out) => { e.once("a", x => out.push(x)); e.emit("a", 1); e.emit("a", 2) })`, `[1]`},
		{`emitter((e, out) => { e.on("a", () => out.push(2)); e.prependListener("a", () => out.push(1)); e.prependOnceListener("a", () => out.push(0)); e.emit("a"); e.emit("a") })`, `[0,1,2,1,2]`},
		{`emitter((e, out) => { const f = () => out.push(1); e.on("a", f).addListener("a", f).off("a", f); e.emit("a"); out.push(e.listenerCount("a")) })`, `[1,1]`},
		{`emitter((e, out) => { const f = () => {}; e.once("a", f); out.push(e.listeners("a")[0] === f, e.rawListeners("a")[0] === f, e.rawListeners("a")[0].listener === f); e.off("a", f); out.push(e.eventNames()) })`, `[true,false,true,[]]`},
		{`emitter((e, out) => { e.on("newListener", (n, f) => out.push(n, typeof f)); e.on("a", () => {}) })`, `["a","function"]`},
		{`emitter((e, out) => { e.on("removeListener", n => out.push(n)); e.on("a", () => {}); e.on("b", () => {}); e.removeAllListeners() ; out.push(e.eventNames()) })`, `["a","b",[]]`},
		{`emitter((e, out) => { e.on("a", () => { e.removeAllListeners("a"); out.push(1) }); e.on("a", () => out.push(2)); e.emit("a"); e.emit("a") })`, `[1,2]`},
		{`new E().emit("error", new RangeError("x"))`, `!RangeError`},
		{`new E().emit("error", "x")`, `!Error ERR_UNHANDLED_ERROR`},
		{`new E().on("a", 1)`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`new E().setMaxListeners(-1)`, `!RangeError ERR_OUT_OF_RANGE`},
		{`(() => { function A() { E.call(this) } require("util").inherits(A, E); const a = new A, b = new A; a.on("x", () => {}); return [b.listenerCount("x"), a instanceof E, A.super_ === E] })()`, `[0,true,true]`},
		{`(() => { const o = Object.assign({}, E.prototype); let n; o.on("x", v => n = v); o.emit("x", 5); return n })()`, `5`},
		{`(() => { class A extends E {}; let n; const s = Symbol(); new A().on(s, v => n = v).emit(s, 5); return n })()`, `5`},
		{`(e => { const p = E.once(e, "a"); e.emit("a", 1, 2); return p })(new E)`, `[1,2]`},
		{`(e => { const p = E.once(e, "a"); e.emit("error", new RangeError("x")); return p })(new E)`, `!RangeError`},
		{`E.once(new E, "a", {signal: AbortSignal.abort()})`, `!AbortError ABORT_ERR`},
		{`[E.EventEmitter === E, require("node:events") === E, E.defaultMaxListeners, new E().getMaxListeners()]`, `[true,true,10,10]`},
		{`emitter((e, out) => { e.on(E.errorMonitor, x => out.push("m", x)); e.on("error", x => out.push(x)); e.emit("error", 1) })`, `["m",1,1]`},
	})
}

func TestUtilModule(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `const u = require("util"); const same = u.isDeepStrictEqual;`, []expression{
		{`u.format("%s %d %j %%", "a", 5, {a: 1})`, `"a 5 {\"a\":1} %"`},
		{`[u.toUSVString("a\ud83d\ude00b"), u.toUSVString("\ud800a\udc00") === "\ufffda\ufffd", u.toUSVString(5)]`, `["a😀b",true,"5"]`},
		{`u.inspect({a: [1, "x"]})`, `"{ a: [ 1, 'x' ] }"`},
		{`u.inspect({a: {b: {c: {}}}}, {depth: 0})`, `"{ a: [Object] }"`},
		{`u.inspect({[u.inspect.custom]() { return "mine" }})`, `"mine"`},
		{`u.promisify((a, done) => done(null, a + 1))(1)`, `2`},
		{`u.promisify((done) => done(new RangeError("x")))()`, `!RangeError`},
		{`u.promisify(1)`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`u.promisify(Object.assign(() => {}, {[u.promisify.custom]: () => 7}))()`, `7`},
		{`u.promisify(setTimeout)(1, "v")`, `"v"`},
		{`new Promise(f => u.callbackify(async x => x + 1)(1, (e, v) => f([e, v])))`, `[null,2]`},
		{`[u.types.isDate(new Date), u.types.isDate({}), u.types.isMap(new Map), u.types.isSet(new Map), u.types.isRegExp(/a/), u.types.isPromise(Promise.resolve()), u.types.isPromise({then() {}})]`, `[true,false,true,false,true,true,false]`},
		{`[u.types.isProxy(new Proxy({}, {})), u.types.isTypedArray(new Int8Array), u.types.isUint8Array(new Int8Array), u.types.isNativeError(new TypeError), u.types.isBoxedPrimitive(Object(1)), u.types.isArrayBuffer(new ArrayBuffer(1)), u.types.isWeakMap(new WeakMap), u.types.isDataView(new DataView(new ArrayBuffer(1)))]`, `[true,true,false,true,true,true,true,true]`},
		{`[same({a: [1, {b: 2}]}, {a: [1, {b: 2}]}), same({a: 1}, {a: 2}), same([1], ["1"]), same(NaN, NaN), same(0, -0), same({}, []), same(null, {})]`, `[true,false,false,true,false,false,false]`},
		{`[same(new Set([{a: 1}]), new Set([{a: 1}])), same(new Set([1]), new Set([2])), same(new Map([[{k: 1}, 2]]), new Map([[{k: 1}, 2]])), same(new Map([[1, 2]]), new Map([[1, 3]]))]`, `[true,false,true,false]`},
		{`[same(new Date(1), new Date(1)), same(/a/g, /a/i), same(new Uint8Array([1]), new Uint8Array([1])), same(new Uint8Array([1]), new Uint8Array([2])), same(Object(1), Object(2)), same(new Error("a"), new Error("b"))]`, `[true,false,true,false,false,false]`},
		{`[same({a: undefined}, {}), same([,], [undefined]), same(Object.create(null), {}), same({[Symbol.iterator]: 1}, {[Symbol.iterator]: 1})]`, `[false,false,false,true]`},
		{`((a, b) => { a.a = a; b.a = b; return same(a, b) })({}, {})`, `true`},
		{`same({get a() { throw new RangeError("x") }}, {a: 1})`, `!RangeError`},
		{`u.stripVTControlCharacters("\x1b[31mred\x1b[0m")`, `"red"`},
		{`require("util/types") === u.types`, `true`},
	})
	w := loaded(t, syncConfig, `function run() {
		const nest = () => { let o = {}; for (let i = 0; i < 1e6; i++) o = {o}; return o };
		try { require("util").isDeepStrictEqual(nest(), nest()) } catch (e) { return e.name + ": " + e.message } }`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{"RangeError: the values are nested deeper than 1000, too deep to be compared"})

	w = loaded(t, syncConfig, `function run() { const f = require("util").deprecate(x => x, "old", "DEP1"); return [f(1), f(2)] }`)
	got, err = w.call()
	equal(t, err, nil)
	equal(t, got, []any{[]any{int64(1), int64(2)}})
	equal(t, w.logs, []record{{engine.LevelWarn, "[DEP1] DeprecationWarning: old", nil}})
}

func TestSmallModules(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `const q = require("querystring"), url = require("url"), timers = require("timers"), later = require("timers/promises");`, []expression{
		{`q.parse("a=1&b=x+y&a=%C3%A9&c&=d&&e=%zz")`, `{"a":["1","é"],"b":"x y","c":"","":"d","e":"%zz"}`},
		{`q.parse("a:1;b:2", ";", ":")`, `{"a":"1","b":"2"}`},
		{`q.parse("a=1&b=2&c=3", null, null, {maxKeys: 2})`, `{"a":"1","b":"2"}`},
		{`Object.getPrototypeOf(q.parse("__proto__=1")) `, `null`},
		{`q.stringify({a: [1, "é"], b: true, c: null, d: {}, e: Infinity, "f g": "h i"})`, `"a=1&a=%C3%A9&b=true&c=&d=&e=&f%20g=h%20i"`},
		{`q.stringify({a: 1}, ";", ":") + q.stringify(5)`, `"a:1"`},
		{`[url.URL === URL, url.fileURLToPath("file:///a%20b"), url.pathToFileURL("/a b%#?").href]`, `[true,"/a b","file:///a%20b%25%23%3F"]`},
		{`url.fileURLToPath("http://a")`, `!TypeError ERR_INVALID_URL_SCHEME`},
		{`url.fileURLToPath("file://h/a")`, `!TypeError ERR_INVALID_FILE_URL_HOST`},
		{`url.fileURLToPath("file:///a%2Fb")`, `!TypeError ERR_INVALID_FILE_URL_PATH`},
		{`url.fileURLToPath(1)`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`[timers.setTimeout === setTimeout, require("node:timers/promises") === later]`, `[true,true]`},
		{`later.setTimeout(1, "v")`, `"v"`},
		{`later.setImmediate("v")`, `"v"`},
		{`later.setTimeout(1, "v", {signal: AbortSignal.abort()})`, `!AbortError ABORT_ERR`},
		{`(c => { const p = later.setTimeout(1e6, "v", {signal: c.signal}); c.abort(); return p })(new AbortController)`, `!AbortError ABORT_ERR`},
	})
}

func TestAssertModule(t *testing.T) {
	t.Parallel()
	const bad = `!AssertionError ERR_ASSERTION`
	checkExpressions(t, `const assert = require("assert"); const no = () => { throw new TypeError("no way") };`, []expression{
		{`assert(1)`, `undefined`}, {`assert(0)`, bad}, {`assert.ok("")`, bad}, {`assert.ok()`, bad},
		{`assert.equal(1, "1")`, `undefined`}, {`assert.equal(1, 2)`, bad}, {`assert.equal(NaN, NaN)`, `undefined`}, {`assert.notEqual(1, "1")`, bad},
		{`assert.strictEqual(1, "1")`, bad}, {`assert.strictEqual(NaN, NaN)`, `undefined`}, {`assert.notStrictEqual(1, 1)`, bad},
		{`assert.strictEqual(1)`, `!TypeError ERR_MISSING_ARGS`},
		{`assert.deepEqual({a: [1]}, {a: ["1"]})`, `undefined`}, {`assert.deepStrictEqual({a: [1]}, {a: ["1"]})`, bad},
		{`assert.deepStrictEqual({a: [1]}, {a: [1]})`, `undefined`}, {`assert.notDeepStrictEqual({a: 1}, {a: 1})`, bad}, {`assert.notDeepEqual({a: 1}, {a: 2})`, `undefined`},
		{`assert.throws(no)`, `undefined`}, {`assert.throws(() => {})`, bad}, {`assert.throws(no, TypeError)`, `undefined`}, {`assert.throws(no, RangeError)`, bad},
		{`assert.throws(no, /way/)`, `undefined`}, {`assert.throws(no, /x/)`, bad}, {`assert.throws(no, {message: "no way", name: /Type/})`, `undefined`}, {`assert.throws(no, {message: "x"})`, bad},
		{`assert.throws(no, e => e.message === "no way")`, `undefined`}, {`assert.throws(no, e => false)`, bad}, {`assert.throws(1)`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`assert.doesNotThrow(no)`, bad}, {`assert.doesNotThrow(() => {})`, `undefined`},
		{`assert.rejects(async () => no())`, `undefined`}, {`assert.rejects(async () => 1)`, bad}, {`assert.rejects(Promise.reject(new TypeError("x")), /zz/)`, bad},
		{`assert.rejects(1)`, `!TypeError ERR_INVALID_ARG_TYPE`}, {`assert.doesNotReject(async () => no())`, bad}, {`assert.doesNotReject(async () => 1)`, `undefined`},
		{`assert.match("abc", /b/)`, `undefined`}, {`assert.match("abc", /x/)`, bad}, {`assert.doesNotMatch("abc", /b/)`, bad},
		{`assert.ifError(null)`, `undefined`}, {`assert.ifError(new Error("x"))`, bad}, {`assert.fail()`, bad},
		{`assert.equal(1, 2, new RangeError("mine"))`, `!RangeError`},
		{`(e => [e.message.startsWith("mine"), e.actual, e.expected, e.operator, e.generatedMessage])((() => { try { assert.strictEqual(1, 2, "mine") } catch (e) { return e } })())`, `[true,1,2,"strictEqual",false]`},
		{`assert.strict.equal(1, "1")`, bad}, {`require("assert/strict") === assert.strict`, `true`},
		{`new assert.AssertionError({message: "m", actual: 1}) instanceof Error`, `true`},
	})
}

// What a script has required is not what it offers.
func TestModulesAreNotOffered(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `const E = require("events"), assert = require("assert"), strict = require("assert/strict"), path = require("path"),
		types = require("util/types"), later = require("timers/promises"); function run() {}`)
	equal(t, w.vm.Functions(), []string{"run"})
}

func TestCwd(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `const path = require("path"); function run() { try { return path.resolve("a") } catch (e) { return e.kind } }`)
	w.host = func(name string, _ []any) ([]any, error) {
		equal(t, name, "runner.fs.cwd")
		return []any{[]byte("/home/ada")}, nil
	}
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{"/home/ada/a"})
	w.host = func(string, []any) ([]any, error) { return nil, &engine.Error{Kind: engine.KindDenied, Message: "no"} }
	got, err = w.call()
	equal(t, err, nil)
	equal(t, got, []any{"denied"})
}

// The checks are the same under Node, but for the columns of errors.
func TestVMModule(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `const vm = require("vm"); const message = f => { try { return f() } catch (e) { return e.name + ": " + e.message } };`, []expression{
		{`vm.runInThisContext("1 + 1")`, `2`},
		{`(vm.runInThisContext("const vmConst = 5; let vmLet = 6"), vm.runInThisContext("vmConst + vmLet"))`, `11`},
		{`(vm.runInThisContext("function vmFunction() { return 7 }"), globalThis.vmFunction())`, `7`},
		{`new vm.Script("this === globalThis").runInThisContext()`, `true`},
		{`((s) => [s.runInThisContext(), s.runInThisContext()])(new vm.Script("globalThis.vmCount = (globalThis.vmCount ?? 0) + 1"))`, `[1,2]`},
		{`new vm.Script("1") instanceof vm.Script`, `true`},
		{`message(() => new vm.Script("throw new TypeError('late')").runInThisContext())`, `"TypeError: late"`},
		{`message(() => new vm.Script("1 +")).startsWith("SyntaxError: Unexpected end of input")`, `true`},
		{`(() => { try { vm.runInThisContext("\n throw new Error('x')", "named.js") } catch (e) { return e.stack.includes("named.js:2:") } })()`, `true`},
		{`(() => { try { vm.runInThisContext("\n throw new Error('x')", {filename: "optioned.js"}) } catch (e) { return e.stack.includes("optioned.js:2:") } })()`, `true`},
	})
	w := loaded(t, syncConfig, `function run(text, options) { return require("vm").runInThisContext(text, options) }`)
	for _, test := range []struct {
		text    string
		offset  int64
		message string
		at      engine.Frame
	}{
		{"(()=>{ x = = 1", -7, "SyntaxError: Unexpected token =", engine.Frame{File: "in.js", Line: 1, Column: 5}},
		{"(()=>{ throw 5 })()", -7, "5", engine.Frame{File: "in.js", Line: 1, Column: 1}},
	} {
		_, err := w.call(test.text, map[string]any{"filename": "in.js", "columnOffset": test.offset})
		var fault *engine.Error
		if !errors.As(err, &fault) || fault.Message != test.message || len(fault.Stack) == 0 {
			t.Fatalf("%s: %v", test.text, err)
		}
		at := fault.Stack[0]
		at.Function = ""
		equal(t, at, test.at)
	}
	for _, code := range []any{int64(5), nil} {
		_, err := w.call(code, nil)
		scriptError(t, err, engine.KindScript, "TypeError: vm: the code must be a string, not "+map[any]string{int64(5): "5", nil: "null"}[code])
	}
}
