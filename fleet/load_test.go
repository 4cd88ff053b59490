package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A load is calls that are made until it is ended, and what became of them.
type load struct {
	answered, lost, late, busy atomic.Int64

	done chan struct{}
	all  sync.WaitGroup
}

// newLoad makes calls of c, one after the other in each of some goroutines. Each is
// answered, or has an error that says what is known of it; anything else fails the test.
func newLoad(t *testing.T, c host.Caller, callers int, deadline time.Duration) *load {
	l := &load{done: make(chan struct{})}
	for i := range callers {
		l.all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.done:
					return
				default:
				}
				want := fmt.Sprint(i, ":", n)
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				got, err := c.Call(ctx, want)
				cancel()
				switch o := host.OutcomeOf(err); {
				case err == nil && fmt.Sprint(got...) == want:
					l.answered.Add(1)
				case errors.Is(err, ErrLost) && o == host.Unknown:
					l.lost.Add(1)
				case errors.Is(err, context.DeadlineExceeded) && o != 0:
					l.late.Add(1)
				case errors.Is(err, host.ErrBusy) && o == host.NotSent:
					l.busy.Add(1)
				default:
					t.Errorf("%s: %v, %#v", want, got, err)
				}
			}
		})
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) end() {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	l.all.Wait()
}

func (l *load) String() string {
	return fmt.Sprintf("%d answered, %d lost, %d too late, %d busy", l.answered.Load(), l.lost.Load(), l.late.Load(), l.busy.Load())
}

// more waits until so many more calls have been counted.
func more(t *testing.T, n *atomic.Int64, by int64) {
	t.Helper()
	before := n.Load()
	brokertest.Await(t, func() bool { return n.Load() >= before+by })
}

// callsBeside returns what tells how many calls the instance of tidy has had that does not have
// the id, or 0 where there is none to be heard of.
func callsBeside(t *testing.T, nc *nats.Conn, id string) func() uint64 {
	return func() (calls uint64) {
		all, err := Instances(t.Context(), nc, "tidy", 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range all {
			if i.ID != id {
				calls = i.Calls
			}
		}
		return calls
	}
}
