package enginetest

import (
	"fmt"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

const fixedSeed = 1<<64 - 1

// seedRandom has BOOT fix the random numbers.
func seedRandom(b *wire.Boot) {
	b.Seed = new(uint64(fixedSeed))
	b.Serialiser.Name = "cbor"
}

// draws are n random numbers, the first ones of a call.
func draws(number uint64, n int) []any {
	r, c := engine.NewRandom(new(uint64(fixedSeed))), &engine.Call{Number: number}
	if number == 0 {
		c = nil
	}
	list := make([]any, n)
	for i := range list {
		list[i] = r.Float64(c)
	}
	return list
}

// ids are the first two UUIDs (of version 4) of a call, 0 for code of no call.
func ids(number uint64) []any {
	r, c := engine.NewRandom(new(uint64(fixedSeed))), &engine.Call{Number: number}
	if number == 0 {
		c = nil
	}
	list := make([]any, 2)
	for i := range list {
		var b [16]byte
		r.Read(c, b[:])
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		list[i] = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	return list
}

// seedCases are about random numbers.
func seedCases() []testCase {
	return []testCase{
		{
			name: "each call has its own, in the order of the calls", boot: seedRandom,
			worker: worker{
				lua: `local loaded = math.random() function run() return math.random(), math.random() end function first() return loaded, math.random() end`,
				js:  `const loaded = Math.random(); function run() { return results(Math.random(), Math.random()) } function first() { return results(loaded, Math.random()) }`,
			},
			run: func(p *Parent) {
				p.CallNamed(1, "first")
				p.Result(1, draws(0, 1)[0], draws(1, 1)[0])
				for number := uint64(2); number < 5; number++ {
					p.Call(1)
					p.Result(1, draws(number, 2)...)
				}
			},
		},
		{
			name: "whatever others draw meanwhile", async: true, boot: func(b *wire.Boot) { seedRandom(b); b.Host = []string{"wait"} },
			worker: worker{
				lua: `function run(done) local a = math.random() host.wait() local b = math.random() sleep(0.001) done(a, b, math.random()) end`,
				js: `async function run(done) { const a = Math.random(); await host.wait(); const b = Math.random();
					setTimeout(() => done(a, b, Math.random()), 1) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				first := p.HostCall(1, "wait")
				p.Call(2)
				second := p.HostCall(2, "wait")
				p.Return(second)
				p.Result(2, draws(2, 3)...)
				p.Call(2) // the third
				third := p.HostCall(2, "wait")
				p.Return(first)
				p.Result(1, draws(1, 3)...)
				p.Return(third)
				p.Result(2, draws(3, 3)...)
			},
		},
		{
			name: "a script seeds its own: in a call for that call", boot: seedRandom,
			worker: worker{lua: `function run() return math.random(), math.random() end
				function seeded() math.randomseed(42) local a = math.random() math.randomseed(42) return a == math.random() end`},
			run: func(p *Parent) {
				p.CallNamed(1, "seeded")
				p.Result(1, true)
				p.Call(1)
				p.Result(1, draws(2, 2)...)
			},
		},
		{
			name: "a script seeds its own: of no call, by chance and by the clock", boot: func(b *wire.Boot) { seedRandom(b); fixClock(b) },
			worker: worker{lua: `math.randomseed(os.time()) local loaded = math.random() function run() return loaded, math.random() end`},
			run: func(p *Parent) {
				p.Call(1)
				first := p.thaw(p.want(1))
				p.Call(1)
				second := p.thaw(p.want(1))
				if first[0] == draws(0, 1)[0] || first[1] == draws(1, 1)[0] || first[0] != second[0] || first[1] == second[1] {
					p.t.Errorf("the calls returned %s and %s", show(first), show(second))
				}
			},
		},
		{
			name: "ids follow from the seed, and not from what a script seeds or draws", boot: seedRandom,
			worker: worker{
				lua: `local loaded, more = uuid(), uuid()
					function first() return loaded, more end
					function run() math.randomseed(1) math.random() return uuid(), uuid() end`,
				js: `const loaded = crypto.randomUUID(), more = crypto.randomUUID();
					function first() { return results(loaded, more) }
					function run() { Math.random(); return results(crypto.randomUUID(), crypto.randomUUID()) }`,
			},
			run: func(p *Parent) {
				p.CallNamed(1, "first")
				p.Result(1, ids(0)...)
				for number := uint64(2); number < 5; number++ {
					p.Call(1)
					p.Result(1, ids(number)...)
				}
			},
		},
		{
			name: "so do random octets", boot: seedRandom,
			worker: worker{js: `function run() { return results(crypto.getRandomValues(new Uint8Array(16)), crypto.randomBytes(3).toString('hex'),
				crypto.randomFillSync(Buffer.alloc(2)).toString('hex')) }`},
			run: func(p *Parent) {
				for number := uint64(1); number < 4; number++ {
					r, c := engine.NewRandom(new(uint64(fixedSeed))), &engine.Call{Number: number}
					draw := func(n int) []byte {
						b := make([]byte, n)
						r.Read(c, b)
						return b
					}
					p.Call(1)
					p.Result(1, draw(16), fmt.Sprintf("%x", draw(3)), fmt.Sprintf("%x", draw(2)))
				}
			},
		},
		{
			name: "without a seed they are left to chance",
			boot: func(b *wire.Boot) { b.Serialiser.Name = "cbor" },
			worker: worker{
				lua: `function run() return math.random(), uuid() end`,
				js:  `function run() { return results(Math.random(), crypto.randomUUID()) }`,
			},
			run: func(p *Parent) {
				seen := make(map[any]bool)
				for range 10 {
					p.Call(1)
					got := p.thaw(p.want(1))
					if f, ok := got[0].(float64); !ok || f < 0 || f >= 1 || seen[f] || seen[got[1]] {
						p.t.Errorf("%s after %v", show(got), seen)
					}
					seen[got[0]], seen[got[1]] = true, true
				}
			},
		},
	}
}

// thaw returns the values of a payload.
func (p *Parent) thaw(payload []byte) []any {
	p.t.Helper()
	values, err := p.codec.Thaw(payload)
	if err != nil {
		p.t.Fatalf("%q cannot be thawed: %v", payload, err)
	}
	return values
}
