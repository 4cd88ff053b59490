package enginetest

import "scripthost.example/wire"

// neighbourCases are about the calls beside one that is cancelled.
func neighbourCases() []testCase {
	return []testCase{
		{
			name:  "calls that wait",
			async: true,
			worker: worker{
				lua: `function run(done, what)
					if what == "spin" then event("spinning") while true do pcall(function() while true do end end) end
					elseif what == "host" then done(host.gate())
					elseif what == "timer" then timer.after(0.05, function() done("by timer") end)
					elseif what == "sleep" then sleep(0.05) done("slept")
					elseif what == "catch" then done(pcall(host.gate))
					else done(what) end end`,
				js: `async function run(done, what) {
					if (what === 'spin') { event('spinning'); for (;;) { try { for (;;) {} } catch (e) {} finally { continue } } }
					else if (what === 'host') done(await host.gate());
					else if (what === 'timer') setTimeout(() => done('by timer'), 50);
					else if (what === 'sleep') { await new Promise((go) => setTimeout(go, 50)); done('slept') }
					else if (what === 'catch') { try { done(true, await host.gate()) } catch (e) { done(false, e) } }
					else done(what) }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				for range 3 {
					p.Call(2, "host")
					gate2 := p.HostCall(2, "gate")
					p.Call(5, "catch")
					gate5 := p.HostCall(5, "gate")
					p.Call(1, "spin")
					p.spinning()
					p.Call(6, "queued")
					p.Return(gate2, "through")
					p.Cancel(1)
					p.Fails(1, wire.ErrorCancelled)
					results := map[uint32]bool{}
					for range 2 { // in either order
						f := p.Next()
						results[f.ID] = true
					}
					if !results[2] || !results[6] {
						p.t.Fatalf("there are results of %v, want 2 and 6", results)
					}
					p.Return(gate5, 5)
					p.Result(5, true, 5)
					p.Call(4, "sleep")
					p.Result(4, "slept")
					p.Call(3, "timer")
					p.Result(3, "by timer")
				}
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "a call whose promise was about to be resolved",
			async: true,
			worker: worker{js: `let open; const gate = new Promise((go) => { open = go });
				async function run(done, what) {
					if (what === 'spin') { await null; open('opened'); event('spinning'); for (;;) {} }
					return await gate;
				}`},
			run: func(p *Parent) {
				p.Call(1, "wait")
				p.Call(2, "spin")
				p.spinning()
				p.Cancel(2)
				p.Fails(2, wire.ErrorCancelled)
				p.Result(1, "opened")
				p.Call(3, "wait")
				p.Result(3, "opened")
			},
		},
		{
			name:  "every other one of many",
			async: true,
			worker: worker{
				lua: `function run(done, i) done(i, host.gate(i)) end`,
				js:  `async function run(done, i) { done(i, await host.gate(i)) }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				const n = 100
				var gates []HostCall
				for i := range n {
					p.Call(uint32(i+1), i)
					gates = append(gates, p.HostCall(uint32(i+1), "gate", i))
				}
				for i := 0; i < n; i += 2 {
					p.Cancel(uint32(i + 1))
					p.Fails(uint32(i+1), wire.ErrorCancelled)
				}
				for i := n - 1; i >= 0; i-- {
					p.Return(gates[i], -i)
					if i%2 != 0 {
						p.Result(uint32(i+1), i, -i)
					}
				}
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "the sync calls behind one that spins",
			worker: worker{
				lua: `local n = 0 function run(x) n = n + 1 if x then return x, n end event("spinning") while true do pcall(function() while true do end end) end end`,
				js:  `let n = 0; function run(x) { n++; if (x) return results(x, n); event('spinning'); for (;;) { try { for (;;) {} } catch (e) {} finally { continue } } }`,
			},
			run: func(p *Parent) {
				n := 0
				for range 5 {
					p.Call(1)
					p.Call(2, "behind")
					p.spinning()
					p.Cancel(1)
					p.Fails(1, wire.ErrorCancelled)
					p.Result(2, "behind", n+2)
					n += 2
				}
			},
		},
		{
			name:  "a log record of a cancelled call is none of its neighbours'",
			async: true,
			worker: worker{
				lua: `function run(done, x) if x then done(x) return end pcall(host.gate) log.info("cleaned up") end`,
				js:  `function run(done, x) { if (x) return done(x); done.signal.onabort = () => log.info('cleaned up'); host.gate() }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				if l := p.Logs("info", "cleaned up"); l.Call != 0 {
					p.t.Errorf("the record belongs to call %d, which has been answered", l.Call)
				}
			},
		},
	}
}
