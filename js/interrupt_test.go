package js

import (
	"testing"

	"scripthost.example/child/engine"
)

var deadline = &engine.Error{Kind: engine.KindDeadline, Message: "time is up"}

// interruptOnEvent interrupts the VM, from another goroutine, once the script
// has sent an event.
func interruptOnEvent(w *world) {
	w.onEvent = func(*engine.Call) {
		w.onEvent = nil
		go w.vm.Interrupt(deadline)
	}
}

var spins = map[string]string{
	"loop":               `() => { event(1); for (;;); }`,
	"catch":              `() => { try { event(1); for (;;); } catch { for (;;); } }`,
	"finally":            `() => { try { event(1); for (;;); } finally { for (;;); } }`,
	"catch in a loop":    `() => { event(1); for (;;) try { for (;;); } catch {} finally { continue } }`,
	"getter":             `() => { event(1); return ({ get a() { for (;;); } }).a }`,
	"getter of a result": `() => ({ get a() { event(1); for (;;); } })`,
	"toJSON":             `() => ({ toJSON() { event(1); for (;;); } })`,
	"generator":          `() => { function* g() { event(1); for (;;); } for (const x of g()); }`,
	"generator, later":   `() => { function* g() { yield 1; event(1); for (;;); } for (const x of g()); }`,
	"generator's finally": `() => { function* g() { try { yield 1 } finally { for (;;); } }
		for (const x of g()) { event(1); for (;;); } }`,
	"delegated":            `() => { function* g() { event(1); for (;;) yield 1 } function* h() { yield* g() } for (const x of h()); }`,
	"iterator":             `() => { event(1); const i = { next() { for (;;); }, [Symbol.iterator]() { return this } }; for (const x of i); }`,
	"iterator's return":    `() => { const i = { next() { return {} }, return() { for (;;); }, [Symbol.iterator]() { return this } }; for (const x of i) { event(1); for (;;); } }`,
	"executor":             `() => new Promise(() => { event(1); for (;;); })`,
	"then":                 `() => Promise.resolve().then(() => { event(1); for (;;); })`,
	"catch of a promise":   `() => Promise.reject(1).catch(() => { event(1); for (;;); })`,
	"finally of a promise": `() => Promise.reject(1).finally(() => { event(1); for (;;); })`,
	"thenable":             `() => ({ then() { event(1); for (;;); } })`,
	"async":                `async () => { event(1); for (;;); }`,
	"await":                `async () => { await null; event(1); for (;;); }`,
	"awaits":               `async () => { event(1); for (;;) await null }`,
	"async, try":           `async () => { try { await null; event(1); for (;;); } catch {} finally { for (;;); } }`,
	"async in async":       `async () => { const f = async () => { await null; event(1); for (;;); }; try { await f() } finally { for (;;); } }`,
	"microtasks for ever":  `() => { event(1); const f = () => queueMicrotask(f); f() }`,
	"sort":                 `() => [3, 1, 2].sort(() => { event(1); for (;;); })`,
	"replace":              `() => "a".replace(/a/, () => { event(1); for (;;); })`,
	"class":                `() => { class A { x = (() => { event(1); for (;;); })() }; new A() }`,
	"proxy":                `() => new Proxy({}, { get() { event(1); for (;;); } }).x`,
	"timer":                `() => new Promise(() => setTimeout(() => { event(1); for (;;); }, 10))`,
	"message of an error":  `() => { throw { __proto__: Error.prototype, get message() { event(1); for (;;); } } }`,
	"thenables for ever":   `async () => { event(1); const t = { then(f) { f(t) } }; await t }`,
	"eval":                 `() => { event(1); eval("for (;;);") }`,
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	for name, spin := range spins {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, syncConfig, "const spin = "+spin+`
				function run(how) { return how === "spin" ? spin() : works() }
				async function works() {
					const out = [1];
					function* g() { yield 2 } for (const x of g()) out.push(x);
					await null; out.push(3);
					await new Promise(f => setTimeout(f, 5)); out.push(4);
					return out;
				}`)
			interruptOnEvent(w)
			c := w.start("spin")
			_, err := w.outcome(c)
			if name == "message of an error" {
				scriptError(t, err, engine.KindScript, "an error was thrown whose message cannot be read: time is up")
			} else {
				e := scriptError(t, err, engine.KindDeadline, "time is up")
				if len(e.Stack) == 0 || e.Stack[len(e.Stack)-1].File != "test.js" || e.Language != "js" {
					t.Errorf("where? %v", e)
				}
			}
			// Nothing runs before the interrupt is over, everything does after it.
			_, err = w.outcome(w.start("works"))
			scriptError(t, err, engine.KindDeadline, "time is up")
			w.vm.ClearInterrupt()
			for range 2 {
				got, err := w.outcome(w.start("works"))
				if err != nil {
					t.Fatal(err)
				}
				equal(t, got, []any{[]any{int64(1), int64(2), int64(3), int64(4)}})
			}
		})
	}
}

// The same in async mode, where a done would be left unanswered.
func TestInterruptAsync(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"call":      `(done) => { event(1); for (;;); }`,
		"timer":     `(done) => { setTimeout(() => { event(1); for (;;); }, 10) }`,
		"host call": `async (done) => { await host.f(); event(1); for (;;); }`,
		"await":     `async (done) => { await null; try { event(1); for (;;); } finally { done() } }`,
		"in done":   `(done) => done({ get a() { event(1); for (;;); } })`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := asyncConfig
			cfg.HostFunctions = []string{"f"}
			w := loaded(t, cfg, "const run = "+script+`; async function works(done) { await null; done(1) }`)
			w.host = func(string, []any) ([]any, error) { return nil, nil }
			interruptOnEvent(w)
			_, err := w.call()
			scriptError(t, err, engine.KindDeadline, "time is up")
			w.vm.ClearInterrupt()
			got, err := w.outcome(w.startNamed("works"))
			equal(t, err, nil)
			equal(t, got, []any{int64(1)})
		})
	}
}

// A call that is stopped takes nothing with it that another call waits for.
func TestInterruptSparesOthers(t *testing.T) {
	t.Parallel()
	for name, spin := range map[string]string{
		"in its own code":    `release(); event(1); for (;;);`,
		"in a microtask":     `queueMicrotask(() => { event(1); for (;;); }); release();`,
		"in a later one":     `release(); queueMicrotask(() => { event(1); for (;;); });`,
		"by a full stack":    `release(); (function f() { f() })()`,
		"by a full stack, 2": `queueMicrotask(() => (function f() { f() })()); release();`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, asyncConfig, `
				let release; const shared = new Promise(f => release = f);
				const run = async (done, x) => { await shared; await null; return x };
				function spin(done) { `+spin+` }`)
			interruptOnEvent(w)
			a, b := w.start("a"), w.start("b")
			c := w.startNamed("spin")
			_, err := w.outcome(c)
			if err == nil {
				t.Error("spin was answered")
			}
			w.vm.ClearInterrupt()
			w.run()
			for want, c := range map[string]*engine.Call{"a": a, "b": b} {
				got, err := w.outcome(c)
				equal(t, err, nil)
				equal(t, got, []any{want})
			}
		})
	}
}

// A script that overflows the stack in the microtask of one call, run on
// account of another, harms only the former.
func TestOverflowHarmsItsOwnCall(t *testing.T) {
	t.Parallel()
	w := loaded(t, asyncConfig, `
		let release; const shared = new Promise(f => release = f);
		const run = async done => { await shared; (function f() { f() })() };
		function open(done) { release(); done("opened") }`)
	c := w.start()
	open := w.startNamed("open")
	w.run()
	_, err := w.outcome(c)
	scriptError(t, err, engine.KindScript, "RangeError: Maximum call stack size exceeded")
	got, err := w.outcome(open)
	equal(t, err, nil)
	equal(t, got, []any{"opened"})
}

func TestInterruptWhileLoading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.host = func(string, []any) ([]any, error) {
		w.vm.Interrupt(deadline)
		return nil, nil
	}
	err := w.load(syncConfig, `require("fs").existsSync("x"); for (;;);`)
	scriptError(t, err, engine.KindDeadline, "time is up")
}

// An interrupt that came too late must not strike the next call.
func TestStaleInterrupt(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `const run = () => { let n = 0; for (let i = 0; i < 1000; i++) n++; return n }`)
	w.vm.Interrupt(deadline)
	w.vm.ClearInterrupt()
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{int64(1000)})
}

// A wait that ends with the call's cancellation ends the script.
func TestCancelledWait(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `
		function run(how) {
			if (how) return "works";
			try { require("fs").readFileSync("x") } catch { return "caught" } finally { for (;;); }
		}`)
	fn, _ := w.vm.Lookup("run")
	c := new(engine.Call)
	w.cancelled[c] = true
	w.vm.Start(c, fn, w.payload())
	e := scriptError(t, w.late[0], engine.KindCancelled, "cancelled")
	equal(t, at(e, 0), "run@test.js:4:36")
	got, err := w.call("again")
	equal(t, err, nil)
	equal(t, got, []any{"works"})
}

// A search can find the same wrong place for ever, and is stopped all the same.
func TestInterruptSearch(t *testing.T) {
	t.Parallel()
	for _, search := range []string{"indexOf", "lastIndexOf"} {
		w := loaded(t, syncConfig, `function run() {
			const octets = Buffer.from("x" + "ab".repeat(2e6)), needle = Buffer.from("ab".repeat(1e6));
			event(1); return octets.`+search+`(needle, undefined, "utf16le") }`)
		interruptOnEvent(w)
		_, err := w.call()
		scriptError(t, err, engine.KindDeadline, "time is up")
	}
}
