package fleet

import (
	"context"
	"sync"
	"time"
)

// A callContext is the context of a call that an instance has. The service's clock ends
// it when its time is up, so that there is no timer for each call.
type callContext struct {
	context.Context // has its values

	due time.Time // zero if it has no deadline

	mu     sync.Mutex
	done   chan struct{} // made when it is asked for
	err    error
	number int // of calls of AfterFunc
	after  []afterEnd
	room   [1]afterEnd // for after
}

// An afterEnd is what is to be called when a context has ended.
type afterEnd struct {
	number int
	f      func()
}

// Deadline implements context.Context.
func (c *callContext) Deadline() (time.Time, bool) { return c.due, !c.due.IsZero() }

// Done implements context.Context.
func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.err != nil {
			close(c.done)
		}
	}
	return c.done
}

// Err implements context.Context.
func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// AfterFunc is what package context asks of contexts that are not its own, so that it
// needs no goroutine to wait for their end.
func (c *callContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	n := c.number
	if c.err != nil {
		go f()
	} else if c.after == nil {
		c.room[0] = afterEnd{n, f}
		c.after = c.room[:]
	} else {
		c.after = append(c.after, afterEnd{n, f})
	}
	return func() bool { return c.stop(n) }
}

func (c *callContext) stop(number int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, a := range c.after {
		if a.number == number {
			c.after = append(c.after[:i], c.after[i+1:]...)
			return true
		}
	}
	return false
}

// cancel ends the context, unless it has ended.
func (c *callContext) cancel(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	if c.done != nil {
		close(c.done)
	}
	for _, a := range c.after {
		go a.f()
	}
	c.after = nil
}
