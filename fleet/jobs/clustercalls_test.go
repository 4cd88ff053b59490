package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// callTime is more than a call takes that waits for a cluster.
const callTime = 5 * time.Minute

// Calls are those that are made while brokers are lost. At each broker there are two
// callers, which stay with it, and one of these makes calls that may run more than once.
type clusterCalls struct {
	t                     testing.TB
	at                    []atomic.Int64 // answered, by broker
	twice, failures, lost atomic.Int64   // of the failures, those with ErrLost
	end                   func()
	// mayLose: also a call that may run more than once may be lost, since an instance, or a
	// broker, is silent for longer than it is made again.
	mayLose bool
}

// pinned are the options of a connection that comes back to the broker which it was made
// to.
func pinned() []nats.Option {
	return []nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(100 * time.Millisecond), nats.ReconnectJitter(0, 0)}
}

// makeCalls has an instance at each of the brokers of those numbers.
func makeCalls(ctx context.Context, t testing.TB, c *brokertest.Cluster, pause time.Duration, instances ...int) *clusterCalls {
	t.Helper()
	s := &clusterCalls{t: t, at: make([]atomic.Int64, len(c.Nodes))}
	script, err := host.Inline(host.Lua, "function run(x) return x end")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range instances {
		p, err := host.NewPool(ctx, script, &host.PoolOptions{Max: 1, Options: host.Options{Limits: host.Limits{Start: callTime}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		service, err := fleet.NewService(c.Nodes[i].Connect(pinned()...), p, fleet.As("tidy"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { service.Close() })
	}
	done := make(chan struct{})
	var all sync.WaitGroup
	s.end = func() {
		close(done)
		all.Wait()
	}
	for i, node := range c.Nodes {
		nc := node.Connect(pinned()...)
		for _, idempotent := range []bool{false, true} {
			all.Go(func() {
				// It is tried as long as there may be no way to an instance.
				caller := fleet.Client(nc, "tidy", fleet.Patience(callTime))
				if idempotent {
					caller = host.Idempotent(caller)
				}
				every(ctx, done, pause, func(n int) {
					s.call(ctx, caller, i, fmt.Sprintf("%d-%v-%d", i, idempotent, n), idempotent)
				})
			})
		}
	}
	return s
}

// call makes a call, which is answered with what it was given, or has an error that says
// how far it came. What may run more than once is answered, unless nobody was there.
func (s *clusterCalls) call(ctx context.Context, caller host.Caller, node int, want string, idempotent bool) {
	once, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	got, err := caller.Call(once, want)
	switch {
	case ctx.Err() != nil: // the test has failed
	case err == nil && fmt.Sprint(got...) == want:
		s.at[node].Add(1)
		if idempotent {
			s.twice.Add(1)
		}
	case err == nil:
		s.t.Errorf("the call %s was answered with %v", want, got)
	case host.OutcomeOf(err) == 0 || errors.Is(err, context.DeadlineExceeded):
		s.t.Errorf("the call %s: %#v", want, err)
	case idempotent && !errors.Is(err, fleet.ErrNoInstance) && !(s.mayLose && errors.Is(err, fleet.ErrLost)):
		s.t.Errorf("the call %s, which may run more than once: %v", want, err)
	default:
		s.failures.Add(1)
		if errors.Is(err, fleet.ErrLost) {
			s.lost.Add(1)
		}
	}
}

func (s *clusterCalls) answered() (n int64) {
	for i := range s.at {
		n += s.at[i].Load()
	}
	return n
}

// more waits until calls are answered again.
func (s *clusterCalls) more() {
	s.t.Helper()
	before := s.answered()
	awaitCluster(s.t, func() bool { return s.answered() > before+6 })
}

// moreAt tells from then on whether so many more calls have been answered that are made at a
// broker.
func (s *clusterCalls) moreAt(node int, n int64) func() bool {
	before := s.at[node].Load()
	return func() bool { return s.at[node].Load() >= before+n }
}

func (s *clusterCalls) String() string {
	return fmt.Sprintf("%d calls: %d answered, %d of which might have run twice, %d with an error of a known type and outcome, %d of these lost",
		s.answered()+s.failures.Load(), s.answered(), s.twice.Load(), s.failures.Load(), s.lost.Load())
}
