package jobs

import (
	"context"
	"errors"
	"flag"
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

// long has the tests run that take minutes.
var long = flag.Bool("long", false, "kill brokers of a cluster under load, which takes minutes")

// Three brokers keep jobs while leaders are killed, one of them is cut off, and all are
// killed at once: each job that the broker has said that it has comes to one result, or
// is a dead letter.
func TestCluster(t *testing.T) {
	t.Parallel()
	if !*long {
		t.Skip("three brokers take minutes of a machine that has other things to do: -long")
	}
	c := brokertest.StartCluster(t, 3, "")
	o := Options{Create: true, Replicas: 3}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	q, err := Open(ctx, c.Connect(), o)
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu           sync.Mutex
		acknowledged []string
		runs         atomic.Int64
		all          sync.WaitGroup
	)
	log := slog.New(slog.DiscardHandler)
	working, stopWorking := context.WithCancel(ctx)
	for range 2 {
		w, err := Open(ctx, c.Connect(), o)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			caller := callerFunc{f: func(_ context.Context, _ string, args []any) ([]any, error) {
				runs.Add(1)
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
	submitting := make(chan struct{})
	var submitters sync.WaitGroup
	for i := range 3 {
		// Each at a broker of its own: at one that is cut off, none can be submitted.
		s, err := Open(ctx, c.Nodes[i].Connect(nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond)), o)
		if err != nil {
			t.Fatal(err)
		}
		submitters.Go(func() {
			// No more than can be looked at in the end.
			ticks := time.NewTicker(20 * time.Millisecond)
			defer ticks.Stop()
			for n := 0; ; n++ {
				select {
				case <-submitting:
					return
				case <-ticks.C:
				}
				id, arg := fmt.Sprintf("job-%d-%d", i, n), "well"
				if n%10 == 9 {
					arg = "fails"
				}
				once, cancel := context.WithTimeout(ctx, 2*time.Second)
				if _, _, err := s.Submit(once, Job{ID: id, Plugin: "tidy", Args: []any{arg}}); err == nil {
					mu.Lock()
					acknowledged = append(acknowledged, id)
					mu.Unlock()
				}
				cancel()
			}
		})
	}
	// more waits until jobs are taken again.
	more := func() {
		t.Helper()
		mu.Lock()
		before := len(acknowledged)
		mu.Unlock()
		brokertest.Await(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) > before+20
		})
	}
	more()
	step := func(what string, f func()) {
		t.Helper()
		began := time.Now()
		f()
		more()
		t.Logf("%s: %v", what, time.Since(began))
	}
	for range 3 {
		leader := c.Leader(Stream)
		step("a leader is killed", func() { c.Nodes[leader].Kill() })
		step("it is there again", func() {
			c.StartNode(leader)
			c.WaitReady()
		})
	}
	leader := c.Leader(Stream)
	step("a leader is cut off", func() { c.Isolate(leader) })
	step("it is back", func() {
		c.Heal()
		c.WaitReady()
	})
	step("all are killed", func() {
		c.KillAll()
		c.StartAll()
		c.WaitReady()
	})
	close(submitting)
	submitters.Wait()

	stop := func() {
		stopWorking()
		all.Wait()
	}
	balance(ctx, t, q, acknowledged, stop)
	t.Logf("%d runs", runs.Load())
}

// whereabouts is what the brokers have of a job that has no result.
func whereabouts(ctx context.Context, q *Queue, id string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	info, err := q.jobs.Info(ctx)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%d jobs are left", info.State.Msgs)
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
		if m, err := q.jobs.GetMsg(ctx, seq); err == nil && m.Header.Get(headerJob) == id {
			text += fmt.Sprintf(", and number %d is it", seq)
		}
	}
	for c := range q.jobs.ListConsumers(ctx).Info() {
		text += fmt.Sprintf("; %s: %d not acknowledged, %d not delivered, delivered up to %d, acknowledged up to %d, %d wait for more", c.Name, c.NumAckPending, c.NumPending, c.Delivered.Stream, c.AckFloor.Stream, c.NumWaiting)
	}
	return text
}

var _ host.Caller = callerFunc{}
