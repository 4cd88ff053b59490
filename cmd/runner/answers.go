package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"scripthost.example/host"
)

// onAnswer is called with the answer of a call, which the pool knows by number.
func (s *session) onAnswer(number uint64, c call, results []any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, number)
	s.left.Add(-1)
	if err == nil || host.OutcomeOf(err) == host.Completed {
		s.loop.leave()
	}
	if err != nil && !s.noMore && s.againLocked(err) {
		i, _ := slices.BinarySearchFunc(s.again, c, func(a, b call) int { return cmp.Compare(a.number, b.number) })
		s.again = slices.Insert(s.again, i, c)
		s.observers.forget(number)
	} else {
		s.observers.answered(number, results, err)
		if err != nil {
			s.said = err.Error()
		}
		s.recordLocked(c.number, results, err)
	}
	s.notify()
}

// againLocked reports whether the error of a call says that it is to be made once
// more, when there is a worker for it.
func (s *session) againLocked(err error) bool {
	if host.OutcomeOf(err) != host.NotSent {
		return false
	}
	if errors.Is(err, host.ErrCrashLoop) {
		s.loop.enter(err, s.endedWorkers(), s.resume)
		return true
	}
	return workerGone(err)
}

// resume has calls made again that wait for workers that live.
func (s *session) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loop.resume(s.endedWorkers())
	s.notify()
}

func (s *session) endedWorkers() uint64 {
	stats := s.pool.Load().Stats()
	return stats.Started - uint64(len(stats.Workers))
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
	if err == nil {
		err = s.out.result(number, results)
	}
	if err == nil {
		s.answered.Add(1)
	} else {
		s.failed.Add(1)
		s.kinds.add(newReport(err).Kind)
		s.status = max(s.status, statusOf(err))
		s.out.failure(number, err)
		s.failedLocked(number, err)
	}
	if s.out.err() != nil {
		s.stopCalls()
	}
}

func (s *session) onEvent(ev host.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observers.event(ev.Call, ev.Args)
	if err := s.out.event(s.calls[ev.Call], ev.Args); err != nil {
		s.diag.note(fmt.Sprintf("an event cannot be written: %v", err))
	}
	if s.out.err() != nil {
		s.stopCalls()
	}
}

// onError is told of errors that belong to no call.
func (s *session) onError(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = max(s.status, statusOf(err))
	if err.Error() != s.said {
		s.diag.report(err)
	}
}

func (s *session) onStart(w host.WorkerStart) {
	s.log.Info("worker started", "worker", s.name, "pid", w.PID, "took", w.Took)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready.Add(1)
	if s.died > 0 {
		s.died--
		if !s.lastCall || s.left.Load()+int64(len(s.again)) > 0 {
			s.diag.note("the worker is gone, a new one takes the calls that are left")
		}
	}
	s.notify()
}

// onExit is told of the end of a worker.
func (s *session) onExit(e host.WorkerExit) {
	attrs := []any{"worker", s.name, "pid", e.PID}
	if e.Err != nil {
		attrs = append(attrs, "error", e.Err)
	}
	s.log.Info("worker ended", attrs...)
	s.mu.Lock()
	defer s.mu.Unlock()
	wasReady := e.PID != 0
	if wasReady {
		s.ready.Add(-1)
	}
	if e.Err == nil || errors.Is(e.Err, host.ErrClosed) { // as we wanted
		return
	}
	s.status = max(s.status, statusOf(e.Err))
	// The calls that it took with it have told, or will.
	if text := e.Err.Error(); e.Lost == 0 && text != s.said {
		s.said = text
		s.diag.report(e.Err)
	}
	if wasReady {
		s.died++
	}
	s.notify()
}

func (s *session) onLog(l host.LogRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diag.log(l)
}

// numberOf is the session's number of a call that the pool knows by its own; 0 is
// no call.
func (s *session) numberOf(number uint64) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[number]
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
