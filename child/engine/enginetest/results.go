package enginetest

import "scripthost.example/wire"

// resultCases are about arguments and results as lists of values.
func resultCases() []testCase {
	counting := worker{
		lua: `function run(...) return select("#", ...) end`,
		js:  `function run() { return arguments.length }`,
	}
	return []testCase{
		{
			name:   "how many arguments",
			worker: counting,
			run: func(p *Parent) {
				for _, args := range [][]any{{}, {nil}, {nil, nil}, {1, nil, 2, nil}, make([]any, 200)} {
					p.Call(1, args...)
					p.Result(1, len(args))
				}
			},
		},
		{
			name: "no result",
			worker: worker{
				lua: `function run() end`,
				js:  `function run() {}`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1)
			},
		},
		{
			name: "no result, said explicitly",
			worker: worker{
				lua: `function run() return end`,
				js:  `function run() { return results() }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1)
			},
		},
		{
			name: "null is a result",
			worker: worker{
				lua: `function run() return nil end`,
				js:  `function run() { return null }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, nil)
			},
		},
		{
			name: "several results",
			worker: worker{
				lua: `function run() return 1, nil, "x", nil end`,
				js:  `function run() { return results(1, null, 'x', null) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1, nil, "x", nil)
			},
		},
		{
			name: "an array is one result",
			worker: worker{
				lua: `function run() return {1, 2} end`,
				js:  `function run() { return [1, 2] }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, []any{1, 2})
			},
		},
		{
			name: "many results",
			worker: worker{
				lua: `function run(n) local t = {} for i = 1, n do t[i] = i end return unpack(t) end`,
				js:  `function run(n) { return results(...Array.from({length: n}, (_, i) => i + 1)) }`,
			},
			run: func(p *Parent) {
				want := make([]any, 200)
				for i := range want {
					want[i] = i + 1
				}
				p.Call(1, len(want))
				p.Result(1, want...)
			},
		},
		{
			name:  "several results by done",
			async: true,
			worker: worker{
				lua: `function run(done, n)
					if n == 0 then done() elseif n == 1 then done(nil) else done(1, nil, "x", nil) end
				end`,
				js: `function run(done, n) {
					if (n === 0) done(); else if (n === 1) done(null); else done(1, null, 'x', null);
				}`,
			},
			run: func(p *Parent) {
				p.Call(1, 0)
				p.Result(1)
				p.Call(1, 1)
				p.Result(1, nil)
				p.Call(1, 2)
				p.Result(1, 1, nil, "x", nil)
			},
		},
		{
			name: "awaited",
			worker: worker{js: `async function run(what) {
				await null;
				if (what === 'one') return 1;
				if (what === 'array') return [1, 2];
				if (what === 'several') return results(1, null, 2);
				if (what === 'later') { await new Promise((go) => setTimeout(go, 1)); return 'late' }
				if (what === 'nested') return Promise.resolve(Promise.resolve('inner'));
				if (what === 'fail') throw new Error('rejected');
			}`},
			run: func(p *Parent) {
				p.Call(1, "one")
				p.Result(1, 1)
				p.Call(1, "array")
				p.Result(1, []any{1, 2})
				p.Call(1, "several")
				p.Result(1, 1, nil, 2)
				p.Call(1, "later")
				p.Result(1, "late")
				p.Call(1, "nested")
				p.Result(1, "inner")
				p.Call(1, "none")
				p.Result(1)
				p.Call(1, "fail")
				p.Fails(1, wire.ErrorScript, "rejected")
			},
		},
		{
			name:   "awaiting nothing",
			worker: worker{js: `function run(stuck) { return stuck ? new Promise(() => {}) : 'fine' }`},
			run: func(p *Parent) {
				p.Call(1, true)
				p.Fails(1, wire.ErrorScript, "run")
				p.Call(1, false)
				p.Result(1, "fine")
			},
		},
		{
			name: "sync calls are answered in order",
			worker: worker{
				lua: `function run(i) if i % 2 == 0 then sleep(0.001) end return i end`,
				js:  `async function run(i) { if (i % 2 === 0) await new Promise((go) => setTimeout(go, 1)); return i }`,
			},
			run: func(p *Parent) {
				const calls = 20
				for i := 1; i <= calls; i++ {
					p.Call(uint32(i), i)
				}
				for i := 1; i <= calls; i++ {
					p.Result(uint32(i), i)
				}
			},
		},
		{
			name: "arguments that cannot be read",
			worker: worker{
				lua: `function run(x) return x end`,
				js:  `function run(x) { return x }`,
			},
			run: func(p *Parent) {
				p.Send(1, []byte("[1,"))
				p.Fails(1, wire.ErrorSerialise)
				p.Send(wire.ControlID(wire.KindCall, 1), append(wire.AppendName(nil, "run"), "{}"...))
				p.Fails(1, wire.ErrorSerialise)
				p.Call(1, "fine")
				p.Result(1, "fine")
			},
		},
		{
			name:  "arguments that cannot be read, in async mode",
			async: true,
			worker: worker{
				lua: `function run(done, x) done(x) end`,
				js:  `function run(done, x) { done(x) }`,
			},
			run: func(p *Parent) {
				p.Send(5, []byte("[1,"))
				p.Fails(5, wire.ErrorSerialise)
				p.Call(5, "fine")
				p.Result(5, "fine")
				p.Drain()
				p.Drained()
			},
		},
	}
}
