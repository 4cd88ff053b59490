package js

import "testing"

// goja writes to typed arrays that a callback has detached, wherever their memory
// would have been: nothing may be written then, and nobody may die.
func TestDetachedWhileFilled(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]string{
		"map": `class Odd extends Uint8Array { static get [Symbol.species]() { return function () { return target } } }
			new Odd(2).map((_, i) => { if (i) drop(); return 7 })`,
		"from, list":   `Uint8Array.from.call(function () { return target }, [1, { valueOf() { drop(); return 7 } }, 7])`,
		"from, mapped": `Uint8Array.from.call(function () { return target }, { length: 3 }, (_, i) => { if (i) drop(); return 7 })`,
		"from, getter": `Uint8Array.from.call(function () { return target }, { length: 3, 0: 1, get 1() { drop(); return 7 }, 2: 7 })`,
		"of":           `Uint8Array.of.call(function () { return target }, 1, { valueOf() { drop(); return 7 } }, 7)`,
		"of, BigInt":   `BigInt64Array.of.call(function () { return new BigInt64Array(buffer, offset) }, 1n, { valueOf() { drop(); return 7n } }, 7n)`,
	} {
		w := loaded(t, syncConfig, `function run() {
			const offset = 8 << 20, buffer = new ArrayBuffer(offset + 32), target = new Uint8Array(buffer, offset);
			let dropped = false;
			const drop = () => { if (!dropped) structuredClone(buffer, { transfer: [buffer] }); dropped = true };
			try { `+fill+` } catch (e) { if (!(e instanceof TypeError)) throw e }
			return [dropped, buffer.byteLength, target.length, target.byteLength, target.byteOffset, target[0] === undefined, 0 in target].join() }`)
		got, err := w.call()
		equal(t, err, nil)
		t.Log(name)
		equal(t, got, []any{"true,0,0,0,0,true,false"})
	}
}

// Where goja's panics there is nothing to be copied, and all else is as it was.
func TestSetOfEmptyArrays(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `const gone = (a) => { structuredClone(0, { transfer: [a.buffer] }); return a };`, []expression{
		{`new Uint8Array(4).set(new Uint16Array(0)) === undefined`, `true`},
		{`new Uint8Array(0).set(new Int8Array(0)) === undefined`, `true`},
		{`(a => { a.set(new Uint16Array(0), 4); return [...a] })(new Uint8Array(4).fill(7))`, `[7,7,7,7]`},
		{`new Uint8Array(2).set(new Int8Array(0), 3)`, `!RangeError`},
		{`new Uint8Array(2).set(new Int8Array(0), -1)`, `!RangeError`},
		{`(a => { a.set(new Int8Array([-1]), 1); a.set([3]); a.set({ length: 1, 0: 4 }, 2); return [...a] })(new Uint8Array(4))`, `[3,255,4,0]`},
		{`(b => { b.set(Buffer.alloc(0)); b.set(new Uint8ClampedArray(0)); return b.toString() })(Buffer.from("x"))`, `"x"`},
		{`new Uint8Array(4).set(gone(new Int16Array(1)))`, `!TypeError`},
		{`gone(new Uint8Array(4)).set(new Int16Array(0))`, `!TypeError`},
		{`new Uint8Array(4).set()`, `!TypeError`},
		{`Uint8Array.prototype.set.call([], new Int16Array(0))`, `!TypeError`},
		{`[Uint8Array.prototype.set.name, Uint8Array.prototype.set.length]`, `["set",1]`},
	})
}

// What was transferred has nothing in it any more for anybody.
func TestDetachedIsEmpty(t *testing.T) {
	t.Parallel()
	checkExpressions(t, `let a, b;
		const one = new Uint8Array([1]), none = new Uint8Array(new ArrayBuffer(4), 4), gone = () => {
			a = Buffer.from(new ArrayBuffer(8), 2, 4).fill("x"), b = a.buffer;
			structuredClone(0, { transfer: [b] });
			return a };`, []expression{
		{`gone().toString()`, `""`},
		{`new TextDecoder().decode(gone())`, `""`},
		{`gone() && new TextDecoder().decode(b)`, `""`},
		{`gone() && b.byteLength`, `0`},
		{`gone().length + a.byteLength + a.byteOffset`, `0`},
		{`gone() && [one.length, one.byteLength, one.byteOffset, none.length, none.byteOffset]`, `[1,1,0,0,4]`},
		{`gone() && Object.keys(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length"))`, `["get","set","enumerable","configurable"]`},
		{`gone() && Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length").get.call([])`, `!TypeError`},
		{`gone() && require("crypto").createHash("md5").update(a).digest("hex")`, `"d41d8cd98f00b204e9800998ecf8427e"`},
		{`gone().indexOf("x")`, `-1`},
		{`gone().readUInt8(0)`, `!RangeError ERR_BUFFER_OUT_OF_BOUNDS`},
		{`(() => { gone(); a[0] = 5; return a[0] === undefined })()`, `true`},
		{`gone() && new Uint8Array(b)`, `!TypeError`},
		{`gone() && b.slice(0)`, `!TypeError`},
		{`[...gone()]`, `!TypeError`},
		{`(b => { const d = new DataView(b); structuredClone(0, { transfer: [b] }); return d.getUint8(0) })(new ArrayBuffer(8))`, `!TypeError`},
		{`gone() && structuredClone(b)`, `!DataCloneError`},
		{`JSON.stringify(gone())`, `"{\"type\":\"Buffer\",\"data\":[]}"`},
	})
	w := loaded(t, syncConfig, `function run() { const a = new Uint8Array([1, 2]); structuredClone(a, { transfer: [a.buffer] }); return [a, a.buffer] }`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{[]any{[]byte{}, []byte{}}})
}
