package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// results are what is written as JSON.
type results struct {
	Date     string          `json:"date"`
	Commit   string          `json:"commit"` // with "+" if files differ from it
	Go       string          `json:"go"`
	Machine  machine         `json:"machine"`
	Rounds   int             `json:"rounds"`
	Millis   int64           `json:"millis"`         // of one measurement
	Laps     int             `json:"laps,omitempty"` // of each round
	Subjects []subjectResult `json:"subjects"`
	Rows     []rowResult     `json:"rows"`
}

type subjectResult struct {
	Name    string `json:"name"`
	Role    role   `json:"role"`
	Version string `json:"version,omitempty"`
	Missing string `json:"missing,omitempty"` // why it was not measured
}

// A rowResult has an entry for each subject, in their order.
type rowResult struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Unit     string     `json:"unit"`
	More     bool       `json:"more_is_better"`
	Pinned   bool       `json:"pinned,omitempty"`
	Absolute bool       `json:"absolute,omitempty"` // without ratios
	Subjects []measured `json:"subjects"`
	Ratios   []ratio    `json:"ratios,omitempty"`
}

// measured is one row of one subject. Without rounds it is nothing that the subject
// has, or Error says why.
type measured struct {
	Name string `json:"name"`
	spread
	P99    float64   `json:"p99,omitempty"`  // the median of the rounds'
	Mean   float64   `json:"mean,omitempty"` // beside a median: the median of the rounds'
	Rounds []float64 `json:"rounds,omitempty"`
	Calls  int       `json:"calls,omitempty"` // answers, all of them right
	Error  string    `json:"error,omitempty"`

	number []int       // of the rounds
	laps   [][]float64 // of each round
	p99s   []float64
	means  []float64
}

// has reports whether there is anything.
func (m *measured) has() bool { return len(m.Rounds) > 0 }

// add notes the laps of a round.
func (m *measured) add(round int, laps ...sample) {
	all := pooled(laps)
	m.number = append(m.number, round)
	m.Rounds = append(m.Rounds, four(all.value))
	if len(all.calls) > 0 {
		m.p99s = append(m.p99s, quantile(all.calls, 0.99))
		m.means = append(m.means, mean(all.calls))
	}
	m.Calls += all.done
	values := make([]float64, len(laps))
	for i, lap := range laps {
		values[i] = lap.value
	}
	m.laps = append(m.laps, values)
}

// A ratio says how many times as good as another subject one of ours is: as fast, as
// many, or as small. Above 1 ours leads.
type ratio struct {
	Of string `json:"of"`
	To string `json:"to"`
	spread
}

func newResults(b *bench) *results {
	r := &results{Rounds: b.rounds, Millis: b.span.Milliseconds(), Laps: b.laps}
	for _, s := range b.subjects {
		r.Subjects = append(r.Subjects, subjectResult{Name: s.name, Role: s.role})
	}
	for _, row := range b.rows {
		result := rowResult{ID: row.id, Title: row.title, Unit: row.unit, More: row.more, Pinned: row.pinned, Absolute: row.absolute}
		for _, s := range b.subjects {
			result.Subjects = append(result.Subjects, measured{Name: s.name})
		}
		r.Rows = append(r.Rows, result)
	}
	return r
}

// compare works out the medians and, from the numbers of the same laps, the ratios.
func (r *results) compare() {
	for i := range r.Rows {
		row := &r.Rows[i]
		for j := range row.Subjects {
			m := &row.Subjects[j]
			if m.has() {
				m.spread = spreadOf(m.Rounds)
			}
			if len(m.p99s) > 0 {
				m.P99 = four(quantile(m.p99s, 0.5))
			}
			if len(m.means) > 0 {
				m.Mean = four(quantile(m.means, 0.5))
			}
		}
		if row.Absolute {
			continue
		}
		for j, of := range row.Subjects {
			for k, to := range row.Subjects {
				if r.Subjects[j].Role != ours || r.Subjects[k].Role == ours {
					continue
				}
				if s := ratios(of, to, row.More); len(s) > 0 {
					row.Ratios = append(row.Ratios, ratio{of.Name, to.Name, spreadOf(s)})
				}
			}
		}
	}
}

// ratios compares the rounds that both have: a round's ratio is the median of its laps'.
func ratios(of, to measured, more bool) []float64 {
	var all []float64
	for i, n := range of.number {
		j := slices.Index(to.number, n)
		if j < 0 {
			continue
		}
		laps := make([]float64, len(of.laps[i]))
		for k, x := range of.laps[i] {
			y := to.laps[j][k]
			if more {
				x, y = y, x
			}
			laps[k] = y / x
		}
		all = append(all, quantile(laps, 0.5))
	}
	return all
}

func (r *results) write(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o666)
}

// read reads what write has written.
func read(path string) (*results, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(results)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s has no results: %w", path, err)
	}
	for _, row := range r.Rows {
		if len(row.Subjects) != len(r.Subjects) {
			return nil, fmt.Errorf("%s has no results: %q has %d subjects instead of %d", path, row.ID, len(row.Subjects), len(r.Subjects))
		}
	}
	return r, nil
}
