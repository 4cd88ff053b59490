package main

import (
	"maps"
	"strings"
	"testing"
)

func TestRises(t *testing.T) {
	t.Parallel()
	base := func() counts {
		c := counts{}
		for _, scenario := range []string{"lua-sync", "lua-64-callers", "lua-streamed", "lua-1mb"} {
			for what, n := range map[string]float64{parentAllocations: 4, parentBytes: 432, childAllocations: 7, childBytes: 546, transfers: 4} {
				c.least(scenario, what, n)
			}
		}
		return c
	}
	for _, test := range []struct {
		name           string
		scenario, what string
		now            float64
		risen          bool
	}{
		{"an allocation more", "lua-sync", parentAllocations, 5, true},
		{"and in the child", "lua-sync", childAllocations, 8, true},
		{"an allocation fewer", "lua-sync", parentAllocations, 3, false},
		{"one in ten calls", "lua-sync", parentAllocations, 4.1, false},
		{"larger ones", "lua-sync", parentBytes, 480, true},
		{"and in the child", "lua-sync", childBytes, 600, true},
		{"a few bytes", "lua-sync", parentBytes, 440, false},
		{"fewer bytes", "lua-sync", childBytes, 100, false},
		{"a system call more", "lua-sync", transfers, 5, true},
		{"one fewer", "lua-sync", transfers, 3, false},
		{"a few in all", "lua-sync", transfers, 4.1, false},
		{"an allocation more of many callers", "lua-64-callers", parentAllocations, 5, true},
		{"a buffer that had to grow", "lua-64-callers", parentBytes, 600, false},
		{"calls that found fewer to share a write with", "lua-64-callers", transfers, 7, false},
		{"calls that share none", "lua-64-callers", transfers, 9, true},
		{"answers that wait", "lua-streamed", parentBytes, 1200, false},
		{"an allocation more of streamed calls", "lua-streamed", childAllocations, 8, true},
		{"another piece", "lua-1mb", transfers, 6, false},
		{"many small pieces", "lua-1mb", transfers, 60, true},
	} {
		now := base()
		now[test.scenario][test.what] = test.now
		lines := rises(base(), now)
		if (len(lines) > 0) != test.risen || len(lines) > 1 {
			t.Errorf("%s: it says %q", test.name, lines)
		}
		if test.risen && len(lines) == 1 && (!strings.Contains(lines[0], test.scenario+": "+test.what) || !strings.Contains(lines[0], figure(test.now))) {
			t.Errorf("%s: it says %q", test.name, lines[0])
		}
	}
}

// What is counted for the first time, or no longer, has not risen.
func TestNew(t *testing.T) {
	t.Parallel()
	before := counts{"lua-sync": {parentAllocations: 4}, "lua-old": {parentAllocations: 4}}
	now := maps.Clone(before)
	delete(now, "lua-old")
	now["lua-sync"] = map[string]float64{parentAllocations: 4, transfers: 4}
	now["lua-new"] = map[string]float64{parentAllocations: 400}
	if lines := rises(before, now); len(lines) > 0 {
		t.Errorf("it says %q", lines)
	}
	var b strings.Builder
	if err := writeTable(&b, now, before); err != nil || !strings.Contains(b.String(), "lua-new") {
		t.Errorf("%v, %s", err, b.String())
	}
}

func TestLeast(t *testing.T) {
	t.Parallel()
	c := counts{}
	for _, n := range []float64{5, 4, 6} {
		c.least("lua-sync", transfers, n)
	}
	if n := c["lua-sync"][transfers]; n != 4 {
		t.Errorf("the least of 5, 4 and 6 is %v", n)
	}
}
