package child

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// A recorder is a Writer that remembers, and fails from the nth write on.
type recorder struct {
	mu     sync.Mutex
	got    bytes.Buffer
	writes int
	failAt int
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.writes++; r.failAt > 0 && r.writes >= r.failAt {
		return 0, fmt.Errorf("write %d", r.writes)
	}
	return r.got.Write(b)
}

func TestOutboxGathersInOrder(t *testing.T) {
	t.Parallel()
	var r recorder
	var o outbox
	o.init(new(sync.Mutex), &r, func(error) {})
	if !o.emptyLocked() {
		t.Error("a new outbox is not empty")
	}
	o.flush()
	o.add([]byte("a"))
	o.add([]byte("b"))
	if o.emptyLocked() || r.writes != 0 {
		t.Errorf("add wrote %q", r.got.String())
	}
	o.flush()
	o.add([]byte("c"))
	o.write([]byte("large"))
	o.add([]byte("d"))
	o.flush()
	o.flush()
	if got := r.got.String(); got != "abclarged" || r.writes != 4 {
		t.Errorf("%q was written in %d writes", got, r.writes)
	}
}

func TestOutboxIsFull(t *testing.T) {
	t.Parallel()
	var r recorder
	var o outbox
	o.init(new(sync.Mutex), &r, func(error) {})
	if o.add(make([]byte, outHigh-1)) || o.full() {
		t.Error("it is full too early")
	}
	if !o.add([]byte("x")) || !o.full() {
		t.Error("it is not full")
	}
	o.flush()
	if o.full() || r.got.Len() != outHigh {
		t.Errorf("it is full after %d bytes were written", r.got.Len())
	}
}

func TestOutboxFails(t *testing.T) {
	t.Parallel()
	r := recorder{failAt: 2}
	var o outbox
	var failures []error
	o.init(new(sync.Mutex), &r, func(err error) { failures = append(failures, err) })
	o.add([]byte("a"))
	o.flush()
	for range 3 {
		o.add([]byte("b"))
		o.write([]byte("c"))
	}
	if len(failures) != 1 || failures[0].Error() != "write 2" {
		t.Errorf("it told of %v, want the first failure once", failures)
	}
	if r.writes != 2 || r.got.String() != "a" {
		t.Errorf("it went on writing: %d times, %q", r.writes, r.got.String())
	}
}

func TestOutboxIsSafe(t *testing.T) {
	t.Parallel()
	var r recorder
	var o outbox
	o.init(new(sync.Mutex), &r, func(err error) { t.Error(err) })
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		o.run(end)
		close(ended)
	}()
	const goroutines, frames = 8, 500
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range frames {
				full := o.add([]byte("frame "))
				switch {
				case full || i%50 == 0:
					o.flush()
				case i%7 == 0:
					o.write([]byte("large "))
				default:
					o.flushSoon()
				}
			}
		})
	}
	wg.Wait()
	o.flush()
	close(end)
	<-ended
	got := r.got.String()
	if n := bytes.Count([]byte(got), []byte("frame ")); n != goroutines*frames {
		t.Errorf("%d frames were written, want %d", n, goroutines*frames)
	}
}
