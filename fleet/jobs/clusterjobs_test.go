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

	"github.com/nats-io/nats.go/jetstream"

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

	results, dead, refused int
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
			ticks := time.NewTicker(pause)
			defer ticks.Stop()
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				case <-ctx.Done(): // the test has failed
					return
				case <-ticks.C:
				}
				id, arg := fmt.Sprintf("job-%d-%d", i, n), "well"
				if n%10 == 9 {
					arg = "fails"
				}
				once, cancel := context.WithTimeout(ctx, 2*time.Second)
				if _, _, err := q.Submit(once, Job{ID: id, Plugin: "tidy", Args: []any{arg}}); err == nil {
					s.mu.Lock()
					s.acknowledged = append(s.acknowledged, id)
					s.mu.Unlock()
				}
				cancel()
			}
		})
	}
	s.end = func(ctx context.Context) {
		close(done)
		submitters.Wait()
		s.verify(ctx, func() {
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

// verify fails the test unless each job that was taken has come to one result, or is a
// dead letter. Stop has no jobs be run any more.
func (s *clusterJobs) verify(ctx context.Context, stop func()) {
	t, q := s.t, s.q
	t.Helper()
	// A job whose end was not heard comes again after a while.
	awaitCluster(t, func() bool {
		info, err := q.jobs.Info(ctx)
		return err == nil && info.State.Msgs == 0
	})
	failed := map[string]bool{}
	for _, id := range s.acknowledged {
		r, err := q.Result(ctx, id, false)
		if err != nil {
			t.Errorf("%s was taken, and has no result: %v; %s", id, err, whereabouts(ctx, q, id))
			continue
		}
		if r.Err != nil {
			s.dead++
			failed[id] = true
		}
	}
	s.results = len(s.acknowledged) - s.dead
	stop()
	letters, err := q.Dead(ctx, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	buried := map[string]int{}
	for _, d := range letters {
		buried[d.ID]++
	}
	for _, id := range s.acknowledged {
		if failed[id] != (buried[id] > 0) {
			t.Errorf("%s: it has failed: %v; it is %d dead letters", id, failed[id], buried[id])
		}
	}
	// The bucket keeps the last result of each job: one that was written twice has left a
	// gap, as what is noted of refusals may.
	results, err := q.js.Stream(ctx, "KV_"+ResultsBucket)
	if err != nil {
		t.Fatal(err)
	}
	info, err := results.Info(ctx, jetstream.WithSubjectFilter("$KV."+ResultsBucket+".*.refused"))
	if err != nil {
		t.Fatal(err)
	}
	s.refused = len(info.State.Subjects)
	if state := info.State; state.NumDeleted != 0 && s.refused == 0 || state.Msgs < uint64(len(s.acknowledged)) {
		t.Errorf("%d results of %d jobs, and %d were written again", state.Msgs, len(s.acknowledged), state.NumDeleted)
	}
}

func (s *clusterJobs) String() string {
	return fmt.Sprintf("%d jobs were taken: %d results, %d dead letters; %d runs, %d were refused", s.count(), s.results, s.dead, s.runs.Load(), s.refused)
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
