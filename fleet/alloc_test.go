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
	if most := r + p + 16; f > most {
		t.Errorf("%.0f allocations for a call; %.0f are expected at most", f, most)
	}
}
