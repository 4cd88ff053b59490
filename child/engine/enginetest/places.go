package enginetest

// A place is somewhere inside a script where a call can wait: the body of a
// function that calls gate() once and returns "through". A language that has no
// such place has no body.
type place struct{ name, lua, js string }

// worker returns a worker for the async mode: a call without an argument waits
// in the place, one with an argument returns it.
func (w place) worker() worker {
	return w.with(
		`function gate() return host.gate() end`, `function run(done, x) if x then done(x) else done(wait()) end end`,
		`const gate = () => host.gate();`, `async function run(done, x) { if (x) done(x); else done(await wait()) }`)
}

// with returns a worker with a function wait, which waits in the place, what is
// before it, which makes gate, and what is behind it.
func (w place) with(luaHead, luaTail, jsHead, jsTail string) worker {
	sources := worker{}
	if w.lua != "" {
		sources[lua] = luaHead + "\nlocal function wait() " + w.lua + " end\n" + luaTail
	}
	if w.js != "" {
		sources[js] = jsHead + "\nconst wait = async () => { " + w.js + " };\n" + jsTail
	}
	return sources
}

func waitingPlaces() []place {
	return []place{
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
		{"metamethod __le", `local m = {__le = function() gate() return true end} return setmetatable({}, m) <= setmetatable({}, m) and "through"`, ``},
		{"metamethod __unm", `return -setmetatable({}, {__unm = function() gate() return "through" end})`, ``},
		{"metamethod __len", `return #setmetatable({}, {__len = function() gate() return "through" end})`, ``},
		{"__index of an __index", `return setmetatable({}, {__index = setmetatable({}, {__index = function() gate() return "through" end})}).x`, ``},
		{"getter", ``, `return await ({get x() { return gate().then(() => 'through') }}).x`},
		{"print", `print(setmetatable({}, {__tostring = function() gate() return "printed" end})) return "through"`, ``},
		{"string.format", `return (string.format("%s", setmetatable({}, {__tostring = function() gate() return "through" end})))`, ``},
		{"reader of load", `local n = 0 return load(function() n = n + 1 if n == 1 then gate() return "return 'through'" end end)()`, ``},
		{"iterator that is a coroutine", `local x for v in coroutine.wrap(function() coroutine.yield(1) gate() coroutine.yield("through") end) do x = v end return x`,
			`for (const x of (function* () { yield 1; yield gate() })()) await x; return 'through'`},
		{"coroutine that another one goes on with", `local inner = coroutine.wrap(function() coroutine.yield() gate() return "through" end)
			inner() return coroutine.wrap(function() return inner() end)()`, ``},
		{"pcall in a metamethod in a sort in a coroutine", `return coroutine.wrap(function()
			local once local m = {__lt = function(a, b) if not once then once = true pcall(gate) end return a[1] < b[1] end}
			local function new(n) return setmetatable({n}, m) end
			local t = {new(3), new(1), new(2)} table.sort(t)
			return t[1][1] == 1 and t[3][1] == 3 and "through" end)()`, ``},
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
}
