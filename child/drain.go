package child

import (
	"io"
	"syscall"
	"time"

	"scripthost.example/child/engine"
)

// A cleanup is what a call may do yet that was cancelled, and so answered, while it
// waited.
type cleanup struct {
	c     *call
	until time.Duration // by uptime
}

// cleanUpLocked notes that c, which was cancelled while it waited, has the grace period
// to clean up: a worker that drains does not end before.
func (w *worker) cleanUpLocked(c *call) {
	w.cleanedUpLocked()
	w.cleanups = append(w.cleanups, cleanup{c, uptime() + w.grace})
}

// cleanedUpLocked drops the first of those that clean up for as long as nothing of them
// runs any more, or their time is up. They are in the order in which they were cancelled.
func (w *worker) cleanedUpLocked() {
	for len(w.cleanups) > 0 {
		first := w.cleanups[0]
		over := first.c.returned && first.c.pending == first.c.waitedFor && first.c.posts == 0
		if !over && uptime() < first.until {
			return
		}
		pop(&w.cleanups)
	}
}

// cleaningLocked reports whether calls that were cancelled clean up. If so the executor
// looks again when the first of them has no more time.
func (w *worker) cleaningLocked() bool {
	w.cleanedUpLocked()
	if len(w.cleanups) == 0 {
		return false
	}
	if w.cleanupTimer == nil {
		w.cleanupTimer = time.AfterFunc(time.Hour, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.notifyLocked()
		})
	}
	w.cleanupTimer.Reset(w.cleanups[0].until - uptime())
	return true
}

// parentInterval is how often it is looked whether a parent that sends no more still
// reads.
const parentInterval = 100 * time.Millisecond

// errNoReplies is what host calls get that the parent cannot answer any more.
var errNoReplies = &engine.Error{
	Kind:    engine.KindScript,
	Message: "the parent answers no more: it has closed its direction of the stream",
}

// inputEnds is called by who reads at the end of the stream. It reports whether that is
// all right: behind DRAIN, where the parent still reads what the calls answer. What they
// have asked of it gets an error.
func (w *worker) inputEnds() bool {
	conn, ok := w.conn.(syscall.Conn)
	if !ok || readerGone(conn) {
		return false
	}
	w.mu.Lock()
	if !w.draining || w.hasEnded() {
		w.mu.Unlock()
		return false
	}
	w.inputEnded = true
	unanswered := w.hostCalls
	w.hostCalls = nil
	w.goroutines.Add(1)
	w.mu.Unlock()
	go func() {
		defer w.goroutines.Done()
		w.watchParent(conn)
	}()
	for _, h := range unanswered {
		h.done(nil, errNoReplies)
		w.hostCallEnded(h)
	}
	return true
}

// watchParent ends the worker when its parent, which sends no more, reads no more either.
func (w *worker) watchParent(conn syscall.Conn) {
	t := time.NewTicker(parentInterval)
	defer t.Stop()
	for {
		select {
		case <-w.ended:
			return
		case <-t.C:
			if readerGone(conn) {
				w.writeFailed(io.ErrClosedPipe)
				return
			}
		}
	}
}
