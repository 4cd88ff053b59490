package js

import (
	"crypto/sha512"
	"errors"
	"hash"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// What scripts do to the bindings harms at most themselves.
func TestOctetsHostile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, want string }{
		"alloc":           {`Buffer.alloc(2 ** 40)`, `RangeError: The value of "size" is out of range. It must be >= 0 && <= 4294967296. Received 1_099_511_627_776`},
		"array-like":      {`Buffer.from({ length: 2 ** 53 })`, `RangeError: The value of "size" is out of range. It must be >= 0 && <= 4294967296. Received 9_007_199_254_740_992`},
		"concat":          {`Buffer.concat([{ length: 2 ** 50 }])`, `RangeError: The value of "size" is out of range. It must be >= 0 && <= 4294967296. Received 1_125_899_906_842_624`},
		"random":          {`crypto.randomBytes(2 ** 33)`, `RangeError: The value of "size" is out of range. It must be >= 0 && <= 2147483647. Received 8_589_934_592`},
		"getter":          {`Buffer.from({ get length() { throw new EvalError("from a getter") } })`, `EvalError: from a getter`},
		"value of":        {`Buffer.alloc(2).writeUInt8({ valueOf() { throw new EvalError("from valueOf") } })`, `EvalError: from valueOf`},
		"proxy":           {`Buffer.prototype.toString.call(new Proxy(Buffer.alloc(2), {}))`, `TypeError: The "this" argument must be an instance of Buffer or Uint8Array. Received an instance of Buffer`},
		"no octets":       {`Buffer.prototype.fill.call({ length: 5 }, 1)`, `TypeError: The "this" argument must be an instance of Buffer or Uint8Array. Received an instance of Object`},
		"other array":     {`Buffer.prototype.write.call([1, 2], "x")`, `TypeError: The "this" argument must be an instance of Buffer or Uint8Array. Received an instance of Array`},
		"symbol":          {`new TextEncoder().encode(Symbol("x"))`, `TypeError: Cannot convert a Symbol value to a string`},
		"cycle":           {`(() => { const a = []; a[0] = a; return Buffer.alloc(1).readUInt8(a) })()`, `TypeError: The "offset" argument must be of type number. Received an instance of Array`},
		"recursive":       {`(() => { const o = {}; o.valueOf = () => ({ valueOf: o.valueOf }); return Buffer.from(o) })()`, `RangeError: Maximum call stack size exceeded`},
		"class":           {`new (crypto.createHash("md5").constructor)()`, `TypeError: Cannot convert undefined or null to object`},
		"private":         {`crypto.createHash("md5").update.call({}, "x")`, "TypeError: Cannot read private member #ended from an object whose class did not declare it"},
		"unknown hash":    {`crypto.createHash("sha3")`, `Digest method not supported: sha3; there are md5, sha1, sha224, sha256, sha384, sha512`},
		"string too long": {`Buffer.alloc(2 ** 28).toString("hex")`, `Cannot create a string longer than 0x1fffffe8 characters`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loaded(t, syncConfig, "const run = () => ("+c.script+")").call()
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindScript || !strings.HasPrefix(e.Message, c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// The octets may be gone or others by the time that an argument's own code has run.
func TestOctetsDetached(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		`a.toString("hex")`, `a.toString("latin1", 0, sneak)`, `a.write("xx")`, `a.fill(1)`, `a.fill("x", 0)`, `a.fill(sneak)`, `a.copy(Buffer.alloc(4), sneak)`,
		`Buffer.alloc(4).copy(a, sneak)`, `a.equals(Buffer.alloc(1))`, `a.compare(Buffer.alloc(4))`, `a.indexOf("x", sneak)`, `a.lastIndexOf(1)`,
		`a.readUInt32LE(0)`, `a.writeUInt32LE(sneak)`, `a.writeDoubleLE(sneak)`, `a.writeBigInt64LE(1n)`, `a.swap16()`, `a.toJSON()`, `a.subarray(1)`,
		`Buffer.from(a)`, `Buffer.from(a.buffer)`, `Buffer.concat([a, a])`, `new TextDecoder().decode(a)`, `new TextEncoder().encodeInto("x", a)`,
		`crypto.createHash("md5").update(a).digest()`, `crypto.randomFillSync(a)`, `crypto.getRandomValues(a)`, `crypto.timingSafeEqual(a, a)`,
		`console.log(a, a.buffer)`, `a`, `[a, { a: a.buffer }]`, `new Float64Array(a.buffer)`, `Buffer.byteLength(a)`, `require("buffer").isUtf8(a)`,
	} {
		for _, first := range []bool{true, false} {
			w := loaded(t, syncConfig, `
				const a = Buffer.from(new ArrayBuffer(32768), 16384, 16).fill("x");
				const sneak = { valueOf() { detach(a.buffer); return 0 } };
				function run(first) { if (first) detach(a.buffer); return `+script+` }`)
			v := w.vm.(*vm)
			v.global("detach", 1, func(fc goja.FunctionCall) goja.Value {
				fc.Argument(0).Export().(goja.ArrayBuffer).Detach()
				return nil
			})
			if _, err := w.call(first); err != nil {
				var e *engine.Error
				if !errors.As(err, &e) {
					t.Errorf("%s: %v", script, err)
				}
			}
		}
	}
}

// What a script puts in the place of the language's own parts, before a binding is
// made or after, is its own affair: nothing of Go's fails over it.
func TestOctetsTampered(t *testing.T) {
	t.Parallel()
	const tamper = `
		for (const o of [Array.prototype, Object.prototype, Uint8Array.prototype, Object.getPrototypeOf(Uint8Array.prototype), Function.prototype])
			for (const name of ["map", "join", "slice", "call", "apply", "then", "length", "byteLength", "buffer", "get", "value", "constructor", "toString"])
				try { Object.defineProperty(o, name, { get() { throw new EvalError("tampered") }, set() {}, configurable: true }) } catch {}
		RangeError = TypeError = Error = undefined; Reflect.construct = () => 5; Uint8Array = undefined;`
	const use = `
		for (const f of [() => Buffer.from("a").toString(), () => Buffer.alloc(-1), () => Buffer.concat([Buffer.alloc(1)]), () => crypto.createHash("md5").digest("hex"),
			() => new TextDecoder().decode(new TextEncoder().encode("x")), () => atob("!"), () => crypto.randomUUID(), () => Buffer.from([1]).readInt8(5)])
			try { f() } catch (e) {}`
	for _, script := range []string{tamper + use, use + tamper + use} {
		w := newWorld(t)
		err := w.load(syncConfig, script+"\nfunction run() { return 1 }")
		if err == nil {
			_, err = w.call()
		}
		if err != nil {
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindScript {
				t.Error(err)
			}
		}
	}
}

// A stopper is a hash that stops the script in its second chunk.
type stopper struct {
	hash.Hash
	v      *vm
	chunks int
}

func (s *stopper) Write(b []byte) (int, error) {
	if s.chunks++; s.chunks == 2 {
		s.v.Interrupt(&engine.Error{Kind: engine.KindCancelled, Message: "stopped"})
	}
	return len(b), nil
}

// A long computation in a binding can be stopped.
func TestOctetsInterrupted(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		const big = Buffer.alloc(64 << 20);
		function run() { globalThis.update(big) }`)
	v := w.vm.(*vm)
	s := &stopper{Hash: sha512.New(), v: v}
	if err := v.rt.Set("update", v.hashState(s).(*goja.Object).Get("0")); err != nil {
		t.Fatal(err)
	}
	_, err := w.call()
	scriptError(t, err, engine.KindCancelled, "stopped")
	if s.chunks != 2 {
		t.Errorf("it was stopped after %d chunks", s.chunks)
	}
}

// The globals look as if they had always been there.
func TestLibraryGlobals(t *testing.T) {
	t.Parallel()
	names := `["Buffer", "TextEncoder", "TextDecoder", "atob", "btoa", "crypto"]`
	w := loaded(t, syncConfig, `
		const names = `+names+`;
		const before = Object.keys(globalThis);
		const own = names.filter((name) => Object.hasOwn(globalThis, name));
		const types = names.map((name) => typeof globalThis[name]);
		const after = names.map((name) => { const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name); return [typeof value, writable, enumerable, configurable].join() });
		atob = 5;
		const run = () => [before, own, types, after, atob]`)
	got, err := w.call()
	if err != nil {
		t.Fatal(err)
	}
	function, object := "function,true,false,true", "object,true,false,true"
	equal(t, got, []any{[]any{
		[]any{}, []any{"Buffer", "TextEncoder", "TextDecoder", "atob", "btoa", "crypto"},
		[]any{"function", "function", "function", "function", "function", "object"},
		[]any{function, function, function, function, function, object}, int64(5),
	}})
	if made := w.vm.(*vm).made; made["lib/buffer"] == nil {
		t.Error("Buffer was not made")
	}
	w = loaded(t, syncConfig, `const run = () => 1`)
	if made := w.vm.(*vm).made; len(made) != 0 {
		t.Errorf("made although nobody uses it: %v", made)
	}
}

// Buffers go out as octets, and what is read from a file is one.
func TestBufferIsOctets(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `const run = () => [Buffer.from("ab"), Buffer.from("abc").subarray(1)]`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{[]any{[]byte("ab"), []byte("bc")}})

	w = loaded(t, syncConfig, `
		const { createHash } = require("crypto"), crypto = require("node:crypto"), buffer = require("buffer");
		const run = () => { console.log(Buffer.from("ab"), Buffer.alloc(51), Buffer.alloc(60), [Buffer.alloc(0)]) }`)
	_, err = w.call()
	equal(t, err, nil)
	zeros := strings.Repeat(" 00", 50)
	equal(t, w.logs[0].message, "<Buffer 61 62> <Buffer"+zeros+" ... 1 more byte> <Buffer"+zeros+" ... 10 more bytes> [ <Buffer> ]")
	equal(t, w.vm.Functions(), []string{"createHash", "run"})
}
