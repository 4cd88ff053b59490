package lua

import (
	"context"
	"sync/atomic"
	"time"

	"scripthost.example/child/engine"
)

// An interrupt is the context of every Lua thread. gopher-lua asks it before
// each instruction whether to go on. Its Done channel is nil while there is no
// reason to stop, which makes asking cheap, so it is not a context for anything
// else.
type interrupt struct {
	reasons atomic.Uint32
	cause   atomic.Pointer[engine.Error]
	sample  func() // called before each instruction while there is a profile
}

// Reasons to stop.
const (
	reasonCause    = 1 << iota // Interrupt was called
	reasonYielding             // see vm.yield
	reasonSample               // none to stop: there is a profile
)

// stopped is closed.
var stopped = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (i *interrupt) set(cause *engine.Error) {
	i.cause.Store(cause)
	i.reasons.Or(reasonCause)
}

func (i *interrupt) clear() { i.reasons.And(^uint32(reasonCause)) }

// pending returns the cause of an Interrupt that has not been cleared, or nil.
func (i *interrupt) pending() *engine.Error {
	if i.reasons.Load()&reasonCause == 0 {
		return nil
	}
	return i.cause.Load()
}

func (i *interrupt) setYielding()   { i.reasons.Or(reasonYielding) }
func (i *interrupt) clearYielding() { i.reasons.And(^uint32(reasonYielding)) }
func (i *interrupt) yielding() bool { return i.reasons.Load()&reasonYielding != 0 }

func (i *interrupt) startSampling(sample func()) {
	i.sample = sample
	i.reasons.Or(reasonSample)
}

func (i *interrupt) stopSampling() { i.reasons.And(^uint32(reasonSample)) }

// Done implements context.Context.
func (i *interrupt) Done() <-chan struct{} {
	reasons := i.reasons.Load()
	if reasons&reasonSample != 0 {
		i.sample()
		reasons &^= reasonSample
	}
	if reasons == 0 {
		return nil
	}
	return stopped
}

// Err implements context.Context. Scripts can see its text, but not for long.
func (i *interrupt) Err() error {
	if i.pending() != nil {
		return errInterrupted
	}
	return errBoundary
}

// Deadline implements context.Context.
func (i *interrupt) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value implements context.Context.
func (i *interrupt) Value(any) any { return nil }

var _ context.Context = (*interrupt)(nil)
