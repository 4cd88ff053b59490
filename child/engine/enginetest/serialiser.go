package enginetest

import "scripthost.example/wire"

// joining are custom serialisers that write values one behind the other.
var joining = map[string]string{
	lua: `local function freeze(...)
			local t = {}
			for i = 1, select("#", ...) do t[i] = tostring((select(i, ...))) end
			return table.concat(t, "|")
		end
		local function thaw(octets)
			local t = {}
			for x in string.gmatch(octets, "[^|]+") do t[#t + 1] = x end
			return unpack(t)
		end
		return freeze, thaw`,
	js: `const freeze = (...values) => values.map(String).join('|');
		const thaw = (octets) => octets.length ? String.fromCharCode(...octets).split('|') : [];
		return [freeze, thaw];`,
}

// custom has BOOT bring a serialiser of its own.
func custom(sources map[string]string) func(*wire.Boot) {
	return func(b *wire.Boot) {
		b.Serialiser = wire.BootSerialiser{Name: "codec." + b.Language, Source: []byte(sources[b.Language])}
	}
}

// serialiserCases are about custom serialisers. Their payloads are text here.
func serialiserCases() []testCase {
	echo := worker{
		lua: `function run(...) return select("#", ...), ... end`,
		js:  `function run(...args) { return results(args.length, ...args) }`,
	}
	return []testCase{
		{
			name: "both ways", worker: echo, boot: custom(joining),
			run: func(p *Parent) {
				p.Call(1, "a|b|c")
				p.Result(1, "3|a|b|c")
				p.Call(1)
				p.Result(1, "0")
				p.CallNamed(1, "run", "x")
				p.Result(1, "1|x")
			},
		},
		{
			name: "in async mode, with events and init", async: true,
			worker: worker{
				lua: `local kept function init(...) kept = select("#", ...) .. (...) end
					function run(done, a, b) event("event", a) done.event("of the call", b) done(kept, b, a) end`,
				js: `let kept; function init(...args) { kept = args.length + args[0] }
					function run(done, a, b) { event('event', a); done.event('of the call', b); done(kept, b, a) }`,
			},
			boot: func(b *wire.Boot) {
				custom(joining)(b)
				b.Init, b.InitArgs = "init", []byte("i|j")
			},
			run: func(p *Parent) {
				p.Call(1, "a|b")
				p.Event("event|a")
				p.CallEvent(1, "of the call|b")
				p.Result(1, "2i|b|a")
			},
		},
		{
			name: "any octets", worker: worker{
				lua: `function run(x) return x end`,
				js:  `function run(x) { return x }`,
			},
			boot: custom(map[string]string{
				lua: `return function(x) return x:reverse() end, function(octets) return octets:upper() .. "\0\255" end`,
				js: `return {
					freeze: (x) => new Uint8Array([...x].reverse()),
					thaw: (octets) => [new Uint8Array([...octets].map((c) => c - 32).concat([0, 255]))],
				}`,
			}),
			run: func(p *Parent) {
				p.Call(1, "abc")
				p.Result(1, "\xff\x00CBA")
			},
		},
		{
			name: "that fails",
			worker: worker{
				lua: `function run(x) return x end function caught() local ok, e = pcall(event, "bad") return tostring(ok) .. " " .. e.kind end`,
				js:  `function run(x) { return x } function caught() { try { event('bad') } catch (e) { return 'false ' + e.kind } }`,
			},
			boot: custom(map[string]string{
				lua: `return function(x) if x == "bad" then error("cannot freeze") end if x == "odd" then return 5 end if x == "none" then return end return x end,
					function(x) if x == "thaw" then error("cannot thaw") end return x end`,
				js: `return [(x) => { if (x === 'bad') throw new Error('cannot freeze'); if (x === 'odd') return {}; if (x === 'none') return; return x },
					(octets) => { const x = String.fromCharCode(...octets); if (x === 'thaw') throw new Error('cannot thaw'); return [x] }]`,
			}),
			run: func(p *Parent) {
				p.Call(1, "bad")
				p.Fails(1, wire.ErrorSerialise, "cannot freeze")
				p.Call(1, "odd")
				p.Fails(1, wire.ErrorSerialise, "freeze")
				p.Call(1, "none")
				p.Fails(1, wire.ErrorSerialise, "freeze")
				p.Call(1, "thaw")
				p.Fails(1, wire.ErrorSerialise, "cannot thaw")
				p.CallNamed(1, "caught", "")
				p.Result(1, "false serialise")
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name: "that spins", async: true,
			worker: worker{
				lua: `function run(done, x) done(x) end`,
				js:  `function run(done, x) { done(x) }`,
			},
			boot: custom(map[string]string{
				lua: `return function(x) if x == "freeze" then print("spinning") while true do pcall(function() while true do end end) end end return x end,
					function(x) if x == "thaw" then print("spinning") while true do pcall(function() while true do end end) end end return x end`,
				js: `const spin = () => { console.log('spinning'); for (;;) { try { for (;;) {} } catch (e) {} } };
					return [(x) => { if (x === 'freeze') spin(); return x },
					(octets) => { const x = String.fromCharCode(...octets); if (x === 'thaw') spin(); return [x] }]`,
			}),
			run: func(p *Parent) {
				for _, where := range []string{"freeze", "thaw"} {
					p.Call(1, where)
					p.Logs("info", "spinning")
					p.Cancel(1)
					p.Fails(1, wire.ErrorCancelled)
					p.Call(1, "fine")
					p.Result(1, "fine")
				}
			},
		},
		{
			name: "that does not load", worker: echo, unready: true,
			boot: custom(map[string]string{lua: "return 1,\n  1 +* 2\n", js: "return [1,\n  1 +* 2\n]"}),
			run: func(p *Parent) {
				e, _ := p.Fatal(wire.ErrorScript)
				if len(e.Stack) == 0 || e.Stack[0].File != "codec."+p.language || e.Stack[0].Line != 2 {
					p.t.Errorf("the error does not say where: %+v", e)
				}
			},
		},
		{
			name: "that is no serialiser", worker: echo, unready: true,
			boot: custom(map[string]string{lua: "return 1", js: "return 1"}),
			run: func(p *Parent) {
				var e wire.Error
				p.message(wire.KindFatal, 0, &e)
				p.says(e, e.Kind, "freeze", "thaw")
				if p.Ended() == nil {
					p.t.Error("Serve returned no error")
				}
			},
		},
		{
			name: "over the payload limit",
			worker: worker{
				lua: `function run(x) return string.rep(x, 2000) end`,
				js:  `function run(x) { return x.repeat(2000) }`,
			},
			boot: func(b *wire.Boot) {
				custom(joining)(b)
				b.Limits.Payload = 1000
			},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Fails(1, wire.ErrorLimit, "result")
			},
		},
	}
}
