package enginetest

import (
	"strings"

	"scripthost.example/wire"
)

// waitingCases are about calls that wait side by side. In each of them the
// first call waits for the parent, somewhere inside Lua, and another one runs
// from its start to its end meanwhile.
func waitingCases() []testCase {
	var cases []testCase
	for _, place := range waitingPlaces() {
		sources := place.worker()
		cases = append(cases, testCase{
			name: "in " + place.name, async: true, worker: sources, boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				first := p.HostCall(1, "gate")
				p.Call(2, "beside")
				p.Result(2, "beside")
				p.Call(3)
				second := p.HostCall(3, "gate")
				p.Return(first)
				p.afterLogs(1, "through")
				p.Drain()
				p.Return(second)
				p.afterLogs(3, "through")
				p.Drained()
			},
		})
		// The same with an error that comes out of the wait: whatever is around
		// it must do what it does with any error, and the worker go on.
		cases = append(cases, testCase{
			name: "failing in " + place.name, async: true, worker: sources, boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				first := p.HostCall(1, "gate")
				p.Call(2, "beside")
				p.Result(2, "beside")
				p.Throw(first, wire.Error{Kind: wire.ErrorDenied, Message: "closed"})
				if f := p.Next(); f.ID != 1 && f.ID != wire.ControlID(wire.KindError, 1) {
					p.t.Fatalf("there is %s", describe(f))
				}
				p.Call(1, "again")
				p.Result(1, "again")
				p.Drain()
				p.Drained()
			},
		})
	}
	return append(cases,
		testCase{
			name: "a thousand calls", async: true,
			worker: worker{
				lua: `function run(done, i) local mine = i sleep((i * 7 % 10) / 1000) local other = host.gate(mine) done(mine, other) end`,
				js: `async function run(done, i) { const mine = i; await new Promise((go) => setTimeout(go, i * 7 % 10));
					const other = await host.gate(mine); done(mine, other) }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				const n = 1000 // about as many as a worker may have host calls
				for i := 1; i <= n; i++ {
					p.Call(uint32(i), i)
				}
				waiting := map[int64]HostCall{}
				for range n {
					h := p.AnyHostCall()
					i := h.Args[0].(int64)
					if int64(h.Call) != i {
						p.t.Fatalf("call %d waits as call %d", i, h.Call)
					}
					waiting[i] = h
				}
				for i := int64(n); i >= 1; i-- {
					p.Return(waiting[i], -i)
					p.Result(uint32(i), i, -i)
				}
				p.Drain()
				p.Drained()
			},
		},
		testCase{
			name: "sync calls simply wait",
			worker: worker{
				lua: `function run(x) if not x then host.gate() end return x or "first" end`,
				js:  `async function run(x) { if (!x) await host.gate(); return x || 'first' }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				gate := p.HostCall(1, "gate")
				p.Call(2, "second")
				p.Ping(1)
				p.Pong(1) // nothing of the second call before it
				p.Return(gate, "through")
				p.Result(1, "first")
				p.Result(2, "second")
			},
		},
		testCase{
			name: "waiting in a timer", async: true,
			worker: worker{
				lua: `function run(done, x) if x then done(x) return end timer.after(0, function() host.gate() sleep(0.001) done("through") end) end`,
				js: `function run(done, x) { if (x) return done(x);
					setTimeout(async () => { await host.gate(); await new Promise((go) => setTimeout(go, 1)); done('through') }, 0) }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				gate := p.HostCall(1, "gate")
				p.Call(2, "beside")
				p.Result(2, "beside")
				p.Drain() // it is not unanswerable: its timer's function waits
				p.Return(gate)
				p.Result(1, "through")
				p.Drained()
			},
		},
		testCase{
			name: "a traceback through a wait", async: true,
			worker: worker{
				lua: strings.Join([]string{
					"local function inner()", "  host.gate()", "  error('boom')", "end",
					"function run(done)", "  inner()", "  done()", "end"}, "\n"),
				js: strings.Join([]string{
					"async function inner() {", "  await host.gate()", "  throw new Error('boom')", "}",
					"async function run(done) {", "  await inner()", "  done()", "}"}, "\n"),
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				p.Return(p.HostCall(1, "gate"))
				e := p.Fails(1, wire.ErrorScript, "boom")
				checkStack(p, e, 3)
			},
		},
	)
}
