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

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// clusterJobs are those that are submitted while brokers are lost, at each broker. Each
// tenth always fails.
type clusterJobs struct {
	t    testing.TB
	q    *Queue
	runs atomic.Int64
	end  func(ctx context.Context)

	mu           sync.Mutex
	acknowledged []string
	at           []int // how many of them there are, by broker

	ledger ledger // at the end
}

// clusterQueue is how the queue of a cluster is opened, and made.
var clusterQueue = Options{Create: true, Replicas: 3}

// submitJobs has one who runs the jobs at each of the connections.
func submitJobs(ctx context.Context, t testing.TB, c *brokertest.Cluster, pause time.Duration, workers ...*nats.Conn) *clusterJobs {
	t.Helper()
	s := &clusterJobs{t: t, at: make([]int, len(c.Nodes))}
	o := clusterQueue
	var err error
	if s.q, err = Open(ctx, c.Connect(), o); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	log := slog.New(slog.DiscardHandler)
	working, stopWorking := context.WithCancel(ctx)
	for _, nc := range workers {
		w, err := Open(ctx, nc, o)
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
					s.at[i]++
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

// moreAt tells from then on whether more jobs have been taken that are submitted at a broker,
// and more jobs have been run.
func (s *clusterJobs) moreAt(node int) func() bool {
	taken := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.at[node]
	}
	before, ran := taken(), s.runs.Load()
	return func() bool { return taken() > before+5 && s.runs.Load() > ran+5 }
}

func (s *clusterJobs) String() string {
	return fmt.Sprintf("%v; %d runs", s.ledger, s.runs.Load())
}

var _ host.Caller = callerFunc{}
