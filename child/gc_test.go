package child

import (
	"sync"
	"testing"
)

func TestGCPercent(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{
		0:         400,
		1 << 20:   400,
		4 << 20:   400,
		5 << 20:   300,
		8 << 20:   200,
		12 << 20:  100,
		16 << 20:  100,
		500 << 20: 100,
		1 << 63:   100,
	} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d MiB: %d, want %d", live>>20, got, want)
		}
	}
}

// A worker may be busy and idle again, and look, while memory is still given back:
// the race detector sees to it.
func TestTrimAndLook(t *testing.T) {
	t.Parallel()
	var g collector
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 3 {
				if g.trim(); g.worthTrimming() {
					t.Error("there is something to be given back without a collection")
				}
			}
		})
	}
	wg.Wait()
}
