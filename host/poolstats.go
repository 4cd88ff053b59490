package host

import (
	"math"
	"math/bits"
	"time"
)

// PoolStats is what a pool is doing and has done. Calls is Answers + Errors +
// Queued + Outstanding at any moment.
type PoolStats struct {
	Generation string // as in Event
	Workers    []WorkerStats
	// Queued is how many calls wait for a worker, and Outstanding how many have
	// one.
	Queued, Outstanding int
	// Slots is how many calls workers can have at once: PoolOptions.Max times Load.
	Slots int

	Calls, Answers, Errors uint64
	// Retries is how often a call was given to another worker, and Quarantined
	// how many calls failed with a *QuarantineError.
	Retries, Quarantined uint64
	// Started is how many workers were, and Crashes how many of them died by
	// themselves or did not load the script.
	Started, Crashes uint64
	Reloads          uint64
	// Broken says that no worker is started at the moment because too many have
	// died (PoolOptions.Crashes).
	Broken bool
	// Median, P99 and Longest are the times that calls took that have been
	// answered, from the making of the call on; the first two to an eighth. Took is
	// the sum of all.
	Median, P99, Longest, Took time.Duration

	times *histogram
}

// Within is how many of the calls that have been answered took at most d, to an eighth
// of d: none is counted that took longer.
func (s PoolStats) Within(d time.Duration) uint64 {
	if s.times == nil {
		return 0
	}
	return s.times.within(d)
}

// WorkerStats is what a worker of a pool is doing.
type WorkerStats struct {
	Number      int
	PID         int    // 0 while it starts
	State       string // "starting", "ready", "draining" or "dead"
	Spare       bool
	Generation  string
	Outstanding int
	Calls       uint64 // that it has answered
	Age         time.Duration
	// Resident is how much memory its process is resident in, in bytes; 0 where
	// that is not known.
	Resident int64
}

// Stats returns what the pool is doing.
func (p *Pool) Stats() PoolStats {
	s := p.stats()
	for i := range s.Workers {
		if pid := s.Workers[i].PID; pid != 0 {
			s.Workers[i].Resident, _ = resident(pid)
		}
	}
	return s
}

func (p *Pool) stats() PoolStats {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.counts
	s := PoolStats{
		Generation: p.gen.name,
		Queued:     p.queue.len + p.alone.len,
		Slots:      p.o.Max * p.o.Load,
		Calls:      c.calls, Answers: c.answers, Errors: c.errors,
		Retries: c.retries, Quarantined: c.quarantined,
		Started: c.started, Crashes: c.crashes, Reloads: c.reloads,
		Broken: p.breaker.open,
		Median: c.times.quantile(0.5), P99: c.times.quantile(0.99), Longest: c.times.longest,
		Took: c.times.sum,
	}
	times := c.times
	s.times = &times
	s.Outstanding = p.pending - s.Queued
	for _, m := range p.members {
		w := WorkerStats{
			Number: m.number, State: m.state.String(), Spare: m.spare, Generation: m.generationLocked(),
			Outstanding: m.used, Calls: m.answered, Age: now.Sub(m.born),
		}
		if m.w != nil && m.state < memberDying {
			w.PID = m.w.PID()
		}
		s.Workers = append(s.Workers, w)
	}
	return s
}

// counts are what a pool counts.
type counts struct {
	calls, answers, errors uint64
	retries, quarantined   uint64
	started, crashes       uint64
	reloads                uint64
	times                  histogram
}

// settled counts a call that has been answered or has failed.
func (c *counts) settled(r *request, err error, now time.Time) {
	if err != nil {
		c.errors++
		return
	}
	c.answers++
	c.times.add(now.Sub(r.made))
}

// A histogram counts times, each to an eighth of its size.
type histogram struct {
	buckets [64 * 8]uint64
	total   uint64
	longest time.Duration
	sum     time.Duration
}

// bucket is where a time is counted: its highest bit and the three below it.
func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < 8 {
		return int(n)
	}
	high := bits.Len64(n) - 1
	return (high-2)*8 + int(n>>(high-3)&7)
}

// top is the longest time that is counted in a bucket.
func top(i int) time.Duration {
	if i < 8 {
		return time.Duration(i)
	}
	high := i/8 + 2
	return time.Duration((8+uint64(i%8)+1)<<(high-3) - 1)
}

func (h *histogram) add(d time.Duration) {
	h.buckets[bucket(d)]++
	h.total++
	h.longest = max(h.longest, d)
	h.sum += max(d, 0)
}

// within counts the times that are in buckets of which none is longer than d.
func (h *histogram) within(d time.Duration) uint64 {
	if d >= h.longest {
		return h.total
	}
	n := uint64(0)
	for i, count := range h.buckets[:bucket(d)+1] {
		if top(i) <= d {
			n += count
		}
	}
	return n
}

// quantile is the time that a part q of all, and no fewer, have not taken longer than.
func (h *histogram) quantile(q float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(h.total)))
	for i, n := range h.buckets {
		if n > 0 && rank <= n {
			return min(top(i), h.longest)
		}
		rank -= n
	}
	return h.longest // 0 if there are none
}
