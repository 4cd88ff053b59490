package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scripthost.example/wire"
)

// An afterFuncer is a context with a method that [context.AfterFunc] uses, too. To use it
// without that saves most of what to watch a context costs.
type afterFuncer interface {
	context.Context
	AfterFunc(func()) func() bool
}

// watchContextLocked has a call that was queued ended when its context ends.
func (w *Worker) watchContextLocked(c *call) {
	switch ctx := c.ctx.(type) {
	case nil:
	case afterFuncer:
		c.stopCtx = ctx.AfterFunc(func() { go w.giveUp(c, ctx.Err()) })
	default:
		if ctx.Done() != nil {
			c.stopCtx = context.AfterFunc(ctx, func() { w.giveUp(c, ctx.Err()) })
		}
	}
}

// stopWatching is for a call that has ended; Worker.mu is held.
func (c *call) stopWatching() {
	if c.stopCtx != nil && !c.stopCtx() {
		c.held = true // by what has begun
	}
}

// giveUp ends a call for its caller: its context has ended with ctxErr, or its
// time is up. What has been sent is cancelled there too, and the worker is
// killed if it does not comply.
//
// Who cancels a call wants to go on at once. One whose time was up can wait
// until the worker tells where the script was, for the grace period at most.
func (w *Worker) giveUp(c *call, ctxErr error) {
	fail := func(o Outcome) error {
		if ctxErr != nil {
			return contextError(ctxErr, o)
		}
		return callTimeError(w.opts.Limits.CallTime, o)
	}
	patient := ctxErr == nil || errors.Is(ctxErr, context.DeadlineExceeded)
	w.mu.Lock()
	switch {
	case c.answered:
		// The answer is here and waits for slow callbacks: it is better than none.
		w.notifyLocked(c)
		w.mu.Unlock()
		return
	case c.id == 0:
		w.unqueueLocked(c)
		w.mu.Unlock()
		w.complete(c, values{}, fail(NotSent))
		w.kick(c)
		w.pump()
		return
	case c.has().givenUp == nil:
		c.gets().givenUp = fail(Unknown)
		// Under the same lock as the check of c.answered: the id cannot have
		// passed to another call.
		patient = w.cancelLocked(c) && patient
	}
	w.startReaderLocked()
	w.mu.Unlock()
	if !patient {
		w.leave(c)
	}
	w.pump()
}

// cancelLocked has the child end a call. It reports whether the child can tell
// of that.
func (w *Worker) cancelLocked(c *call) bool {
	if w.opts.Wire == Classic {
		if len(w.sent) > 0 && w.sent[0] == c {
			w.graceLocked(c)
		}
		return false
	}
	w.graceLocked(c)
	w.addControlLocked(wire.AppendHeader(nil, wire.ControlID(wire.KindCancel, c.id), 0))
	return true
}

// graceLocked has the worker killed if c, which was given up, goes on.
func (w *Worker) graceLocked(c *call) {
	c.gets().grace = time.AfterFunc(w.opts.Limits.Grace, func() { w.killFor(c) })
}

// endGrace is for a call that has ended.
func (c *call) endGrace() {
	if t := c.has().grace; t != nil {
		t.Stop()
	}
}

// leave ends a call that was given up for its caller, who waits no longer.
func (w *Worker) leave(c *call) {
	w.mu.Lock()
	c.left = true
	why := c.has().givenUp
	w.mu.Unlock()
	w.complete(c, values{}, why)
	w.kick(c)
}

// maxGraces is how often the kill for a cancelled call is put off while the
// worker is not read.
const maxGraces = 20

// killFor kills the worker because of a cancelled call that did not end.
func (w *Worker) killFor(c *call) {
	w.mu.Lock()
	stuck := w.slotLocked(c.id) == c
	if stuck && w.backlog.isPaused() && c.has().graces < maxGraces {
		// Its answer may be there and not have been read. Its caller has waited
		// enough all the same.
		c.extras.graces++
		c.extras.grace.Reset(w.opts.Limits.Grace)
		w.mu.Unlock()
		w.leave(c)
		return
	}
	if stuck && w.killReason == "" {
		// Before c is answered: whoever waits for that must not be sent to a
		// worker that is about to die.
		w.killReason = fmt.Sprintf("call %d did not end within %v of being given up (Limits.Grace)", c.number, w.opts.Limits.Grace)
		w.killedFor = c
	}
	w.mu.Unlock()
	if stuck {
		w.ending()
		w.leave(c)
		w.peer.kill()
	}
}
