//go:build unix

package main

import (
	"testing"
	"time"
)

// Quantiles are right to an eighth, never too small, and the longest time is exact.
func TestTimes(t *testing.T) {
	t.Parallel()
	var none times
	if none.quantile(0.5) != 0 || none.bars() != nil {
		t.Error("there is something of nothing")
	}
	var ts times
	for i := 1; i <= 1000; i++ {
		ts.add(time.Duration(i) * time.Microsecond)
	}
	for share, want := range map[float64]time.Duration{0.001: time.Microsecond, 0.5: 500 * time.Microsecond, 0.9: 900 * time.Microsecond, 0.99: 990 * time.Microsecond, 1: time.Millisecond} {
		if got := ts.quantile(share); got < want || got > want+want/8+1 {
			t.Errorf("%v of them: %v, want %v", share, got, want)
		}
	}
	calls := uint64(0)
	for i, bar := range ts.bars() {
		calls += bar.Calls
		if before := ts.bars()[max(0, i-1)].Below; i > 0 && bar.Below != 2*before {
			t.Errorf("a bar of %v behind one of %v", bar.Below, before)
		}
	}
	if calls != 1000 {
		t.Errorf("bars of %d calls", calls)
	}
	for _, d := range []time.Duration{0, 1, 7, 8, 9, 15, 16, 1<<40 + 1} {
		if end := bucketEnd(timeBucket(d)); end <= d || end > d+d/8+1 {
			t.Errorf("%d is in the bucket that ends with %d", d, end)
		}
	}
}
