package child

import (
	"container/heap"
	"time"

	"scripthost.example/child/engine"
)

// maxTurnsBefore is how many posts and calls may go before a timer that is due,
// under a fixed clock.
const maxTurnsBefore = 1024

// minPassing is what passes on a fixed clock with any timer, so that a chain of
// timers without a delay does not keep a longer one waiting for good.
const minPassing = time.Microsecond

// A fixedClock is the clock of a worker whose parent has fixed it. Each call has
// its own, which begins at the same time and goes on to the times of the call's
// timers, one by one, in their order. What a call sees of the time is then the
// same whatever the machine is busy with: a timer is never late, and one that
// would be due while the call computes comes in its turn. Timers still take as
// long as they say, since what a script waits for with one may be real.
//
// worker.mu guards it.
type fixedClock struct {
	start time.Time
	none  timeline           // of no call
	armed map[*timeline]bool // those with timers
	turns int                // of posts and calls since a timer was released

	held *heldClock // nil: it goes on by itself
}

// A timeline is the clock of a call.
type timeline struct {
	now    time.Time
	timers timerHeap
}

// Now implements engine.Services.
func (w *worker) Now(ec *engine.Call) time.Time {
	if w.fixed == nil {
		return time.Now()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fixed.of(callOf(ec)).now
}

func newFixedClock(start time.Time) *fixedClock {
	return &fixedClock{start: start, none: timeline{now: start}, armed: make(map[*timeline]bool)}
}

// fixClock has scripts see t, and local times in UTC: the same everywhere.
func (w *worker) fixClock(t time.Time) {
	w.fixed = newFixedClock(t.UTC())
	if w.exit != nil { // the process is this worker's alone
		time.Local = time.UTC
	}
}

// of returns the clock of a call.
func (f *fixedClock) of(c *call) *timeline {
	if c == nil || f.held != nil {
		return &f.none
	}
	if c.timeline == nil {
		c.timeline = &timeline{now: f.start}
	}
	return c.timeline
}

// add arms a timer that is due after d on the clock of its call.
func (f *fixedClock) add(t *timer, d time.Duration) {
	t.line = f.of(t.c)
	t.ready, t.when = t.when, t.line.now.Add(max(d, minPassing))
	heap.Push(&t.line.timers, t)
	f.armed[t.line] = true
}

func (f *fixedClock) remove(t *timer) {
	heap.Remove(&t.line.timers, t.index)
	f.disarm(t.line)
}

func (f *fixedClock) disarm(line *timeline) {
	if len(line.timers) == 0 {
		delete(f.armed, line)
	}
}

// next returns the timer that is ready first of those that are next in their
// calls, or nil.
func (f *fixedClock) next() *timer {
	var next *timer
	for line := range f.armed {
		t := line.timers[0]
		if next == nil || t.ready.Before(next.ready) || t.ready.Equal(next.ready) && t.seq < next.seq {
			next = t
		}
	}
	return next
}

// releaseLocked has the next timer run, if there is a fixed clock and a timer is
// ready. It is called where there is nothing else to run, so that the order of
// timers and of what they and the calls have posted is always the same.
func (w *worker) releaseLocked() bool {
	f := w.fixed
	if f == nil {
		return false
	}
	if f.held != nil {
		return w.advanceLocked()
	}
	if len(f.armed) == 0 {
		return false
	}
	t := f.next()
	if left := time.Until(t.ready); left > 0 {
		w.alarm.Reset(left)
		return false
	}
	return w.fireLocked(t)
}

// fireLocked has a timer run that is the next of its call.
func (w *worker) fireLocked(t *timer) bool {
	w.fixed.turns = 0
	heap.Pop(&t.line.timers)
	w.fixed.disarm(t.line)
	if t.when.After(t.line.now) {
		t.line.now = t.when
	}
	if t.wake == nil {
		w.postLocked(t.post)
		return true
	}
	w.mu.Unlock()
	t.wake()
	w.mu.Lock()
	return true
}

// releaseLateLocked does so as well if much has gone before. A post or a call is
// about to run.
func (w *worker) releaseLateLocked() {
	if f := w.fixed; f != nil && f.held == nil {
		if f.turns++; f.turns > maxTurnsBefore {
			f.turns = 0
			w.releaseLocked()
		}
	}
}
