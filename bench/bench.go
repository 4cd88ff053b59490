package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"scripthost.example/bench/driver"
)

// A bench measures rows of subjects in some rounds.
type bench struct {
	rows     []row
	subjects []*subject
	only     *regexp.Regexp
	rounds   int
	laps     int // of a round; 0 is 1
	span     time.Duration
	shop     *workshop
	progress io.Writer
}

// run measures: in each round each row of each subject, one row after the other, so that
// what is compared was measured at about the same time. It returns what there is even if
// something failed, unless ctx ended.
func (b *bench) run(ctx context.Context) (*results, error) {
	r := newResults(b)
	commands := map[*subject][]string{}
	for i, s := range b.subjects {
		command, err := s.command(ctx, b.shop)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			// What is part of this repository has to be there.
			if s.role != peer {
				return nil, err
			}
			fmt.Fprintf(b.progress, "%s is not measured: %v\n", s.name, err)
			r.Subjects[i].Missing, _, _ = strings.Cut(err.Error(), "\n") // the rest is of this machine
			continue
		}
		commands[s] = command
	}
	var failed []error
	for n := range b.rounds {
		round := &round{bench: b, results: r, commands: commands, number: n, open: map[key]*session{}}
		err := round.run(ctx)
		err = errors.Join(err, round.close())
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		failed = append(failed, err)
	}
	r.compare()
	return r, errors.Join(failed...)
}

// A round has a driver of its own for each subject, and another one that is pinned.
type round struct {
	*bench
	results  *results
	commands map[*subject][]string
	number   int
	open     map[key]*session // nil where it could not be started
}

type key struct {
	*subject
	pinned bool
}

func (r *round) run(ctx context.Context) error {
	var failed []error
	for first := 0; first < len(r.rows) && ctx.Err() == nil; {
		last := first + 1
		for last < len(r.rows) && r.rows[first].laps != "" && r.rows[last].laps == r.rows[first].laps {
			last++
		}
		failed = append(failed, r.together(ctx, first, last)...)
		first = last
	}
	return errors.Join(append(failed, ctx.Err())...)
}

// together measures some rows, from one to before another. Those that are measured in laps
// have one lap more, to warm up; each lap goes the other way than the one before it. So
// what is compared is measured within some seconds at most, and each of two comes first
// as often as the other: a machine that becomes slower or faster meets both alike.
func (r *round) together(ctx context.Context, first, last int) (failed []error) {
	type place struct{ row, subject int }
	var places []place
	for i := first; i < last; i++ {
		fmt.Fprintf(r.progress, "round %d of %d: %s\n", r.number+1, r.rounds, r.rows[i].title)
		for j := range r.subjects {
			// Each round begins with another subject.
			j = (j + r.number) % len(r.subjects)
			if s := r.subjects[j]; r.commands[s] != nil && matches(r.only, r.rows[i], s) {
				places = append(places, place{i, j})
			}
		}
	}
	laps, warming := 1, 0
	if r.rows[first].laps != "" {
		laps, warming = max(r.laps, 1)+1, 1
	}
	measured := map[place][]sample{}
	for lap := range laps {
		for _, p := range places {
			if lap > 0 && measured[p] == nil {
				continue // it has failed, or cannot be measured
			}
			var closed error
			if r.rows[p.row].alone {
				closed = r.close()
			}
			sample, err := r.one(ctx, p.row, p.subject)
			if ctx.Err() != nil {
				return failed
			}
			if err = errors.Join(closed, err); err != nil {
				failed = append(failed, r.failed(p.row, p.subject, err))
				delete(measured, p)
			} else if sample != nil {
				measured[p] = append(measured[p], *sample)
			}
		}
		slices.Reverse(places)
	}
	for _, p := range places {
		if measured[p] == nil {
			continue
		}
		r.results.Rows[p.row].Subjects[p.subject].add(r.number, measured[p][warming:]...)
		if !r.rows[p.row].keeps {
			continue
		}
		if err := r.release(p.row, p.subject); err != nil {
			failed = append(failed, r.failed(p.row, p.subject, err))
		}
	}
	return failed
}

// failed notes an error of one row of one subject.
func (r *round) failed(row, subject int, err error) error {
	err = fmt.Errorf("%s of %s: %w", r.rows[row].id, r.subjects[subject].name, err)
	fmt.Fprintln(r.progress, err)
	r.results.Rows[row].Subjects[subject].Error = err.Error()
	return err
}

// one measures one row of one subject once. It returns nil if the subject has no such row.
func (r *round) one(ctx context.Context, row, subject int) (*sample, error) {
	k := key{r.subjects[subject], r.rows[row].pinned}
	s, tried := r.open[k]
	if !tried {
		var err error
		s, err = open(ctx, r.commands[k.subject], k.pinned)
		r.open[k] = s
		if err != nil {
			return nil, err
		}
		r.results.Subjects[subject].Version = s.hello.Version
	}
	if s == nil {
		return nil, errors.New("its driver is gone")
	}
	if !s.can(r.rows[row].kind) {
		return nil, nil
	}
	sample, err := r.rows[row].measure(s)
	if err != nil {
		return nil, r.dismiss(k, err)
	}
	return &sample, nil
}

// release has the workers end that were kept from lap to lap.
func (r *round) release(row, subject int) error {
	k := key{r.subjects[subject], r.rows[row].pinned}
	if r.open[k] == nil {
		return nil // its workers are gone, too
	}
	if _, err := r.open[k].do(driver.Job{Kind: driver.Release}); err != nil {
		return r.dismiss(k, err)
	}
	return nil
}

// dismiss ends a driver that has failed: what it would do next is not to be relied upon.
func (r *round) dismiss(k key, err error) error {
	s := r.open[k]
	r.open[k] = nil
	s.kill()
	return errors.Join(err, s.close())
}

// close ends the drivers. Those that are needed again are started again.
func (r *round) close() error {
	var errs []error
	for _, s := range r.open {
		if s != nil {
			errs = append(errs, s.close())
		}
	}
	clear(r.open)
	return errors.Join(errs...)
}
