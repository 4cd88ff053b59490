package fleet

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// times counts how long calls took, each to an eighth of its time. It is added to in every
// call, by many goroutines at a time, and read seldom.
type times struct {
	buckets [64 * 8]atomic.Uint64
	sum     atomic.Int64 // nanoseconds
	longest atomic.Int64 // nanoseconds
}

func (t *times) add(d time.Duration) {
	d = max(d, 0)
	t.buckets[bucket(d)].Add(1)
	t.sum.Add(int64(d))
	for {
		longest := t.longest.Load()
		if int64(d) <= longest || t.longest.CompareAndSwap(longest, int64(d)) {
			return
		}
	}
}

// A timesRead is what times were at one moment.
type timesRead struct {
	buckets [64 * 8]uint64
	calls   uint64
	longest time.Duration
}

func (t *times) read() (r timesRead) {
	for i := range t.buckets {
		r.buckets[i] = t.buckets[i].Load()
		r.calls += r.buckets[i]
	}
	r.longest = time.Duration(t.longest.Load())
	return r
}

// quantile is the time than which a part q of all calls, and no fewer, took no longer.
func (r *timesRead) quantile(q float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(r.calls)))
	for i, n := range r.buckets {
		if n > 0 && rank <= n {
			return min(longestIn(i), r.longest)
		}
		rank -= n
	}
	return r.longest // 0 if there are none
}

// bucket is where a time is counted: its highest bit and the three below it.
func bucket(d time.Duration) int {
	n := uint64(d)
	if n < 8 {
		return int(n)
	}
	high := bits.Len64(n) - 1
	return (high-2)*8 + int(n>>(high-3)&7)
}

// longestIn is the longest time that is counted in a bucket.
func longestIn(i int) time.Duration {
	if i < 8 {
		return time.Duration(i)
	}
	high := i/8 + 2
	return time.Duration((8+uint64(i%8)+1)<<(high-3) - 1)
}
