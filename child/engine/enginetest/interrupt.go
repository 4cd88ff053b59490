package enginetest

import "scripthost.example/wire"

// spinning expects the event that a script sends just before it spins.
func (p *Parent) spinning() {
	p.t.Helper()
	f := p.Next()
	control, kind, _ := wire.Split(f.ID)
	if f.ID != 0 && !(control && kind == wire.KindCallEvent) {
		p.t.Fatalf("there is %s where an event should be", describe(f))
	}
	p.values("event", f.Payload, []any{"spinning"})
}

// interruptCases are about calls that spin when they are cancelled.
func interruptCases() []testCase {
	places := []struct{ name, lua, js string }{
		{"plain", `while true do end`, `for (;;) {}`},
		{"in a nested function", `local function f() while true do end end f()`, `const f = () => { for (;;) {} }; f()`},
		{"inside pcall or try", `pcall(function() while true do end end)`, `try { for (;;) {} } catch (e) {}`},
		{"catching forever", `while true do pcall(function() while true do end end) end`,
			`for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }`},
		{"catching in depth", `local function f(n) while true do pcall(f, n + 1) if n > 20 then return end end end while true do f(1) end`,
			`const f = (n) => { for (;;) { try { if (n < 20) f(n + 1) } catch (e) {} } }; f(1)`},
		{"in a handler", `while true do xpcall(function() error("x") end, function() while true do end end) end`,
			`for (;;) { try { throw 1 } catch (e) { for (;;) {} } finally { for (;;) {} } }`},
		{"calling for ever", `local function f() return f() end f()`, `const f = () => {}; for (;;) f()`},
		{"in a coroutine", `coroutine.wrap(function() while true do end end)()`, `const g = (function* () { for (;;) {} })(); g.next()`},
		{"in a coroutine, catching", `while true do pcall(coroutine.wrap(function() while true do pcall(function() while true do end end) end end)) end`,
			`for (;;) { try { const g = (function* () { try { for (;;) {} } finally { yield 1 } })(); g.next(); g.return() } catch (e) {} }`},
		{"in a sort", `table.sort({3, 1, 2}, function() while true do end end)`, `[3, 1, 2].sort(() => { for (;;) {} })`},
		{"in a replacement", `string.gsub("x", "x", function() while true do end end)`, `'x'.replace(/x/, () => { for (;;) {} })`},
		{"in a metamethod or getter", `local x = setmetatable({}, {__index = function() while true do end end}).x`, `({get x() { for (;;) {} }}).x`},
		{"in a conversion", `tostring(setmetatable({}, {__tostring = function() while true do end end}))`, `'' + {toString() { for (;;) {} }}`},
		{"in an iterator", `for _ in function() while true do end end do end`, `for (const _ of {[Symbol.iterator]() { for (;;) {} }}) {}`},
		{"in loaded code", `loadstring("while true do end")()`, `new Function('for (;;) {}')()`},
		{"in a proxy", ``, `new Proxy({}, {get() { for (;;) {} }}).x`},
		{"in a constructor", ``, `new (class { constructor() { for (;;) {} } })()`},
		{"in toJSON", ``, `return {toJSON() { for (;;) {} }}`},
		{"after an await", ``, `await null; for (;;) {}`},
		{"after an await, catching", ``, `await null; for (;;) { try { await null; for (;;) {} } catch (e) {} finally { continue } }`},
		{"in a then", ``, `await Promise.resolve().then(() => { for (;;) {} })`},
		{"with microtasks", ``, `const f = () => Promise.resolve().then(f); await f()`},
		{"allocating", `local t = {} while true do t = {t = {}} end`, `let t = {}; for (;;) t = {t: {}}`},
		{"with events", `while true do event() end`, `for (;;) event()`},
		{"with log records", `while true do print() end`, `for (;;) console.log()`},
	}
	var cases []testCase
	for _, place := range places {
		for _, async := range []bool{false, true} {
			mode, luaHead, jsHead := "sync: ", `function run(x) if x then return x end`, `async function run(x) { if (x) return x;`
			if async {
				mode, luaHead, jsHead = "async: ", `function run(done, x) if x then done(x) return end`, `async function run(done, x) { if (x) return x;`
			}
			sources := worker{}
			if place.lua != "" {
				sources[lua] = luaHead + ` event("spinning") ` + place.lua + ` end`
			}
			if place.js != "" {
				sources[js] = jsHead + ` event('spinning'); ` + place.js + ` }`
			}
			cases = append(cases, testCase{
				name: mode + place.name, async: async, worker: sources,
				run: func(p *Parent) {
					p.Call(1)
					p.spinning()
					p.Call(2, "behind")
					p.Cancel(1)
					p.failsAmong(1, wire.ErrorCancelled)
					p.Result(2, "behind")
					p.Call(1, "again")
					p.Result(1, "again")
					p.Drain()
					p.Drained()
				},
			})
		}
	}
	return append(cases, cleanupCases()...)
}

// failsAmong expects the ERROR of a call, and reads over events and log records
// that come before it.
func (p *Parent) failsAmong(call uint32, kind string) wire.Error {
	p.t.Helper()
	for {
		f := p.Next()
		control, k, id := wire.Split(f.ID)
		switch {
		case f.ID == 0, control && (k == wire.KindCallEvent || k == wire.KindLog):
			continue
		case !control || k != wire.KindError || id != call:
			p.t.Fatalf("there is %s where the ERROR of call %d should be", describe(f), call)
		}
		var e wire.Error
		if err := wire.ParseMessage(f.Payload, &e); err != nil {
			p.t.Fatal(err)
		}
		p.says(e, kind)
		return e
	}
}

// cleanupCases are about calls that go on when they have been cancelled: they
// have the grace period for it.
func cleanupCases() []testCase {
	graceful := func(b *wire.Boot) {
		b.Limits.GraceMS = 20
		b.Host = []string{"gate"}
	}
	return []testCase{
		{
			name:  "what spins is named",
			async: true,
			worker: worker{
				lua: "function run(done)\n  event('spinning')\n  while true do\n  end\nend",
				js:  "function run(done) {\n  event('spinning')\n  for (;;) {\n  }\n}",
			},
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				p.Cancel(1)
				e := p.Fails(1, wire.ErrorCancelled)
				if len(e.Stack) == 0 || e.Stack[0].File != "worker."+p.language || e.Stack[0].Line < 2 || e.Stack[0].Line > 4 {
					p.t.Errorf("the traceback does not say where it was stopped: %+v", e)
				}
			},
		},
		{
			name:  "cleaning up within the grace period",
			async: true,
			worker: worker{
				lua: `function run(done, x) if x then done(x) return end pcall(host.gate) event("cleaned up") end`,
				js:  `function run(done, x) { if (x) return done(x); done.signal.onabort = () => event('cleaned up'); host.gate() }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Event("cleaned up")
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name:  "cleaning up for ever",
			async: true,
			worker: worker{
				lua: `function run(done, x) if x then done(x) return end pcall(host.gate) event("spinning") while true do pcall(function() while true do end end) end end`,
				js: `function run(done, x) { if (x) return done(x);
					done.signal.onabort = () => { event('spinning'); for (;;) { try { for (;;) {} } catch (e) {} } }; host.gate() }`,
			},
			boot: graceful,
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.spinning()
				p.Call(2, "fine")
				p.Result(2, "fine")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "a timer that a cancelled sync call left behind",
			worker: worker{
				lua: `function run(x) if x then return x end timer.after(0.001, function() event("spinning") while true do end end) host.gate() end`,
				js:  `async function run(x) { if (x) return x; setTimeout(() => { event('spinning'); for (;;) {} }, 20); await host.gate() }`,
			},
			boot: graceful,
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Cancel(1)
				// JavaScript's timers run while the call waits, Lua's after it: the
				// event may come before the ERROR or after it, if at all.
				p.failsAmong(1, wire.ErrorCancelled)
				p.Call(2, "fine")
				for f := p.Next(); f.ID != 2; f = p.Next() {
					if control, kind, _ := wire.Split(f.ID); control && kind != wire.KindCallEvent && kind != wire.KindLog {
						p.t.Fatalf("there is %s", describe(f))
					}
				}
			},
		},
		{
			name:  "a timer of a call that waits",
			async: true,
			worker: worker{
				lua: `function run(done, x) if x then done(x) return end timer.after(0, function() event("spinning") while true do end end) host.gate() end`,
				js:  `async function run(done, x) { if (x) return x; setTimeout(() => { event('spinning'); for (;;) {} }, 0); await host.gate() }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				gate := p.HostCall(1, "gate")
				p.spinning()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(2, "fine")
				p.Result(2, "fine")
				p.Return(gate)
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "done.cancelled() and done.signal of a call that was interrupted",
			async: true,
			worker: worker{
				lua: `local kept function run(done, x) if x then done(kept.cancelled()) return end kept = done event("spinning") while true do end end`,
				js: `let kept; function run(done, x) { if (x) return done(kept.cancelled() && kept.signal.aborted);
					kept = done; done.signal; event('spinning'); for (;;) {} }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(2, true)
				p.Result(2, true)
			},
		},
		{
			name:   "the signal of a call that was interrupted fires",
			async:  true,
			worker: worker{js: `function run(done) { done.signal.onabort = () => event('aborted'); event('spinning'); for (;;) {} }`},
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Event("aborted")
			},
		},
		{
			name:  "another part of a call that was interrupted",
			async: true,
			worker: worker{
				lua: `function run(done, x) if x then done(x) return end
					timer.after(0, function() local ok, e = pcall(host.gate) event(ok, e.kind) end)
					timer.after(0.001, function() event("spinning") while true do end end) end`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.spinning()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Event(false, "cancelled")
				p.Call(2, "fine")
				p.Result(2, "fine")
			},
		},
	}
}
