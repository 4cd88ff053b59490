package enginetest

import (
	"fmt"
	"slices"
	"time"

	"scripthost.example/wire"
)

// fixedTime is what a fixed clock begins at, and its milliseconds since 1970.
var (
	fixedTime   = time.Date(2024, 2, 29, 12, 30, 15, 250_000_000, time.UTC)
	fixedMillis = int(fixedTime.UnixMilli())
)

// fixClock has BOOT fix the clock.
func fixClock(b *wire.Boot) { b.Clock = &fixedTime }

// underFixedClock are cases that turn on timers, which are to go on as they do,
// with a fixed clock.
func underFixedClock() []testCase {
	cases := slices.Concat(timerCases(), waitingCases(), cancelCases(), drainCases())
	for i := range cases {
		change := cases[i].boot
		cases[i].boot = func(b *wire.Boot) {
			if change != nil {
				change(b)
			}
			fixClock(b)
		}
	}
	return cases
}

// clockCases are about what a script sees of a fixed clock.
func clockCases() []testCase {
	// Milliseconds since the clock began, in Lua as far as it tells.
	const (
		luaNow = `local function now() return math.floor(os.clock() * 1000 + 0.5) end `
		jsNow  = `const t0 = Date.now(); const now = () => Date.now() - t0; `
	)
	return []testCase{
		{
			name: "it begins at that time, for each call", boot: fixClock,
			worker: worker{
				lua: `local loaded = os.time() * 1000
					function run() sleep(0.02) return loaded, os.time() * 1000, os.date("!%Y-%m-%dT%H:%M:%S"), os.clock() end`,
				js: `const loaded = Date.now() - 250;
					async function run() { await new Promise((f) => setTimeout(f, 20));
						return results(loaded, +new Date() - 270, new Date().toISOString().slice(0, -5), (Date.now() - loaded - 250) / 1000) }`,
			},
			run: func(p *Parent) {
				for range 3 {
					p.Call(1)
					p.Result(1, fixedMillis-250, fixedMillis-250, "2024-02-29T12:30:15", 0.02)
				}
			},
		},
		{
			name: "with fractions, and from the start of the worker", boot: fixClock,
			worker: worker{
				lua: `local function millis(seconds) return math.floor(seconds * 1000 + 0.5) end
					local loaded = millis(time.now())
					function run()
						local function clocks() return { millis(time.now()), millis(time.monotonic()), millis(os.clock()) } end
						local before = clocks()
						sleep(0.125)
						return loaded, before, clocks()
					end`,
				js: `const loaded = performance.timeOrigin;
					async function run() {
						const clocks = () => [performance.timeOrigin + performance.now(), performance.now(), new Event('now').timeStamp];
						const before = clocks();
						await new Promise((f) => setTimeout(f, 125));
						return results(loaded, before, clocks());
					}`,
			},
			run: func(p *Parent) {
				for range 3 {
					p.Call(1)
					p.Result(1, fixedMillis, []any{fixedMillis, 0, 0}, []any{fixedMillis + 125, 125, 125})
				}
			},
		},
		{
			name: "it stands still while the script computes", boot: fixClock,
			worker: worker{
				lua: luaNow + `function run() for i = 1, 1e6 do end return now(), os.time() * 1000 end`,
				js:  jsNow + `function run() { for (let i = 0; i < 1e6; i++); return results(now(), Date.now() - 250) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, 0, fixedMillis-250)
			},
		},
		{
			name: "timers run by it, not by what the computing takes", async: true, boot: fixClock,
			worker: worker{
				lua: luaNow + `function run(done)
					timer.after(0.010, function() done.event("late", now()) end)
					for i = 1, 2e6 do end
					timer.after(0.005, function()
						done.event("early", now())
						timer.after(0.005, function() done.event("as late", now()) sleep(0.003) done("end", now()) end)
					end)
				end`,
				js: jsNow + `function run(done) {
					setTimeout(() => done.event('late', now()), 10);
					for (let i = 0; i < 2e6; i++);
					setTimeout(() => {
						done.event('early', now());
						setTimeout(() => { done.event('as late', now()); setTimeout(() => done('end', now()), 3) }, 5);
					}, 5);
				}`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, "early", 5)
				p.CallEvent(1, "late", 10)
				p.CallEvent(1, "as late", 10)
				p.Result(1, "end", 13)
			},
		},
		{
			name: "a sleep has its turn among timers", async: true, boot: fixClock,
			worker: worker{lua: luaNow + `function run(done)
				timer.after(0.010, function() done.event("timer", now()) end)
				for i = 1, 2e6 do end
				sleep(0.005) done.event("sleep", now())
				sleep(0.010) done("end", now())
			end`},
			run: func(p *Parent) {
				p.Call(1)
				p.CallEvent(1, "sleep", 5)
				p.CallEvent(1, "timer", 10)
				p.Result(1, "end", 15)
			},
		},
		{
			name: "repeated timers", async: true, boot: fixClock,
			worker: worker{
				lua: luaNow + `function run(done) local n = 0 local t t = timer.every(0.01, function()
					n = n + 1 done.event(now()) if n == 3 then t:cancel() done(n) end end) end`,
				js: jsNow + `function run(done) { let n = 0; const t = setInterval(() => {
					done.event(now()); if (++n === 3) { clearInterval(t); done(n) } }, 10) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				for i := 1; i <= 3; i++ {
					p.CallEvent(1, 10*i)
				}
				p.Result(1, 3)
			},
		},
		{
			name: "each call has its own", async: true, boot: fixClock,
			worker: worker{
				lua: luaNow + `function run(done, n) for i = 1, n do sleep(0.001) end done(now()) end`,
				js: jsNow + `async function run(done, n) { for (let i = 0; i < n; i++) await new Promise((f) => setTimeout(f, 1));
					return now() }`,
			},
			run: func(p *Parent) {
				for id := uint32(1); id <= 20; id++ {
					p.Call(id, 20-int(id))
				}
				got := make(map[string]bool)
				for range 20 {
					f := p.Next()
					got[fmt.Sprintf("%d %s", f.ID, f.Payload)] = true
				}
				for id := 1; id <= 20; id++ {
					if want := fmt.Sprintf("%d [%d]", id, 20-id); !got[want] {
						p.t.Errorf("there is no result %s: %v", want, got)
					}
				}
			},
		},
		{
			name: "a host call takes no time, and what follows takes what it says", async: true,
			boot: func(b *wire.Boot) {
				fixClock(b)
				b.Host = []string{"slow"}
			},
			worker: worker{
				lua: luaNow + `function run(done) host.slow() local before = now() sleep(0.02) done(before, now()) end`,
				js: jsNow + `async function run(done) { await host.slow(); const before = now(); await new Promise((f) => setTimeout(f, 20));
					done(before, now()) }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				h := p.HostCall(1, "slow")
				time.Sleep(30 * time.Millisecond) // real time, which the fixed clock does not show
				begun := time.Now()
				p.Return(h)
				p.Result(1, 0, 20)
				if took := time.Since(begun); took < 20*time.Millisecond {
					p.t.Errorf("20 ms took %v", took)
				}
			},
		},
		{
			name: "code that never waits does not keep a timer for good", async: true, boot: fixClock,
			worker: worker{
				lua: `function run(done) local over = false
					timer.after(0.002, function() over = true end)
					local function step() if over then done("end") else timer.after(0, step) end end step() end`,
				js: `function run(done) { let over = false;
					setTimeout(() => { over = true }, 2);
					const step = () => over ? done('end') : setImmediate(step); step() }`,
			},
			run: func(p *Parent) {
				p.Call(1)
				p.Result(1, "end")
			},
		},
		{
			name: "timers of no call", async: true, boot: fixClock,
			worker: worker{
				lua: luaNow + `timer.after(0.01, function() event("first", now()) end) timer.after(0.02, function() event("second", now()) end)
					function run(done) done(now()) end`,
				js: jsNow + `setTimeout(() => event('first', now()), 10); setTimeout(() => event('second', now()), 20);
					function run(done) { done(now()) }`,
			},
			run: func(p *Parent) {
				p.Event("first", 10)
				p.Event("second", 20)
				p.Call(1)
				p.Result(1, 0)
			},
		},
	}
}
