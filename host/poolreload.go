package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Reload has the pool run another script, or the same one anew. It starts as many
// workers with it as are ready, one at least, and waits until all of them have
// loaded it and run Init. From then on they have the calls, those in the queue
// included, and the workers of the old script end when they have answered theirs.
// If any of them does not load, or they have not all loaded the same files, all old
// ones stay, and the error says why: as that of Start. No call is lost by a Reload,
// or runs twice.
//
// Old workers have Limits.Drain to finish their calls. One that takes longer is
// killed; the calls fail with an *ExitError.
//
// ctx bounds the start. One Reload runs at a time; others wait for it.
func (p *Pool) Reload(ctx context.Context, script *Script) error {
	select {
	case p.reloads <- struct{}{}:
		defer func() { <-p.reloads }()
	case <-ctx.Done():
		return fmt.Errorf("the script was not reloaded: another reload took too long: %w", ctx.Err())
	}
	gen := p.newGeneration(script)
	p.mu.Lock()
	if p.closing {
		p.mu.Unlock()
		return closedError()
	}
	candidates := make([]*member, max(1, p.headcountLocked().ready))
	told := make(chan error, len(candidates))
	for i := range candidates {
		candidates[i] = p.startLocked(gen, purpose{ctx: ctx, told: told, candidate: true})
	}
	p.mu.Unlock()

	var err error
	for range candidates {
		failed := <-told
		if failed == nil || err != nil {
			continue
		}
		err = failed
		p.mu.Lock()
		p.dropLocked(candidates)
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.unlock()
	switch {
	case p.closing:
		err = closedError()
	case err == nil:
		for _, m := range candidates {
			switch {
			case m.state != memberReady:
				err = m.endedEarlyLocked()
			case m.w.version() != gen.name:
				err = errors.New("the files of the script have changed while it was reloaded, and its workers have not loaded the same: reload it again")
			}
		}
	}
	if err != nil {
		p.dropLocked(candidates)
		return err
	}
	p.adoptLocked(gen, candidates)
	return nil
}

// endedEarlyLocked is the error of a candidate that is not there any more.
func (m *member) endedEarlyLocked() error {
	const what = "a worker of the new script ended as soon as it had loaded it"
	switch {
	case m.asked:
		return errors.New(what + ": it asked to be replaced (worker.retire)")
	case m.state == memberDead && m.w.failure != nil: // which was set before
		return fmt.Errorf("%s: %w", what, m.w.failure)
	}
	return errors.New(what)
}

// dropLocked has workers end that have no calls.
func (p *Pool) dropLocked(candidates []*member) {
	for _, m := range candidates {
		p.retireLocked(m)
	}
}

// adoptLocked makes a generation the current one.
func (p *Pool) adoptLocked(gen *generation, candidates []*member) {
	p.gen = gen
	p.counts.reloads++
	p.breaker.reset()
	p.target = max(p.target, len(candidates))
	now := time.Now()
	for _, m := range p.members {
		if m.gen != gen {
			p.retireLocked(m)
		}
	}
	for _, m := range candidates {
		m.candidate = false
		m.told = nil
		m.idleSince = now
		p.armStopLocked(m)
	}
	p.fillLocked()
}

// A Reply is what one worker answered to a Broadcast.
type Reply struct {
	Worker     int    // as in Event
	Generation string // as in Event
	Results    []any
	Err        error // as of Call
}

// Broadcast calls a function, Options.Function if the name is empty, in each worker
// that is ready, spares included, whatever calls it has, and waits for all answers.
// It is not tried again where a worker dies. Workers that are started later have
// not had it: what every worker needs is for Init. There are no replies if the pool
// has no worker at the moment.
func (p *Pool) Broadcast(ctx context.Context, function string, args ...any) ([]Reply, error) {
	p.mu.Lock()
	if p.closing {
		p.mu.Unlock()
		return nil, closedError()
	}
	var all []*request
	for _, m := range p.members {
		if m.state != memberReady || m.candidate {
			continue
		}
		p.counts.calls++
		p.pending++
		m.used++
		all = append(all, &request{p: p, m: m, name: function, broadcast: true, number: p.counts.calls, made: time.Now(), attempts: 1})
	}
	p.mu.Unlock()
	replies := make([]Reply, len(all))
	var wait sync.WaitGroup
	for i, r := range all {
		wait.Go(func() {
			w := r.m.w
			results, err := w.call(ctx, function, args, r)
			replies[i] = Reply{Worker: r.m.number, Generation: w.version(), Results: results, Err: err}
		})
	}
	wait.Wait()
	return replies, nil
}
