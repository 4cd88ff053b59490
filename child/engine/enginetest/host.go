package enginetest

import (
	"time"

	"scripthost.example/wire"
)

// offering names the functions that the parent has.
func offering(names ...string) func(*wire.Boot) {
	return func(b *wire.Boot) {
		b.Host = names
		b.Serialiser.Name = "cbor"
	}
}

// hostCases are about calls of the parent's functions.
func hostCases() []testCase {
	when := time.Date(2024, 2, 29, 12, 30, 15, 500_000_000, time.UTC)
	return []testCase{
		{
			name: "sync",
			worker: worker{
				lua: `function run(a, b) local sum = host.add(a, b) return sum, host.add(sum, 1) end`,
				js:  `async function run(a, b) { const sum = await host.add(a, b); return results(sum, await host.add(sum, 1)) }`,
			},
			boot: offering("add"),
			run: func(p *Parent) {
				p.Call(5, 1, 2)
				p.Return(p.HostCall(5, "add", 1, 2), 3)
				p.Return(p.HostCall(5, "add", 3, 1), 4)
				p.Result(5, 3, 4)
			},
		},
		{
			name:  "async",
			async: true,
			worker: worker{
				lua: `function run(done, a, b) local sum = host.add(a, b) done(sum, host.add(sum, 1)) end`,
				js:  `async function run(done, a, b) { const sum = await host.add(a, b); done(sum, await host.add(sum, 1)) }`,
			},
			boot: offering("add"),
			run: func(p *Parent) {
				p.Call(5, 1, 2)
				p.Return(p.HostCall(5, "add", 1, 2), 3)
				p.Return(p.HostCall(5, "add", 3, 1), 4)
				p.Result(5, 3, 4)
			},
		},
		{
			name: "values both ways",
			worker: worker{
				lua: `function run(x) return host.echo(x) end`,
				js:  `async function run(x) { return await host.echo(x) }`,
			},
			boot: offering("echo"),
			run: func(p *Parent) {
				for _, v := range []any{
					nil, true, false, 0, 1, -1, 1 << 53, 1.5, "", "text", "zwölf", []any{}, []any{1, "x", nil},
					map[string]any{"a": 1, "b": []any{true}}, map[string]any{},
				} {
					p.Call(1, v)
					p.Return(p.HostCall(1, "echo", v), v)
					p.Result(1, v)
				}
				octets := []byte{0xff, 0, 1}
				p.Call(1, octets)
				p.Return(p.HostCall(1, "echo", octets), octets)
				p.Result(1, octets)
				// Lua has no dates: there they are text.
				date := each(p, map[string]any{lua: "2024-02-29T12:30:15.5Z", js: when})
				p.Call(1, when)
				p.Return(p.HostCall(1, "echo", date), when)
				p.Result(1, date)
			},
		},
		{
			name: "no result",
			worker: worker{
				lua: `function run() return select("#", host.f()) end`,
				js:  `async function run() { return (await host.f()) === undefined ? 0 : 1 }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Return(p.HostCall(1, "f"))
				p.Result(1, 0)
			},
		},
		{
			name: "several results",
			worker: worker{
				lua: `function run() return host.f() end`,
				js:  `async function run() { return results(...await host.f()) }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Return(p.HostCall(1, "f"), 1, nil, "x")
				p.Result(1, 1, nil, "x")
			},
		},
		{
			name: "dotted name",
			worker: worker{
				lua: `function run() return host.db.get("k"), host.db.put("k") end`,
				js:  `async function run() { return results(await host.db.get('k'), await host.db.put('k')) }`,
			},
			boot: offering("db.get", "db.put"),
			run: func(p *Parent) {
				p.Call(1)
				p.Return(p.HostCall(1, "db.get", "k"), 1)
				p.Return(p.HostCall(1, "db.put", "k"), 2)
				p.Result(1, 1, 2)
			},
		},
		{
			name:  "several at a time, of one call",
			async: true,
			worker: worker{
				js: `async function run(done) { done(...await Promise.all([host.f(1), host.f(2), host.f(3)])) }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				one, two, three := p.HostCall(1, "f", 1), p.HostCall(1, "f", 2), p.HostCall(1, "f", 3)
				p.Return(three, "three")
				p.Return(one, "one")
				p.Return(two, "two")
				p.Result(1, "one", "two", "three")
			},
		},
		{
			name:  "several at a time, of several calls",
			async: true,
			worker: worker{
				lua: `function run(done, i) done(i, host.f(i)) end`,
				js:  `async function run(done, i) { done(i, await host.f(i)) }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				var calls []HostCall
				for i := 1; i <= 5; i++ {
					p.Call(uint32(i), i)
					calls = append(calls, p.HostCall(uint32(i), "f", i))
				}
				for _, i := range []int{3, 5, 1, 2, 4} {
					p.Return(calls[i-1], 10*i)
					p.Result(uint32(i), i, 10*i)
				}
			},
		},
		{
			name:  "of a call that has been answered, and of none",
			async: true,
			worker: worker{
				lua: `function run(done) done(1) local x = host.f("after") event(x) end
					function init() timer.after(0, function() event(host.f("init")) end) end`,
				js: `async function run(done) { done(1); event(await host.f('after')) }
					function init() { setTimeout(async () => event(await host.f('init')), 0) }`,
			},
			boot: func(b *wire.Boot) {
				offering("f")(b)
				withInit("init")(b)
			},
			run: func(p *Parent) {
				p.Return(p.HostCall(0, "f", "init"), "init done")
				p.Event("init done")
				p.Call(3)
				p.Result(3, 1)
				p.Return(p.HostCall(0, "f", "after"), "after done")
				p.Event("after done")
			},
		},
		{
			name: "RETURN and THROW for what has been answered are ignored",
			worker: worker{
				lua: `function run() return host.f() end`,
				js:  `async function run() { return await host.f() }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				h := p.HostCall(1, "f")
				p.Return(h, "first")
				p.Return(h, "second")
				p.Throw(h, wire.Error{Kind: wire.ErrorScript, Message: "third"})
				p.Result(1, "first")
				p.Call(1)
				p.Return(p.HostCall(1, "f"), "again")
				p.Result(1, "again")
			},
		},
		{
			name: "many, one after the other",
			worker: worker{
				lua: `function run(n) local sum = 0 for i = 1, n do sum = sum + host.f(i) end return sum end`,
				js:  `async function run(n) { let sum = 0; for (let i = 1; i <= n; i++) sum += await host.f(i); return sum }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				const n = 300
				p.Call(1, n)
				for i := 1; i <= n; i++ {
					p.Return(p.HostCall(1, "f", i), 2*i)
				}
				p.Result(1, n*(n+1))
			},
		},
		{
			name: "arguments and results of 3 MB",
			worker: worker{
				lua: `function run(x) return #host.f(x .. x) end`,
				js:  `async function run(x) { return (await host.f(x + x)).length }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				x := text(1_500_000)
				p.Call(1, x)
				p.Return(p.HostCall(1, "f", x+x), x+x)
				p.Result(1, 3_000_000)
			},
		},
		{
			name:  "retire",
			async: true,
			worker: worker{
				lua: `function run(done) worker.retire() done(1) end`,
				js:  `function run(done) { worker.retire(); done(1) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				h := p.HostCall(0, "runner.retire")
				p.Result(1, 1)
				p.Drain() // which does not wait for the answer
				p.Drained()
				_ = h
			},
		},
	}
}
