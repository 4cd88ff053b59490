package enginetest

import "scripthost.example/wire"

// withInit names the function that is run first of all, with arguments.
func withInit(name string, args ...any) func(*wire.Boot) {
	return func(b *wire.Boot) {
		b.Init = name
		if codec, err := wire.SerialiserByName(b.Serialiser.Name); err == nil {
			b.InitArgs, _ = codec.AppendFreeze(nil, args)
		}
	}
}

// initialised is withInit for a function init in a worker that calls host.f.
func initialised(args ...any) func(*wire.Boot) {
	return func(b *wire.Boot) {
		b.Host = []string{"f"}
		withInit("init", args...)(b)
	}
}

// initCases are about init.
func initCases() []testCase {
	remembering := worker{
		lua: `local kept function init(...) kept = {n = select("#", ...), ...} end function run() return kept.n, unpack(kept, 1, kept.n) end`,
		js:  `let kept; function init(...args) { kept = args } function run() { return results(kept.length, ...kept) }`,
	}
	return []testCase{
		{
			name:   "arguments",
			worker: remembering,
			boot:   initialised("a", 2, nil, []any{1, 2}),
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 4, "a", 2, nil, []any{1, 2})
			},
		},
		{
			name:   "no arguments",
			worker: remembering,
			boot:   initialised(),
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 0)
			},
		},
		{
			name:  "no done in async mode",
			async: true,
			worker: worker{
				lua: `local kept function init(a, b) kept = {a, b} end function run(done) done(unpack(kept)) end`,
				js:  `let kept; function init(a, b) { kept = [a, b] } function run(done) { done(...kept) }`,
			},
			boot: initialised("a", "b"),
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "a", "b")
			},
		},
		{
			name: "runs before READY, and can wait",
			worker: worker{
				lua: `local kept function init() sleep(0.001) kept = host.f("init") end function run() return kept end`,
				js: `let kept; async function init() { await new Promise((go) => setTimeout(go, 1)); kept = await host.f('init') }
					function run() { return kept }`,
			},
			boot:    initialised(),
			unready: true,
			run: func(p *Parent) {
				p.Return(p.HostCall(0, "f", "init"), "fine")
				p.Ready()
				p.Call(1)
				p.Result(1, "fine")
			},
		},
		{
			name:  "runs before READY in async mode, and can wait",
			async: true,
			worker: worker{
				lua: `local kept function init() sleep(0.001) kept = host.f("init") end function run(done) done(kept) end`,
				js: `let kept; async function init() { await new Promise((go) => setTimeout(go, 1)); kept = await host.f('init') }
					function run(done) { done(kept) }`,
			},
			boot:    initialised(),
			unready: true,
			run: func(p *Parent) {
				p.Return(p.HostCall(0, "f", "init"), "fine")
				p.Ready()
				p.Call(1)
				p.Result(1, "fine")
			},
		},
		{
			name: "logs",
			worker: worker{
				lua: `function init() log.info("starting") end function run() end`,
				js:  `function init() { log.info('starting') } function run() {}`,
			},
			boot:    initialised(),
			unready: true,
			run: func(p *Parent) {
				if l := p.Logs("info", "starting"); l.Call != 0 {
					p.t.Errorf("the record belongs to call %d", l.Call)
				}
				p.Ready()
			},
		},
		{
			name: "cannot send events",
			worker: worker{
				lua: `local told function init() local ok, e = pcall(event, 1) told = ok end function run() event(1) return told end`,
				js:  `let told; function init() { try { event(1); told = true } catch (e) { told = false } } function run() { event(1); return told }`,
			},
			boot: initialised(),
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, 1)
				p.Result(1, false)
			},
		},
		{
			name: "cannot send events even if it waited",
			worker: worker{
				lua: `function init() sleep(0.001) event("too early") end function run() end`,
				js:  `async function init() { await new Promise((go) => setTimeout(go, 1)); event('too early') } function run() {}`,
			},
			boot:    initialised(),
			unready: true,
			run:     func(p *Parent) { p.Fatal(wire.ErrorScript, "event") },
		},
		{
			name: "an event not caught",
			worker: worker{
				lua: `function init() event("too early") end function run() end`,
				js:  `function init() { event('too early') } function run() {}`,
			},
			boot:    initialised(),
			unready: true,
			run:     func(p *Parent) { p.Fatal(wire.ErrorScript, "event") },
		},
		{
			name: "fails",
			worker: worker{
				lua: "function run() end\nfunction init(x)\n  error('no ' .. x)\nend",
				js:  "function run() {}\nfunction init(x) {\n  throw new Error('no ' + x)\n}",
			},
			boot:    initialised("luck"),
			unready: true,
			run: func(p *Parent) {
				e, err := p.Fatal(wire.ErrorScript, "no luck")
				checkStack(p, e, 3)
				if err == nil {
					p.t.Error("Serve returned no error")
				}
			},
		},
		{
			name: "rejects",
			worker: worker{
				js: "function run() {}\nasync function init(x) {\n  await null\n  throw new Error('no ' + x)\n}",
			},
			boot:    initialised("luck"),
			unready: true,
			run: func(p *Parent) {
				e, _ := p.Fatal(wire.ErrorScript, "no luck")
				checkStack(p, e, 4)
			},
		},
		{
			name:    "can never end",
			worker:  worker{js: `function run() {} function init() { return new Promise(() => {}) }`},
			boot:    initialised(),
			unready: true,
			run:     func(p *Parent) { p.Fatal(wire.ErrorScript, "init") },
		},
		{
			name: "does not exist",
			worker: worker{
				lua: `function run() end function setup() end`,
				js:  `function run() {} function setup() {}`,
			},
			boot:    initialised(),
			unready: true,
			run:     func(p *Parent) { p.Fatal(wire.ErrorScript, "init", "run", "setup") },
		},
		{
			name: "arguments that cannot be read",
			worker: worker{
				lua: `function init() end function run() end`,
				js:  `function init() {} function run() {}`,
			},
			boot: func(b *wire.Boot) {
				b.Init = "init"
				b.InitArgs = []byte("[1,")
			},
			unready: true,
			run:     func(p *Parent) { p.Fatal(wire.ErrorSerialise) },
		},
		{
			name:  "timers of init go on",
			async: true,
			worker: worker{
				lua: `function init() timer.after(0.001, function() event("tick") end) end function run() end`,
				js:  `function init() { setTimeout(() => event('tick'), 1) } function run() {}`,
			},
			boot: initialised(),
			run:  func(p *Parent) { p.Event("tick") },
		},
	}
}
