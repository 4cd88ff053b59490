package js

import (
	"testing"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// The memory of goja's stack is kept from call to call, and nothing that was on it: not
// for a later call to find, and not in memory.
func TestStackIsKept(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		function* counting() { let a = 1, b = 2; for (;;) { yield a + b; a++ } }
		const counter = counting();
		const sum = (...all) => all.length ? all[0] + sum(...all.slice(1)) : 0;
		function locals() { var a, b, c, d, e, f, g, h; return [a, b, c, d, e, f, g, h].every((x) => x === undefined) }
		function waits(n) { let x = {n}; return Promise.resolve().then(() => x.n) }
		function run(what, n) {
			switch (what) {
			case "fill": { let a = 1, b = "2", c = {}, d = [], e = 5, f = 6, g = 7, h = 8; return sum(a, e, f, g, h) }
			case "locals": return locals();
			case "next": return counter.next().value;
			case "waits": return waits(n);
			case "throw": throw new Error("thrown");
			case "deep": return sum(...Array(n).fill(1));
			case "endless": return run(what);
			}
		}`)
	v := w.vm.(*vm)
	// clean tells whether nothing is left on a stack, and whether one is kept.
	clean := func(after string, kept bool) {
		t.Helper()
		if *v.in.stack != nil || v.stackWas != nil {
			t.Errorf("after %s goja has a stack still", after)
		}
		if got := cap(v.stack) > 0; got != kept {
			t.Errorf("after %s a stack of %d values is kept", after, cap(v.stack))
		}
		for _, x := range v.stack[:cap(v.stack)] {
			if x != goja.Value(nil) {
				t.Errorf("after %s there is %v on the stack", after, x)
			}
		}
	}
	call := func(want any, args ...any) {
		t.Helper()
		out, err := w.call(args...)
		if err != nil || len(out) != 1 || out[0] != want {
			t.Errorf("%v: %v, %v, want %v", args, out, err, want)
		}
	}
	for round := range int64(3) {
		call(int64(27), "fill")
		clean("a call", true)
		was := &v.stack[:1][0]
		call(true, "locals")
		if &v.stack[:1][0] != was {
			t.Error("another stack was taken")
		}
		call(3+round, "next")
		call(round, "waits", round)
		clean("a promise", true)
		if _, err := w.call("throw"); err == nil {
			t.Error("nothing was thrown")
		}
		clean("an exception", true)
		call(int64(400), "deep", int64(400))
		clean("a deep call", false)
		call(true, "locals")
		clean("the call after it", true)
		_, err := w.call("endless")
		scriptError(t, err, engine.KindScript, "RangeError: Maximum call stack size exceeded")
		clean("an overflow", false)
	}
}
