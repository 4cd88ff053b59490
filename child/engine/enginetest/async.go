package enginetest

import (
	"scripthost.example/wire"
)

// asyncCases are about functions that return promises, which Lua has not.
func asyncCases() []testCase {
	cases := []testCase{
		{
			name: "the value of an async function",
			worker: worker{js: `async function run(done, what) {
				if (what === 'late') await new Promise((go) => setTimeout(go, 1));
				if (what === 'several') return results(1, null, 2);
				if (what === 'null') return null;
				return what;
			}`},
			run: func(p *Parent) {
				p.Call(1, "early")
				p.Result(1, "early")
				p.Call(1, "late")
				p.Result(1, "late")
				p.Call(1, "several")
				p.Result(1, 1, nil, 2)
				p.Call(1, "null")
				p.Result(1, nil)
			},
		},
		{
			name:   "undefined is no answer",
			worker: worker{js: `async function run(done) { setTimeout(() => done('by timer'), 1); await null }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "by timer")
			},
		},
		{
			name:   "undefined and nothing else",
			worker: worker{js: `async function run(done) { await null }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Drain()
				p.Fails(1, wire.ErrorScript, "done was never called")
				p.Drained()
			},
		},
		{
			name:   "a value after done",
			worker: worker{js: `async function run(done) { done('by done'); await null; return 'by value' }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "by done")
				p.Ping(1)
				p.Pong(1)
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "rejection",
			worker: worker{js: `async function run(done, what) {
	if (what === 'late') await new Promise((go) => setTimeout(go, 1));
	if (what === 'value') throw {code: 7};
	throw new TypeError('rejected')
}`},
			run: func(p *Parent) {
				for _, what := range []string{"early", "late"} {
					p.Call(1, what)
					e := p.Fails(1, wire.ErrorScript, "rejected")
					checkStack(p, e, 4)
				}
				p.Call(1, "value")
				if e := p.Fails(1, wire.ErrorScript); string(e.Value) != `{"code":7}` {
					p.t.Errorf("the error is %+v", e)
				}
			},
		},
		{
			name:   "rejection after the answer",
			worker: worker{js: `async function run(done) { done(1); await null; throw new Error('too late') }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1)
				p.Logs("error", "too late")
				p.Drain()
				p.Drained()
			},
		},
		{
			name:   "a rejection that nobody handles",
			worker: worker{js: `function run(done) { Promise.reject(new Error('unhandled')) }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "unhandled")
			},
		},
		{
			name: "a rejection that is handled",
			worker: worker{js: `async function run(done) {
				const p = Promise.reject(new Error('handled'));
				try { await p } catch (e) { return e.message }
			}`},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "handled")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "promises of several calls",
			worker: worker{js: `let open, gate = new Promise((go) => { open = go });
				async function run(done, i) { if (i === 3) open('go'); return i + await gate }`},
			run: func(p *Parent) {
				for i := 1; i <= 3; i++ {
					p.Call(uint32(i), i)
				}
				for i := 1; i <= 3; i++ {
					p.Result(uint32(i), string(rune('0'+i))+"go")
				}
			},
		},
		{
			name:   "an object with a then",
			worker: worker{js: `function run(done) { return {then(go) { setTimeout(() => go('thenable'), 1) }} }`},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "thenable")
			},
		},
		{
			name: "a value that cannot be carried",
			worker: worker{js: `async function run(done, late) {
				if (late) await new Promise((go) => setTimeout(go, 1));
				return {deep: [1, () => 1]}
			}`},
			run: func(p *Parent) {
				p.Call(1, false)
				p.Fails(1, wire.ErrorSerialise, "deep[1]")
				p.Call(1, true)
				p.Fails(1, wire.ErrorSerialise, "deep[1]")
			},
		},
		{
			name: "microtasks run before timers",
			worker: worker{js: `function run(done) {
				const order = [];
				setTimeout(() => { order.push('timer'); done(order.join(' ')) }, 0);
				Promise.resolve().then(() => order.push('then')).then(() => order.push('then again'));
				queueMicrotask(() => order.push('microtask'));
				order.push('sync');
			}`},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "sync then microtask then again timer")
			},
		},
		{
			name:   "what Lua returns is no answer",
			worker: worker{lua: `function run(done) return "value" end`},
			run: func(p *Parent) {
				p.Call(1)
				p.Drain()
				p.Fails(1, wire.ErrorScript, "done was never called")
				p.Drained()
			},
		},
	}
	for i := range cases {
		cases[i].async = true
	}
	return cases
}
