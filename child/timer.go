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
	t := &timer{post: post{c: callOf(ec)}, when: time.Now().Add(max(d, 0))}
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
	t.seq = w.nextSeq
	w.nextSeq++
	w.pendLocked(t.c, 1)
	heap.Push(&w.timers, t)
	if t.index == 0 {
		w.alarm.Reset(time.Until(t.when))
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if stopped {
			return
		}
		stopped = true
		if t.index >= 0 {
			heap.Remove(&w.timers, t.index)
			w.pendLocked(t.c, -1)
		}
	}
}

// ring posts the timers that are due. The alarm runs it.
func (w *worker) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for len(w.timers) > 0 && !w.timers[0].when.After(now) {
		t := heap.Pop(&w.timers).(*timer)
		w.postLocked(t.post)
	}
	if len(w.timers) > 0 && !w.hasEnded() {
		w.alarm.Reset(time.Until(w.timers[0].when))
	}
}
