package host

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// backlogHigh is how many bytes of events, log records and answers may wait
	// for callbacks, or for loops over Stream, before the worker is read no
	// more until half of them are gone.
	backlogHigh = 16 << 20
	// backlogMax is how many may wait because a callback takes so long that it
	// may be waiting for something that has to be read.
	backlogMax = 256 << 20
	// backlogPatience is how long a callback may take before it is taken for
	// one that waits.
	backlogPatience = 250 * time.Millisecond
	// backlogItem is what an item takes beside its values: 200 bytes, and in a
	// queue that grows there are the old and a larger new one for a while.
	backlogItem = 512
)

// A backlog counts what has been read and not yet been told. It is safe for
// concurrent use.
type backlog struct {
	bytes atomic.Int64

	mu      sync.Mutex
	reading bool // whatever there is: nothing has moved for long
	paused  bool
	moved   chan struct{} // of capacity 1: something was told
}

func (b *backlog) init() { b.moved = make(chan struct{}, 1) }

func (b *backlog) add(bytes int) { b.bytes.Add(int64(bytes)) }

// remove counts off what has been told.
func (b *backlog) remove(bytes int) {
	if b.bytes.Add(-int64(bytes)) < backlogHigh/4 {
		return // nobody waits: who does was told before
	}
	b.mu.Lock()
	b.reading = false
	paused := b.paused
	b.mu.Unlock()
	if paused {
		select {
		case b.moved <- struct{}{}:
		default:
		}
	}
}

// isPaused reports whether the reading of the worker waits.
func (b *backlog) isPaused() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paused
}

// tooMuch reports whether throttle would wait, or fail.
func (w *Worker) tooMuch() bool { return w.backlog.bytes.Load() > backlogHigh }

// throttle is called by who reads, and waits while too much has not been told:
// nobody must wait for it who has a deadline. It does not wait for a callback that
// does not return: that may itself wait for something of the worker's. The error
// is for a worker that goes on sending all the same.
func (w *Worker) throttle() error {
	b := &w.backlog
	size := b.bytes.Load()
	if size <= backlogHigh {
		return nil
	}
	if limit := max(backlogMax, 4*w.opts.Limits.Payload); size > limit {
		return &backlogError{size: size, max: limit}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reading {
		return nil
	}
	b.paused = true
	defer func() { b.paused = false }()
	t := time.NewTimer(backlogPatience)
	defer t.Stop()
	for b.bytes.Load() > backlogHigh/2 {
		b.mu.Unlock()
		stuck := false
		select {
		case <-b.moved:
			t.Reset(backlogPatience)
		case <-t.C:
			stuck = !w.opts.independent && w.opts.OnLine == nil
			t.Reset(backlogPatience)
		case <-w.peer.gone():
			stuck = true // what it left is worth having, and not much
		}
		b.mu.Lock()
		if stuck {
			b.reading = true
			break
		}
	}
	return nil
}

// A backlogError ends the reading of a worker that sends more than is taken.
type backlogError struct{ size, max int64 }

func (e *backlogError) Error() string {
	return fmt.Sprintf("the worker has sent events and answers faster than they were taken here: %d bytes wait, the limit is %d", e.size, e.max)
}
