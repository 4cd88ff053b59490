package main

import (
	"errors"
	"fmt"

	"scripthost.example/host"
)

// feed makes the calls of in, those that no worker has seen once more, and waits
// for their answers. It returns early if the session is stopped, or with the error
// that keeps it from going on; next is the first call that was not made.
func (s *session) feed(in *input) (next uint64, err error) {
	next = 1
	for calls := in.calls; ; {
		if s.stopped() { // whatever else is there by now: select would choose by chance
			return next, nil
		}
		now := s.look()
		switch {
		case now.hopeless != nil:
			return next, now.hopeless
		case now.again != nil:
			s.submit(*now.again)
			continue
		case calls == nil && now.idle:
			return next, nil
		}
		if calls == nil && !now.retries && (s.opts.Async || s.opts.Wire == host.Classic || !in.many) {
			s.noMoreCalls()
		}
		from := calls
		if !now.room {
			from = nil
		}
		select {
		case c, ok := <-from:
			if !ok {
				calls = nil
				s.inputEnded()
				continue
			}
			if !s.take(c) {
				return next, nil
			}
			next = c.number + 1
			if c.held == nil {
				s.submit(c)
			}
		case <-s.changed:
		case <-s.stop:
			return next, nil
		}
	}
}

// noMoreCalls tells the pool so, which then fails calls that nothing in a worker
// can answer any more, and replaces no worker that has none.
func (s *session) noMoreCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.noMore {
		s.noMore = true
		go s.pool.Load().Close()
	}
}

func (s *session) inputEnded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastCall = true
}

// A situation is what feed goes by.
type situation struct {
	again    *call // to be made once more, now
	retries  bool  // there are others, for later
	room     bool  // for a new call
	idle     bool  // every call is answered
	hopeless error // no call will be
}

// look finds out what feed can do next.
func (s *session) look() situation {
	s.mu.Lock()
	defer s.mu.Unlock()
	outstanding := int(s.left.Load())
	free := outstanding < s.window && !s.loop.waiting
	if s.eager { // a call must not wait for workers that are not there yet
		free = free && outstanding < max(1, int(s.ready.Load()))*s.opts.Load
	}
	now := situation{room: free && s.out.heldBytes() < maxHeld, hopeless: s.loop.hopeless}
	// These do not wait for room: what is held may wait for one of them.
	if free && len(s.again) > 0 {
		c := s.again[0]
		s.again = s.again[1:]
		now.again = &c
	}
	now.retries = len(s.again) > 0
	now.idle = outstanding == 0 && !now.retries
	return now
}

// submit makes one call.
func (s *session) submit(c call) {
	if c.err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.recordLocked(c.number, nil, c.err)
		return
	}
	s.made++
	number := s.made // as the pool will number it
	s.mu.Lock()
	s.calls[number] = c.number
	s.left.Add(1)
	s.mu.Unlock()
	s.observers.made(number, c.number, c.args)
	var caller host.Caller = s.pool.Load()
	if s.idempotent {
		caller = host.Idempotent(caller)
	}
	caller.Go(func(results []any, err error) { s.onAnswer(number, c, results, err) }, c.args...)
}

// giveUp tells of the calls that were not made because of err, or because the
// input could not be read.
func (s *session) giveUp(in *input, next uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.again {
		why := err
		if why == nil {
			why = host.ErrClosed
		}
		s.recordLocked(c.number, nil, fmt.Errorf("the call was not made: %w", why))
	}
	if err != nil && in.many {
		s.diag.note(fmt.Sprintf("the calls from line %d on were not made: there is no worker", next))
	}
	select {
	case <-s.stop:
	default:
		if in.err != nil {
			s.diag.note(in.err.Error())
			s.status = max(s.status, exitFailed)
			if usage := (*usageError)(nil); errors.As(in.err, &usage) { // calls of another journal
				s.diag.out.write([]byte(usage.hint + "\n"))
				s.status = max(s.status, exitUsage)
			}
		}
	}
}
