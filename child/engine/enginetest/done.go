package enginetest

import (
	"strings"

	"scripthost.example/wire"
)

// doneCases are about done, the answer of a call in async mode.
func doneCases() []testCase {
	cases := []testCase{
		{
			name: "early",
			worker: worker{
				lua: `function run(done, x) done(x) event("after") end`,
				js:  `function run(done, x) { done(x); event('after') }`,
			},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "x")
				p.Event("after")
			},
		},
		{
			name: "late, by a timer",
			worker: worker{
				lua: `function run(done, x) timer.after(0.001, function() done(x) end) event("returns") end`,
				js:  `function run(done, x) { setTimeout(() => done(x), 1); event('returns') }`,
			},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Event("returns")
				p.Result(1, "x")
			},
		},
		{
			name: "late, by waiting",
			worker: worker{
				lua: `function run(done, x) sleep(0.001) done(x) end`,
				js:  `async function run(done, x) { await new Promise((go) => setTimeout(go, 1)); done(x) }`,
			},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Result(1, "x")
			},
		},
		{
			name: "late, by a host call",
			worker: worker{
				lua: `function run(done, x) done(host.f(x)) end`,
				js:  `function run(done, x) { host.f(x).then(done) }`,
			},
			boot: func(b *wire.Boot) { b.Host = []string{"f"} },
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Return(p.HostCall(1, "f", "x"), "y")
				p.Result(1, "y")
			},
		},
		{
			name: "late, by another call",
			worker: worker{
				lua: `local kept = {} function run(done, i) kept[#kept + 1] = done
					if i == 4 then for _, k in ipairs{3, 1, 4, 2} do kept[k]("answer " .. k) end end end`,
				js: `const kept = []; function run(done, i) { kept.push(done);
					if (i === 4) for (const k of [3, 1, 4, 2]) kept[k - 1]('answer ' + k) }`,
			},
			run: func(p *Parent) {
				for i := 1; i <= 4; i++ {
					p.Call(uint32(10*i), i)
				}
				for _, i := range []int{3, 1, 4, 2} {
					p.Result(uint32(10*i), "answer "+string(rune('0'+i)))
				}
			},
		},
		{
			name: "twice, caught",
			worker: worker{
				lua: `function run(done) done(1) local ok, e = pcall(done, 2) event(ok, type(e)) end`,
				js:  `function run(done) { done(1); try { done(2); event(true) } catch (e) { event(false, typeof e.message) } }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1)
				p.Event(false, "string")
				p.Call(1) // the same id once more
				p.Result(1, 1)
				p.Event(false, "string")
			},
		},
		{
			name: "twice, not caught",
			worker: worker{
				lua: `function run(done) done(1) done(2) end`,
				js:  `function run(done) { done(1); done(2) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1)
				p.Logs("error", "answered")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "twice, from a timer",
			worker: worker{
				lua: `function run(done) done(1) timer.after(0, function() done(2) end) end`,
				js:  `function run(done) { done(1); setTimeout(() => done(2), 0) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1)
				p.Logs("error", "answered")
			},
		},
		{
			name: "never",
			worker: worker{
				lua: `local kept function run(done, x) kept = done return x end`,
				js:  `let kept; function run(done) { kept = done }`,
			},
			run: func(p *Parent) {
				p.Call(1, "x")
				p.Drain()
				e := p.Fails(1, wire.ErrorScript, "done was never called")
				if e.Language != p.language {
					p.t.Errorf("the error is %+v", e)
				}
				p.Drained()
			},
		},
		{
			name: "with an error instead",
			worker: worker{
				lua: `function run(done, what)
					if what == "text" then done.fail("sorry")
					elseif what == "number" then done.fail(42)
					elseif what == "value" then done.fail({code = 7})
					elseif what == "caught" then local _, e = pcall(error, "boom") done.fail(e)
					else done.fail() end
				end`,
				js: `function run(done, what) {
					if (what === 'text') done.fail('sorry');
					else if (what === 'number') done.fail(42);
					else if (what === 'value') done.fail({code: 7});
					else if (what === 'caught') try { throw new Error('boom') } catch (e) { done.fail(e) }
					else done.fail();
				}`,
			},
			run: func(p *Parent) {
				p.Call(1, "text")
				if e := p.Fails(1, wire.ErrorScript); e.Message != "sorry" || e.Language != p.language {
					p.t.Errorf("the error is %+v", e)
				}
				p.Call(1, "number")
				p.Fails(1, wire.ErrorScript, "42")
				p.Call(1, "value")
				if e := p.Fails(1, wire.ErrorScript); string(e.Value) != `{"code":7}` {
					p.t.Errorf("the error is %+v", e)
				}
				p.Call(1, "caught")
				p.Fails(1, wire.ErrorScript, "boom")
				p.Call(1, "nothing")
				if e := p.Fails(1, wire.ErrorScript); e.Message == "" {
					p.t.Errorf("the error is %+v", e)
				}
			},
		},
		{
			name: "fail after the answer",
			worker: worker{
				lua: `function run(done) done(1) event(pcall(done.fail, "no") == false) end`,
				js:  `function run(done) { done(1); try { done.fail('no'); event(false) } catch (e) { event(true) } }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1)
				p.Event(true)
			},
		},
		{
			name: "answer after fail",
			worker: worker{
				lua: `function run(done) done.fail("no") event(pcall(done, 1) == false) end`,
				js:  `function run(done) { done.fail('no'); try { done(1); event(false) } catch (e) { event(true) } }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "no")
				p.Event(true)
			},
		},
		{
			name: "an error after fail",
			worker: worker{
				lua: `function run(done) done.fail("first") error("second") end`,
				js:  `function run(done) { done.fail('first'); throw new Error('second') }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "first")
				p.Logs("error", "second")
			},
		},
		{
			name: "an error before the answer ends the call",
			worker: worker{
				lua: `function run(done) timer.after(0, function() local ok = pcall(done, 1) event(ok) end) error("boom") end`,
				js:  `function run(done) { setTimeout(() => { try { done(1); event(true) } catch (e) { event(false) } }, 0); throw new Error('boom') }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorScript, "boom")
				p.Event(false)
			},
		},
		{
			name: "an error in a timer is that of the call that made it",
			worker: worker{
				lua: "function run(done)\n  timer.after(0.001, function()\n    error('in timer')\n  end)\nend",
				js:  "function run(done) {\n  setTimeout(() => {\n    throw new Error('in timer')\n  }, 1)\n}",
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Call(2)
				for range 2 { // in either order: both timers are due
					f := p.Next()
					_, kind, call := wire.Split(f.ID)
					if kind != wire.KindError || call < 1 || call > 2 || !strings.Contains(string(f.Payload), "in timer") {
						p.t.Fatalf("there is %s", describe(f))
					}
				}
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "an error in a timer after the answer",
			worker: worker{
				lua: `function run(done) done(1) timer.after(0, function() error("in timer") end) end`,
				js:  `function run(done) { done(1); setTimeout(() => { throw new Error('in timer') }, 0) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 1)
				p.Logs("error", "in timer")
			},
		},
		{
			name: "done outlives its call",
			worker: worker{
				lua: `local first function run(done, x) if not first then first = done done("first") else done(pcall(first, "again")) end end`,
				js:  `let first; function run(done, x) { if (!first) { first = done; done('first') } else { try { first('again'); done(true) } catch (e) { done(false, 1) } } }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "first")
				p.Call(1) // the same id, but another call
				payload := p.want(1)
				if got, err := p.codec.Thaw(payload); err != nil || len(got) != 2 || got[0] != false {
					p.t.Fatalf("done of the first call answered the second: %q", payload)
				}
			},
		},
		{
			name: "a result that cannot be carried",
			worker: worker{
				lua: `function run(done) local ok, e = pcall(done, print) done("caught", e.kind) end`,
				js:  `function run(done) { try { done(() => 1) } catch (e) { done('caught', e.kind) } }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "caught", "serialise")
			},
		},
		{
			name: "a result that cannot be carried, not caught",
			worker: worker{
				lua: `function run(done) done(1, print) end`,
				js:  `function run(done) { done(1, () => 1) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Fails(1, wire.ErrorSerialise, "2")
				p.Drain()
				p.Drained()
			},
		},
		{
			name: "not cancelled",
			worker: worker{
				lua: `function run(done) done(done.cancelled()) end`,
				js:  `function run(done) { done(done.cancelled() || done.signal.aborted) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, false)
			},
		},
	}
	for i := range cases {
		cases[i].async = true
	}
	return cases
}
