package enginetest

import (
	"strings"

	"scripthost.example/wire"
)

// protocolCases are about frames that the protocol does not allow, and PING.
// They are the same for every language, but the language runs meanwhile.
func protocolCases() []testCase {
	echo := worker{
		lua: `function run(x) return x end`,
		js:  `function run(x) { return x }`,
	}
	violations := []struct {
		name  string
		words []string
		send  func(p *Parent)
	}{
		{"call id 0", []string{"id 0x0"}, func(p *Parent) { p.Call(0, 1) }},
		{"named call with id 0", []string{"id 0x0"}, func(p *Parent) { p.CallNamed(0, "run", 1) }},
		{"second BOOT", []string{"BOOT"}, func(p *Parent) { p.control(wire.KindBoot, 0, NewBoot(p.language, "", false)) }},
		{"unknown kind", []string{"kind 7"}, func(p *Parent) { p.Send(wire.ControlID(7, 0), nil) }},
		{"CALL without room for a name", []string{"CALL"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindCall, 1), []byte{0, 0}) }},
		{"CALL with a name longer than itself", []string{"CALL"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindCall, 1), []byte{0, 0, 0, 9, 'x'}) }},
		{"RETURN without room for an id", []string{"host-call"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindReturn, 1), []byte{0}) }},
		{"THROW without room for an id", []string{"host-call"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindThrow, 1), []byte{0, 0}) }},
		{"CALL with a name that is not UTF-8", []string{"CALL", "UTF-8", `\xff`}, func(p *Parent) { p.CallNamed(1, "run\xff", 1) }},
		{"CANCEL of no call", []string{"CANCEL of no call"}, func(p *Parent) { p.Cancel(0) }},
		{"CANCEL of a call that there has not been", []string{"CANCEL of the call 2"}, func(p *Parent) { p.Cancel(2) }},
		{"CANCEL of a call with a great id that there has not been", []string{"CANCEL of the call 268435455"}, func(p *Parent) { p.Cancel(wire.MaxCallID) }},
		{"CANCEL with a payload", []string{"CANCEL", "1 bytes"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindCancel, 1), []byte("x")) }},
		{"DRAIN with a payload", []string{"DRAIN", "2 bytes"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindDrain, 0), []byte("{}")) }},
		{"DRAIN of a call", []string{"DRAIN", "call, 1"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindDrain, 1), nil) }},
		{"PING of a call", []string{"PING", "call, 1"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindPing, 1), []byte(`{"nonce":1}`)) }},
		{"PING without a payload", []string{"message"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindPing, 0), nil) }},
		{"PING with a nonce that is a text", []string{"message", `"nonce"`, "a string"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindPing, 0), []byte(`{"nonce":"1"}`)) }},
		{"RETURN of a host call that there has not been", []string{"host call 7"}, func(p *Parent) { p.Return(HostCall{ID: 7}) }},
		{"THROW of a host call that there has not been", []string{"host call 0"}, func(p *Parent) { p.Throw(HostCall{}, wire.Error{}) }},
		{"PING that is not JSON", []string{"message"}, func(p *Parent) { p.Send(wire.ControlID(wire.KindPing, 0), []byte("{")) }},
	}
	var cases []testCase
	for _, v := range violations {
		cases = append(cases, testCase{
			name: v.name, worker: echo,
			run: func(p *Parent) {
				p.Call(1, "fine")
				p.Result(1, "fine")
				v.send(p)
				p.Protocol(v.words...)
			},
		})
	}
	cases = append(cases, bootCases()...)
	return append(cases,
		testCase{
			name:  "id in use",
			async: true,
			worker: worker{
				lua: `function run() end`,
				js:  `function run() {}`,
			},
			run: func(p *Parent) {
				p.Call(7)
				p.Call(7)
				p.Protocol("id 7")
			},
		},
		testCase{
			name: "call after DRAIN",
			worker: worker{
				lua: `function run() host.gate() end`,
				js:  `async function run() { await host.gate() }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				p.HostCall(1, "gate")
				p.Drain()
				p.Call(2)
				p.Protocol("DRAIN")
			},
		},
		testCase{
			name:  "id in use, by a named call",
			async: true,
			worker: worker{
				lua: `function run() end`,
				js:  `function run() {}`,
			},
			run: func(p *Parent) {
				p.Call(7)
				p.CallNamed(7, "run")
				p.Protocol("id 7")
			},
		},
		testCase{
			name: "a violation while a script spins",
			worker: worker{
				lua: `function run() event("spinning") while true do end end`,
				js:  `function run() { event('spinning'); for (;;) {} }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				p.Send(wire.ControlID(7, 0), nil)
				p.Protocol("kind 7")
			},
		},
		testCase{
			name:   "a frame that is cut off",
			worker: echo,
			run: func(p *Parent) {
				p.SendRaw(wire.AppendFrame(nil, 1, p.Freeze("whole"))[:10])
				p.CloseWrite()
				p.Protocol("2 of 9 bytes")
			},
		},
		testCase{
			name: "a header that is cut off, while a script spins",
			worker: worker{
				lua: `function run() event("spinning") while true do end end`,
				js:  `function run() { event('spinning'); for (;;) {} }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.spinning()
				p.SendRaw([]byte{0, 0, 0})
				p.CloseWrite()
				p.Protocol("3 bytes of a frame's header")
			},
		},
		testCase{
			name: "a RETURN that cannot be read",
			worker: worker{
				lua: `function run() return host.f() end`,
				js:  `async function run() { return await host.f() }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				h := p.HostCall(1, "f")
				p.Send(wire.ControlID(wire.KindReturn, 1), append(wire.AppendHostID(nil, h.ID), 0xff))
				p.Protocol("RETURN")
			},
		},
		testCase{
			name: "a THROW that cannot be read",
			worker: worker{
				lua: `function run() return host.f() end`,
				js:  `async function run() { return await host.f() }`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				p.Call(1)
				h := p.HostCall(1, "f")
				p.Send(wire.ControlID(wire.KindThrow, 1), append(wire.AppendHostID(nil, h.ID), '['))
				p.Protocol("message")
			},
		},
		testCase{
			name:   "a call over the payload limit",
			worker: echo,
			boot:   func(b *wire.Boot) { b.Limits.Payload = 1000 },
			run: func(p *Parent) {
				p.Call(1, "fine")
				p.Result(1, "fine")
				p.Call(1, strings.Repeat("x", 1001))
				p.Fatal(wire.ErrorLimit, "1000")
			},
		},
		testCase{
			name:   "a named call over the payload limit",
			worker: echo,
			boot:   func(b *wire.Boot) { b.Limits.Payload = 1000 },
			run: func(p *Parent) {
				p.CallNamed(1, "run", strings.Repeat("x", 1000-len(`[""]`)))
				p.Result(1, strings.Repeat("x", 1000-len(`[""]`)))
				p.CallNamed(1, "run", strings.Repeat("x", 1001-len(`[""]`)))
				p.Fatal(wire.ErrorLimit, "arguments", "1001", "1000")
			},
		},
		testCase{
			name: "results of a host call over the payload limit",
			worker: worker{
				lua: `function run() return #host.f() end`,
				js:  `async function run() { return (await host.f()).length }`,
			},
			boot: func(b *wire.Boot) {
				b.Limits.Payload = 1000
				b.Host = []string{"f"}
			},
			run: func(p *Parent) {
				const head = 4 // of the list, and of the text
				p.Call(1)
				p.Return(p.HostCall(1, "f"), strings.Repeat("x", 1000-head))
				p.Result(1, 1000-head)
				p.Call(1)
				p.Return(p.HostCall(1, "f"), strings.Repeat("x", 1001-head))
				p.Fatal(wire.ErrorLimit, "results", "1001", "1000")
			},
		},
		testCase{
			name:   "PING of an idle worker",
			worker: echo,
			run: func(p *Parent) {
				p.Ping(17)
				if pong := p.Pong(17); pong.Call != 0 || pong.RunningMS != 0 || pong.Heap == 0 {
					p.t.Errorf("PONG is %+v", pong)
				}
			},
		},
		testCase{
			name: "PING while a script spins",
			worker: worker{
				lua: `function run() event("spinning") while true do pcall(function() while true do end end) end end`,
				js:  `function run() { event('spinning'); for (;;) { try { for (;;) {} } catch (e) {} } }`,
			},
			run: func(p *Parent) {
				p.Call(9)
				p.spinning()
				for nonce := uint64(1); nonce < 20; nonce++ {
					p.Ping(nonce)
					if pong := p.Pong(nonce); pong.Call != 9 {
						p.t.Errorf("PONG says that call %d runs, want 9", pong.Call)
					}
				}
				p.Cancel(9)
				p.Fails(9, wire.ErrorCancelled)
				p.Ping(20)
				if pong := p.Pong(20); pong.Call != 0 {
					p.t.Errorf("PONG says that call %d runs, which has been answered", pong.Call)
				}
			},
		},
		testCase{
			name: "PING while a call waits",
			worker: worker{
				lua: `function run() return host.gate() end`,
				js:  `async function run() { return await host.gate() }`,
			},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(9)
				gate := p.HostCall(9, "gate")
				p.Ping(1)
				p.Pong(1)
				p.Return(gate, "through")
				p.Result(9, "through")
			},
		},
		testCase{
			name:    "PING while loading",
			unready: true,
			worker: worker{
				lua: `function run() end print("loading") host.gate()`,
				js:  `function run() {} async function init() { console.log('loading'); await host.gate() }`,
			},
			boot: func(b *wire.Boot) {
				b.Host = []string{"gate"}
				if b.Language == js {
					withInit("init")(b)
				}
			},
			run: func(p *Parent) {
				p.Log()
				gate := p.HostCall(0, "gate")
				p.Ping(1)
				p.Pong(1)
				p.Return(gate)
				p.Ready()
			},
		},
	)
}

// bootCases are about BOOTs that cannot be.
func bootCases() []testCase {
	fine := worker{lua: `function run() end`, js: `function run() {}`}
	refused := []struct {
		name, kind string
		words      []string
		boot       func(b *wire.Boot)
	}{
		{"version 0", wire.ErrorProtocol, []string{"version 0", "version 1"}, func(b *wire.Boot) { b.Version = 0 }},
		{"version 2", wire.ErrorProtocol, []string{"version 2", "version 1"}, func(b *wire.Boot) { b.Version = 2 }},
		{"unknown mode", wire.ErrorProtocol, []string{`"turbo"`, "sync", "async"}, func(b *wire.Boot) { b.Mode = "turbo" }},
		{"unknown language", wire.ErrorProtocol, []string{`"perl"`}, func(b *wire.Boot) { b.Language = "perl" }},
		{"a zone that is none", wire.ErrorProtocol, []string{"No/Such_Zone"}, func(b *wire.Boot) { b.Zone = &wire.BootZone{Name: "No/Such_Zone"} }},
		{"a zone with other data", wire.ErrorProtocol, []string{"Europe/Berlin"}, func(b *wire.Boot) { b.Zone = &wire.BootZone{Name: "Europe/Berlin", Data: []byte("TZif")} }},
		{"unknown serialiser", wire.ErrorScript, []string{"xml", "cbor"}, func(b *wire.Boot) { b.Serialiser.Name = "xml" }},
		{"Perl's serialiser", wire.ErrorScript, []string{"storable", "cbor"}, func(b *wire.Boot) { b.Serialiser.Name = "storable" }},
	}
	var cases []testCase
	for _, r := range refused {
		cases = append(cases, testCase{
			name: r.name, worker: fine, boot: r.boot, unready: true,
			run: func(p *Parent) { p.Fatal(r.kind, r.words...) },
		})
	}
	return cases
}
