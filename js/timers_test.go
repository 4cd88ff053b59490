package js

import (
	"testing"
	"time"

	"scripthost.example/child/engine"
)

func TestTimers(t *testing.T) {
	t.Parallel()
	for script, want := range map[string][]any{
		// The order is that of Node: microtasks, then immediates, then timers.
		`setTimeout(push, 1, "timer"); setImmediate(push, "immediate"); queueMicrotask(() => push("micro"));
			Promise.resolve().then(() => push("then")); push("sync")`: {"sync", "micro", "then", "immediate", "timer"},
		`setTimeout(push, 20, "b"); setTimeout(push, 10, "a", "ignored"); setTimeout(push, 20, "c")`:       {"a", "b", "c"},
		`let n = 0; const i = setInterval(x => { push(x + n); if (++n === 3) clearInterval(i) }, 10, "x")`: {"x0", "x1", "x2"},
		`const t = setTimeout(push, 10, "never"); clearTimeout(t); clearTimeout(t)`:                        {},
		`const t = setImmediate(push, "never"); clearImmediate(t)`:                                         {},
		`const a = setTimeout(() => clearTimeout(b), 10), b = setTimeout(push, 10, "never")`:               {},
		`clearTimeout(); clearTimeout(null); clearTimeout("x"); clearTimeout(99); clearInterval({})`:       {},
		`setTimeout(push, -5, 1); setTimeout(push, NaN, 2); setTimeout(push, 1e12, 3); setTimeout(push, undefined, 4)`: {
			int64(1), int64(2), int64(3), int64(4)},
		`setTimeout(() => { Promise.resolve().then(() => push(1)) }, 5); setTimeout(push, 5, 2)`: {int64(1), int64(2)},
		`try { setTimeout("code", 1) } catch (e) { push(e.name + ": " + e.message) }`: {
			"TypeError: setTimeout: the callback must be a function, not 'code'"},
		`try { queueMicrotask(5) } catch (e) { push(e.name + ": " + e.message) }`: {
			"TypeError: queueMicrotask: the callback must be a function, not 5"},
		`push(typeof setTimeout(() => {}), setTimeout.name, setTimeout.length)`: {"number"},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, asyncConfig, "function run(done) { const push = x => event(x); "+script+" }")
			w.start()
			w.run()
			got := []any{}
			for _, e := range w.events {
				got = append(got, e.args...)
			}
			equal(t, got, want)
		})
	}
}

func TestDelays(t *testing.T) {
	t.Parallel()
	for delay, want := range map[string]time.Duration{
		"0": time.Millisecond, "1.7": time.Millisecond, "250": 250 * time.Millisecond, "'30'": 30 * time.Millisecond,
		"2147483647": 2147483647 * time.Millisecond, "2147483648": time.Millisecond, "Infinity": time.Millisecond,
	} {
		w := loaded(t, asyncConfig, "function run(done) { setTimeout(done, "+delay+") }")
		_, err := w.call()
		equal(t, err, nil)
		equal(t, w.now, want)
	}
}

// An interval that fails its call stops; one of no call goes on.
func TestFailingInterval(t *testing.T) {
	t.Parallel()
	w := loaded(t, asyncConfig, `function run(done) { setInterval(() => { throw new Error("tick") }, 10) }`)
	_, err := w.call()
	scriptError(t, err, engine.KindScript, "tick")
	equal(t, len(w.late), 0)
}

// In sync mode the error of a timer ends the call that waits, at once.
func TestTimerFailsSyncCall(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		async function run() {
			setTimeout(() => { throw new Error("early") }, 10);
			await new Promise(f => setTimeout(f, 1000));
			return "too late";
		}`)
	c := w.start()
	equal(t, w.now, 10*time.Millisecond)
	_, err := w.outcome(c)
	scriptError(t, err, engine.KindScript, "early")
	w.run()
	equal(t, len(w.late), 0)
}

func TestSyncPromises(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		`() => new Promise(() => 0)`: "the promise that run returned can never settle: it waits for something," +
			" but no timer and no host call is left",
		`async () => { await new Promise(() => 0) }`: "the promise that run returned can never settle: it waits for" +
			" something, but no timer and no host call is left",
		`() => { Promise.reject(new Error("loose")); return 1 }`:                             "loose",
		`async () => { (async () => { throw new Error("loose") })(); await null; return 1 }`: "loose",
		`() => new Promise((_, r) => setTimeout(r, 10, new Error("later")))`:                 "later",
		`() => Promise.reject()`:                              "undefined was thrown",
		`() => ({ then(_, r) { r(new Error("thenable")) } })`: "thenable",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, syncConfig, "const run = "+script)
			c := w.start()
			_, err := w.outcome(c)
			scriptError(t, err, engine.KindScript, want)
			equal(t, len(w.late), 0)
		})
	}
	w := loaded(t, syncConfig, `
		const run = async () => { setTimeout(event, 5); await new Promise(r => setTimeout(r, 10)) }`)
	fn, _ := w.vm.Lookup("run")
	c := new(engine.Call)
	w.onEvent = func(*engine.Call) { w.cancelled[c] = true }
	w.vm.Start(c, fn, w.payload())
	scriptError(t, w.late[0], engine.KindCancelled, "cancelled")
}
