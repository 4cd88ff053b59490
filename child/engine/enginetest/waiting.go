package enginetest

import (
	"strings"

	"scripthost.example/wire"
)

// waitingCases are about calls that wait side by side. In each of them the
// first call waits for the parent, somewhere inside Lua, and another one runs
// from its start to its end meanwhile.
func waitingCases() []testCase {
	// The body of a function that calls gate() and returns "through".
	places := []struct{ name, lua, js string }{
		{"plain", `gate() return "through"`, `await gate(); return 'through'`},
		{"pcall", `local ok, x = pcall(function() gate() return "through" end) return x`,
			`try { await gate(); return 'through' } catch (e) { return e }`},
		{"pcall of a binding", `local ok = pcall(host.gate) return ok and "through"`, ``},
		{"nested pcall", `local _, _, x = pcall(pcall, function() gate() return "through" end) return x`,
			`try { try { await gate() } finally { await null } return 'through' } catch (e) { return e }`},
		{"xpcall", `local ok, x = xpcall(function() gate() return "through" end, function() return "handler" end) return x`, ``},
		{"error handler", `local ok, x = xpcall(function() error("x") end, function() gate() return "through" end) return x`,
			`try { throw 1 } catch (e) { await gate(); return 'through' }`},
		{"coroutine", `local co = coroutine.create(function() gate() return "through" end) local _, x = coroutine.resume(co) return x`, ``},
		{"coroutine.wrap", `return coroutine.wrap(function() gate() return "through" end)()`, ``},
		{"coroutine in a coroutine", `return coroutine.wrap(function() return coroutine.wrap(function() gate() return "through" end)() end)()`, ``},
		{"coroutine that yields around it", `local co = coroutine.wrap(function(a) local b = coroutine.yield(a .. "ro") gate() coroutine.yield(b .. "gh") return "x" end)
			local x = co("th") return x .. co("u") `, ``},
		{"pcall in a coroutine in a pcall", `local ok, x = pcall(coroutine.wrap(function() local _, y = pcall(function() gate() return "through" end) return y end)) return x`, ``},
		{"metamethod __index", `return setmetatable({}, {__index = function() gate() return "through" end}).x`, ``},
		{"metamethod __newindex", `local x setmetatable({}, {__newindex = function(_, _, v) gate() x = v end}).y = "through" return x`, ``},
		{"metamethod __add", `return setmetatable({}, {__add = function() gate() return "through" end}) + 1`, ``},
		{"metamethod __concat", `return setmetatable({}, {__concat = function() gate() return "through" end}) .. "x"`, ``},
		{"metamethod __eq", `local m = {__eq = function() gate() return true end} return setmetatable({}, m) == setmetatable({}, m) and "through"`, ``},
		{"metamethod __lt", `local m = {__lt = function() gate() return true end} return setmetatable({}, m) < setmetatable({}, m) and "through"`, ``},
		{"metamethod __call", `return setmetatable({}, {__call = function() gate() return "through" end})()`, ``},
		{"metamethod __tostring", `return tostring(setmetatable({}, {__tostring = function() gate() return "through" end}))`, ``},
		{"iterator", `local x for v in function(_, last) if not last then gate() return "through" end end do x = v end return x`,
			`for (const x of [gate()]) await x; return 'through'`},
		{"table.sort", `local once local t = {3, 1, 2} table.sort(t, function(a, b) if not once then once = true gate() end return a < b end)
			return table.concat(t) == "123" and "through"`, ``},
		{"string.gsub", `return (string.gsub("x", "x", function() gate() return "through" end))`, ``},
		{"load", `return (loadstring("gate() return 'through'"))()`, ``},
		{"tail call", `local function f() gate() return "through" end return f()`, `return gate().then(() => 'through')`},
		{"deep recursion", `local function f(n) if n == 0 then gate() return "through" end local x = f(n - 1) return x end return f(100)`,
			`const f = async (n) => { if (n === 0) { await gate(); return 'through' } return await f(n - 1) }; return await f(100)`},
		{"closure that is changed meanwhile", `local n = 0 local function add() n = n + 1 end add() gate() add() return n == 2 and "through"`,
			`let n = 0; const add = () => n++; add(); await gate(); add(); return n === 2 ? 'through' : n`},
		{"sleep", `sleep(0.001) gate() sleep(0) return "through"`,
			`await new Promise((go) => setTimeout(go, 1)); await gate(); return 'through'`},
		{"Promise.race", ``, `await Promise.race([gate(), new Promise(() => {})]); return 'through'`},
		{"generator", ``, `const g = (function* () { yield gate() })(); await g.next().value; return 'through'`},
		{"then", ``, `return gate().then(() => { throw 1 }).catch(() => 'through').finally(() => {})`},
		{"Promise.all over map", ``, `return (await Promise.all([1].map(async () => { await gate(); return 'through' })))[0]`},
		{"class with await in a method", ``, `class C { async m() { await gate(); return 'through' } } return await new C().m()`},
	}
	var cases []testCase
	for _, place := range places {
		sources := worker{}
		if place.lua != "" {
			sources[lua] = `function gate() return host.gate() end
				local function wait() ` + place.lua + ` end
				function run(done, x) if x then done(x) else done(wait()) end end`
		}
		if place.js != "" {
			sources[js] = `const gate = () => host.gate();
				const wait = async () => { ` + place.js + ` };
				async function run(done, x) { if (x) done(x); else done(await wait()) }`
		}
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
				p.Result(1, "through")
				p.Return(second)
				p.Result(3, "through")
				p.Drain()
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
			name: "hundreds of calls", async: true,
			worker: worker{
				lua: `function run(done, i) local mine = i sleep((i * 7 % 10) / 1000) local other = host.gate(mine) done(mine, other) end`,
				js: `async function run(done, i) { const mine = i; await new Promise((go) => setTimeout(go, i * 7 % 10));
					const other = await host.gate(mine); done(mine, other) }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				const n = 400
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
