package child

import (
	"time"

	"scripthost.example/wire"
)

// A heldClock is a fixed clock that goes on only when the parent says so, and is
// the same for all calls. Its timers then run in their order without anybody
// waiting: it is for tests.
type heldClock struct {
	until time.Time // how far it may go
	asked []uint64  // the nonces of the PINGs to be answered when it is there
}

// holdClock has the clock stand still until advance. One that is not fixed stands
// at the real time.
func (w *worker) holdClock() {
	if w.fixed == nil {
		w.fixClock(time.Now())
	}
	w.fixed.held = &heldClock{until: w.fixed.start}
}

// advance lets the clock go on by d, if it is held; the PING with that nonce is
// answered once all timers until then have run, and what they have begun: but for
// host calls that nobody answers, nothing is left to be done then.
func (w *worker) advance(nonce uint64, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.fixed
	if f == nil || f.held == nil || d < 0 {
		return wire.Protocolf("a PING that moves a clock which is not held, or back")
	}
	f.held.until = f.held.until.Add(d)
	f.held.asked = append(f.held.asked, nonce)
	w.notifyLocked()
	return nil
}

// advanceLocked has the next timer run that the clock may go on to. It is called
// where there is nothing else to run.
func (w *worker) advanceLocked() bool {
	f := w.fixed
	h := f.held
	if len(h.asked) == 0 || len(w.hostCalls) > 0 {
		return false
	}
	if timers := f.none.timers; len(timers) > 0 && !timers[0].when.After(h.until) {
		return w.fireLocked(timers[0])
	}
	f.none.now = h.until
	for _, nonce := range h.asked {
		w.controlLocked(wire.KindPong, 0, &wire.Pong{Nonce: nonce})
	}
	h.asked = nil
	return false
}
