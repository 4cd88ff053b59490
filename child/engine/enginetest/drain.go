package enginetest

import "scripthost.example/wire"

// drainCases are about DRAIN.
func drainCases() []testCase {
	waiting := worker{
		lua: `function run(done, x) if x then done(x) return end done(host.gate()) end`,
		js:  `async function run(done, x) { if (x) return done(x); done(await host.gate()) }`,
	}
	return []testCase{
		{
			name:   "at once",
			worker: waiting,
			async:  true,
			run: func(p *Parent) {
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "before READY",
			worker: worker{
				lua: `function run(x) return x end host.gate()`,
				js:  `function run(x) { return x } async function init() { await host.gate() }`,
			},
			unready: true,
			boot: func(b *wire.Boot) {
				b.Host = []string{"gate"}
				if b.Language == js {
					withInit("init")(b)
				}
			},
			run: func(p *Parent) {
				gate := p.HostCall(0, "gate")
				p.Call(1, "x")
				p.Drain()
				p.Return(gate)
				p.Ready()
				p.Result(1, "x")
				p.Drained()
			},
		},
		{
			name: "sync calls that are queued",
			worker: worker{
				lua: `function run(x) sleep(0.001) return x end`,
				js:  `async function run(x) { await new Promise((go) => setTimeout(go, 1)); return x }`,
			},
			run: func(p *Parent) {
				for i := 1; i <= 10; i++ {
					p.Call(uint32(i), i)
				}
				p.Drain()
				for i := 1; i <= 10; i++ {
					p.Result(uint32(i), i)
				}
				p.Drained()
			},
		},
		{
			name:   "host calls go on",
			worker: waiting,
			async:  true,
			boot:   offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				one := p.HostCall(1, "gate")
				p.Call(2)
				p.Drain()
				two := p.HostCall(2, "gate")
				p.Return(two, "two")
				p.Result(2, "two")
				p.Throw(one, wire.Error{Kind: wire.ErrorDenied, Message: "no"})
				p.Fails(1, wire.ErrorDenied)
				p.Drained()
			},
		},
		{
			name:  "timers and events go on until the last answer",
			async: true,
			worker: worker{
				lua: `function run(done) local n, t = 0 t = timer.every(0.001, function() n = n + 1 done.event(n) if n == 3 then t:cancel() done("end") end end) end`,
				js:  `function run(done) { let n = 0; const t = setInterval(() => { done.event(++n); if (n === 3) { clearInterval(t); done('end') } }, 1) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Drain()
				for i := 1; i <= 3; i++ {
					p.CallEvent(1, i)
				}
				p.Result(1, "end")
				p.Drained()
			},
		},
		{
			name:  "timers of no call keep nothing alive",
			async: true,
			worker: worker{
				lua: `timer.every(0.001, function() end) timer.after(1000, function() end) function run(done) done(1) timer.every(0.001, function() end) end`,
				js:  `setInterval(() => {}, 1); setTimeout(() => {}, 1e6); function run(done) { done(1); setInterval(() => {}, 1) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Drain()
				p.Result(1, 1)
				p.Drained()
			},
		},
		{
			name:  "calls that nobody can answer",
			async: true,
			worker: worker{
				lua: `local kept = {} timer.every(0.001, function() end)
					function run(done, x) kept[#kept + 1] = done if x == "later" then timer.after(0.02, function() done(x) end) end end`,
				js: `const kept = []; setInterval(() => {}, 1);
					function run(done, x) { kept.push(done); if (x === 'later') setTimeout(() => done(x), 20) }`,
			},
			run: func(p *Parent) {
				p.Call(1, "later")
				p.Call(2)
				p.Call(3)
				p.Drain()
				p.Result(1, "later")
				p.Fails(2, wire.ErrorScript, "done was never called")
				p.Fails(3, wire.ErrorScript, "done was never called")
				p.Drained()
			},
		},
		{
			name:  "promises that never settle",
			async: true,
			worker: worker{
				js: `async function run(done, x) {
					if (x) await new Promise(() => {});
					else return new Promise(() => {}) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Call(2, "await")
				p.Drain()
				p.Fails(1, wire.ErrorScript, "done was never called")
				p.Fails(2, wire.ErrorScript, "done was never called")
				p.Drained()
			},
		},
		{
			name:  "one call answers another while draining",
			async: true,
			worker: worker{
				lua: `local kept function run(done, x) if x then kept = done else host.gate() kept("by the other") done("end") end end`,
				js:  `let kept; async function run(done, x) { if (x) { kept = done; return } await host.gate(); kept('by the other'); done('end') }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1, true)
				p.Call(2)
				gate := p.HostCall(2, "gate")
				p.Drain()
				p.Return(gate)
				p.Result(1, "by the other")
				p.Result(2, "end")
				p.Drained()
			},
		},
		{
			name:  "the end of the stream behind it",
			async: true,
			worker: worker{
				lua: `function run(done, x)
					if x == "timer" then timer.after(0.02, function() done(x) end) return end
					done(select(2, pcall(host.gate)).message, select(2, pcall(host.gate)).message) end`,
				js: `async function run(done, x) {
					if (x === 'timer') { setTimeout(() => done(x), 20); return }
					const why = () => host.gate().catch((e) => e.message);
					done(await why(), await why()) }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(2, "host")
				p.HostCall(2, "gate")
				p.Call(1, "timer")
				p.Drain()
				p.CloseWrite()
				const why = "the parent answers no more: it has closed its direction of the stream"
				for range 2 {
					if f := p.Next(); f.ID == 1 {
						p.values("the result", f.Payload, []any{"timer"})
					} else {
						p.values("the result", f.Payload, []any{why, why})
					}
				}
				p.Drained()
			},
		},
		{
			name: "the end of the stream behind it, and sync calls that are queued",
			worker: worker{
				lua: `function run(x) if x == 1 then host.gate() end return x end`,
				js:  `async function run(x) { if (x === 1) await host.gate(); return x }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1, 1)
				p.Call(2, 2)
				p.HostCall(1, "gate")
				p.Drain()
				p.CloseWrite()
				p.Fails(1, wire.ErrorScript, "the parent answers no more")
				p.Result(2, 2)
				p.Drained()
			},
		},
		{
			name: "the end of the stream behind it, before READY",
			worker: worker{
				lua: `function run(x) return x end pcall(host.gate)`,
				js:  `function run(x) { return x } async function init() { await host.gate().catch(() => {}) }`,
			},
			unready: true,
			boot: func(b *wire.Boot) {
				b.Host = []string{"gate"}
				if b.Language == js {
					withInit("init")(b)
				}
			},
			run: func(p *Parent) {
				p.HostCall(0, "gate")
				p.Call(1, "x")
				p.Drain()
				p.CloseWrite()
				p.Ready()
				p.Result(1, "x")
				p.Drained()
			},
		},
		{
			name:  "code behind the last answer",
			async: true,
			worker: worker{
				lua: `function run(done) done(1) for i = 1, 20 do event(i) end end`,
				js:  `function run(done) { done(1); for (let i = 1; i <= 20; i++) event(i) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Drain()
				p.Result(1, 1)
				for i := 1; i <= 20; i++ {
					p.Event(i)
				}
				p.Drained()
			},
		},
	}
}

// endCases are about a stream that ends without DRAIN: the parent is gone.
func endCases() []testCase {
	gone := func(p *Parent) {
		p.t.Helper()
		p.Close()
		if p.Served() == nil {
			p.t.Error("Serve returned no error")
		}
	}
	spin := worker{
		lua: `event("spinning") while true do pcall(function() while true do end end) end`,
		js:  `event('spinning'); for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }`,
	}
	in := func(luaHead, luaTail, jsHead, jsTail string) worker {
		return worker{lua: luaHead + spin[lua] + luaTail, js: jsHead + spin[js] + jsTail}
	}
	logged := worker{
		lua: `print("spinning") while true do pcall(function() while true do end end) end`,
		js:  `console.log('spinning'); for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }`,
	}
	return []testCase{
		{
			name:   "nothing to do",
			worker: worker{lua: `function run() end`, js: `function run() {}`},
			run:    gone,
		},
		{
			name:   "a half-closed stream is the end, too",
			worker: worker{lua: `function run() end`, js: `function run() {}`},
			run: func(p *Parent) {
				p.CloseWrite()
				if p.Ended() == nil {
					p.t.Error("Serve returned no error")
				}
			},
		},
		{
			name:   "within a frame",
			worker: worker{lua: `function run() end`, js: `function run() {}`},
			run: func(p *Parent) {
				p.SendRaw([]byte{0, 0, 0, 1, 0, 0, 0, 9, '['})
				gone(p)
			},
		},
		{
			name:   "a sync call spins",
			worker: in(`function run() `, ` end`, `function run() { `, ` }`),
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				gone(p)
			},
		},
		{
			name:   "behind DRAIN",
			worker: in(`function run() `, ` end`, `function run() { `, ` }`),
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				p.Drain()
				gone(p)
			},
		},
		{
			name:   "behind DRAIN, one direction after the other",
			worker: in(`function run() `, ` end`, `function run() { `, ` }`),
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				p.Drain()
				p.CloseWrite()
				gone(p)
			},
		},
		{
			name:   "an async call spins, and others wait",
			async:  true,
			worker: in(`function run(done, x) if x then pcall(host.gate) host.gate() return end `, ` end`, `async function run(done, x) { if (x) { await host.gate(); return } `, ` }`),
			boot:   offering("gate"),
			run: func(p *Parent) {
				for i := uint32(2); i < 50; i++ {
					p.Call(i, true)
					p.HostCall(i, "gate")
				}
				p.Call(1)
				p.spinning()
				gone(p)
			},
		},
		{
			name:   "a timer of no call spins",
			async:  true,
			worker: in(`function run() end timer.after(0, function() `, ` end)`, `function run() {} setTimeout(() => { `, ` }, 0)`),
			run: func(p *Parent) {
				p.spinning()
				gone(p)
			},
		},
		{
			name:    "loading spins",
			worker:  worker{lua: logged[lua], js: logged[js]},
			unready: true,
			run: func(p *Parent) {
				p.Logs("info", "spinning")
				gone(p)
			},
		},
		{
			name: "init spins",
			worker: worker{
				lua: `function run() end function init() ` + logged[lua] + ` end`,
				js:  `function run() {} function init() { ` + logged[js] + ` }`,
			},
			boot:    initialised(),
			unready: true,
			run: func(p *Parent) {
				p.Logs("info", "spinning")
				gone(p)
			},
		},
		{
			name: "init waits",
			worker: worker{
				lua: `function run() end function init() host.f() end`,
				js:  `function run() {} async function init() { await host.f() }`,
			},
			boot:    initialised(),
			unready: true,
			run: func(p *Parent) {
				p.HostCall(0, "f")
				gone(p)
			},
		},
		{
			name: "a sync call waits",
			worker: worker{
				lua: `function run() sleep(1000) end`,
				js:  `async function run() { await new Promise((go) => setTimeout(go, 1e6)) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				gone(p)
			},
		},
		{
			name:  "after DRAIN",
			async: true,
			worker: worker{
				lua: `function run(done) host.gate() end`,
				js:  `async function run(done) { await host.gate() }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Drain()
				gone(p)
			},
		},
	}
}
