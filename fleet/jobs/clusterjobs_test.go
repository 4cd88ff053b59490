package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// clusterJobs are those that are submitted while brokers are lost, at each broker, and run
// by two who go to another broker when theirs is lost. Each tenth always fails.
type clusterJobs struct {
	t    testing.TB
	q    *Queue
	runs atomic.Int64
	end  func(ctx context.Context)

	mu           sync.Mutex
	acknowledged []string

	ledger ledger // at the end
}

func submitJobs(ctx context.Context, t testing.TB, c *brokertest.Cluster, pause time.Duration) *clusterJobs {
	t.Helper()
	s := &clusterJobs{t: t}
	o := Options{Create: true, Replicas: 3}
	var err error
	if s.q, err = Open(ctx, c.Connect(), o); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	log := slog.New(slog.DiscardHandler)
	working, stopWorking := context.WithCancel(ctx)
	for range 2 {
		w, err := Open(ctx, c.Connect(), o)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			caller := callerFunc{f: func(_ context.Context, _ string, args []any) ([]any, error) {
				s.runs.Add(1)
				if args[0] == "fails" {
					return nil, errors.New("it always does")
				}
				return args, nil
			}}
			if err := w.Work(working, "tidy", "stable", caller, WorkOptions{Attempts: 3, Pause: 10 * time.Millisecond, Logger: log, ack: 6 * time.Second}); err != nil {
				t.Error(err)
			}
		})
	}
	done := make(chan struct{})
	var submitters sync.WaitGroup
	for i, node := range c.Nodes {
		// Each at a broker of its own: at one that is cut off, none can be submitted.
		q, err := Open(ctx, node.Connect(pinned()...), o)
		if err != nil {
			t.Fatal(err)
		}
		submitters.Go(func() {
			// No more than can be looked at in the end.
			every(ctx, done, pause, func(n int) {
				id, arg := fmt.Sprintf("job-%d-%d", i, n), "well"
				if n%10 == 0 {
					arg = "fails"
				}
				once, cancel := context.WithTimeout(ctx, 2*time.Second)
				defer cancel()
				if _, _, err := q.Submit(once, Job{ID: id, Plugin: "tidy", Args: []any{arg}}); err == nil {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.acknowledged = append(s.acknowledged, id)
				}
			})
		})
	}
	s.end = func(ctx context.Context) {
		close(done)
		submitters.Wait()
		s.ledger = balance(ctx, s.t, s.q, s.acknowledged, func() {
			stopWorking()
			all.Wait()
		})
	}
	return s
}

func (s *clusterJobs) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acknowledged)
}

// more waits until jobs are taken again.
func (s *clusterJobs) more() {
	s.t.Helper()
	before := s.count()
	awaitCluster(s.t, func() bool { return s.count() > before+10 })
}

func (s *clusterJobs) String() string {
	return fmt.Sprintf("%v; %d runs", s.ledger, s.runs.Load())
}

var _ host.Caller = callerFunc{}
