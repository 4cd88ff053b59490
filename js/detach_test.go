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
