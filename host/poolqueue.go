package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scripthost.example/wire"
)

// countLocked counts and numbers a new call.
func (p *Pool) countLocked(r *request) {
	p.counts.calls++
	r.number = p.counts.calls
	p.pending++
}

// enterLocked counts and numbers a new call. It returns why it is refused.
func (p *Pool) enterLocked(r *request) error {
	p.countLocked(r)
	switch {
	case p.closing:
		return closedError()
	case r.mark != nil && r.nesting() >= p.o.Max:
		return &CallError{outcome: outcome(NotSent), Kind: wire.ErrorReentrant, Err: ErrReentrant, Message: "every worker that the pool can have waits for this call: none is left to run it (PoolOptions.Max)"}
	case p.hopelessLocked():
		return p.brokenLocked()
	}
	return nil
}

// brokenLocked is the error of a call while no worker can be had.
func (p *Pool) brokenLocked() error {
	name := p.self.name
	if p.gen.script != nil {
		name = p.gen.script.name
	}
	return p.breaker.err(name)
}

func (p *Pool) busyError() error {
	return &CallError{
		outcome: outcome(NotSent), Kind: wire.ErrorBusy, Err: ErrBusy,
		Message: fmt.Sprintf("the pool is busy: %d calls wait for a worker already (PoolOptions.Queue)", p.queue.len),
	}
}

// outcome is that of a call that waits.
func (r *request) outcome() Outcome {
	if r.deaths > 0 {
		return Unknown
	}
	return NotSent
}

// acquire waits until a call has a slot in a worker: r.m.
func (p *Pool) acquire(ctx context.Context, r *request) error {
	p.mu.Lock()
	var err error
	if r.attempts == 0 {
		err = p.enterLocked(r)
	} else if p.killed {
		err = closedError()
	}
	if err == nil && p.queue.len == 0 && !r.alone() {
		if m := p.pickLocked(r); m != nil {
			p.grantLocked(r, m)
			p.mu.Unlock()
			return nil
		}
	}
	if err == nil && r.attempts == 0 && p.queue.len >= p.o.Queue && !p.o.Wait {
		err = p.busyError()
	}
	if err != nil {
		err = withOutcome(err, r.outcome())
		p.accountLocked(r, err)
		p.unlock()
		return err
	}
	r.ready = make(chan error, 1)
	p.waitLocked(r)
	p.unlock()
	return p.await(ctx, r)
}

// waitLocked has a call wait for a worker, ahead of others if it has had one.
func (p *Pool) waitLocked(r *request) {
	r.retry = false
	switch {
	case r.alone():
		p.alone.pushBack(r)
	case r.attempts > 0:
		p.queue.pushFront(r)
	default:
		p.queue.pushBack(r)
	}
}

// await waits for the slot of a call that is in a list.
func (p *Pool) await(ctx context.Context, r *request) error {
	var limit <-chan time.Time
	if d := p.o.Limits.CallTime; d > 0 {
		t := time.NewTimer(d - time.Since(r.made))
		defer t.Stop()
		limit = t.C
	}
	late := false
	select {
	case err := <-r.ready:
		return err
	case <-limit:
		late = true
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.unlock()
	var err error
	if late {
		err = callTimeError(p.o.Limits.CallTime, r.outcome())
	} else {
		err = contextError(ctx.Err(), r.outcome())
	}
	if r.list != nil {
		r.list.remove(r)
		p.accountLocked(r, err)
		return err
	}
	if failed := <-r.ready; failed != nil { // it was settled just now
		return failed
	}
	p.freeLocked(r.m, time.Now())
	p.accountLocked(r, err)
	return err
}

// pickLocked returns the worker with the least to do that may take one more call,
// or nil.
func (p *Pool) pickLocked(r *request) *member {
	var best *member
	least := 0
	for _, m := range p.members {
		if m.used >= p.o.Load || !m.takesLocked() || p.probingLocked(m) || m.exclusive || m.reserved || r.mark != nil && r.nestedIn(m) {
			continue
		}
		// What waits for callbacks counts: if one of them stalls, the worker has
		// answered, and its callers wait all the same.
		if load := m.used + int(m.w.cb.due.Load()); best == nil || load < least {
			best, least = m, load
		}
	}
	return best
}

// grantLocked gives a call its slot.
func (p *Pool) grantLocked(r *request, m *member) {
	r.m = m
	r.retry = false
	r.attempts++
	m.used++
	m.taken++
	m.exclusive = r.alone()
	if p.o.MaxCalls > 0 {
		p.wornLocked(m)
	}
	if p.o.Idle > 0 {
		p.pressureLocked()
	}
}

// handLocked gives a call that waits its slot. A Go is one of those that are
// returned, to be sent.
func (p *Pool) handLocked(due launches, r *request, m *member) launches {
	r.list.remove(r)
	p.grantLocked(r, m)
	if r.isGo {
		if r.timer != nil {
			r.timer.Stop() // the worker's own takes over
		}
		return append(due, r)
	}
	r.ready <- nil
	return due
}

// dispatchLocked gives the calls that wait what slots there are.
func (p *Pool) dispatchLocked() (due launches) {
	p.hushLocked()
	if p.alone.len > 0 || p.reserved {
		due = p.dispatchAloneLocked()
	}
	if p.queue.len+p.alone.len == 0 {
		return due
	}
	if p.target == 0 || p.closing {
		p.fillLocked() // a spare may be ready, or no worker may be left
	}
	for r := p.queue.first; r != nil; {
		next := r.next
		switch m := p.pickLocked(r); {
		case m != nil:
			due = p.handLocked(due, r, m)
		case r.mark == nil:
			next = nil // nor is there one for those behind
		}
		r = next
	}
	if p.queue.len+p.alone.len == 0 {
		return due
	}
	if p.hopelessLocked() {
		p.failAllLocked(p.brokenLocked())
		return due
	}
	p.pressureLocked()
	return due
}

// dispatchAloneLocked sees to the calls that need a whole worker. One that has no
// such worker yet has the least busy one kept free of others.
func (p *Pool) dispatchAloneLocked() (due launches) {
	for _, m := range p.members {
		m.reserved = false
	}
	p.reserved = false
	for r := p.alone.first; r != nil; {
		next := r.next
		var best *member
		for _, m := range p.members {
			if m.takesLocked() && !m.exclusive && !m.reserved && (best == nil || m.used < best.used) && (r.mark == nil || !r.nestedIn(m)) {
				best = m
			}
		}
		switch {
		case best == nil:
		case best.used == 0:
			due = p.handLocked(due, r, best)
		default:
			best.reserved, p.reserved = true, true
		}
		r = next
	}
	return due
}

// answerLocked ends a call that is in no worker and in no list.
func (p *Pool) answerLocked(r *request, err error) {
	err = withOutcome(err, r.outcome())
	if r.timer != nil {
		r.timer.Stop()
	}
	if r.isGo {
		p.self.cb.addAnswers([]*call{{number: r.number, fn: r.fn, err: err}})
	} else {
		r.ready <- err
	}
	p.accountLocked(r, err)
}

// failAllLocked ends all calls that wait.
func (p *Pool) failAllLocked(err error) {
	for _, l := range []*requests{&p.queue, &p.alone} {
		for l.first != nil {
			r := l.first
			l.remove(r)
			p.answerLocked(r, err)
		}
	}
}

// accountLocked counts a call that has got its answer or its error.
func (p *Pool) accountLocked(r *request, err error) { p.accountAtLocked(r, err, time.Now()) }

func (p *Pool) accountAtLocked(r *request, err error, now time.Time) {
	p.pending--
	p.counts.settled(r, err, now)
	p.quietLocked()
}

// freeLocked takes back a slot that the worker needs no more.
func (p *Pool) freeLocked(m *member, now time.Time) {
	m.used--
	if m.used > 0 {
		return
	}
	m.exclusive = false
	switch m.state {
	case memberDraining:
		m.stopLocked()
	case memberReady:
		m.idleSince = now
		p.armStopLocked(m)
	}
}

// settle is told what became of a call in a worker, once. held says that the
// worker is not done with it all the same; release is called when it is. r.retry
// says then whether it is to be made again. s is that of a streamed call.
//
// The worker's lock may be held; what is returned has to be run without it.
func (r *request) settle(err error, held bool, s *stream) launches {
	p, m := r.p, r.m
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil && !r.isGo && (s == nil || !s.begun()) {
		r.retry = p.retriableLocked(r, err)
	}
	if !held {
		p.freeLocked(m, now)
	}
	if err == nil || OutcomeOf(err) == Completed {
		p.answeredLocked(m, now)
	}
	if !r.retry {
		p.accountAtLocked(r, err, now)
		if m.state >= memberDying && (isDeath(err) || r.poison) {
			m.lost++
		}
	}
	return p.dispatchLocked()
}

// settleAll is settle for calls that their worker has answered with results.
func (m *member) settleAll(all []*request) launches {
	p := m.p
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range all {
		p.freeLocked(m, now)
		p.answeredLocked(m, now)
		p.accountAtLocked(r, nil, now)
	}
	return p.dispatchLocked()
}

// again is settle for a Go that may be given to another worker: if it reports true
// that has been done. If not, settle is to be called once the error is on its way.
func (r *request) again(err error) (again bool, due launches) {
	if err == nil {
		return false, nil
	}
	p := r.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.retriableLocked(r, err) {
		return false, nil
	}
	p.freeLocked(r.m, time.Now())
	p.waitLocked(r)
	if d := p.o.Limits.CallTime; d > 0 {
		r.timer = time.AfterFunc(d-time.Since(r.made), func() { p.expire(r) })
	}
	return true, p.dispatchLocked()
}

// fail settles a call that its worker has not taken. r may be nil.
func (r *request) fail(err error) {
	if r != nil {
		r.settle(err, false, nil).run()
	}
}

// failGo is fail for a Go.
func (r *request) failGo(err error) {
	again, due := r.again(err)
	if !again {
		r.p.self.cb.addAnswers([]*call{{number: r.number, fn: r.fn, err: r.verdict(err)}})
		due = r.settle(err, false, nil)
	}
	due.run()
}

// verdict is the error of a Go: err, or what it comes to.
func (r *request) verdict(err error) error {
	if r.poison {
		return r.quarantined(r.args(), err)
	}
	return r.whole(err)
}

// whole is the error of a call's last attempt as that of all.
func (r *request) whole(err error) error {
	if r.deaths > 0 && OutcomeOf(err) == NotSent {
		return withOutcome(err, Unknown) // the one before was sent
	}
	return err
}

// retriableLocked decides whether a call that failed in its worker is made again.
func (p *Pool) retriableLocked(r *request, err error) bool {
	if r.broadcast || p.killed || r.m.state < memberDying && !r.m.hushed || !isDeath(err) {
		return false
	}
	switch OutcomeOf(err) {
	case NotSent:
	case Unknown:
		if !r.idempotent {
			return false
		}
		if r.deaths++; r.deaths >= 2 {
			// The second time it was alone.
			r.poison = true
			p.counts.quarantined++
			return false
		}
	default:
		return false
	}
	if r.attempts > maxRetries {
		return false
	}
	p.counts.retries++
	return true
}

// isDeath reports whether a call has this error because its worker has ended, and
// not because of what it is itself.
func isDeath(err error) bool {
	switch e := err.(type) {
	case *ExitError, *LimitError:
		return true
	case *CallError:
		return errors.Is(e, ErrClosed) || errors.Is(e, ErrProtocol)
	}
	return false
}
