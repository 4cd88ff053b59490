package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// A bench measures rows of subjects in some rounds.
type bench struct {
	rows     []row
	subjects []*subject
	only     *regexp.Regexp
	rounds   int
	span     time.Duration
	shop     *workshop
	progress io.Writer
}

// run measures: in each round each row of each subject once, one row after the other,
// so that what is compared was measured at about the same time. It returns what there
// is even if something failed, unless ctx ended.
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
	for i, row := range r.rows {
		fmt.Fprintf(r.progress, "round %d of %d: %s\n", r.number+1, r.rounds, row.title)
		for j := range r.subjects {
			// Each round begins with another subject.
			j = (j + r.number) % len(r.subjects)
			s := r.subjects[j]
			if r.commands[s] == nil || !matches(r.only, row, s) {
				continue
			}
			var err error
			if row.alone {
				err = r.close()
			}
			if err = errors.Join(err, r.one(ctx, i, j)); err != nil {
				err = fmt.Errorf("%s of %s: %w", row.id, s.name, err)
				fmt.Fprintln(r.progress, err)
				r.results.Rows[i].Subjects[j].Error = err.Error()
				failed = append(failed, err)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return errors.Join(failed...)
}

// one measures one row of one subject.
func (r *round) one(ctx context.Context, row, subject int) error {
	k := key{r.subjects[subject], r.rows[row].pinned}
	s, tried := r.open[k]
	if !tried {
		var err error
		s, err = open(ctx, r.commands[k.subject], k.pinned)
		r.open[k] = s
		if err != nil {
			return err
		}
		r.results.Subjects[subject].Version = s.hello.Version
	}
	if s == nil {
		return errors.New("its driver is gone")
	}
	if !s.can(r.rows[row].kind) {
		return nil
	}
	sample, err := r.rows[row].measure(s)
	if err != nil {
		// What a driver does after a failure is not to be relied upon.
		s.kill()
		r.open[k] = nil
		return errors.Join(err, s.close())
	}
	r.results.Rows[row].Subjects[subject].add(r.number, sample)
	return nil
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
