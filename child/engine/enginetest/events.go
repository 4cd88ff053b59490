package enginetest

import "scripthost.example/wire"

// eventCases are about events.
func eventCases() []testCase {
	return []testCase{
		{
			name: "sync: events belong to the running call",
			worker: worker{
				lua: `function run(n) for i = 1, n do event(i, "of", n) end return "end" end`,
				js:  `function run(n) { for (let i = 1; i <= n; i++) event(i, 'of', n); return 'end' }`,
			},
			run: func(p *Parent) {
				p.Call(5, 3)
				p.Call(6, 2)
				p.CallEvent(5, 1, "of", 3)
				p.CallEvent(5, 2, "of", 3)
				p.CallEvent(5, 3, "of", 3)
				p.Result(5, "end")
				p.CallEvent(6, 1, "of", 2)
				p.CallEvent(6, 2, "of", 2)
				p.Result(6, "end")
			},
		},
		{
			name: "sync: outside a call they belong to none",
			worker: worker{
				lua: `function run() timer.after(0, function() event("tick") end) return 1 end`,
				js:  `function run() { setTimeout(() => event('tick'), 0); return 1 }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1)
				p.Event("tick")
			},
		},
		{
			name: "sync: what an earlier call left behind, during a later one",
			worker: worker{js: `function first() { host.slow().then(() => event('from the first')); return 1 }
				async function run() { event('before'); await host.gate(); return 2 }`},
			boot: func(b *wire.Boot) { b.Host = []string{"slow", "gate"} },
			run: func(p *Parent) {
				p.CallNamed(1, "first")
				slow := p.HostCall(1, "slow")
				p.Result(1, 1)
				p.Call(2)
				p.CallEvent(2, "before")
				gate := p.HostCall(2, "gate")
				p.Return(slow)
				p.CallEvent(2, "from the first")
				p.Return(gate)
				p.Result(2, 2)
			},
		},
		{
			name:  "async: of a call and of none",
			async: true,
			worker: worker{
				lua: `function run(done, x) event("none", x) done.event("call", x) event() done.event() done("end") event("after") end`,
				js:  `function run(done, x) { event('none', x); done.event('call', x); event(); done.event(); done('end'); event('after') }`,
			},
			run: func(p *Parent) {
				p.Call(9, 1)
				p.Event("none", 1)
				p.CallEvent(9, "call", 1)
				p.Event()
				p.CallEvent(9)
				p.Result(9, "end")
				p.Event("after")
			},
		},
		{
			name:  "async: late",
			async: true,
			worker: worker{
				lua: `function run(done) timer.after(0, function() done.event("tick") done("end") end) end`,
				js:  `function run(done) { setTimeout(() => { done.event('tick'); done('end') }, 0) }`,
			},
			run: func(p *Parent) {
				p.Call(9)
				p.CallEvent(9, "tick")
				p.Result(9, "end")
			},
		},
		{
			name:  "async: after the answer",
			async: true,
			worker: worker{
				lua: `function run(done) done("end") local ok, e = pcall(done.event, "late") event(ok, type(e)) end`,
				js:  `function run(done) { done('end'); try { done.event('late'); event(true) } catch (e) { event(false, typeof e.message) } }`,
			},
			run: func(p *Parent) {
				p.Call(9)
				p.Result(9, "end")
				p.Event(false, "string")
			},
		},
		{
			name:  "async: after the answer, not caught",
			async: true,
			worker: worker{
				lua: `function run(done) done("end") done.event("late") end`,
				js:  `function run(done) { done('end'); done.event('late') }`,
			},
			run: func(p *Parent) {
				p.Call(9)
				p.Result(9, "end")
				p.Logs("error", "answered")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "async: of calls side by side",
			async: true,
			worker: worker{
				lua: `local waiting = {} function run(done, name) waiting[#waiting + 1] = {done, name}
					if name == "c" then for _, w in ipairs(waiting) do w[1].event(w[2]) end
						for _, w in ipairs(waiting) do w[1](w[2]) end end end`,
				js: `const waiting = []; function run(done, name) { waiting.push([done, name]);
					if (name === 'c') { for (const [done, name] of waiting) done.event(name);
						for (const [done, name] of waiting) done(name) } }`,
			},
			run: func(p *Parent) {
				for i, name := range []string{"a", "b", "c"} {
					p.Call(uint32(i+1), name)
				}
				for i, name := range []string{"a", "b", "c"} {
					p.CallEvent(uint32(i+1), name)
				}
				for i, name := range []string{"a", "b", "c"} {
					p.Result(uint32(i+1), name)
				}
			},
		},
		{
			name: "an event that cannot be carried",
			worker: worker{
				lua: `function run(catch)
					if not catch then event(1, {deep = print}) end
					local ok, e = pcall(event, 1, {deep = print}) return ok, e.kind end`,
				js: `function run(caught) {
					if (!caught) event(1, {deep: () => 1});
					try { event(1, {deep: () => 1}) } catch (e) { return results(false, e.kind) } }`,
			},
			run: func(p *Parent) {
				p.Call(1, true)
				p.Result(1, false, "serialise")
				p.Call(1, false)
				p.Fails(1, wire.ErrorSerialise, "2", "deep")
			},
		},
		{
			// An event does not wait for the script to come to an end.
			name: "an event of a busy script",
			worker: worker{
				lua: `function run() event("busy") while true do end end`,
				js:  `function run() { event('busy'); for (;;) {} }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, "busy")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
			},
		},
		{
			// Nor does an answer.
			name:  "an answer of a busy script",
			async: true,
			worker: worker{
				lua: `function run(done) done("early") while true do end end`,
				js:  `function run(done) { done('early'); for (;;) {} }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "early")
				p.Close()
				if p.Served() == nil {
					p.t.Error("Serve returned no error")
				}
			},
		},
		{
			name: "events in their order",
			worker: worker{
				lua: `function run(n) for i = 1, n do event(i) end return n end`,
				js:  `function run(n) { for (let i = 1; i <= n; i++) event(i); return n }`,
			},
			run: func(p *Parent) {
				const n = 5000
				p.Call(1, n)
				for i := 1; i <= n; i++ {
					p.CallEvent(1, i)
				}
				p.Result(1, n)
			},
		},
	}
}
