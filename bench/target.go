package main

import (
	"fmt"
	"strings"
)

// A target is a number that this project wants to reach.
type target struct {
	group string // what it is about; those of a group stand together
	text  string
	bound bound
	// of are the subjects that have to reach it, each of them.
	of []string
	// value is what was measured of one of them; false if that was not.
	value func(f *figures, subject string) (float64, bool)
}

// A bound says which values reach a target, and how they are written.
type bound struct {
	least bool // the value is at least n; it is at most n otherwise
	n     float64
	unit  string
	// inverse says that values are written as one of so many: 1/n.
	inverse bool
}

func atMost(n float64, unit string) bound  { return bound{n: n, unit: unit} }
func atLeast(n float64, unit string) bound { return bound{least: true, n: n, unit: unit} }

// oneOf is for times that are a fraction of another: the values say how many times as
// long the other takes.
func oneOf(n float64) bound { return bound{least: true, n: n, inverse: true} }

func (b bound) reached(v float64) bool {
	if b.least {
		return v >= b.n
	}
	return v <= b.n
}

func (b bound) write(v float64) string {
	if b.inverse {
		return "1/" + figure(v)
	}
	return figure(v) + b.unit
}

// figures finds what was measured.
type figures struct{ r *results }

// measured is one row of one subject.
func (f *figures) measured(row, subject string) (measured, bool) {
	for _, r := range f.r.Rows {
		if r.ID != row {
			continue
		}
		for _, m := range r.Subjects {
			if m.Name == subject && m.has() {
				return m, true
			}
		}
	}
	return measured{}, false
}

// times is how many times as good one of ours is as another subject in a row.
func (f *figures) times(row, of, to string) (float64, bool) {
	for _, r := range f.r.Rows {
		if r.ID != row {
			continue
		}
		for _, x := range r.Ratios {
			if x.Of == of && x.To == to {
				return x.Median, true
			}
		}
	}
	return 0, false
}

// A judged target is one with what came of it.
type judged struct {
	Group, Text, Measured, Reached string
}

const (
	yes = "yes"
	no  = "**no**"
)

// judge returns the targets with what was measured, and how many of those that were
// measured are reached.
func judge(r *results) (all []judged, reached, measured int) {
	f := &figures{r}
	group := ""
	for _, t := range targets() {
		j := judged{Text: t.text, Measured: none, Reached: none}
		if t.group != group {
			j.Group, group = t.group, t.group
		}
		var values []string
		good := true
		for _, s := range t.of {
			if v, ok := t.value(f, s); ok {
				values = append(values, s+" "+t.bound.write(v))
				good = good && t.bound.reached(v)
			}
		}
		if len(values) > 0 {
			j.Measured, j.Reached = strings.Join(values, ", "), no
			measured++
			if good {
				j.Reached = yes
				reached++
			}
		}
		all = append(all, j)
	}
	return all, reached, measured
}

// writeTargets prints those targets of which something was measured.
func writeTargets(w *strings.Builder, r *results) {
	all, reached, measured := judge(r)
	if measured == 0 {
		return
	}
	fmt.Fprintf(w, "\nTargets: %d of %d are reached\n", reached, measured)
	group := ""
	for _, j := range all {
		if j.Group != "" {
			group = j.Group
		}
		if j.Reached != none {
			fmt.Fprintf(w, "  %-4s %s: %s: %s\n", strings.Trim(j.Reached, "*"), group, j.Text, j.Measured)
		}
	}
}
