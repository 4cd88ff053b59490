package js

import "testing"

func TestStructuredClone(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `const c = structuredClone;`, []expression{
		{`c({a: [1, "x", null, undefined, true, {b: 1n === c(1n)}]})`, `{"a":[1,"x",null,null,true,{"b":true}]}`},
		{`(o => { o.self = o; const d = c(o); return [d !== o, d.self === d] })({})`, `[true,true]`},
		{`(x => { const d = c([x, x]); return [d[0] === d[1], d[0] !== x] })({})`, `[true,true]`},
		{`(d => [d instanceof Date, d.getTime()])(c(new Date(5)))`, `[true,5]`},
		{`Number.isNaN(c(new Date(NaN)).getTime())`, `true`},
		{`(r => [r.source, r.flags, r.lastIndex])(c(Object.assign(/a(b)/giy, {lastIndex: 3})))`, `["a(b)","giy",0]`},
		{`(m => [m instanceof Map, [...m]])(c(new Map([[{k: 1}, new Set([1])], ["x", 2]])))`, `[true,[[{"k":1},{}],["x",2]]]`},
		{`(s => [s instanceof Set, [...s]])(c(new Set([1, [2]])))`, `[true,[1,[2]]]`},
		{`(m => { m.set("m", m); const d = c(m); return d.get("m") === d })(new Map)`, `true`},
		{`(a => [a.length, 1 in a, a.x])(c(Object.assign([1, , 3], {x: 4})))`, `[3,false,4]`},
		{`(u => [u.constructor.name, [...u], u.byteOffset, u.buffer.byteLength])(c(new Uint16Array([1, 2, 3]).subarray(1)))`, `["Uint16Array",[2,3],2,6]`},
		{`(b => { const [x, y] = c([new Uint8Array(b), new DataView(b)]); x[0] = 7; return [y.getUint8(0), new Uint8Array(b)[0]] })(new ArrayBuffer(2))`, `[7,0]`},
		{`(e => [e instanceof RangeError, e.name, e.message, e.x, e.cause])(c(Object.assign(new RangeError("m", {cause: {a: 1}}), {x: 1})))`, `[true,"RangeError","m",null,{"a":1}]`},
		{`(e => [e.constructor === Error, e.name])(c(Object.assign(new Error("m"), {name: "Odd"})))`, `[true,"Error"]`},
		{`[c(Object(1)) instanceof Number, c(Object("s")).length, typeof c(Object(false)), typeof c(Object(1n))]`, `[true,1,"object","object"]`},
		{`Object.getPrototypeOf(c(new (class A { x = 1; get y() { return 2 } }))) === Object.prototype`, `true`},
		{`Object.keys(c(Object.create({inherited: 1}, {hidden: {value: 1}, own: {value: 1, enumerable: true}})))`, `["own"]`},
		{`Object.getOwnPropertyDescriptor(c({get a() { return 5 }}), "a")`, `{"value":5,"writable":true,"enumerable":true,"configurable":true}`},
		{`(d => [Object.hasOwn(d, "__proto__"), Object.getPrototypeOf(d) === Object.prototype])(c(JSON.parse('{"__proto__": {"x": 1}}')))`, `[true,true]`},
		{`c(() => 1)`, `!DataCloneError`},
		{`c(Symbol("x"))`, `!DataCloneError`},
		{`c({a: {b: class A {}}})`, `!DataCloneError`},
		{`c(new WeakMap)`, `!DataCloneError`},
		{`c(Promise.resolve(1))`, `!DataCloneError`},
		{`c(new Proxy({}, {}))`, `!DataCloneError`},
		{`c({get a() { throw new RangeError("x") }})`, `!RangeError`},
		{`c()`, `!TypeError ERR_MISSING_ARGS`},
		{`(b => { const d = c(b, {transfer: [b]}); return [d.byteLength, b.byteLength] })(new ArrayBuffer(3))`, `[3,0]`},
		{`(b => { c(b, {transfer: [b]}); c(b) })(new ArrayBuffer(3))`, `!DataCloneError`},
		{`(b => c(1, {transfer: [b, b]}))(new ArrayBuffer(3))`, `!DataCloneError`},
		{`c(JSON.parse('[' + '"x",'.repeat(1e4) + '1]')).length`, `10001`},
		{`(e => [e.code, e instanceof DOMException, e instanceof Error, e.message.endsWith("could not be cloned.")])((() => { try { c(() => 1) } catch (e) { return e } })())`, `[25,true,true,true]`},
	})
	// Deeper than a stack can be here, and than Node can go.
	w := loaded(t, syncConfig, `function run() {
		let deep = {}; for (let i = 0; i < 1e5; i++) deep = {deep};
		let n = 0; for (let o = structuredClone(deep); o.deep; o = o.deep) n++;
		return n }`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{int64(1e5)})
}

func TestDOMException(t *testing.T) {
	t.Parallel()
	checkExpressions(t, "", []expression{
		{`(e => [e.name, e.message, e.code])(new DOMException)`, `["Error","",0]`},
		{`(e => [e.name, e.message, e.code, String(e)])(new DOMException("m", "AbortError"))`, `["AbortError","m",20,"AbortError: m"]`},
		{`(e => [e.name, e.cause])(new DOMException("m", {name: "NotFoundError", cause: 1}))`, `["NotFoundError",1]`},
		{`[DOMException.DATA_CLONE_ERR, new DOMException("", "x").INVALID_STATE_ERR, new DOMException("", "toString").code]`, `[25,11,0]`},
		{`Object.prototype.toString.call(new DOMException)`, `"[object DOMException]"`},
	})
}

func TestEventTarget(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `const target = (f) => { const out = [], t = new EventTarget; f(t, out); return out };`, []expression{
		{`target((t, out) => { t.addEventListener("a", e => out.push(e.type, e.target === t, e.currentTarget === t, e.eventPhase)); t.dispatchEvent(new Event("a")); t.dispatchEvent(new Event("b")) })`, `["a",true,true,2]`},
		{`target((t, out) => { const f = () => out.push(1); t.addEventListener("a", f); t.addEventListener("a", f); t.addEventListener("a", f, true); t.dispatchEvent(new Event("a")) })`, `[1,1]`},
		{`target((t, out) => { t.addEventListener("a", () => out.push(1), {once: true}); t.dispatchEvent(new Event("a")); t.dispatchEvent(new Event("a")) })`, `[1]`},
		{`target((t, out) => { const f = () => out.push(1); t.addEventListener("a", f); t.removeEventListener("a", f); t.dispatchEvent(new Event("a")) })`, `[]`},
		{`target((t, out) => { t.addEventListener("a", {handleEvent(e) { out.push(this.x) }, x: 5}); t.dispatchEvent(new Event("a")) })`, `[5]`},
		{`target((t, out) => { t.addEventListener("a", e => { out.push(1); e.stopImmediatePropagation() }); t.addEventListener("a", () => out.push(2)); t.dispatchEvent(new Event("a")) })`, `[1]`},
		{`target((t, out) => { t.addEventListener("a", e => e.preventDefault()); out.push(t.dispatchEvent(new Event("a")), t.dispatchEvent(new Event("a", {cancelable: true}))) })`, `[true,false]`},
		{`target((t, out) => { const c = new AbortController; t.addEventListener("a", () => out.push(1), {signal: c.signal}); c.abort(); t.dispatchEvent(new Event("a")) })`, `[]`},
		{`target((t, out) => { t.addEventListener("a", () => t.addEventListener("a", () => out.push(2))); t.dispatchEvent(new Event("a")); out.push(1) })`, `[1]`},
		{`target((t, out) => { const g = () => out.push(2); t.addEventListener("a", () => t.removeEventListener("a", g)); t.addEventListener("a", g); t.dispatchEvent(new Event("a")) })`, `[]`},
		{`target((t, out) => { t.addEventListener("a", null); t.dispatchEvent(new Event("a")) })`, `[]`},
		{`new EventTarget().addEventListener("a", "x")`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`new EventTarget().dispatchEvent({type: "a"})`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`new Event()`, `!TypeError ERR_MISSING_ARGS`},
		{`(e => [e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.target, e.isTrusted, e.composedPath(), typeof e.timeStamp])(new Event("a", {bubbles: 1}))`, `[true,false,false,false,null,false,[],"number"]`},
		{`new (class extends Event { x = 1 })("a").x`, `1`},
		{`new CustomEvent("a", {detail: 5}).detail`, `5`},
		{`[AbortSignal.abort() instanceof EventTarget, AbortSignal.abort(1).reason, AbortSignal.abort().reason.code]`, `[true,1,20]`},
		{`((c, out) => { c.signal.addEventListener("abort", () => out.push(1)); c.signal.onabort = () => out.push(2); c.signal.addEventListener("abort", () => out.push(3)); c.abort(); return out })(new AbortController, [])`, `[1,2,3]`},
		{`((c, any) => { c.abort(7); return [any.aborted, any.reason] })(...(c => [c, AbortSignal.any([c.signal])])(new AbortController))`, `[true,7]`},
		{`AbortSignal.any([1])`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`AbortSignal.timeout(-1)`, `!RangeError ERR_OUT_OF_RANGE`},
		{`new AbortSignal`, `!TypeError ERR_ILLEGAL_CONSTRUCTOR`},
		{`[typeof performance.now(), performance.now() <= performance.now(), Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1e3]`, `["number",true,true]`},
		{`global === globalThis`, `true`},
	})
	// What a listener throws is the error of its call.
	w := loaded(t, asyncConfig, `function run(done) {
		const t = new EventTarget; t.addEventListener("a", () => { throw new Error("no") }); t.dispatchEvent(new Event("a")) }`)
	_, err := w.call()
	equal(t, at(scriptError(t, err, "script", "no"), 0), "@test.js:2:68")
}
