package fleet

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A quantile is the time of a call, to an eighth, than which so many took no longer.
func TestTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		took        []time.Duration
		median, p99 time.Duration
	}{
		{nil, 0, 0},
		{[]time.Duration{0}, 0, 0},
		{[]time.Duration{-time.Second}, 0, 0},
		{[]time.Duration{time.Second}, time.Second, time.Second},
		{[]time.Duration{7, 7, 7}, 7, 7},
		{[]time.Duration{7, time.Second}, 7, time.Second}, // no fewer than 99 of 100
		{[]time.Duration{math.MaxInt64, math.MaxInt64}, math.MaxInt64, math.MaxInt64},
	} {
		var all times
		for _, d := range c.took {
			all.add(d)
		}
		if r := all.read(); r.quantile(0.5) != c.median || r.quantile(0.99) != c.p99 {
			t.Errorf("%v: median %v, p99 %v", c.took, r.quantile(0.5), r.quantile(0.99))
		}
	}
	var (
		all  times
		took []time.Duration
		adds sync.WaitGroup
	)
	for range 10_000 {
		took = append(took, time.Duration(math.Exp(rand.Float64()*30)))
	}
	for part := range slices.Chunk(took, 1000) {
		adds.Go(func() {
			for _, d := range part {
				all.add(d)
			}
		})
	}
	adds.Wait()
	slices.Sort(took)
	r := all.read()
	if r.calls != 10_000 || r.longest != took[9999] {
		t.Errorf("%d calls, the longest %v", r.calls, r.longest)
	}
	for q, want := range map[float64]time.Duration{0.5: took[4999], 0.99: took[9899], 1: took[9999]} {
		if got := r.quantile(q); got < want || got > want+want/8 {
			t.Errorf("%v: %v, want %v", q, got, want)
		}
	}
}

// What is told of times is all of the same calls, those among them that failed, and of all
// of their time at the instance.
func TestTimesOfCalls(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, `function run(ms) sleep(ms / 1000) error("no") end`, nil))
	for range 3 {
		if _, err := Client(out, "tidy").Call(patience(t), 20); err == nil {
			t.Fatal("it did not fail")
		}
	}
	brokertest.Await(t, func() bool { return s.Snapshot().Calls == 3 })
	i := s.Snapshot()
	for what, d := range map[string]time.Duration{"mean": i.Mean, "median": i.Stats.Median, "p99": i.Stats.P99} {
		if d < 20*time.Millisecond {
			t.Errorf("%s: %v", what, d)
		}
	}
	if i.Stats.P99 < i.Mean || i.Stats.P99 < i.Stats.Median {
		t.Errorf("the longest of 3 took %v, and on average they took %v", i.Stats.P99, i.Mean)
	}
}
