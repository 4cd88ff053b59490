package enginetest

import (
	"slices"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// rooted gives the script a folder of its own.
func rooted(b *wire.Boot) { b.Modules = []string{"."} }

// requiring are workers whose run requires m, and answers with what that is.
var requiring = worker{
	lua: `function run(x) if x then return x end return require("m") end`,
	js:  `function run(x) { return x ?? require('./m') }`,
}

// requiringAsync are the same for the async mode.
var requiringAsync = worker{
	lua: `function run(done, x) if x then done(x) else done((require "m")) end end`,
	js:  `function run(done, x) { done(x ?? require('./m')) }`,
}

// Asked expects a call, or none, to ask for files, one of which is m in that
// language.
func (p *Parent) Asked(call uint32) HostCall {
	p.t.Helper()
	h := p.AnyHostCall()
	if h.Call != call || h.Name != engine.FirstModule {
		p.t.Fatalf("there is a host call of %s by call %d, want %s by %d", h.Name, h.Call, engine.FirstModule, call)
	}
	if file := "m." + p.language; !slices.Contains(h.Args, any(file)) {
		p.t.Fatalf("asked for %v, and not for %s", h.Args, file)
	}
	return h
}

// Hand answers it with m's source.
func (p *Parent) Hand(h HostCall, sources worker) {
	p.t.Helper()
	p.Return(h, "m."+p.language, []byte(each(p, sources)))
}

// moduleValue are sources of m.
var moduleValue = worker{lua: `return "m's"`, js: `module.exports = "m's"`}

// moduleCases are about other files of the script.
func moduleCases() []testCase {
	return []testCase{
		{
			name: "required while loading, in init and in a call",
			worker: worker{
				lua: `local top = require "m" function init() package.loaded.m = nil initial = require "m" package.loaded.m = nil end function run() return top, initial, require "m", require "m" end`,
				js: `const top = require('./m'); let initial;
					const forget = () => { for (const key of Object.keys(require.cache)) if (key === 'm.js') delete require.cache[key] };
					function init() { forget(); initial = require('./m'); forget() }
					function run() { return results(top, initial, require('./m'), require('./m')) }`,
			},
			boot:    func(b *wire.Boot) { rooted(b); b.Init = "init" },
			unready: true,
			run: func(p *Parent) {
				p.Hand(p.Asked(0), moduleValue)
				p.Hand(p.Asked(0), moduleValue)
				p.Ready()
				p.Call(1)
				p.Hand(p.Asked(1), moduleValue)
				p.Result(1, "m's", "m's", "m's", "m's")
			},
		},
		{
			name:   "there is none",
			worker: requiring,
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				p.Return(p.Asked(1))
				p.Fails(1, wire.ErrorScript, "m."+p.language)
				p.Call(2)
				p.Hand(p.Asked(2), moduleValue)
				p.Result(2, "m's")
			},
		},
		{
			name:   "refused",
			worker: requiring,
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				p.Throw(p.Asked(1), wire.Error{Kind: wire.ErrorDenied, Message: "m is denied", Value: []byte(`{"grant":"modules"}`)})
				if e := p.Fails(1, wire.ErrorDenied, "m is denied"); string(e.Value) != `{"grant":"modules"}` {
					p.t.Errorf("the value is %s", e.Value)
				}
			},
		},
		{
			name:    "refused while loading",
			worker:  worker{lua: `require "m"`, js: `require('./m')`},
			boot:    rooted,
			unready: true,
			run: func(p *Parent) {
				p.Throw(p.Asked(0), wire.Error{Kind: wire.ErrorDenied, Message: "m is denied"})
				p.Fatal(wire.ErrorDenied, "m is denied")
			},
		},
		{
			name:   "without a folder",
			worker: requiring,
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "the script has no folder of its own, as it is not a file, and no module path (--module-path) was granted")
			},
		},
		{
			name:   "a mistake in it",
			worker: requiring,
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				p.Hand(p.Asked(1), worker{lua: "\n\nx = = 1", js: "\n\nx = = 1"})
				if e := p.Fails(1, wire.ErrorScript, each(p, worker{lua: "syntax error near '='", js: "SyntaxError: Unexpected token ="})); e.Stack[0].File != "m."+p.language || e.Stack[0].Line != 3 {
					p.t.Errorf("%+v", e.Stack)
				}
				p.Call(2)
				p.Hand(p.Asked(2), worker{lua: "\nerror('no')", js: "\nthrow Error('no')"})
				if e := p.Fails(2, wire.ErrorScript, "no"); e.Stack[0].File != "m."+p.language || e.Stack[0].Line != 2 {
					p.t.Errorf("%+v", e.Stack)
				}
				p.Call(3)
				p.Hand(p.Asked(3), moduleValue)
				p.Result(3, "m's")
			},
		},
		{
			name:   "the parent answers nonsense",
			worker: requiring,
			boot:   rooted,
			run: func(p *Parent) {
				for id, results := range [][]any{{1}, {"m." + p.language}, {5, 6}, {nil, nil}, {"m." + p.language, 5}} {
					p.Call(uint32(id + 1))
					p.Return(p.Asked(uint32(id+1)), results...)
					p.Error(uint32(id + 1))
				}
				p.Drain()
				p.Drained()
			},
		},
		{
			name:   "spins while it is loaded",
			worker: requiring,
			boot:   func(b *wire.Boot) { rooted(b); b.Limits.GraceMS = 20 },
			run: func(p *Parent) {
				p.Call(1)
				p.Hand(p.Asked(1), worker{lua: `event("spinning") while true do end`, js: `event('spinning'); for (;;) {}`})
				p.spinning()
				p.Cancel(1)
				p.failsAmong(1, wire.ErrorCancelled)
				p.Call(2)
				p.Hand(p.Asked(2), moduleValue)
				p.Result(2, "m's")
			},
		},
		{
			name:   "cancelled while it is asked for",
			worker: requiring,
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				h := p.Asked(1)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Hand(h, moduleValue)
				p.Call(2)
				p.Hand(p.Asked(2), moduleValue)
				p.Result(2, "m's")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:   "cancelled while it is asked for, async",
			async:  true,
			worker: requiringAsync,
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				h := p.Asked(1)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Hand(h, moduleValue)
				p.Call(2)
				p.Hand(p.Asked(2), moduleValue)
				p.Result(2, "m's")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:   "others run meanwhile",
			async:  true,
			worker: worker{lua: requiringAsync[lua]}, // in JavaScript require holds the VM
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				h := p.Asked(1)
				p.Call(2) // asks for nothing: it waits for the first
				p.Call(3, "meanwhile")
				p.Result(3, "meanwhile")
				p.Hand(h, moduleValue)
				p.Result(1, "m's")
				p.Result(2, "m's")
			},
		},
		{
			name:   "the first of two is cancelled",
			async:  true,
			worker: worker{lua: requiringAsync[lua]},
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				p.Asked(1)
				p.Call(2)
				p.Call(3, "meanwhile")
				p.Result(3, "meanwhile")
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Hand(p.Asked(2), moduleValue)
				p.Result(2, "m's")
			},
		},
		{
			name:   "one after the other",
			async:  true,
			worker: worker{js: requiringAsync[js]},
			boot:   rooted,
			run: func(p *Parent) {
				p.Call(1)
				h := p.Asked(1)
				p.Call(2)
				p.Hand(h, moduleValue)
				p.Result(1, "m's")
				p.Result(2, "m's")
			},
		},
	}
}
