package enginetest

import (
	"strings"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// modeCases are about functions that run in the mode that they are not written
// for.
func modeCases() []testCase {
	return []testCase{
		{
			name: "written for async",
			worker: worker{
				lua: `function run(done, x) done(x) end`,
				js:  `function run(done, x) { done(x) }`,
			},
			run: fails(engine.WrittenForAsync),
		},
		{
			name: "written for async, an arrow function",
			worker: worker{
				lua: `return {run = function(done) done.event("x") done() end}`,
				js:  `exports.run = async done => { await 1; done.event('x'); done() }`,
			},
			run: fails(engine.WrittenForAsync),
		},
		{
			name: "no parameter called done",
			worker: worker{
				lua: `function run(x, done) done(x) end`,
				js:  `function run(x, done) { done(x) }`,
			},
			run: fails(""),
		},
		{
			name: "an error of the script's own",
			worker: worker{
				lua: `function run(done) error("not so many are done") end`,
				js:  `function run(done) { throw new Error('not so many are done') }`,
			},
			run: fails("not so many are done"),
		},
		{
			name:  "written for sync",
			async: true,
			worker: worker{
				lua: `function run(x) return x .. "k" end`,
				js:  `exports.run = async x => x + 'k'`,
			},
			run: fails(engine.WrittenForSync),
		},
		{
			name:  "written for sync, with numbers",
			async: true,
			worker: worker{
				lua: `function run(x) return x * 2 end`,
				js:  "function run(x) { return `${2 * x}` }",
			},
			run: fails(engine.WrittenForSync),
		},
		{
			name:  "done as a value that is no text",
			async: true,
			worker: worker{
				lua: `local kept = {} function run(done) kept[done] = done == kept log.info(done) done(type(done), tostring(done)) end`,
				js: `const kept = new Map(); function run(done) { kept.set(done, done == kept || done == null); console.log(done);
					done(typeof done == 'function' && 'userdata', done.name) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Logs("info", "done")
				p.Result(1, "userdata", "done")
			},
		},
	}
}

// fails has a call fail with a message that ends with a hint, or has none if that
// is "".
func fails(hint string) func(p *Parent) {
	return func(p *Parent) {
		p.Call(1, 1, 2)
		e := p.Fails(1, wire.ErrorScript)
		if !strings.HasSuffix(e.Message, hint) || hint == "" && strings.Contains(e.Message, "written for") {
			p.t.Errorf("the message is %q, and should end with %q", e.Message, hint)
		}
		if len(e.Stack) == 0 {
			p.t.Error("the error has no traceback")
		}
	}
}
