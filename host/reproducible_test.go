//go:build unix

package host

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"
)

// chancy are workers whose results are never the same twice.
var chancy = map[bool]source{
	false: {
		Lua: `local loaded = math.random() local n = 0
			function run(x)
				n = n + 1
				event(n, math.random(1000000))
				sleep(math.random() / 1000)
				local words = { os.date(), os.time(), os.clock(), time.now(), time.monotonic(), loaded, math.random(), uuid(), uuid() }
				for i = 1, #words do words[i] = tostring(words[i]) end
				return x, table.concat(words, " ")
			end`,
		JS: `const loaded = Math.random(); let n = 0;
			async function run(x) {
				event(++n, Math.floor(Math.random() * 1e6));
				await new Promise((f) => setTimeout(f, 1 + Math.random() * 3));
				return results(x, [new Date(), Date(), Date.now(), +new Date(2024, 5, 1), performance.now(), performance.timeOrigin, loaded, Math.random(),
					crypto.randomUUID(), crypto.randomBytes(8).toString('hex'), crypto.randomInt(1e9), crypto.getRandomValues(new Uint32Array(2))].join(' '));
			}`,
	},
	true: {
		Lua: `function run(done, x)
				local seen = {}
				for i = 1, 5 do
					timer.after(math.random() / 500, function() seen[#seen + 1] = i .. " at " .. os.clock() .. ": " .. math.random() end)
				end
				sleep(0.005)
				done.event(math.random())
				done(x, table.concat(seen, ", "), os.date("%c %Z"), tostring(os.clock()), tostring(time.now()), uuid())
			end`,
		JS: `async function run(done, x) {
				const seen = [];
				for (let i = 1; i <= 5; i++) setTimeout(() => seen.push(i + ' at ' + Date.now() + ': ' + Math.random()), Math.random() * 4);
				await new Promise((f) => setTimeout(f, 6));
				done.event(Math.random());
				return results(x, seen.join(), String(new Date()), performance.now(), crypto.randomUUID());
			}`,
	},
}

// outcomes makes calls of a worker in a process of its own, all at once, and
// returns what came of each of them: its events, and then its results.
func outcomes(t *testing.T, script *Script, opts Options) map[uint64][]any {
	t.Helper()
	var mu sync.Mutex
	got := make(map[uint64][]any)
	opts.Serialiser = JSON
	opts.OnEvent = func(ev Event) {
		mu.Lock()
		defer mu.Unlock()
		got[ev.Call] = append(got[ev.Call], ev.Args)
	}
	w := start(t, script, &opts)
	for i := uint64(1); i <= 10; i++ {
		w.Go(func(out []any, err error) {
			mu.Lock()
			defer mu.Unlock()
			got[i] = append(got[i], out, err)
		}, i)
	}
	mustClose(t, w)
	return got
}

// With a seed and a clock every process gives the same answers, in both modes.
func TestReproducible(t *testing.T) {
	t.Parallel()
	clock := time.Date(2024, 2, 29, 12, 30, 15, 0, time.FixedZone("", 3600))
	for async, workers := range chancy {
		t.Run(fmt.Sprintf("async=%v", async), func(t *testing.T) {
			t.Parallel()
			workers.each(t, func(t *testing.T, script *Script) {
				fixed := Options{Async: async, Seed: new(uint64(42)), Clock: clock}
				first := outcomes(t, script, fixed)
				for n := range uint64(10) {
					if err := first[n+1][len(first[n+1])-1]; err != nil {
						t.Fatalf("call %d: %v", n+1, err)
					}
				}
				if again := outcomes(t, script, fixed); !reflect.DeepEqual(first, again) {
					t.Errorf("the same seed and clock gave\n%v\nand\n%v", first, again)
				}
				for name, other := range map[string]Options{
					"another seed":  {Async: async, Seed: new(uint64(43)), Clock: clock},
					"another clock": {Async: async, Seed: new(uint64(42)), Clock: clock.Add(time.Second)},
					"no seed":       {Async: async, Clock: clock},
					"no clock":      {Async: async, Seed: new(uint64(42))},
				} {
					if got := outcomes(t, script, other); reflect.DeepEqual(first, got) {
						t.Errorf("%s changed nothing:\n%v", name, got)
					}
				}
			})
		})
	}
}

// A fixed clock is in UTC, wherever the worker is.
func TestClockIsUTC(t *testing.T) {
	t.Parallel()
	const zone = "Europe/Vienna"
	if _, err := time.LoadLocation(zone); err != nil {
		t.Skipf("this system has no time zones: %v", err)
	}
	source{
		Lua: `function run() return os.date("%H %z"), os.time{year=2024, month=7, day=1, hour=12}, os.date("%H", 0), os.date("!%H", 0) end`,
		JS: `function run() { const d = new Date(0), two = (n) => String(n).padStart(2, '0');
			return results(two(new Date().getHours()) + ' ' + /GMT(.....)/.exec(Date())[1], new Date(2024, 6, 1, 12) / 1000, two(d.getHours()), two(d.getUTCHours())) }`,
	}.each(t, func(t *testing.T, script *Script) {
		child := Options{Command: self(false), Env: []string{"TZ=" + zone}}
		at := child
		at.Clock = time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC)
		if got, want := fmt.Sprint(mustCall(t, start(t, script, &at))), "[12 +0000 1719835200 00 00]"; got != want {
			t.Errorf("with a fixed clock: %s, want %s", got, want)
		}
		if got := mustCall(t, start(t, script, &child)); got[2] != "01" {
			t.Errorf("without: %v, so the zone is not what this test thinks", got)
		}
	})
}
