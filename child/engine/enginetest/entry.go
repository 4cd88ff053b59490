package enginetest

import (
	"slices"

	"scripthost.example/wire"
)

// function has BOOT name a function other than run.
func function(name string) func(*wire.Boot) {
	return func(b *wire.Boot) { b.Function = name }
}

// entryCases are about how functions are found.
func entryCases() []testCase {
	return []testCase{
		{
			name: "global function",
			worker: worker{
				lua: `function run(a, b) return b .. a end`,
				js:  `function run(a, b) { return b + a }`,
			},
			run: func(p *Parent) {
				p.Call(1, "x", "y")
				p.Result(1, "yx")
				p.Call(1, "1", "2")
				p.Result(1, "21")
			},
		},
		{
			name: "async",
			worker: worker{
				lua: `function run(done, a, b) done(b .. a) end`,
				js:  `function run(done, a, b) { done(b + a) }`,
			},
			async: true,
			run: func(p *Parent) {
				p.Call(7, "x", "y")
				p.Result(7, "yx")
			},
		},
		{
			name: "dotted name",
			worker: worker{
				lua: `M = {inner = {}} function M.inner.serve(a) return "M" .. a end`,
				js:  `var M = {inner: {serve(a) { return 'M' + a }}}`,
			},
			boot: function("M.inner.serve"),
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "Mx")
			},
		},
		{
			name: "returned table or export",
			worker: worker{
				lua: `local T = {} function T.run(a) return "T" .. a end return T`,
				js:  `module.exports = {run: (a) => 'T' + a}`,
			},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "Tx")
			},
		},
		{
			name: "dotted name in a returned table or export",
			worker: worker{
				lua: `return {api = {serve = function(a) return "api" .. a end}}`,
				js:  `exports.api = {serve(a) { return 'api' + a }}`,
			},
			boot: function("api.serve"),
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "apix")
			},
		},
		{
			name: "assigned to a variable",
			worker: worker{
				lua: `run = function(a) return "v" .. a end`,
				js:  `const run = (a) => 'v' + a`,
			},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "vx")
			},
		},
		{
			name:   "let",
			worker: worker{js: `let run; run = function (a) { return 'l' + a }`},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "lx")
			},
		},
		{
			name:   "dotted lexical const",
			worker: worker{js: `const M = {serve: (a) => 'c' + a}`},
			boot:   function("M.serve"),
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "cx")
			},
		},
		{
			name: "named call",
			worker: worker{
				lua: `function run() return "run" end
					function other(a) return "other", a end
					M = {serve = function(a) return "M.serve", a end}`,
				js: `function run() { return 'run' }
					const other = (a) => results('other', a);
					const M = {serve(a) { return results('M.serve', a) }}`,
			},
			run: func(p *Parent) {
				p.CallNamed(1, "other", 1)
				p.Result(1, "other", 1)
				p.CallNamed(1, "M.serve", 2)
				p.Result(1, "M.serve", 2)
				p.CallNamed(1, "run")
				p.Result(1, "run")
				p.Call(1)
				p.Result(1, "run")
			},
		},
		{
			name:  "named call in async mode",
			async: true,
			worker: worker{
				lua: `function run(done) done("run") end
					function other(done, a) done("other", a) end`,
				js: `function run(done) { done('run') }
					async function other(done, a) { return results('other', a) }`,
			},
			run: func(p *Parent) {
				p.CallNamed(9, "other", 1)
				p.Result(9, "other", 1)
				p.Call(9)
				p.Result(9, "run")
			},
		},
		{
			name: "named call of no function",
			worker: worker{
				lua: `function run() return 1 end
					function second() end
					M = {serve = function() end}
					number = 5`,
				js: `function run() { return 1 }
					const second = () => {};
					const M = {serve() {}}, number = 5`,
			},
			run: func(p *Parent) {
				for _, name := range []string{"nope", "M.nope", "nope.serve", "number", "number.x.y", "M", "run.x", ".", "M."} {
					p.CallNamed(1, name)
					e := p.Fails(1, wire.ErrorScript, name, "run", "second", "M.serve")
					if e.Language != p.language {
						p.t.Errorf("the error's language is %q", e.Language)
					}
					if !e.NoFunction {
						p.t.Errorf("%s: the error does not say that there is no such function: %+v", name, e)
					}
				}
				p.Call(1)
				p.Result(1, 1)
			},
		},
		{
			name: "what the script lacks itself is no function of the parent's",
			worker: worker{
				lua: `function run(what)
						if what == "call" then nope() end
						if what == "index" then M.serve() end
						if what == "throw" then error({no_function = true, message = "the script has no function nope"}) end
						host.f()
					end`,
				js: `function run(what) {
						if (what == 'call') nope();
						if (what == 'index') ({}).serve();
						if (what == 'throw') throw Object.assign(new Error('there is no function nope'), {no_function: true, NoFunction: true});
						return host.f();
					}`,
			},
			boot: offering("f"),
			run: func(p *Parent) {
				for _, what := range []string{"call", "index", "throw", "host"} {
					p.Call(1, what)
					if what == "host" {
						p.Throw(p.HostCall(1, "f"), wire.Error{Kind: wire.ErrorScript, Message: "no", NoFunction: true})
					}
					for e, depth := p.Fails(1, wire.ErrorScript), 0; ; e, depth = *e.Cause, depth+1 {
						if e.NoFunction {
							p.t.Errorf("%s: cause %d says that there is no such function: %+v", what, depth, e)
						}
						if e.Cause == nil {
							break
						}
					}
				}
			},
		},
		{
			name: "functions of the language are no entry points",
			worker: worker{
				lua: `function run() return 1 end`,
				js:  `function run() { return 1 }`,
			},
			run: func(p *Parent) {
				for _, name := range each(p, map[string][]string{
					lua: {"print", "string.format", "table.sort"},
					js:  {"parseInt", "JSON.stringify", "console.log", "constructor", "toString", "run.call"},
				}) {
					p.CallNamed(1, name)
					p.Fails(1, wire.ErrorScript, name, "run")
				}
			},
		},
		{
			name:    "no such entry point",
			unready: true,
			worker: worker{
				lua: `function walk() end M = {serve = function() end}`,
				js:  `function walk() {} const M = {serve() {}}`,
			},
			run: func(p *Parent) {
				if e, _ := p.Fatal(wire.ErrorScript, "run", "walk", "M.serve"); !e.NoFunction {
					p.t.Errorf("the error does not say that there is no such function: %+v", e)
				}
			},
		},
		{
			name:    "READY lists the functions",
			unready: true,
			worker: worker{
				lua: `function run() end
					function second() end
					M = {serve = function() end, number = 5, inner = {deep = function() end}}
					number = 5
					local function hidden() end
					return {exported = function() end}`,
				js: `function run() {}
					const second = () => {};
					var M = {serve() {}, number: 5, inner: {deep() {}}};
					let number = 5;
					{ const hidden = () => {} }
					module.exports = {exported() {}}`,
			},
			run: func(p *Parent) {
				got := p.Ready().Functions
				want := []string{"M.serve", "exported", "run", "second"}
				if !slices.Equal(got, want) {
					p.t.Errorf("READY lists %q, want %q", got, want)
				}
			},
		},
		{
			name: "state is kept between calls",
			worker: worker{
				lua: `local n = 0 function run() n = n + 1 return n end`,
				js:  `let n = 0; function run() { return ++n }`,
			},
			run: func(p *Parent) {
				for i := 1; i <= 3; i++ {
					p.Call(1)
					p.Result(1, i)
				}
			},
		},
		{
			name: "a function that is replaced later",
			worker: worker{
				lua: `function run() run = nil; function extra() return "extra" end return "run" end`,
				js:  `globalThis.run = () => { globalThis.run = undefined; globalThis.extra = () => 'extra'; return 'run' }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "run")
				p.CallNamed(1, "extra")
				p.Result(1, "extra")
			},
		},
		{
			name: "about the worker",
			worker: worker{
				lua: `function run() return worker.name, worker.mode, type(worker.pid) end`,
				js:  `function run() { return results(worker.name, worker.mode, typeof worker.pid) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "worker."+p.language, "sync", "number")
			},
		},
	}
}
