package host

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"scripthost.example/wire"
)

// An ExitClass says how a worker of a pool ended.
type ExitClass string

// The classes.
const (
	ExitClean    ExitClass = "clean"    // it was not needed any more, or recycled
	ExitStart    ExitClass = "start"    // it could not be started
	ExitLoad     ExitClass = "load"     // the script did not load
	ExitStatus   ExitClass = "exit"     // it exited by itself, with whatever status
	ExitSignal   ExitClass = "signal"   // a signal ended it that was not this program's
	ExitMemory   ExitClass = "memory"   // it was over Limits.Memory
	ExitKilled   ExitClass = "killed"   // this program killed it; Err says why
	ExitProtocol ExitClass = "protocol" // it sent what the protocol does not allow
)

// A WorkerExit is the end of a worker of a pool.
type WorkerExit struct {
	Worker     int    // its number, as in Event
	PID        int    // 0 if it was not ready
	Generation string // as in Event
	Class      ExitClass
	Err        error  // nil if Class is clean
	Calls      uint64 // that it answered
	Lost       uint64 // calls that failed with Err, because they were not tried again
	Age        time.Duration
}

// classify says how a worker ended: w is nil if it did not get ready.
func classify(w *Worker, err error) ExitClass {
	var (
		limit *LimitError
		exit  *ExitError
		call  *CallError
	)
	switch {
	case err == nil:
		return ExitClean
	case errors.As(err, &limit) && limit.Limit == "memory":
		return ExitMemory
	case errors.As(err, &limit):
		return ExitKilled
	case errors.Is(err, ErrProtocol):
		return ExitProtocol
	case w == nil && errors.As(err, new(*ScriptError)):
		return ExitLoad
	case errors.As(err, &exit) && exit.Killed:
		return ExitKilled
	case exit != nil && exit.Signal != "":
		return ExitSignal
	case exit != nil:
		return ExitStatus
	case errors.As(err, &call) && call.Kind == wire.ErrorDeadline:
		return ExitKilled
	}
	return ExitStart
}

// crash reports whether the end of a worker speaks against starting another one:
// not if a call was the cause that went over a limit.
func (c ExitClass) crash(w *Worker, err error) bool {
	switch c {
	case ExitClean:
		return false
	case ExitMemory, ExitKilled:
		if w == nil {
			return true // no call was there
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return c == ExitKilled && w.killedFor == nil && w.killLimit == nil && !errors.Is(err, ErrClosed) && !errors.As(err, new(*LimitError))
	}
	return true
}

// tellExitLocked tells of the end of a worker.
func (p *Pool) tellExitLocked(e WorkerExit) {
	switch f := p.o.OnExit; {
	case f != nil:
		p.self.cb.add(callback{kind: exitCallback, what: func() { f(e) }})
	case e.Err != nil && !errors.Is(e.Err, ErrClosed):
		p.self.cb.addError(e.Err)
	}
}

// A QuarantineError is a call that was made through Idempotent and whose worker
// died, both times that it was run: the second time it was the only one there. It
// is not run again. Its outcome is Unknown.
type QuarantineError struct {
	outcome
	// Digest is the SHA-256 of the call's arguments, as the serialiser carries
	// them, in hexadecimal digits.
	Digest string
	Deaths int
	// Cause is how the worker died the last time.
	Cause error
}

// Error says what is known of the call.
func (e *QuarantineError) Error() string {
	return fmt.Sprintf("the call was given up because %d workers have died of it, the last one alone with it: %v (arguments: SHA-256 %s)", e.Deaths, e.Cause, e.Digest)
}

// Unwrap returns Cause.
func (e *QuarantineError) Unwrap() error { return e.Cause }

func (r *request) quarantined(args []byte, cause error) error {
	return &QuarantineError{outcome: outcome(Unknown), Digest: fmt.Sprintf("%x", sha256.Sum256(args)), Deaths: r.deaths, Cause: cause}
}
