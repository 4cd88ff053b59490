package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"scripthost.example/host"
)

// maxHeld is how many bytes of results may wait for that of an earlier call
// before no more calls are made.
const maxHeld = 64 << 20

// noLimit is for a worker that is drained: it may take as long as it needs, but
// for the time that a signal gives it.
const noLimit = time.Duration(math.MaxInt64)

// A session is one run of the command: a worker, the calls made in it, and what
// came back.
//
// The goroutine of run makes the calls. The answers, events and log records of
// a worker come on a goroutine of its own, in the child's order. Signals are
// handled on a third one, which must get through whatever the others wait for,
// such as a pipe that nobody reads.
type session struct {
	script *host.Script // nil for a classic worker
	name   string       // of the script, or the worker's command
	opts   host.Options // without callbacks
	custom *fileSerialiser
	audit  *auditLog // nil without one
	log    *slog.Logger
	window int // calls given to the worker at the same time

	stop      chan struct{} // closed when no more calls are to be made
	stopOnce  sync.Once
	changed   chan struct{} // of capacity 1: something for feed to look at
	current   atomic.Pointer[worker]
	left      atomic.Int64  // calls that are outstanding
	signal    atomic.Int64  // the exit status of the first signal, or 0
	signaled  chan struct{} // closed once that has been told
	unaudited atomic.Bool   // the audit cannot be written

	mu       sync.Mutex // guards what follows
	out      output
	diag     *diagnostics
	retry    []call // not seen by the worker that died, in order
	status   int
	answered uint64
	failed   uint64
}

// A worker is a host.Worker and what the session knows of it.
type worker struct {
	*host.Worker
	made    uint64 // calls, by the session's goroutine
	closing bool   // Close was called, by the session's goroutine

	// Guarded by session.mu.
	calls    map[uint64]uint64 // outstanding ones: the worker's number to the session's
	answered bool              // any call
	dying    bool
	told     bool   // a call has failed with the reason of its death
	said     string // the last error of a call
}

// run makes all calls of in, and returns the exit status.
func (s *session) run(in *input) int {
	s.watchSignals()
	begun := time.Now()
	if err := s.start(); err != nil {
		return s.exitStatus(s.startFailed(err))
	}
	next, err := s.feed(in)
	s.endWorker()
	s.giveUp(in, next, err)
	s.log.Info("done", "calls", s.answered, "failed", s.failed, "took", time.Since(begun))
	return s.exitStatus(s.status)
}

// endWorker lets the worker finish its calls, unless nobody can be told of them.
func (s *session) endWorker() {
	w := s.current.Load()
	s.mu.Lock()
	unwritable := s.out.err() != nil
	s.mu.Unlock()
	if unwritable {
		w.Kill()
	}
	attrs := []any{"worker", s.name, "pid", w.PID()}
	if err := w.Close(); err != nil { // which onError is told of
		attrs = append(attrs, "error", err)
	}
	s.log.Info("worker ended", attrs...)
	if s.custom != nil {
		s.custom.close()
	}
}

// exitStatus is the status of the whole run, given that of its calls.
func (s *session) exitStatus(status int) int {
	if signal := s.signal.Load(); signal != 0 {
		<-s.signaled
		return int(signal)
	}
	switch err := s.out.err(); {
	case errors.Is(err, syscall.EPIPE): // and the signal for it is ignored
		return exitBrokenPipe
	case err != nil:
		s.diag.note(fmt.Sprintf("cannot write the results: %v", plainError(err)))
		return max(status, exitFailed)
	}
	return status
}

// start starts a worker, and the one of the serialiser if that has none.
func (s *session) start() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	if s.custom != nil {
		if err := s.custom.start(ctx, s); err != nil {
			return err
		}
	}
	w := &worker{calls: make(map[uint64]uint64)}
	opts := s.opts
	opts.OnEvent = func(ev host.Event) { s.onEvent(w, ev) }
	opts.OnError = func(err error) { s.onError(w, err) }
	opts.OnLog = s.onLog
	if s.audit != nil {
		s.audit.fail = s.auditFailed
		opts.Audit = func(r host.AuditRecord) { s.audit.record(r, s.numberOf(w, r.Call)) }
	}
	begun := time.Now()
	var err error
	if w.Worker, err = host.Start(ctx, s.script, &opts); err != nil {
		return err
	}
	s.current.Store(w)
	if s.unaudited.Load() {
		go s.kill() // it was loaded while the audit failed
	}
	s.log.Info("worker started", "worker", s.name, "pid", w.PID(), "took", time.Since(begun))
	return nil
}

// startFailed tells why there is no worker, and returns the exit status.
func (s *session) startFailed(err error) int {
	if s.signal.Load() != 0 {
		return exitOK
	}
	if s.unaudited.Load() {
		return exitFailed // which has been told; whether it loaded is chance
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diag.report(err)
	return startStatus(err)
}

// feed makes the calls of in, those that a worker died before it saw once more,
// and waits for their answers. It returns early if the session is stopped, or
// with the error that keeps it from going on; next is the first call that was
// not made.
func (s *session) feed(in *input) (next uint64, err error) {
	next = 1
	for calls := in.calls; ; {
		now := s.look()
		switch {
		case now.again != nil:
			err = s.submit(*now.again)
		case calls == nil && now.idle:
			return next, nil
		default:
			if calls == nil && !now.retries {
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
					continue
				}
				next = c.number + 1
				err = s.submit(c)
			case <-s.changed:
			case <-s.stop:
				return next, nil
			}
		}
		if err != nil {
			return next, err
		}
	}
}

// noMoreCalls tells the worker so, which then fails calls that nothing in it can
// answer any more.
func (s *session) noMoreCalls() {
	if w := s.current.Load(); !w.closing {
		w.closing = true
		go w.Close()
	}
}

// A situation is what feed goes by.
type situation struct {
	again   *call // to be made once more, now
	retries bool  // there are others, for later
	room    bool  // for a new call
	idle    bool  // every call is answered
}

// look finds out what feed can do next.
func (s *session) look() situation {
	s.mu.Lock()
	defer s.mu.Unlock()
	outstanding := int(s.left.Load())
	free := outstanding < s.window
	now := situation{room: free && s.out.heldBytes() < maxHeld, idle: outstanding == 0}
	// These do not wait for room: what is held may wait for one of them.
	if free && len(s.retry) > 0 {
		c := s.retry[0]
		s.retry = s.retry[1:]
		now.again = &c
	}
	now.retries = len(s.retry) > 0
	return now
}

// submit makes one call. An error means that no more can be made.
func (s *session) submit(c call) error {
	if c.err != nil {
		s.mu.Lock()
		s.recordLocked(c.number, nil, c.err)
		s.mu.Unlock()
		return nil
	}
	w, err := s.liveWorker()
	if err != nil {
		s.mu.Lock()
		s.recordLocked(c.number, nil, err)
		s.mu.Unlock()
		return err
	}
	w.made++
	number := w.made
	s.mu.Lock()
	w.calls[number] = c.number
	s.left.Add(1)
	s.mu.Unlock()
	w.Go(func(results []any, err error) { s.onAnswer(w, number, c, results, err) }, c.args...)
	return nil
}

// liveWorker returns the worker, or a new one if that has died.
func (s *session) liveWorker() (*worker, error) {
	w := s.current.Load()
	s.mu.Lock()
	dying, answered := w.dying, w.answered
	s.mu.Unlock()
	if !dying {
		select {
		case <-w.Done():
		default:
			return w, nil
		}
	}
	failure := w.Close()
	if failure == nil {
		failure = host.ErrClosed
	}
	// A worker that dies before its first answer would do so again.
	if !answered {
		return nil, fmt.Errorf("the call was not made, the worker died before it answered one: %w", failure)
	}
	s.mu.Lock()
	s.diag.note("the worker is gone, a new one takes the calls that are left")
	s.mu.Unlock()
	if err := s.start(); err != nil {
		return nil, err
	}
	return s.current.Load(), nil
}

// giveUp tells of the calls that were not made because of err, or because the
// worker died or the input could not be read.
func (s *session) giveUp(in *input, next uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.retry {
		s.recordLocked(c.number, nil, fmt.Errorf("the call was not made: %w", host.ErrClosed))
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
		}
	}
}

// stopCalls has no more calls made.
func (s *session) stopCalls() { s.stopOnce.Do(func() { close(s.stop) }) }

// notify has feed look again.
func (s *session) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
