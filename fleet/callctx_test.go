package fleet

import (
	"context"
	"errors"
	"testing"
	"time"
)

func newCallContext() *callContext { return &callContext{Context: context.Background()} }

func TestCallContext(t *testing.T) {
	t.Parallel()
	t.Run("ends", func(t *testing.T) {
		t.Parallel()
		c := newCallContext()
		before := c.Done()
		if c.Err() != nil {
			t.Error(c.Err())
		}
		c.cancel(context.DeadlineExceeded)
		c.cancel(context.Canceled) // too late
		<-before
		<-c.Done()
		if !errors.Is(c.Err(), context.DeadlineExceeded) {
			t.Error(c.Err())
		}
	})
	t.Run("is one to package context", func(t *testing.T) {
		t.Parallel()
		c := newCallContext()
		child, cancel := context.WithCancel(c)
		defer cancel()
		other, cancelOther := context.WithTimeout(c, time.Hour)
		cancelOther()
		if other.Err() == nil {
			t.Error("a child does not end by itself")
		}
		if len(c.after) != 1 {
			t.Errorf("%d functions are kept, of which one child has ended", len(c.after))
		}
		c.cancel(context.Canceled)
		<-child.Done()
		if !errors.Is(child.Err(), context.Canceled) {
			t.Error(child.Err())
		}
		late, cancelLate := context.WithCancel(c)
		defer cancelLate()
		<-late.Done()
	})
	t.Run("AfterFunc", func(t *testing.T) {
		t.Parallel()
		c := newCallContext()
		told := make(chan int, 10)
		stops := make([]func() bool, 4)
		for i := range stops {
			stops[i] = c.AfterFunc(func() { told <- i })
		}
		if !stops[0]() || !stops[2]() || stops[2]() {
			t.Error("what was stopped, or that it was stopped before, is not known")
		}
		c.cancel(context.Canceled)
		if a, b := <-told, <-told; a+b != 1+3 {
			t.Errorf("%d and %d were called", a, b)
		}
		if stops[1]() {
			t.Error("what was called was stopped")
		}
		if stop := c.AfterFunc(func() { told <- 9 }); <-told != 9 || stop() {
			t.Error("after its end")
		}
	})
	t.Run("Deadline", func(t *testing.T) {
		t.Parallel()
		c := newCallContext()
		if _, ok := c.Deadline(); ok {
			t.Error("there is one")
		}
		c.due = time.Now()
		if due, ok := c.Deadline(); !ok || due != c.due {
			t.Error(due, ok)
		}
	})
}
