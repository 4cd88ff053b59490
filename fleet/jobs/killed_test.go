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
)

// A broker is killed four times under load: each job that it has said that it has comes to one
// result, or is a dead letter.
func TestBrokerKilledUnderLoad(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	connect := func() *nats.Conn {
		return b.Connect(nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0))
	}
	q := queue(t, connect(), Options{})
	var (
		mu      sync.Mutex
		taken   []string
		runs    atomic.Int64
		running sync.WaitGroup
	)
	working, stopWorking := context.WithCancel(t.Context())
	for range 2 {
		w := queue(t, connect(), Options{})
		running.Go(func() {
			caller := callerFunc{f: func(_ context.Context, _ string, args []any) ([]any, error) {
				runs.Add(1)
				if args[0] == "fails" {
					return nil, errors.New("it always does")
				}
				return args, nil
			}}
			if err := w.Work(working, "tidy", "stable", caller, WorkOptions{Attempts: 3, Pause: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler), ack: 3 * time.Second}); err != nil {
				t.Error(err)
			}
		})
	}
	submitting := make(chan struct{})
	var submitters sync.WaitGroup
	// One waits long enough for a silence to be looked into.
	for i, patience := range []time.Duration{time.Second, 5 * time.Second} {
		s := queue(t, connect(), Options{})
		submitters.Go(func() {
			ticks := time.NewTicker(5 * time.Millisecond) // no more than can be looked at in the end
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
				once, cancel := context.WithTimeout(t.Context(), patience)
				_, _, err := s.Submit(once, Job{ID: id, Plugin: "tidy", Args: []any{arg}})
				cancel()
				switch {
				case err == nil:
					mu.Lock()
					taken = append(taken, id)
					mu.Unlock()
				case errors.Is(err, ErrStorage) || errors.Is(err, ErrPermission):
					t.Errorf("%s: the broker was killed, and that is told as something else: %v", id, err)
				}
			}
		})
	}
	// more waits until jobs are taken, and run.
	more := func() {
		t.Helper()
		mu.Lock()
		before, ran := len(taken), runs.Load()
		mu.Unlock()
		brokertest.Await(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(taken) > before+50 && runs.Load() > ran+50
		})
	}
	for range 4 {
		more()
		b.Kill()
		b.Start()
	}
	more()
	close(submitting)
	submitters.Wait()
	stop := func() {
		stopWorking()
		running.Wait()
	}
	defer stop()
	t.Logf("%v; %d runs", balance(t.Context(), t, q, taken, stop), runs.Load())
}
