package enginetest

import "scripthost.example/wire"

// cancelCases are about calls that wait when they are cancelled.
func cancelCases() []testCase {
	return []testCase{
		{
			name:  "a call that waits for done",
			async: true,
			worker: worker{
				lua: `local kept function run(done, x)
					if not kept then kept = done event("waiting") return end
					event(kept.cancelled(), (pcall(kept, "late")), (pcall(kept.event, "late")), (pcall(kept.fail, "late")))
					done(x) end`,
				js: `let kept; function run(done, x) {
					if (!kept) { kept = done; event('waiting'); return }
					const quiet = (f) => { try { f('late'); return true } catch (e) { return false } };
					event(kept.cancelled(), quiet(kept), quiet(kept.event), quiet(kept.fail));
					done(x) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Event("waiting")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(1, "fine") // the same id
				p.Event(true, true, true, true)
				p.Result(1, "fine")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "done.signal",
			async: true,
			worker: worker{js: `function run(done, x) {
				if (x) return done(x);
				done.signal.addEventListener('abort', () => event('aborted', done.signal.aborted, done.signal.reason instanceof Error, done.cancelled()));
				done.event(done.signal.aborted);
			}`},
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, false)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Event("aborted", true, true, true)
				p.Call(2, "fine")
				p.Result(2, "fine")
			},
		},
		{
			name:  "a call that waits inside",
			async: true,
			worker: worker{
				lua: `function run(done, x)
					if x == "sleep" then local ok, e = pcall(sleep, 1000) event(ok, e.kind, done.cancelled())
					elseif x == "host" then local ok, e = pcall(host.gate) event(ok, e.kind, done.cancelled())
					elseif x == "uncaught" then sleep(1000)
					else done(x) end end`,
				js: `async function run(done, x) {
					if (x === 'sleep' || x === 'host' || x === 'uncaught') {
						if (x !== 'uncaught') done.signal.onabort = () => event(false, done.signal.reason.kind, done.cancelled());
						if (x === 'host') host.gate(); // last: the parent cancels when it has heard of it
						await new Promise(() => {});
					} else done(x) }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1, "sleep")
				p.Call(2, "beside")
				p.Result(2, "beside")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Event(false, "cancelled", true)

				p.Call(1, "host")
				gate := p.HostCall(1, "gate")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Event(false, "cancelled", true)
				p.Return(gate, "ignored")

				p.Call(1, "uncaught")
				p.Call(2, "beside")
				p.Result(2, "beside")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(1, "fine")
				p.Result(1, "fine")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "a sync call that waits",
			worker: worker{
				lua: `function run(x)
					if x == "sleep" then sleep(1000) elseif x == "host" then host.gate() end
					return x end`,
				js: `async function run(x) {
					if (x === 'sleep') await new Promise((go) => setTimeout(go, 1e6));
					if (x === 'host') await host.gate();
					return x }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1, "host")
				gate := p.HostCall(1, "gate")
				p.Call(2, "behind")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Result(2, "behind")
				p.Return(gate, "ignored")

				p.Call(1, "sleep")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(1, "fine")
				p.Result(1, "fine")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "a sync call that waits, and would catch it",
			worker: worker{
				lua: `function run(x)
					if x then return x end
					while true do pcall(host.gate) end end`,
				js: `async function run(x) {
					if (x) return x;
					for (;;) { try { await host.gate() } catch (e) {} finally { continue } } }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name: "a queued sync call",
			worker: worker{
				lua: `local n = 0 function run(wait) n = n + 1 if wait then host.gate() end return n end`,
				js:  `let n = 0; async function run(wait) { n++; if (wait) await host.gate(); return n }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1, true)
				gate := p.HostCall(1, "gate")
				p.Call(2, false)
				p.Cancel(2)
				p.Fails(2, wire.ErrorCancelled)
				p.Return(gate)
				p.Result(1, 1)
				p.Call(2, false)
				p.Result(2, 2) // the cancelled one never ran
			},
		},
		{
			name:  "what has finished",
			async: true,
			worker: worker{
				lua: `function run(done, x) if x == "fail" then error("x") end done(x) end`,
				js:  `function run(done, x) { if (x === 'fail') throw new Error('x'); done(x) }`,
			},
			run: func(p *Parent) {
				p.Call(wire.MaxCallID, "fine")
				p.Result(wire.MaxCallID, "fine")
				p.Cancel(wire.MaxCallID)
				p.Call(1, "fine")
				p.Result(1, "fine")
				p.Cancel(1)
				p.Call(1, "fail")
				p.Fails(1, wire.ErrorScript)
				p.Cancel(1)
				p.Call(1, "again")
				p.Result(1, "again")
			},
		},
		{
			name:  "twice",
			async: true,
			worker: worker{
				lua: `function run(done, x) if x then done(x) end end`,
				js:  `function run(done, x) { if (x) done(x) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Cancel(1)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(2, "fine")
				p.Result(2, "fine")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "while draining",
			async: true,
			worker: worker{
				lua: `function run(done) host.gate() done("through") end`,
				js:  `async function run(done) { await host.gate(); done('through') }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				first := p.HostCall(1, "gate")
				p.Call(2)
				gate := p.HostCall(2, "gate")
				p.Drain()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Throw(first, wire.Error{Kind: wire.ErrorCancelled, Message: "given up"})
				p.Return(gate)
				p.Result(2, "through")
				p.Drained()
			},
		},
		{
			name:  "the last call of a worker that drains cleans up",
			async: true,
			worker: worker{
				lua: `function run(done) pcall(host.gate) event("cleaned up") end`,
				js: `async function run(done) {
					try { await host.gate() } finally { event(await host.gate('clean up')) } }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				gate := p.HostCall(1, "gate")
				p.Drain()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				if p.language == js {
					p.Throw(gate, wire.Error{Kind: wire.ErrorCancelled, Message: "given up"})
					p.Return(p.HostCall(0, "gate", "clean up"), "cleaned up")
				}
				p.Event("cleaned up")
				p.Drained()
			},
		},
		{
			name:  "for longer than it has",
			async: true,
			worker: worker{
				lua: `function run(done) pcall(host.gate) event("cleaned up") end`,
				js:  `async function run(done) { done.signal.onabort = () => event('cleaned up'); await host.gate() }`,
			},
			boot: func(b *wire.Boot) {
				offering("gate")(b)
				b.Limits.GraceMS = 1
			},
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Drain()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				// It ends without an answer to the host call, whatever is done by then.
				for _, more := p.More(); more; {
					_, more = p.More()
				}
				p.Drained()
			},
		},
	}
}
