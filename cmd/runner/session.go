package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// noLimit is for workers that are drained: they may take as long as their calls need, but
// for the time that a signal gives them. What they have after that is session.drain.
const noLimit = time.Duration(math.MaxInt64)

// A session is one run of the command: a pool of workers, mostly of one, the calls
// made in it, and what came back.
//
// The goroutine of run makes the calls. The answers, events and log records of
// each worker come on a goroutine of its own, in the child's order, and what the
// pool has to tell on another one. Signals are handled on one that must get through
// whatever the others wait for, such as a pipe that nobody reads. Reloads have one
// too.
type session struct {
	script *host.Script     // nil for a classic worker
	name   string           // of the script, or the worker's command
	opts   host.PoolOptions // without callbacks
	custom *fileSerialiser
	audit  *auditLog // nil without one
	log    *slog.Logger
	window int // calls that are outstanding at the same time
	// eager says that no call may wait for a worker: its time would run.
	eager      bool
	idempotent bool
	drain      time.Duration // that workers have to end once all calls are answered
	reload     reloader
	progress   *progress // nil if it is not shown
	stderr     io.Writer
	journal    *journal // nil without one
	observers  *observers
	current    atomic.Pointer[host.Script] // what lines are shown of
	strict     bool                        // a line that is not a call ends the run
	// maxFailures is how many failed calls do; 0 is no number.
	maxFailures uint64

	stop      chan struct{} // closed when no more calls are to be made
	stopOnce  sync.Once
	changed   chan struct{} // of capacity 1: something for feed to look at
	pool      atomic.Pointer[host.Pool]
	left      atomic.Int64  // calls that are outstanding
	signal    atomic.Int64  // the exit status of the first signal, or 0
	signaled  chan struct{} // closed once that has been told
	unaudited atomic.Bool   // the audit cannot be written
	untraced  atomic.Int64  // the exit status if the trace cannot be written, or 0
	made      uint64        // calls, by the goroutine of run
	ready     atomic.Int64  // workers
	answered  atomic.Uint64 // calls
	failed    atomic.Uint64 // calls

	mu       sync.Mutex // guards what follows
	out      output
	diag     *diagnostics
	calls    map[uint64]uint64 // outstanding ones: the pool's number to the session's
	again    []call            // to be made once more: no worker has seen them
	noMore   bool              // the pool was told that there will be no more
	lastCall bool              // the input has ended
	died     int               // workers whose places have not been taken
	said     string            // the last error of a call, or of a worker
	loop     crashLoop
	status   int
	kinds    failureKinds // of failed calls
	next     uint64       // the call that has not been taken from the input
	enough   bool         // as many failures as --max-failures says
	finished bool         // all calls are answered
}

// newSession makes a session that has nothing to run yet.
func newSession() *session {
	return &session{
		stop:     make(chan struct{}),
		changed:  make(chan struct{}, 1),
		signaled: make(chan struct{}),
		calls:    make(map[uint64]uint64),
		kinds:    make(failureKinds),
		drain:    host.DefaultDrain,
		next:     1,
		reload:   newReloader(),
	}
}

// run makes all calls of in, and returns the exit status.
func (s *session) run(in *input) int {
	s.watchSignals()
	defer s.reload.close()
	begun := time.Now()
	if err := s.start(); err != nil {
		return s.exitStatus(s.startFailed(err))
	}
	s.progress.start(func() situationOfCalls { return s.situation(in) })
	endReloads := s.watchReloads()
	next, err := s.feed(in)
	endReloads()
	s.endWorkers()
	s.giveUp(in, next, err)
	s.endJournal()
	s.tellResume(in)
	s.summarise(&summary{
		answered: s.answered.Load(), failed: s.failed.Load(), skipped: in.skipped.Load(), kinds: s.kinds,
		took: time.Since(begun), pool: s.pool.Load().Stats(),
	}, s.progress.end())
	return s.exitStatus(s.status)
}

// summarise tells how the run went: in the log, and in words where its progress was
// shown.
func (s *session) summarise(sum *summary, inWords bool) {
	attrs := []any{"p50", sum.pool.Median, "p99", sum.pool.P99}
	if sum.failed > 0 {
		attrs = append(attrs, "kinds", sum.kinds.String())
	}
	if sum.skipped > 0 {
		attrs = append(attrs, "skipped", sum.skipped)
	}
	s.log.Info("answers", attrs...)
	s.log.Info("done", "calls", sum.answered+sum.failed, "failed", sum.failed,
		"retries", sum.pool.Retries, "restarts", sum.pool.Crashes, "reloads", sum.pool.Reloads, "took", sum.took)
	if inWords {
		for _, line := range sum.lines() {
			s.diag.note(line)
		}
	}
}

// situation is how far the calls of in are.
func (s *session) situation(in *input) situationOfCalls {
	skipped := in.skipped.Load()
	c := situationOfCalls{failed: s.failed.Load(), running: uint64(max(0, s.left.Load()))}
	c.done = skipped + s.answered.Load() + c.failed
	if !s.opts.Async { // a worker runs one, and others wait in it
		c.running = min(c.running, uint64(max(0, s.ready.Load())))
	}
	read, lines := in.read.Load(), in.lines.Load()
	switch {
	case in.ended.Load() || !in.many:
		c.total = max(1, lines)
	case in.size > 0 && read > 0:
		c.total = uint64(float64(in.size) / float64(read) * float64(lines))
		c.guessed = true
	}
	if c.total > 0 { // the file may grow
		c.total = max(c.total, c.done)
	}
	return c
}

// endWorkers lets the workers finish their calls, unless nobody can be told of
// them.
func (s *session) endWorkers() {
	p := s.pool.Load()
	s.mu.Lock()
	s.noMore = true
	unwritable := s.out.err() != nil
	s.mu.Unlock()
	if unwritable {
		p.Kill()
	}
	if s.left.Load() == 0 { // otherwise they may take as long as they need
		t := time.AfterFunc(s.drain, func() { s.undrained(p) })
		defer t.Stop()
	}
	if err := p.Close(); err != nil { // there is no limit that it could be about
		s.log.Warn("the workers did not end well", "error", err)
	}
	if s.custom != nil {
		s.custom.close()
	}
}

// undrained ends workers that do not end by themselves, as they are to.
func (s *session) undrained(p *host.Pool) {
	s.mu.Lock()
	s.diag.note(fmt.Sprintf("a worker did not end within %v of the last answer, and was killed", s.drain))
	s.status = max(s.status, exitDied)
	s.mu.Unlock()
	p.Kill()
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
	case s.untraced.Load() != 0:
		return max(status, int(s.untraced.Load()))
	}
	return status
}

// start starts the pool, and the worker of the serialiser.
func (s *session) start() error {
	ctx, cancel := s.untilStopped()
	defer cancel()
	opts := s.opts
	opts.OnEvent, opts.OnError, opts.OnLog = s.onEvent, s.onError, s.onLog
	if s.custom != nil {
		if err := s.custom.start(ctx, &opts.Options); err != nil {
			return err
		}
	}
	opts.OnStart, opts.OnExit = s.onStart, s.onExit
	opts.OnModule = s.diag.loads(s.reload.onModule())
	if s.audit != nil {
		s.audit.fail = s.auditFailed
		opts.Audit = func(r host.AuditRecord) { s.audit.record(r, s.numberOf(r.Call)) }
	}
	s.observers.options(&opts.Options)
	p, err := host.NewPool(ctx, s.script, &opts)
	if err != nil {
		return err
	}
	s.pool.Store(p)
	if s.unaudited.Load() || s.untraced.Load() != 0 {
		go s.kill() // it was loaded while that failed
	}
	return nil
}

// untilStopped returns a context that ends when no more calls are to be made.
func (s *session) untilStopped() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// startFailed tells why there is no worker, and returns the exit status.
func (s *session) startFailed(err error) int {
	if s.signal.Load() != 0 {
		return exitOK
	}
	if s.unaudited.Load() {
		return exitFailed // which has been told; whether it loaded is chance
	}
	if s.untraced.Load() != 0 {
		return exitOK // as well; exitStatus knows which it is
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diag.report(err)
	return startStatus(err)
}

// stopCalls has no more calls made.
func (s *session) stopCalls() { s.stopOnce.Do(func() { close(s.stop) }) }

// stopped reports whether no more calls are to be made.
func (s *session) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// notify has feed look again.
func (s *session) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
