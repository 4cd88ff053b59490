package child

import (
	"container/heap"
	"time"

	"scripthost.example/child/engine"
)

// A timer runs fn on the VM when its time has come.
type timer struct {
	post
	when  time.Time
	seq   uint64 // timers due at the same time run in the order they were made
	index int    // in the heap; -1 when it is not there

	// Under a fixed clock when is a time on line, and ready the real one; wake,
	// where it is not nil, is called instead of fn.
	line  *timeline
	ready time.Time
	wake  func()
}

type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].when.Equal(h[j].when) {
		return h[i].seq < h[j].seq
	}
	return h[i].when.Before(h[j].when)
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}

// After implements engine.Services.
func (w *worker) After(ec *engine.Call, d time.Duration, fn func()) (stop func()) {
	t := &timer{post: post{c: callOf(ec)}}
	w.mu.Lock()
	defer w.mu.Unlock()
	stopped := false
	t.fn = func() {
		w.mu.Lock()
		w.pendLocked(t.c, -1)
		skip := stopped
		w.mu.Unlock()
		if !skip {
			fn()
		}
	}
	w.pendLocked(t.c, 1)
	w.armLocked(t, d)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if stopped {
			return
		}
		stopped = true
		if w.disarmLocked(t) {
			w.pendLocked(t.c, -1)
		}
	}
}

// WakeAfter implements engine.Services.
func (w *worker) WakeAfter(ec *engine.Call, d time.Duration, wake func()) (stop func()) {
	if w.fixed == nil {
		alarm := time.AfterFunc(d, wake)
		return func() { alarm.Stop() }
	}
	t := &timer{post: post{c: callOf(ec)}, wake: wake}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armLocked(t, d)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.disarmLocked(t)
	}
}

func (w *worker) armLocked(t *timer, d time.Duration) {
	d = max(d, 0)
	t.when = time.Now().Add(d)
	t.seq = w.nextSeq
	w.nextSeq++
	if w.fixed != nil {
		w.fixed.add(t, d)
		return // the executor sets the alarm before it waits
	}
	heap.Push(&w.timers, t)
	if t.index == 0 {
		w.alarm.Reset(time.Until(t.when))
	}
}

// disarmLocked reports whether the timer was armed still.
func (w *worker) disarmLocked(t *timer) bool {
	switch {
	case t.index < 0:
		return false
	case w.fixed != nil:
		w.fixed.remove(t)
	default:
		heap.Remove(&w.timers, t.index)
	}
	return true
}

// ring posts the timers that are due. The alarm runs it.
func (w *worker) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fixed != nil {
		w.notifyLocked() // the executor knows when
		return
	}
	now := time.Now()
	for len(w.timers) > 0 && !w.timers[0].when.After(now) {
		t := heap.Pop(&w.timers).(*timer)
		w.postLocked(t.post)
	}
	if len(w.timers) > 0 && !w.hasEnded() {
		w.alarm.Reset(time.Until(w.timers[0].when))
	}
}
