package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"scripthost.example/host"
)

// maxKinds is how many kinds of failures are told apart: a worker that was taken
// over might make up more.
const maxKinds = 32

// otherKinds are all others.
const otherKinds = "other"

// failureKinds count failed calls by the kind of their error.
type failureKinds map[string]uint64

func (k failureKinds) add(kind string) {
	if _, known := k[kind]; !known && len(k) >= maxKinds {
		kind = otherKinds
	}
	k[kind]++
}

// String is like "3 deadline, 1 script": the most frequent first.
func (k failureKinds) String() string {
	kinds := slices.SortedFunc(maps.Keys(k), func(a, b string) int {
		return cmp.Or(cmp.Compare(k[b], k[a]), cmp.Compare(a, b))
	})
	for i, kind := range kinds {
		kinds[i] = grouped1000(k[kind]) + " " + kind
	}
	return strings.Join(kinds, ", ")
}

// A summary is how a run went.
type summary struct {
	answered, failed uint64 // calls of this run
	skipped          uint64 // those that were answered before
	kinds            failureKinds
	took             time.Duration
	pool             host.PoolStats
}

// lines are the summary as people read it.
func (s *summary) lines() []string {
	calls := s.answered + s.failed
	first := fmt.Sprintf("%s in %v", count1000(calls, "call"), short(s.took))
	if seconds := s.took.Seconds(); seconds > 0 && calls > 0 {
		first += fmt.Sprintf(" (%s/s)", rateText(float64(calls)/seconds))
	}
	first += fmt.Sprintf(": %s answered, %s failed", grouped1000(s.answered), grouped1000(s.failed))
	if s.failed > 0 {
		first += fmt.Sprintf(" (%s)", s.kinds)
	}
	if s.skipped > 0 {
		first += fmt.Sprintf("; %s answered before", grouped1000(s.skipped))
	}
	second := count1000(s.pool.Retries, "retry") + ", " + count1000(s.pool.Crashes, "restart")
	if s.answered > 0 {
		second = fmt.Sprintf("p50 %v, p99 %v; ", short(s.pool.Median), short(s.pool.P99)) + second
	}
	return []string{first, second}
}

// count1000 is a number of things.
func count1000(n uint64, thing string) string {
	if n != 1 {
		if stem, ok := strings.CutSuffix(thing, "y"); ok {
			thing = stem + "ie"
		}
		thing += "s"
	}
	return grouped1000(n) + " " + thing
}

// short is a time in three digits or so.
func short(d time.Duration) time.Duration {
	for unit := time.Microsecond; unit < time.Minute; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
	return d.Round(time.Second)
}
