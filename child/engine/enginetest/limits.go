package enginetest

import (
	"encoding/json"
	"strings"

	"scripthost.example/wire"
)

// text returns n bytes of text.
func text(n int) string {
	const line = "The quick brown fox jumps over the lazy dog. "
	return strings.Repeat(line, n/len(line)+1)[:n]
}

// payload has BOOT limit payloads.
func payload(limit uint64) func(*wire.Boot) {
	return func(b *wire.Boot) { b.Limits.Payload = limit }
}

// checkLimit checks what an error of kind limit says.
func checkLimit(p *Parent, e wire.Error, limit uint64) {
	p.t.Helper()
	var v struct {
		Limit     string
		Size, Max uint64
	}
	if err := json.Unmarshal(e.Value, &v); err != nil || v.Limit != "payload" || v.Max != limit || v.Size <= limit {
		p.t.Errorf("the error does not name the limit: %+v, %s", e, e.Value)
	}
}

// limitCases are about sizes and numbers.
func limitCases() []testCase {
	echo := worker{
		lua: `function run(...) return ... end`,
		js:  `function run(...args) { return results(...args) }`,
	}
	asyncEcho := worker{
		lua: `function run(done, ...) done(...) end`,
		js:  `function run(done, ...args) { done(...args) }`,
	}
	var cases []testCase
	for _, serialiser := range []string{"string", "json", "cbor", "msgpack"} {
		cases = append(cases, testCase{
			name: "5 MB both ways: " + serialiser, worker: echo,
			boot: func(b *wire.Boot) { b.Serialiser.Name = serialiser },
			run: func(p *Parent) {
				big := text(5 << 20)
				p.Call(1, big, "small")
				p.Result(1, big, "small")
				p.Call(1, "small")
				p.Result(1, "small")
			},
		})
	}
	// Frames just below and above the sizes at which they are treated in
	// another way: a length's digits, what is copied, a buffer's size.
	sizes := []int{0, 1, 126, 127, 128, 129, 16382, 16383, 16384, 32<<10 - 40, 32 << 10, 64<<10 - 20, 64<<10 - 8, 64 << 10, 64<<10 + 1, 1 << 20, 1<<20 + 1}
	cases = append(cases,
		testCase{
			name: "sizes, sync", worker: echo,
			boot: func(b *wire.Boot) { b.Serialiser.Name = "string" },
			run: func(p *Parent) {
				for _, n := range sizes {
					p.Call(1, text(n))
					p.Result(1, text(n))
				}
			},
		},
		testCase{
			name: "sizes, async, all at once", worker: asyncEcho, async: true,
			boot: func(b *wire.Boot) { b.Serialiser.Name = "string" },
			run: func(p *Parent) {
				var frames []byte
				for i, n := range sizes {
					frames = wire.AppendFrame(frames, uint32(i+1), p.Freeze(text(n)))
				}
				// The worker reads on while nobody takes its answers.
				p.SendRaw(frames)
				for i, n := range sizes {
					p.Result(uint32(i+1), text(n))
				}
			},
		},
		testCase{
			name: "events of 3 MB",
			worker: worker{
				lua: `function run(x) for i = 1, 3 do event(i, x) end return x end`,
				js:  `function run(x) { for (let i = 1; i <= 3; i++) event(i, x); return x }`,
			},
			run: func(p *Parent) {
				big := text(3 << 20)
				p.Call(1, big)
				for i := 1; i <= 3; i++ {
					p.CallEvent(1, i, big)
				}
				p.Result(1, big)
			},
		},
		testCase{
			name: "2,000 calls in one write, sync", worker: echo,
			run: func(p *Parent) { burst(p, 2000) },
		},
		testCase{
			name: "2,000 calls in one write, async", worker: asyncEcho, async: true,
			run: func(p *Parent) { burst(p, 2000) },
		},
		testCase{
			name: "2,000 calls in one write that all wait", async: true,
			worker: worker{
				lua: `function run(done, i) sleep(0.001) done(i) end`,
				js:  `function run(done, i) { setTimeout(() => done(i), 1) }`,
			},
			run: func(p *Parent) {
				const n = 2000
				sendBurst(p, n)
				seen := make(map[uint32]bool)
				for range n {
					f := p.Next()
					if f.ID == 0 || f.ID > n || seen[f.ID] {
						p.t.Fatalf("there is %s", describe(f))
					}
					p.values("result", f.Payload, []any{int(f.ID)})
					seen[f.ID] = true
				}
			},
		},
		testCase{
			name: "a result over the limit",
			worker: worker{
				lua: `function run(n) return string.rep("x", n) end`,
				js:  `function run(n) { return 'x'.repeat(n) }`,
			},
			boot: payload(1000),
			run: func(p *Parent) {
				p.Call(1, 997) // and two quotes and two brackets: one too many
				checkLimit(p, p.Fails(1, wire.ErrorLimit, "result", "1001", "1000"), 1000)
				p.Call(1, 996)
				p.Result(1, strings.Repeat("x", 996))
				p.Call(1, 5_000_000)
				checkLimit(p, p.Fails(1, wire.ErrorLimit, "result"), 1000)
				p.Call(1, 10)
				p.Result(1, "xxxxxxxxxx")
			},
		},
		testCase{
			name: "a result over the limit, caught", async: true,
			worker: worker{
				lua: `function run(done, n) local ok, e = pcall(done, string.rep("x", n)) if not ok then done(e.kind, "small") end end`,
				js:  `function run(done, n) { try { done('x'.repeat(n)) } catch (e) { done(e.kind, 'small') } }`,
			},
			boot: payload(1000),
			run: func(p *Parent) {
				p.Call(1, 2000)
				p.Result(1, "limit", "small")
			},
		},
		testCase{
			name: "a result over the limit, not caught", async: true,
			worker: worker{
				lua: `function run(done, n) done(string.rep("x", n)) end`,
				js:  `async function run(done, n) { return 'x'.repeat(n) }`,
			},
			boot: payload(1000),
			run: func(p *Parent) {
				p.Call(1, 2000)
				checkLimit(p, p.Fails(1, wire.ErrorLimit, "result"), 1000)
			},
		},
		testCase{
			name: "an event over the limit",
			worker: worker{
				lua: `function run(catch) if not catch then event(string.rep("x", 2000)) end
					local ok, e = pcall(event, string.rep("x", 2000)) event("small") return ok, e.kind end`,
				js: `function run(caught) { if (!caught) event('x'.repeat(2000));
					try { event('x'.repeat(2000)) } catch (e) { event('small'); return results(false, e.kind) } }`,
			},
			boot: payload(1000),
			run: func(p *Parent) {
				p.Call(1, true)
				p.CallEvent(1, "small")
				p.Result(1, false, "limit")
				p.Call(1, false)
				checkLimit(p, p.Fails(1, wire.ErrorLimit, "event"), 1000)
			},
		},
		testCase{
			name: "arguments of exactly the limit", worker: echo, boot: payload(1000),
			run: func(p *Parent) {
				p.Call(1, strings.Repeat("x", 996))
				p.Result(1, strings.Repeat("x", 996))
				p.CallNamed(1, "run", strings.Repeat("x", 996)) // the name does not count
				p.Result(1, strings.Repeat("x", 996))
			},
		},
		testCase{
			// The parent reads nothing until all was made: the worker has to wait
			// and then go on, and to listen all the time.
			name: "a parent that does not read",
			worker: worker{
				lua: `function run(n, x) for i = 1, n do event(i, x) end return "end" end`,
				js:  `function run(n, x) { for (let i = 1; i <= n; i++) event(i, x); return 'end' }`,
			},
			run: func(p *Parent) {
				const n = 3000
				x := text(1000)
				p.Call(1, n, x)
				p.CallEvent(1, 1, x)
				p.Call(2, 0, x)
				p.Cancel(2)
				p.Call(3, 1, x)
				for i := 2; i <= n; i++ {
					f := p.Next()
					if f.ID == wire.ControlID(wire.KindError, 2) {
						i--
						continue
					}
					if f.ID != wire.ControlID(wire.KindCallEvent, 1) {
						p.t.Fatalf("there is %s", describe(f))
					}
					p.values("event", f.Payload, []any{i, x})
				}
				p.Result(1, "end")
				p.CallEvent(3, 1, x)
				p.Result(3, "end")
			},
		},
	)
	return cases
}

// sendBurst sends n calls in one write; each has its id as its argument.
func sendBurst(p *Parent, n int) {
	p.t.Helper()
	var frames []byte
	for i := 1; i <= n; i++ {
		frames = wire.AppendFrame(frames, uint32(i), p.Freeze(i))
	}
	p.SendRaw(frames)
}

func burst(p *Parent, n int) {
	p.t.Helper()
	sendBurst(p, n)
	for i := 1; i <= n; i++ {
		p.Result(uint32(i), i)
	}
	p.Drain()
	p.Drained()
}
