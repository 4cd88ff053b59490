package child

import "testing"

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
