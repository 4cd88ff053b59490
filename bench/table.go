package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// none stands where there is nothing to compare.
const none = "–"

// A table is one row of the results: how many times as good each of ours is as each of
// the others. Its first line has the names of ours, its first column those of the
// others; the last line is what was measured of ours. Where nothing is compared it has a
// line for each subject, with what was measured.
type table struct {
	title string
	cells [][]string
}

// tables returns one for each row in which something was measured.
func tables(r *results) []table {
	var all []table
	for _, row := range r.Rows {
		t := tableOf(r, row)
		if len(row.Ratios) == 0 {
			t = figuresOf(row)
		}
		if len(t.cells) > 1 {
			all = append(all, t)
		}
	}
	return all
}

func figuresOf(row rowResult) table {
	t := table{title: row.Title, cells: [][]string{{"", row.Unit}}}
	for _, m := range row.Subjects {
		if m.has() {
			line := measure(m)
			if row.Absolute && m.Min != m.Max {
				line += fmt.Sprintf(" (%s–%s)", figure(m.Min), figure(m.Max))
			}
			t.cells = append(t.cells, []string{m.Name, line})
		}
	}
	return t
}

func tableOf(r *results, row rowResult) table {
	t := table{title: row.Title}
	head, last := []string{""}, []string{row.Unit}
	for i, s := range r.Subjects {
		if m := row.Subjects[i]; s.Role == ours && m.has() {
			head = append(head, s.Name)
			last = append(last, measure(m))
		}
	}
	t.cells = append(t.cells, head)
	for i, s := range r.Subjects {
		if s.Role == ours || !row.Subjects[i].has() {
			continue
		}
		line := []string{s.Name}
		for _, of := range head[1:] {
			line = append(line, cell(row, of, s.Name))
		}
		t.cells = append(t.cells, line)
	}
	t.cells = append(t.cells, last)
	return t
}

// cell is the ratio of two subjects, with its spread if there is one.
func cell(row rowResult, of, to string) string {
	for _, x := range row.Ratios {
		if x.Of != of || x.To != to {
			continue
		}
		if x.Min == x.Max {
			return figure(x.Median)
		}
		return fmt.Sprintf("%s (%s–%s)", figure(x.Median), figure(x.Min), figure(x.Max))
	}
	return none
}

func measure(m measured) string {
	s := figure(m.Median)
	if m.Mean > 0 {
		s += fmt.Sprintf(", mean %s", figure(m.Mean))
	}
	if m.P99 > 0 {
		s += fmt.Sprintf(", p99 %s", figure(m.P99))
	}
	return s
}

// figure writes a number with two digits that count, or all those before the point.
func figure(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	if v == 0 {
		return "0"
	}
	// 9.96 is 10 with two digits, and has none behind the point.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 1, 64), 64)
	if err != nil {
		return none
	}
	digits := max(0, 1-int(math.Floor(math.Log10(math.Abs(rounded)))))
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// writeTable prints the tables for a terminal.
func writeTable(w io.Writer, r *results) error {
	all := tables(r)
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "Nothing was measured: none of the subjects that were chosen, and are here, has any of these rows.")
		return err
	}
	fmt.Fprint(w, "How many times as good as the others this project is: above 1 it leads. Beside a unit: what was measured (the median of the rounds').\n")
	for _, t := range all {
		fmt.Fprintf(w, "\n%s\n", t.title)
		tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
		for _, line := range t.cells {
			fmt.Fprint(tw, "  ")
			for _, c := range line {
				fmt.Fprint(tw, c, "\t")
			}
			fmt.Fprintln(tw)
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	var b strings.Builder
	writeTargets(&b, r)
	_, err := fmt.Fprintln(w, b.String())
	return err
}

// A lead is the best of ours in a row beside the best of the peers.
type lead struct {
	Title, Ours, Peer, Ratio string
	Leads                    bool
}

// leads returns one for each row that a peer has.
func leads(r *results) []lead {
	var all []lead
	for _, row := range r.Rows {
		of, to := best(r, row, ours), best(r, row, peer)
		if row.Absolute || of == nil || to == nil {
			continue
		}
		l := lead{Title: row.Title, Ours: of.Name, Peer: to.Name, Ratio: none}
		for _, x := range row.Ratios {
			if x.Of == of.Name && x.To == to.Name {
				l.Ratio, l.Leads = cell(row, x.Of, x.To), x.Median > 1
			}
		}
		all = append(all, l)
	}
	return all
}

// best is the best of a role in a row, nil if there is none.
func best(r *results, row rowResult, of role) *measured {
	var found *measured
	for i := range row.Subjects {
		m := &row.Subjects[i]
		if r.Subjects[i].Role != of || !m.has() {
			continue
		}
		if found == nil || row.More && m.Median > found.Median || !row.More && m.Median < found.Median {
			found = m
		}
	}
	return found
}
