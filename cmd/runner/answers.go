package main

import (
	"errors"
	"fmt"

	"scripthost.example/host"
)

// onAnswer is called with the answer of a call.
func (s *session) onAnswer(w *worker, number uint64, c call, results []any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(w.calls, number)
	s.left.Add(-1)
	gone := err != nil && workerGone(err)
	w.dying = w.dying || gone
	if gone && host.OutcomeOf(err) == host.NotSent {
		s.retry = append(s.retry, c)
	} else {
		w.answered = true
		w.told = w.told || gone
		if err != nil {
			w.said = err.Error()
		}
		s.recordLocked(c.number, results, err)
	}
	s.notify()
}

// workerGone reports whether err says that the worker cannot be called any more.
func workerGone(err error) bool {
	return errors.As(err, new(*host.ExitError)) || errors.Is(err, host.ErrProtocol) || errors.Is(err, host.ErrClosed)
}

// recordLocked writes the answer of a call.
func (s *session) recordLocked(number uint64, results []any, err error) {
	if s.out.err() != nil {
		return
	}
	s.answered++
	if err == nil {
		err = s.out.result(number, results)
	}
	if err != nil {
		s.failed++
		s.status = max(s.status, statusOf(err))
		s.out.failure(number, err)
	}
	if s.out.err() != nil {
		s.stopCalls()
	}
}

func (s *session) onEvent(w *worker, ev host.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.out.event(w.calls[ev.Call], ev.Args); err != nil {
		s.diag.note(fmt.Sprintf("an event cannot be written: %v", err))
	}
	if s.out.err() != nil {
		s.stopCalls()
	}
}

// onError is told of errors that belong to no call.
func (s *session) onError(w *worker, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = max(s.status, statusOf(err))
	if workerGone(err) && w.told || err.Error() == w.said {
		return
	}
	s.diag.report(err)
}

func (s *session) onLog(l host.LogRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diag.log(l)
}

// numberOf is the session's number of a call that the worker knows by its own; 0
// is no call.
func (s *session) numberOf(w *worker, number uint64) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return w.calls[number]
}

// auditFailed ends the run: nothing is to be done that is not recorded.
func (s *session) auditFailed(err error) {
	s.mu.Lock()
	s.diag.note(err.Error())
	s.status = max(s.status, exitFailed)
	s.mu.Unlock()
	s.unaudited.Store(true)
	s.stopCalls()
	go s.kill()
}
