package main

import (
	"math/bits"
	"time"
)

// times count how long calls took, each to an eighth of its size. They are not safe
// for concurrent use.
type times struct {
	buckets [64 * 8]uint64
	total   uint64
	longest time.Duration
	sum     time.Duration
}

func (t *times) add(d time.Duration) {
	d = max(d, 0)
	t.buckets[timeBucket(d)]++
	t.total++
	t.sum += d
	t.longest = max(t.longest, d)
}

// timeBucket is where a time is counted: its highest bit and the three below it.
func timeBucket(d time.Duration) int {
	n := uint64(d)
	if n < 8 {
		return int(n)
	}
	high := bits.Len64(n) - 1
	return (high-2)*8 + int(n>>(high-3)&7)
}

// bucketEnd is the least time that is too long for a bucket.
func bucketEnd(bucket int) time.Duration {
	bucket++
	if bucket < 8 {
		return time.Duration(bucket)
	}
	high := bucket/8 + 2
	return time.Duration((8 + uint64(bucket%8)) << (high - 3))
}

// quantile is a time that a share of all do not exceed; 0 if there are none.
func (t *times) quantile(share float64) time.Duration {
	if t.total == 0 {
		return 0
	}
	rank := max(1, uint64(share*float64(t.total)+0.5))
	for i, n := range t.buckets {
		if n >= rank {
			return min(bucketEnd(i), t.longest)
		}
		rank -= n
	}
	return t.longest
}

// A timeBar is the calls that took less than Below, and at least half of that.
type timeBar struct {
	Below time.Duration `json:"below_ns"`
	Calls uint64        `json:"calls"`
}

// bars are the times in octaves, from the first that has any to the last.
func (t *times) bars() []timeBar {
	var bars []timeBar
	for i := 0; i < len(t.buckets); i += 8 {
		n := uint64(0)
		for _, b := range t.buckets[i : i+8] {
			n += b
		}
		if n > 0 || len(bars) > 0 {
			bars = append(bars, timeBar{bucketEnd(i + 7), n})
		}
	}
	for len(bars) > 0 && bars[len(bars)-1].Calls == 0 {
		bars = bars[:len(bars)-1]
	}
	return bars
}
