package enginetest

import (
	"strings"

	"scripthost.example/wire"
)

// stoppedCases are about calls that are stopped while they wait, wherever that
// is, or that wait while others are stopped.
func stoppedCases() []testCase {
	var cases []testCase
	for _, place := range waitingPlaces() {
		cases = append(cases, stoppedIn(place)...)
	}
	return cases
}

func stoppedIn(place place) []testCase {
	const luaGate, jsGate = `function gate() return host.gate() end`, `const gate = () => host.gate();`
	// Lua's wait raises an error, which can be caught; JavaScript's never ends.
	told := place.with(
		`function gate() local ok, e = pcall(host.gate) if not ok then event(e.kind) error(e) end end`,
		`function run(done, x) if x then done(x) else done(wait()) end end`,
		jsGate, `async function run(done, x) { if (x) done(x); else { done.signal.onabort = () => event(done.signal.reason.kind); done(await wait()) } }`)
	direct := strings.Contains(place.lua, "host.gate") // it uses no gate of these
	sync := place.with(
		luaGate, `function run(x) return x or wait() end`,
		jsGate, `async function run(x) { return x || await wait() }`)
	spins := place.with(
		`function gate() host.gate() event("spinning") while true do pcall(function() while true do end end) end end`,
		`function run(done, x) if x then done(x) else done(wait()) end end`,
		`const gate = async () => { await host.gate(); event('spinning'); for (;;) { try { for (;;) {} } catch (e) {} finally { continue } } };`,
		`async function run(done, x) { if (x) done(x); else done(await wait()) }`)
	neighbour := place.with(
		luaGate, `function run(done, x)
			if x == "spin" then event("spinning") while true do pcall(function() while true do end end) end end
			done(x or wait()) end`,
		jsGate, `async function run(done, x) {
			if (x === 'spin') { event('spinning'); for (;;) { try { for (;;) {} } catch (e) {} finally { continue } } }
			done(x || await wait()) }`)
	return []testCase{
		{
			name: "cancelled in " + place.name, async: true, worker: told, boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				first := p.HostCall(1, "gate")
				p.Call(2)
				second := p.HostCall(2, "gate")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				if p.language == js || !direct {
					p.Event(wire.ErrorCancelled)
				}
				p.Return(first, "ignored")
				p.Call(1, "again")
				p.afterLogs(1, "again")
				p.Drain()
				p.Return(second)
				p.afterLogs(2, "through")
				p.Drained()
			},
		},
		{
			name: "cancelled in sync mode in " + place.name, worker: sync, boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				first := p.HostCall(1, "gate")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Return(first, "ignored")
				p.Call(1)
				p.Return(p.HostCall(1, "gate"))
				p.afterLogs(1, "through")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "interrupted after waiting in " + place.name, async: true, worker: spins, boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				gate := p.HostCall(1, "gate")
				p.Return(gate)
				if p.language == lua && direct {
					p.Result(1, "through")
					return
				}
				p.spinning()
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Call(1, "again")
				p.Result(1, "again")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "beside one that is interrupted, waiting in " + place.name, async: true, worker: neighbour, boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				gate := p.HostCall(1, "gate")
				p.Call(2, "spin")
				p.spinning()
				p.Cancel(2)
				p.Fails(2, wire.ErrorCancelled)
				p.Return(gate)
				p.afterLogs(1, "through")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "the parent is gone while waiting in " + place.name, async: true, worker: place.worker(), boot: offering("gate"),
			run: func(p *Parent) {
				for i := range uint32(5) {
					p.Call(i + 1)
					p.HostCall(i+1, "gate")
				}
				p.Close()
				if p.Served() == nil {
					p.t.Error("Serve returned no error")
				}
			},
		},
	}
}

// afterLogs expects the result of a call, and reads over log records before it.
func (p *Parent) afterLogs(call uint32, want ...any) {
	p.t.Helper()
	for {
		f := p.Next()
		if control, kind, _ := wire.Split(f.ID); control && kind == wire.KindLog {
			continue
		}
		if f.ID != call {
			p.t.Fatalf("there is %s where the result of call %d should be", describe(f), call)
		}
		p.values("result", f.Payload, want)
		return
	}
}
