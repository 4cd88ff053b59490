package scripttest

import (
	"context"
	"errors"
	"sync"
)

// turns put in order what a test asks of a worker: each function of the parent's
// runs on a goroutine of its own. A turn is a number, from 1.
type turns struct {
	mu      sync.Mutex
	ended   uint64
	waiting map[uint64]chan struct{}
}

// maxTurnsWaiting is how many wait at a time. The worker with the tests is sent no
// more than a few answers at a time; one that has been taken over may leave out
// turns.
const maxTurnsWaiting = 4096

// await returns when it is the turn of the number. The caller then calls end.
func (t *turns) await(ctx context.Context, turn uint64) error {
	t.mu.Lock()
	switch {
	case turn == t.ended+1:
		t.mu.Unlock()
		return nil
	case turn <= t.ended || t.waiting[turn] != nil || len(t.waiting) >= maxTurnsWaiting:
		t.mu.Unlock()
		return errors.New("the tests ask for things out of order")
	}
	mine := make(chan struct{})
	if t.waiting == nil {
		t.waiting = make(map[uint64]chan struct{})
	}
	t.waiting[turn] = mine
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end lets the next turn begin.
func (t *turns) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended++
	if next := t.waiting[t.ended+1]; next != nil {
		delete(t.waiting, t.ended+1)
		close(next)
	}
}
