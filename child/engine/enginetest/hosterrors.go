package enginetest

import (
	"encoding/json"

	"scripthost.example/wire"
)

// hostErrorCases are about calls of the parent's functions that fail.
func hostErrorCases() []testCase {
	caught := worker{
		lua: `function run(x)
				local ok, e = pcall(host.f, x)
				if ok then return "no error" end
				return e.kind, e.message, e.value
			end`,
		js: `async function run(x) {
				try { await host.f(x) } catch (e) { return results(e.kind, e.message, e.value === undefined ? null : e.value) }
				return 'no error'
			}`,
	}
	uncaught := worker{
		lua: "function run()\n  return host.f()\nend",
		js:  "async function run() {\n  return await host.f()\n}",
	}
	return []testCase{
		{
			name:   "caught",
			worker: caught,
			boot:   offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Throw(p.HostCall(1, "f", nil), wire.Error{Kind: wire.ErrorScript, Message: "sorry"})
				p.Result(1, "script", "sorry", nil)
				p.Call(1)
				p.Throw(p.HostCall(1, "f", nil), wire.Error{
					Kind: wire.ErrorDenied, Message: "not granted",
					Value: json.RawMessage(`{"grant":"read","path":"/etc","list":[1,null,true]}`),
				})
				p.Result(1, "denied", "not granted", map[string]any{"grant": "read", "path": "/etc", "list": []any{1, nil, true}})
			},
		},
		{
			name:   "not caught",
			worker: uncaught,
			boot:   offering("f"),
			run: func(p *Parent) {
				for _, kind := range []string{wire.ErrorScript, wire.ErrorDenied, wire.ErrorLimit, wire.ErrorDeadline} {
					p.Call(1)
					p.Throw(p.HostCall(1, "f"), wire.Error{Kind: kind, Message: "sorry", Value: json.RawMessage(`{"grant":"read"}`)})
					e := p.Fails(1, kind, "sorry")
					if string(e.Value) != `{"grant":"read"}` || e.Language != p.language {
						p.t.Errorf("the error is %+v", e)
					}
					checkStack(p, e, 2)
				}
			},
		},
		{
			name: "of a kind that is not known",
			worker: worker{
				lua: `function run() local ok, e = pcall(host.f) return e.kind, e.message end`,
				js:  `async function run() { try { await host.f() } catch (e) { return results(e.kind, e.message) } }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Throw(p.HostCall(1, "f"), wire.Error{Kind: "new", Message: "sorry"})
				p.Result(1, wire.ErrorScript, "sorry")
			},
		},
		{
			name:  "not caught, in async mode",
			async: true,
			worker: worker{
				lua: "function run(done)\n  done(host.f())\nend",
				js:  "async function run(done) {\n  done(await host.f())\n}",
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Call(2)
				one, two := p.HostCall(1, "f"), p.HostCall(2, "f")
				p.Throw(one, wire.Error{Kind: wire.ErrorDenied, Message: "sorry"})
				e := p.Fails(1, wire.ErrorDenied, "sorry")
				checkStack(p, e, 2)
				p.Return(two, "fine")
				p.Result(2, "fine")
			},
		},
		{
			name: "thrown again",
			worker: worker{
				lua: "function run()\n  local ok, e = pcall(host.f)\n  error(e)\nend",
				js:  "async function run() {\n  try { await host.f() }\n  catch (e) { throw e }\n}",
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Throw(p.HostCall(1, "f"), wire.Error{Kind: wire.ErrorDenied, Message: "sorry", Value: json.RawMessage(`{"grant":"net"}`)})
				if e := p.Fails(1, wire.ErrorDenied, "sorry"); string(e.Value) != `{"grant":"net"}` {
					p.t.Errorf("the error is %+v", e)
				}
			},
		},
		{
			name:   "a message with what JSON has no letters for",
			worker: caught,
			boot:   offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Throw(p.HostCall(1, "f", nil), wire.Error{Kind: wire.ErrorScript, Message: "a\xffb \"quoted\"\n\x00"})
				p.Result(1, "script", "a\\xffb \"quoted\"\n\x00", nil)
			},
		},
		{
			name: "no such function",
			worker: worker{
				lua: `function run() return host.nope(1) end`,
				js:  `async function run() { return await host.nope(1) }`,
			},
			boot: offering("f", "g"),
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "nope", "f", "g")
			},
		},
		{
			name: "an argument that cannot be carried",
			worker: worker{
				lua: `function run(catch)
					if not catch then host.f(1, {deep = {print}}) end
					local ok, e = pcall(host.f, 1, {deep = {print}}) return ok, e.kind end`,
				js: `async function run(caught) {
					if (!caught) await host.f(1, {deep: [() => 1]});
					try { await host.f(1, {deep: [() => 1]}) } catch (e) { return results(false, e.kind) } }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1, true)
				p.Result(1, false, "serialise")
				p.Call(1, false)
				p.Fails(1, wire.ErrorSerialise, "2", "deep")
			},
		},
		{
			name: "arguments over the payload limit",
			worker: worker{
				lua: `function run(n) local ok, e = pcall(host.f, string.rep("x", n)) return e.kind end`,
				js:  `async function run(n) { try { await host.f('x'.repeat(n)) } catch (e) { return e.kind } }`,
			},
			boot: func(b *wire.Boot) {
				offering("f")(b)
				b.Limits.Payload = 100_000
			},
			run: func(p *Parent) {
				p.Call(1, 200_000)
				p.Result(1, "limit")
			},
		},
		{
			name: "a result that the language cannot hold",
			worker: worker{
				lua: `function run() local ok, e = pcall(host.f) return ok, e.kind end`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				p.Return(p.HostCall(1, "f"), int64(1)<<60)
				p.Result(1, false, "serialise")
			},
		},
	}
}
