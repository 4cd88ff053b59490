//go:build !race

package fleet

import "testing"

// What a call by way of the fleet allocates beside what a request and reply of NATS, and
// the call of the pool, do: what is made for each call adds up to what the garbage
// collector has to do.
func TestCallAllocates(t *testing.T) {
	raw, fleet, bare, _ := measured(t)
	count := func(call func() error) float64 {
		many(t, 8, 200, call) // what is made once
		return testing.AllocsPerRun(1000, func() {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		})
	}
	r, f, p := count(raw), count(fleet), count(bare)
	t.Logf("request and reply: %.0f, fleet: %.0f, pool: %.0f", r, f, p)
	if most := r + p + 8; f > most {
		t.Errorf("%.0f allocations for a call; %.0f are expected at most", f, most)
	}
}

// The same of 64 callers, whose replies come together: nobody makes a message for each.
func TestCallsAllocate(t *testing.T) {
	raw, fleet, _, _ := measured(t)
	const callers, calls = 64, 6400
	count := func(call func() error) float64 {
		return testing.AllocsPerRun(5, func() { many(t, callers, calls, call) }) / calls
	}
	r, f := count(raw), count(fleet)
	t.Logf("request and reply: %.1f, fleet: %.1f", r, f)
	if most := r + 13; f > most {
		t.Errorf("%.1f allocations for a call; %.1f are expected at most", f, most)
	}
}
