package host

import (
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"scripthost.example/wire"
)

// streamEnded is called once by who reads, with the error that ended reading.
func (w *Worker) streamEnded(err error) {
	w.ending()
	go w.finish(err)
}

// endedWithin returns the reason of err if that is a stream that ended where it
// must not: in a frame, or before the greeting. What broke it has been there.
func endedWithin(err error) (reason string, ok bool) {
	var truncated *wire.TruncatedError
	var greeting *wire.GreetingError
	switch {
	case errors.As(err, &truncated):
		return truncated.Reason, true
	case errors.As(err, &greeting) && greeting.Err != nil:
		return greeting.Reason, true
	}
	return "", false
}

// finish waits for the child, answers what has no answer, and tells.
func (w *Worker) finish(err error) {
	reason, cut := endedWithin(err)
	late := "it closed its stream but did not exit"
	var fatal *fatalError
	if errors.As(err, &fatal) {
		late = "it did not exit after it had said FATAL: " + fatal.message
	}
	var over *backlogError
	if errors.As(err, &over) {
		w.killForLimit(&LimitError{Limit: "backlog", Size: uint64(over.size), Max: uint64(over.max), Message: over.Error()})
	}
	broken := !cut && (errors.Is(err, wire.ErrProtocol) || errors.As(err, new(*wire.TooLargeError)))
	if broken {
		w.kill(err.Error())
	} else {
		wait := exitWait
		w.mu.Lock()
		w.out.failed = true // what is called from now on is not sent
		if w.drained && len(w.opts.Command) > 0 {
			wait = w.opts.Limits.Drain // it may have to clean up
		}
		w.mu.Unlock()
		t := time.AfterFunc(wait, func() {
			w.kill(late)
		})
		defer t.Stop()
	}
	w.peer.streamEnded()
	<-w.peer.gone()
	w.closeStreams()
	gone := w.peer.exit()
	w.tellLinesLeft() // nobody reads lines any more

	w.mu.Lock()
	clean := w.mayEndLocked() && w.outstanding == 0 && !broken && !cut && w.killReason == "" && w.endErr == nil && !gone.failed
	exit := w.exitErrorLocked(gone)
	if cut && !exit.Killed && exit.Cause == nil {
		exit.Cause = err
		exit.Reason = reason
	}
	if said := new(ExitError); fatal != nil && exit.Killed && exit.Cause == nil && errors.As(w.endErr, &said) {
		exit.Cause = said.Cause
	}
	// A process that failed says more than a frame that it left unfinished.
	unfinished := cut && !exit.Killed && exit.Signal == "" && exit.Code <= 0 && errors.As(err, new(*wire.TruncatedError))
	hint := w.hintLocked(err, gone)
	failure := w.endErr
	limit := w.limitLocked(exit)
	select {
	case <-w.booted:
		if w.bootErr != nil { // the start was given up, and then killed
			failure = w.bootErr
		}
	default:
	}
	var tooLarge *wire.TooLargeError
	switch {
	case clean:
		failure = nil
	case w.bundleErr != nil:
		failure = w.bundleErr
	case limit != nil:
		failure = limit
	case errors.As(err, &tooLarge):
		failure = &LimitError{Limit: "payload", Size: tooLarge.Size, Max: tooLarge.Max, Message: err.Error() + hint}
	case broken:
		failure = &CallError{Kind: wire.ErrorProtocol, Err: ErrProtocol, Message: err.Error() + "; the worker was killed" + hint}
	case unfinished && failure == nil:
		exit.Reason = ""
		failure = &CallError{Kind: wire.ErrorProtocol, Err: ErrProtocol, Message: err.Error() + "; " + exit.Error() + hint}
	case failure == nil || errors.As(failure, new(*ExitError)):
		exit.Reason += hint
		failure = exit
	}
	w.ended = true
	w.endErr = failure
	if clean {
		w.endErr = ErrClosed
	}
	left := w.takeAllLocked()
	ends := make([]error, len(left))
	for i, c := range left {
		ends[i] = w.endOfLocked(c, i > 0)
	}
	w.mu.Unlock()

	w.bootFailed(withOutcome(failure, NotSent))
	loaded := w.bootErr == nil
	for i, c := range left {
		w.complete(c, values{}, ends[i])
	}
	w.cancel()
	if w.bundling != nil {
		<-w.bundling
	}
	w.idleTimer.Stop()
	w.silence.timer.Stop()
	w.deadlines.timer.Stop()
	// What a hostile child kept open is not worth more than a log line.
	if err := w.broker.Close(); err != nil {
		w.opts.Logger.Warn("files that the worker left open", "worker", w.name, "error", err)
	}
	switch {
	case clean:
		w.cb.addDestroy()
	case w.killedOnPurpose():
		w.failure = failure
	default:
		w.failure = failure
		if w.member == nil && (loaded || w.opts.NoWait) { // a pool tells of its workers' ends
			w.cb.addError(failure)
		}
	}
	close(w.done)
}

// killedOnPurpose reports whether the owner of the worker ended it: there is
// nobody to be told.
func (w *Worker) killedOnPurpose() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.killReason == killCalled
}

// limitLocked is the limit that the child died of, or nil.
func (w *Worker) limitLocked(exit *ExitError) error {
	switch {
	case w.killLimit != nil:
		e := *w.killLimit
		e.Cause = exit
		return &e
	case w.opts.Limits.Memory > 0 && !exit.Killed && outOfMemory(exit):
		return &LimitError{
			Limit: "memory", Max: uint64(w.opts.Limits.Memory), Cause: exit,
			Message: fmt.Sprintf("the worker ran out of the memory that it may use: %d bytes (Limits.Memory)", w.opts.Limits.Memory),
		}
	case w.opts.Limits.CPU > 0 && !exit.Killed && exit.Signal != "" && exit.Code < 0 && cpuSignal(exit.Signal):
		return w.cpuError(exit)
	}
	return nil
}

// memoryDeath is what Go's runtime says when it cannot get memory. It does not
// check each of its allocations, so a segmentation fault of its own, on a thread's
// system stack, means the same.
var memoryDeath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`out of memory|cannot allocate memory|pthread_create failed|failed to create new OS thread|(?s:^SIGSEGV.*PC=.*goroutine 0 .*runtime\.)|(?s:unexpected signal during runtime execution.*SIGSEGV)`)
})

// outOfMemory reports whether a Go program died because it could not get memory.
func outOfMemory(exit *ExitError) bool {
	return exit.Code == 2 && memoryDeath().MatchString(exit.Stderr)
}

// mayEndLocked reports whether the child may end by itself.
func (w *Worker) mayEndLocked() bool {
	return w.drained || w.opts.Wire == Classic && w.waiting == 0
}

// exitErrorLocked describes how the child ended.
func (w *Worker) exitErrorLocked(gone exit) *ExitError {
	e := &ExitError{Code: gone.code, Signal: gone.signal, Stderr: gone.output}
	said := new(ExitError)
	switch {
	case w.killReason != "":
		e.Killed, e.Reason = true, w.killReason
		e.forLimit = w.killedFor != nil || w.killLimit != nil
		if w.killReason == killCalled {
			e.Cause = ErrClosed
		}
	case errors.As(w.endErr, &said):
		e.Reason, e.Cause = said.Reason, said.Cause
	case !w.isReady && e.Code == 0 && len(w.opts.Command) > 0:
		e.Reason = "it exited before it was ready"
	case !w.isReady && e.Code == 0:
		e.Reason = "it exited before it was ready: does its program call child.Enter first thing in main?"
	case w.outstanding > 0 && e.Code == 0:
		e.Reason = fmt.Sprintf("%s not answered", calls(w.outstanding))
	}
	return e
}

// endOfLocked is the error of a call that the worker's end left without an
// answer, perhaps behind others.
func (w *Worker) endOfLocked(c *call, behind bool) error {
	if err := c.has().givenUp; err != nil {
		return err
	}
	o := Unknown
	if c.id == 0 || !w.opts.Async && behind {
		// A sync worker runs one call at a time: one that was sent behind
		// another has not been started.
		o = NotSent
	}
	return withOutcome(w.endErr, o)
}

// withOutcome is a copy of err, one of this package's, that says o.
func withOutcome(err error, o Outcome) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *ExitError:
		c := *e
		c.outcome = outcome(o)
		return &c
	case *CallError:
		c := *e
		c.outcome = outcome(o)
		return &c
	case *LimitError:
		c := *e
		c.outcome = outcome(o)
		c.Cause = withOutcome(e.Cause, o)
		return &c
	case *ScriptError:
		c := *e
		c.outcome = outcome(o)
		return &c
	case *DeniedError:
		c := *e
		c.outcome = outcome(o)
		return &c
	case *SerialiseError:
		c := *e
		c.outcome = outcome(o)
		return &c
	}
	if errors.Is(err, ErrClosed) {
		return &CallError{outcome: outcome(o), Kind: wire.ErrorClosed, Err: ErrClosed}
	}
	return err
}

// calls is "1 call was", or so.
func calls(n int) string {
	if n == 1 {
		return "1 call was"
	}
	return fmt.Sprintf("%d calls were", n)
}
