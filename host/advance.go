package host

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"scripthost.example/wire"
)

// advanceNonce is in the nonces of the PINGs that move a clock.
const advanceNonce = 1 << 63

// ErrClockRuns is what Advance says of a worker without Tools.Clock.
var ErrClockRuns = errors.New("the worker's clock is not held: Options.Tools.Clock is not set")

// Advance lets the clock of a worker with Tools.Clock go on by d, at least 0, and
// has what is due by then run, in its order, without waiting: sleeps end, timers
// fire, and those that they make fire too if they are due. It returns when all that
// has run, the host functions that it called have returned, and so have the
// callbacks of what it sent: it must not be called in a callback. It waits as long as
// code of the script runs; if ctx ends first, or the worker does, that is the
// error, and the clock goes on all the same.
//
// Calls that were made before reach the worker before, as many as it takes at a time:
// a sync worker takes two.
func (w *Worker) Advance(ctx context.Context, d time.Duration) error {
	switch {
	case !w.opts.Tools.Clock:
		return ErrClockRuns
	case d < 0:
		return fmt.Errorf("a clock cannot go back by %v", -d)
	}
	select {
	case <-w.booted: // the frame must not go before BOOT
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	there := make(chan struct{})
	w.mu.Lock()
	if w.ended {
		w.mu.Unlock()
		return w.gone()
	}
	w.advances++
	nonce := advanceNonce | w.advances
	payload, err := wire.AppendMessage(nil, &wire.Ping{Nonce: nonce, AdvanceUS: new(min(d, math.MaxInt64/2).Microseconds())})
	if err != nil {
		panic(err) // numbers
	}
	if w.advancing == nil {
		w.advancing = make(map[uint64]chan struct{})
	}
	w.advancing[nonce] = there
	// A call whose frame waits for others must not begin later than it was made.
	w.addLastLocked(wire.AppendFrame(nil, wire.ControlID(wire.KindPing, 0), payload))
	w.startReaderLocked()
	w.mu.Unlock()
	w.pump()
	select {
	case <-there:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-w.done:
		return w.gone()
	}
}

// gone is the error for what a worker that has ended cannot do any more.
func (w *Worker) gone() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.endErr != nil {
		return w.endErr
	}
	return ErrClosed
}

// advancedLocked tells whoever waits for that PONG.
func (w *Worker) advancedLocked(nonce uint64) {
	if there := w.advancing[nonce]; there != nil {
		delete(w.advancing, nonce)
		w.cb.add(callback{kind: exitCallback, what: func() { close(there) }})
	}
}
