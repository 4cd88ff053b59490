package child

import (
	"slices"
	"time"
)

// A cleanup is what the code of a call may still do that was cancelled, and answered
// therefore: a worker that drains does not end before, or before the grace period of the
// call has passed.
type cleanup struct {
	c     *call
	until time.Duration // as uptime
}

// cleansUpLocked notes that c was cancelled.
func (w *worker) cleansUpLocked(c *call) {
	w.pruneCleanupsLocked()
	w.cleanups = append(w.cleanups, cleanup{c, uptime() + w.grace})
}

// pruneCleanupsLocked forgets those that are over: nothing of the call's is to run, or to
// come from the parent, or its time is up.
func (w *worker) pruneCleanupsLocked() {
	now := uptime()
	w.cleanups = slices.DeleteFunc(w.cleanups, func(u cleanup) bool {
		return now >= u.until || u.c.pending == 0 && !slices.ContainsFunc(w.posts, func(p post) bool { return p.c == u.c })
	})
}

// doneLocked reports whether a worker that drains has nothing left to do.
func (w *worker) doneLocked() bool {
	if !w.draining || w.calls.n > 0 {
		return false
	}
	if len(w.cleanups) > 0 {
		w.pruneCleanupsLocked()
	}
	if len(w.cleanups) == 0 {
		return true
	}
	if !w.cleanupTimed {
		w.cleanupTimed = true
		time.AfterFunc(w.cleanups[0].until-uptime(), func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.cleanupTimed = false
			w.notifyLocked()
		})
	}
	return false
}
