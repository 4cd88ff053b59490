package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// crowded reports whether the calls of a scenario come together: how many of them share
// a read, a write or a buffer then depends on which goroutine runs when.
func crowded(scenario string) bool {
	return strings.HasSuffix(scenario, "-64-callers") || strings.HasSuffix(scenario, "-streamed") || strings.HasSuffix(scenario, "-events")
}

// most is the greatest count that is no rise. One allocation more in each call is one, as
// is a system call more; what happens in one call of ten, as when a buffer grows or the
// garbage collector empties a pool, is none.
func most(scenario, what string, before float64) float64 {
	switch {
	case what == transfers && crowded(scenario):
		return 2*before + 0.1
	case what == transfers && strings.HasSuffix(scenario, "-1mb"):
		return 1.5*before + 1 // a large payload goes in pieces
	case what == transfers:
		return 1.05*before + 0.1
	case what == parentAllocations, what == childAllocations:
		return max(1.01*before, before+0.3)
	case strings.HasSuffix(scenario, "-streamed"):
		return 2*before + 512 // how many answers wait for callbacks, and where
	case crowded(scenario):
		return 1.5*before + 32
	}
	return max(1.02*before, before+16)
}

// rises returns a line for each count that has risen.
func rises(before, now counts) []string {
	var lines []string
	for _, scenario := range slices.Sorted(maps.Keys(now)) {
		for _, what := range whats() {
			n, ok := now[scenario][what]
			was, had := before[scenario][what]
			if !ok || !had {
				continue
			}
			if limit := most(scenario, what, was); n > limit {
				lines = append(lines, fmt.Sprintf("  %s: %s are %s a call, and were %s (up to %s is no rise)", scenario, what, figure(n), figure(was), figure(limit)))
			}
		}
	}
	return lines
}

// figure writes a count: allocations with two digits behind the point, many bytes with
// none.
func figure(n float64) string {
	if n >= 1000 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.2f", n)
}

// writeTable prints what was counted of each call, and what it was before where that is
// another number.
func writeTable(w io.Writer, now, before counts) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "of a call")
	for _, what := range whats() {
		fmt.Fprintf(t, "\t%s", what)
	}
	fmt.Fprintln(t)
	for _, scenario := range slices.Sorted(maps.Keys(now)) {
		fmt.Fprint(t, scenario)
		for _, what := range whats() {
			fmt.Fprintf(t, "\t%s", cell(now[scenario], before[scenario], what))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

func cell(now, before map[string]float64, what string) string {
	n, ok := now[what]
	if !ok {
		return "-"
	}
	was, had := before[what]
	if !had || math.Abs(n-was) < 0.005*max(n, 1) {
		return figure(n)
	}
	return fmt.Sprintf("%s (%s)", figure(n), figure(was))
}
