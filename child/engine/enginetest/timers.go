package enginetest

import "scripthost.example/wire"

// timerCases are about timers.
func timerCases() []testCase {
	return []testCase{
		{
			name:  "by their delay",
			async: true,
			worker: worker{
				lua: `function run(done)
					for _, ms in ipairs{250, 1, 120} do timer.after(ms / 1000, function() done.event(ms) if ms == 250 then done("end") end end) end
				end`,
				js: `function run(done) {
					for (const ms of [250, 1, 120]) setTimeout(() => { done.event(ms); if (ms === 250) done('end') }, ms);
				}`,
			},
			run: func(p *Parent) {
				p.Call(1)
				for _, ms := range []int{1, 120, 250} {
					p.CallEvent(1, ms)
				}
				p.Result(1, "end")
			},
		},
		{
			name:  "the same delay",
			async: true,
			worker: worker{
				lua: `function run(done, n) for i = 1, n do timer.after(0.002, function() done.event(i) if i == n then done(n) end end) end end`,
				js:  `function run(done, n) { for (let i = 1; i <= n; i++) setTimeout(() => { done.event(i); if (i === n) done(n) }, 2) }`,
			},
			run: func(p *Parent) {
				const n = 100
				p.Call(1, n)
				for i := 1; i <= n; i++ {
					p.CallEvent(1, i)
				}
				p.Result(1, n)
			},
		},
		{
			name:  "no delay: after the code that runs, in order",
			async: true,
			worker: worker{
				lua: `function run(done) for i = 1, 3 do timer.after(0, function() done.event(i) if i == 3 then done() end end) end done.event("first") end`,
				js:  `function run(done) { for (let i = 1; i <= 3; i++) setTimeout(() => { done.event(i); if (i === 3) done() }, 0); done.event('first') }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, "first")
				p.CallEvent(1, 1)
				p.CallEvent(1, 2)
				p.CallEvent(1, 3)
				p.Result(1)
			},
		},
		{
			name:  "nested",
			async: true,
			worker: worker{
				lua: `function run(done, n) local function step(i) if i == 0 then done("end") else timer.after(0, function() step(i - 1) end) end end step(n) end`,
				js:  `function run(done, n) { const step = (i) => i ? setTimeout(step, 0, i - 1) : done('end'); step(n) }`,
			},
			run: func(p *Parent) {
				p.Call(1, 20)
				p.Result(1, "end")
			},
		},
		{
			name:  "repeated, until it is cancelled from within",
			async: true,
			worker: worker{
				lua: `function run(done) local n = 0 local t t = timer.every(0.001, function() n = n + 1 done.event(n) if n == 3 then t:cancel() done("end") end end) end`,
				js:  `function run(done) { let n = 0; const t = setInterval(() => { done.event(++n); if (n === 3) { clearInterval(t); done('end') } }, 1) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				for i := 1; i <= 3; i++ {
					p.CallEvent(1, i)
				}
				p.Result(1, "end")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "cancelled",
			async: true,
			worker: worker{
				lua: `function run(done)
					local a, b = timer.after(0.001, function() done.event("a") end), timer.every(0.001, function() done.event("b") end)
					a:cancel() b:cancel() b:cancel()
					timer.after(0.02, function() done("end") end)
				end`,
				js: `function run(done) {
					const a = setTimeout(() => done.event('a'), 1), b = setInterval(() => done.event('b'), 1);
					clearTimeout(a); clearInterval(b); clearInterval(b); clearTimeout(); clearTimeout(999);
					setTimeout(() => done('end'), 20);
				}`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "end")
			},
		},
		{
			name:  "cancelled when it is due already",
			async: true,
			worker: worker{
				lua: `function run(done)
					local b
					timer.after(0.001, function() b:cancel() timer.after(0.001, function() done("end") end) end)
					b = timer.after(0.001, function() done.event("b") end)
					for i = 1, 1e6 do end
				end`,
				js: `function run(done) {
					let b;
					setTimeout(() => { clearTimeout(b); setTimeout(() => done('end'), 1) }, 1);
					b = setTimeout(() => done.event('b'), 1);
					for (let i = 0; i < 1e6; i++);
				}`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "end")
			},
		},
		{
			name: "of a sync call go on when it has been answered",
			worker: worker{
				lua: `local n = 0 function run(x) if x then timer.every(0.001, function() n = n + 1 if n == 2 then event("second tick") end end) end return n end`,
				js:  `let n = 0; function run(x) { if (x) setInterval(() => { if (++n === 2) event('second tick') }, 1); return n }`,
			},
			run: func(p *Parent) {
				p.Call(1, true)
				p.Result(1, 0)
				p.Event("second tick")
				p.Call(1)
				payload := p.want(1)
				if got, err := p.codec.Thaw(payload); err != nil || len(got) != 1 || got[0].(int64) < 2 {
					p.t.Errorf("the timer ran %q times", payload)
				}
			},
		},
		{
			name:  "that outlive their call",
			async: true,
			worker: worker{
				lua: `function run(done)
					timer.after(0.001, function()
						event((pcall(done, "again")), (pcall(done.event, "late")), (pcall(done.fail, "late")), done.cancelled())
						timer.after(0, function() error("in timer") end)
					end)
					done("answered") end`,
				js: `function run(done) {
					const works = (f) => { try { f('late'); return true } catch (e) { return false } };
					setTimeout(() => {
						event(works(done), works(done.event), works(done.fail), done.cancelled());
						setTimeout(() => { throw new Error('in timer') }, 0);
					}, 1);
					done('answered') }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "answered")
				p.Event(false, false, false, false)
				p.Logs("error", "in timer")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "that outlive a call which was cancelled never fire",
			async: true,
			worker: worker{
				lua: `function run(done, x)
					if x then timer.after(0.005, function() done(x) end) return end
					for i = 1, 3 do timer.after(0.001 * i, function() event("fired") end) end
					timer.every(0.001, function() event("fired") end)
					pcall(host.gate)
					local ok, e = pcall(timer.after, 0.001, function() event("fired") end)
					log.info(tostring(ok) .. " " .. e.kind) end`,
				js: `function run(done, x) {
					if (x) { setTimeout(done, 5, x); return }
					for (let i = 1; i <= 3; i++) setTimeout(event, i, 'fired');
					setInterval(event, 1, 'fired');
					done.signal.onabort = () => {
						try { setTimeout(event, 1, 'fired') } catch (e) { log.info('false ' + e.kind) }
					};
					host.gate() }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				gate := p.HostCall(1, "gate")
				p.Cancel(1)
				for { // until the ERROR they may fire
					f := p.Next()
					if f.ID != 0 {
						if f.ID != wire.ControlID(wire.KindError, 1) {
							p.t.Fatalf("there is %s", describe(f))
						}
						break
					}
				}
				p.Logs("info", "false cancelled")
				p.Call(2, "end")
				p.Result(2, "end")
				p.Return(gate)
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "of a time that never comes",
			async: true,
			worker: worker{
				lua: `function run(done)
					for _, never in ipairs{1e10, 1e300, math.huge} do
						timer.after(never, function() event("fired") end)
						timer.every(never, function() event("fired") end)
					end
					timer.after(0.005, function() done("end") end) end`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "end")
				p.Drain() // they keep nobody
				p.Drained()
			},
		},
		{
			name: "an error in a timer of none is a log record",
			worker: worker{
				lua: `function run(done, x) done(x) end timer.after(0.001, function() error("in timer") end)`,
				js:  `function run(done, x) { done(x) } setTimeout(() => { throw new Error('in timer') }, 1)`,
			},
			async: true,
			run: func(p *Parent) {
				if l := p.Logs("error", "in timer"); l.Call != 0 {
					p.t.Errorf("the record belongs to call %d", l.Call)
				}
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name: "an error in a repeated timer ends its call",
			worker: worker{
				lua: `function run(done) local n = 0 timer.every(0.001, function() n = n + 1 if n == 2 then error("tick " .. n) end end) end`,
				js:  `function run(done) { let n = 0; setInterval(() => { if (++n === 2) throw new Error('tick ' + n) }, 1) }`,
			},
			async: true,
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "tick 2")
			},
		},
		{
			name:   "arguments",
			async:  true,
			worker: worker{js: `function run(done) { setTimeout(done, 0, 1, 'x') }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1, "x")
			},
		},
		{
			name: "bad delays",
			worker: worker{
				lua: `function run() local bad = {} for _, f in ipairs{sleep, timer.after, timer.every} do
					for _, s in ipairs{-1, -1e-9, -math.huge, 0/0, "x", {}} do bad[#bad + 1] = pcall(f, s, print) end
					bad[#bad + 1] = pcall(f) end
					bad[#bad + 1] = pcall(timer.after, 0, nil) bad[#bad + 1] = pcall(timer.every, 0, "f")
					return unpack(bad) end`,
				js: `function run() { const bad = (f) => { try { f(); return true } catch (e) { return false } };
					return results(bad(() => setTimeout(null, 0)), bad(() => setTimeout()), bad(() => setInterval('text', 0)), bad(() => queueMicrotask(1))) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				payload := p.want(1)
				got, err := p.codec.Thaw(payload)
				if err != nil {
					p.t.Fatal(err)
				}
				for _, ok := range got {
					if ok == true {
						p.t.Errorf("a bad timer was accepted: %q", payload)
					}
				}
			},
		},
		{
			name:  "many",
			async: true,
			worker: worker{
				lua: `function run(done, n) local left = n for i = 1, n do timer.after((i * 7919 % 20) / 1000, function() left = left - 1 if left == 0 then done(n) end end) end end`,
				js:  `function run(done, n) { let left = n; for (let i = 1; i <= n; i++) setTimeout(() => { if (--left === 0) done(n) }, i * 7919 % 20) }`,
			},
			run: func(p *Parent) {
				p.Call(1, 2000)
				p.Result(1, 2000)
			},
		},
	}
}
