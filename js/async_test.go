package js

import (
	"testing"

	"scripthost.example/child/engine"
)

func TestAsyncAnswers(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]struct {
		results []any
		err     string
	}{
		`(done, x) => done(x, 1)`:                                                                    {[]any{"x", int64(1)}, ""},
		`done => { done() }`:                                                                         {nil, ""},
		`(done, x) => { setTimeout(() => done(x), 50) }`:                                             {[]any{"x"}, ""},
		`(done, x) => { setTimeout(done, 50, x, 2) }`:                                                {[]any{"x", int64(2)}, ""},
		`(done, x) => { Promise.resolve(x).then(done) }`:                                             {[]any{"x"}, ""},
		`async (done, x) => { await null; done(x) }`:                                                 {[]any{"x"}, ""},
		`async (done, x) => x`:                                                                       {[]any{"x"}, ""},
		`async (done, x) => { await null; return x }`:                                                {[]any{"x"}, ""},
		`async (done, x) => { await null; return results(x, 2) }`:                                    {[]any{"x", int64(2)}, ""},
		`async (done, x) => { await null; return [x] }`:                                              {[]any{[]any{"x"}}, ""},
		`async (done, x) => { done(x); return 5 }`:                                                   {[]any{"x"}, ""},
		`(done, x) => ({ then(f) { f(x) } })`:                                                        {[]any{"x"}, ""},
		`(done, x) => new Promise(f => setTimeout(f, 9, x))`:                                         {[]any{"x"}, ""},
		`(done, x) => new (class extends Promise {})(f => f(x))`:                                     {[]any{"x"}, ""},
		`done => done.fail("no")`:                                                                    {nil, "no"},
		`done => done.fail(new TypeError("no"))`:                                                     {nil, "TypeError: no"},
		`done => done.fail()`:                                                                        {nil, "done.fail was called without a reason"},
		`done => { const { fail } = done; setTimeout(fail, 5, "no") }`:                               {nil, "no"},
		`done => { throw new Error("no") }`:                                                          {nil, "no"},
		`async done => { throw new Error("no") }`:                                                    {nil, "no"},
		`async done => { await null; throw new Error("no") }`:                                        {nil, "no"},
		`done => ({ get then() { throw new Error("no") } })`:                                         {nil, "no"},
		`done => { setTimeout(() => { throw new Error("no") }, 5) }`:                                 {nil, "no"},
		`done => { setTimeout(() => nope(), 5) }`:                                                    {nil, "ReferenceError: nope is not defined"},
		`done => { queueMicrotask(() => { throw new Error("no") }) }`:                                {nil, "no"},
		`done => { Promise.reject(new Error("no")) }`:                                                {nil, "no"},
		`done => { Promise.reject(new Error("no")).then(() => 1) }`:                                  {nil, "no"},
		`done => { (async () => { await null; throw new Error("no") })() }`:                          {nil, "no"},
		`(done, x) => { Promise.reject(1).catch(() => done(x)) }`:                                    {[]any{"x"}, ""},
		`(done, x) => { const p = Promise.reject(1); queueMicrotask(() => p.catch(() => done(x))) }`: {[]any{"x"}, ""},
		`(done, x) => 5`:        {nil, "not answered"},
		`async (done, x) => {}`: {nil, "not answered"},
		`(done, x) => done`:     {nil, "not answered"},
		`done => done(() => 1)`: {nil, "result 1 is a function, which cannot be carried"},
		`(done, x) => { try { done(() => 1) } catch { done(x) } }`: {[]any{"x"}, ""},
		`async () => (() => 1)`:                                                {nil, "result 1 is a function, which cannot be carried"},
		`async () => { await null; return () => 1 }`:                           {nil, "result 1 is a function, which cannot be carried"},
		`async () => { await null; return { get a() { throw Error("no") } } }`: {nil, "no"},
		`done => done(typeof done, done.name, String(done.cancelled()), done.nope, done instanceof Function)`: {
			[]any{"function", "done", "false", nil, true}, ""},
		`done => { "use strict"; try { done.fail = 1 } catch (e) { done(e.name) } }`: {[]any{"TypeError"}, ""},
		`done => done(done.fail === done.fail, done.signal === done.signal)`:         {[]any{true, true}, ""},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			w := loaded(t, asyncConfig, "const run = "+script)
			got, err := w.call("x")
			if want.err != "" {
				if err == nil || err.Error() != want.err {
					var message string
					if e, ok := err.(*engine.Error); ok {
						message = e.Message
					}
					if message != want.err {
						t.Errorf("got %v, %v, want error %q", got, err, want.err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(got)+len(want.results) > 0 {
				equal(t, got, want.results)
			}
			equal(t, len(w.late), 0)
		})
	}
}

func TestDoneTwice(t *testing.T) {
	t.Parallel()
	w := loaded(t, asyncConfig, `
		function run(done, how) {
			done("first");
			try {
				if (how === "done") done("second");
				if (how === "fail") done.fail("second");
				if (how === "event") done.event("late");
			} catch (e) { event(e.message) }
			setTimeout(done, 10, "third");
		}`)
	for how, message := range map[string]string{
		"done":  "done: the call has been answered already",
		"fail":  "done.fail: the call has been answered already",
		"event": "event: the call has been answered already",
	} {
		w.events, w.late = nil, nil
		got, err := w.call(how)
		equal(t, err, nil)
		equal(t, got, []any{"first"})
		equal(t, w.events[0].args, []any{message})
		equal(t, len(w.events), 1)
		scriptError(t, w.late[0], engine.KindScript, "done: the call has been answered already")
	}
}

func TestResultTooLargeCanBeCaught(t *testing.T) {
	t.Parallel()
	limit := &engine.Error{Kind: engine.KindLimit, Message: "too large"}
	w := loaded(t, asyncConfig, `function run(done) { try { done("big") } catch (e) { done(e.kind + ": " + e.message) } }`)
	w.limit = limit
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{"limit: too large"})

	w = loaded(t, asyncConfig, `function run(done) { setTimeout(() => {
		done("big") }) }`)
	w.limit = limit
	_, err = w.call()
	e := scriptError(t, err, engine.KindLimit, "too large")
	equal(t, at(e, 0), "@test.js:2:7")
}

func TestEvents(t *testing.T) {
	t.Parallel()
	w := loaded(t, asyncConfig, `
		setTimeout(() => event("background"));
		function run(done, x) {
			event("none", x);
			done.event("own", x);
			setTimeout(() => { done.event("later"); done() }, 5);
		}`)
	c := w.start("x")
	w.run()
	equal(t, w.events, []event{{nil, []any{"none", "x"}}, {c, []any{"own", "x"}}, {nil, []any{"background"}}, {c, []any{"later"}}})

	w = loaded(t, syncConfig, `
		async function run(x) {
			event("own", x); await null; event("own too");
			setTimeout(() => event("left over"), 100);
		}`)
	c = w.start("x")
	_, err := w.outcome(c)
	equal(t, err, nil)
	w.run()
	equal(t, w.events, []event{{c, []any{"own", "x"}}, {c, []any{"own too"}}, {nil, []any{"left over"}}})
}

// Whatever a callback does, it does for the call that made it.
func TestAttribution(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"timers":                      `(done, x) => { setTimeout(() => { throw Error(x) }, 10) }`,
		"intervals":                   `(done, x) => { setInterval(() => { throw Error(x) }, 10) }`,
		"immediates":                  `(done, x) => { setImmediate(() => { throw Error(x) }) }`,
		"await":                       `async (done, x) => { await all; throw Error(x) }`,
		"loose async":                 `(done, x) => { (async () => { await all; throw Error(x) })() }`,
		"loose then":                  `(done, x) => { all.then(() => { throw Error(x) }) }`,
		"chained":                     `(done, x) => { all.then(() => { throw Error(x) }).then(() => 1).then(() => 2) }`,
		"finally":                     `(done, x) => { all.finally(() => { throw Error(x) }) }`,
		"timer of promise":            `(done, x) => { all.then(() => setTimeout(() => { throw Error(x) }, 5)) }`,
		"host call":                   `async (done, x) => { await host.echo(x); all.then(() => { throw Error(x) }) }`,
		"host failure":                `(done, x) => { all.then(() => host.fail(x)) }`,
		"shared rejection":            `(done, x) => { failing.then(() => 1, () => { throw Error(x) }) }`,
		"shared rejection, unhandled": `(done, x) => { const e = Error(x); failing.catch(() => Promise.reject(e)) }`,
		"thenable":                    `(done, x) => { all.then(() => ({ then(f, r) { r(Error(x)) } })) }`,
		"generator":                   `(done, x) => { function* g() { yield 1; throw Error(x) }; all.then(() => [...g()]) }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := asyncConfig
			cfg.HostFunctions = []string{"echo", "fail"}
			w := loaded(t, cfg, `
				let release, breakIt;
				const all = new Promise(f => release = f);
				const failing = new Promise((_, r) => breakIt = r);
				failing.catch(() => {});
				const run = `+script+`;
				function open(done) { release(); breakIt(Error("shared")); done() }`)
			w.host = func(name string, args []any) ([]any, error) {
				if name == "fail" {
					return nil, &engine.Error{Kind: engine.KindScript, Message: args[0].(string)}
				}
				return args, nil
			}
			calls := map[string]*engine.Call{}
			for _, x := range []string{"a", "b", "c"} {
				calls[x] = w.start(x)
			}
			for i := 0; i < 3; i++ { // host calls, before the shared promise
				if fn := w.nextPost(); fn != nil {
					fn()
				}
			}
			open := w.startNamed("open")
			w.run()
			if _, err := w.outcome(open); err != nil {
				t.Errorf("open: %v", err)
			}
			for x, c := range calls {
				_, err := w.outcome(c)
				scriptError(t, err, engine.KindScript, x)
			}
			equal(t, len(w.late), 0)
		})
	}
}

// A promise that calls share fails each of those that follow it without
// looking at its failure, and not the one that rejected it.
func TestSharedRejection(t *testing.T) {
	t.Parallel()
	w := loaded(t, asyncConfig, `
		let breakIt;
		const failing = new Promise((_, r) => breakIt = r);
		failing.catch(() => {});
		function run(done) { failing.then(() => 1) }
		function open(done) { breakIt(Error("shared")); done("opened") }`)
	a, b := w.start(), w.start()
	open := w.startNamed("open")
	w.run()
	for _, c := range []*engine.Call{a, b} {
		_, err := w.outcome(c)
		scriptError(t, err, engine.KindScript, "shared")
	}
	got, err := w.outcome(open)
	equal(t, err, nil)
	equal(t, got, []any{"opened"})
	equal(t, len(w.late), 0)
}

// A rejection that shared code causes in its own name is nobody else's.
func TestRejectionOfNoCall(t *testing.T) {
	t.Parallel()
	w := loaded(t, asyncConfig, `
		setTimeout(() => { Promise.reject(new Error("background")) }, 10);
		setInterval(() => { if (++n < 4) throw new Error("tick") }, 10); let n = 0;
		function run(done) { const id = setTimeout(() => done(n), 45) }`)
	c := w.start()
	for range 9 {
		if fn := w.next(); fn != nil {
			fn()
		}
	}
	got, err := w.outcome(c)
	equal(t, err, nil)
	equal(t, got, []any{int64(4)})
	var messages []string
	for _, err := range w.late {
		messages = append(messages, err.(*engine.Error).Message)
	}
	equal(t, messages, []string{"background", "tick", "tick", "tick"})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	cfg := asyncConfig
	cfg.HostFunctions = []string{"wait"}
	w := loaded(t, cfg, `
		function run(done, how) {
			if (how === "signal") {
				done.signal.addEventListener("abort", e => event("listener", e.type, done.signal.aborted,
					done.signal.reason.name, done.signal.reason.message, done.cancelled()));
				done.signal.onabort = () => { event("onabort"); throw new Error("in a listener") };
			}
			if (how === "late") host.wait().then(() => {
				event(done.signal.aborted, done.cancelled());
				done(1); done.fail("x"); done.event(2); done(2);
				if (how === "late") setTimeout(() => event("never"), 10);
			});
			if (how === "throws") host.wait().then(() => { throw new Error("after") });
			if (how === "timers") {
				setTimeout(() => event("timeout"), 10);
				setInterval(() => event("interval"), 10);
				setImmediate(() => event("immediate"));
			}
			if (how === "wait") return new Promise((_, r) => done.signal.onabort = () => r(done.signal.reason));
		}`)
	c := w.start("signal")
	w.cancel(c)
	w.vm.Cancelled(c)
	equal(t, w.events, []event{{nil, []any{"listener", "abort", true, "AbortError", "the call was cancelled", true}},
		{nil, []any{"onabort"}}})
	scriptError(t, w.late[0], engine.KindScript, "in a listener")
	w.host = func(string, []any) ([]any, error) { return nil, nil }

	w.events, w.late = nil, nil
	c = w.start("late")
	w.cancel(c)
	w.run()
	equal(t, w.events, []event{{nil, []any{true, true}}})
	equal(t, len(w.late), 0)

	c = w.start("throws")
	w.cancel(c)
	w.run()
	equal(t, len(w.late), 1)

	w.events, w.late = nil, nil
	w.cancel(w.start("timers")) // none of which fires
	w.run()
	equal(t, len(w.events), 0)
	c = w.start("timers") // of which the worker end knows before the VM does
	w.cancelled[c] = true
	w.run()
	equal(t, len(w.events), 0)
	equal(t, len(w.vm.(*vm).timers.armed), 0)

	w.late = nil
	w.cancel(w.start("wait")) // rejects with the very reason that the signal gives
	w.run()
	equal(t, len(w.late), 0)
	w.vm.Cancelled(new(engine.Call)) // one that never got to Start
}

func TestAbortSignal(t *testing.T) {
	t.Parallel()
	w := loaded(t, asyncConfig, `
		function run(done) {
			const out = [], c = new AbortController(), s = c.signal;
			const listener = { handleEvent(e) { out.push("object " + (e.target === s)) } };
			const gone = () => out.push("gone");
			s.addEventListener("abort", gone); s.removeEventListener("abort", gone);
			s.addEventListener("abort", listener); s.addEventListener("abort", listener);
			s.throwIfAborted();
			c.abort("why"); c.abort("again");
			out.push(s.aborted, s.reason, s instanceof AbortSignal);
			try { s.throwIfAborted() } catch (e) { out.push(e) }
			out.push(AbortSignal.abort().reason.name, AbortSignal.any([new AbortController().signal, s]).reason);
			try { new AbortSignal() } catch (e) { out.push(e.message) }
			const t = AbortSignal.timeout(20);
			t.onabort = () => done(...out, t.reason.name);
		}`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{"object true", true, "why", true, "why", "AbortError", "why", "Illegal constructor", "TimeoutError"})
}

func TestBadPayload(t *testing.T) {
	t.Parallel()
	for _, cfg := range []engine.Config{syncConfig, asyncConfig} {
		w := loaded(t, cfg, `function run() {}`)
		fn, _ := w.vm.Lookup("run")
		c := new(engine.Call)
		w.vm.Start(c, fn, []byte("x"))
		_, err := w.outcome(c)
		scriptError(t, err, engine.KindSerialise, "bad payload")
	}
}
