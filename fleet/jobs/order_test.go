package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
)

// A job is acknowledged once what became of it is stored, and not before: an instance that is
// lost between, as one that is killed, takes nothing with it. The first instance here cannot
// store something, and is lost while it tries; the second one has the job again.
func TestLostBeforeStored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deny string // what the first instance cannot store
		fail bool
		dead int // letters of the first one
	}{
		"result":                {"$KV." + ResultsBucket + ".>", false, 0},
		"dead letter":           {"dead.>", true, 0},
		"result of dead letter": {"$KV." + ResultsBucket + ".>", true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, users(c.deny))
			q := queue(t, as(t, b, "all"), Options{})
			id := submit(t, q, Job{ID: "one"})
			nc := as(t, b, "some")
			first, err := Open(t.Context(), nc, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var runs atomic.Int64
			run := func(context.Context, string, []any) ([]any, error) {
				runs.Add(1)
				if c.fail {
					return nil, errors.New("oops")
				}
				return []any{"well"}, nil
			}
			log := &journal{}
			o := WorkOptions{Attempts: 1, ack: 500 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(log, nil))}
			stop := work(t, first, o, run)
			brokertest.Await(t, func() bool { return strings.Contains(log.String(), "what became of a job cannot be stored") })
			info, err := q.jobs.Info(patient(t))
			if err != nil || info.State.Msgs != 1 {
				t.Fatalf("the job is not there any more, and nothing is stored (%v)", err)
			}
			if _, err := q.Result(patient(t), id, false); !errors.Is(err, ErrNoResult) {
				t.Errorf("%v", err)
			}
			if dead, err := q.Dead(patient(t), "", 0); err != nil || len(dead) != c.dead {
				t.Errorf("%+v, %v", dead, err)
			}
			nc.Close()
			stop()
			again := o
			again.Attempts = 2
			work(t, q, again, run)
			r, err := q.Result(patient(t), id, true)
			if err != nil || (r.Err != nil) != c.fail || r.Attempts != 2 || runs.Load() != 2 {
				t.Errorf("%+v, %v, after %d runs", r, err, runs.Load())
			}
			// Exactly once: nothing is left, or there twice.
			brokertest.Await(t, func() bool {
				info, err := q.jobs.Info(patient(t))
				return err == nil && info.State.Msgs == 0
			})
			results, err := q.js.Stream(patient(t), "KV_"+ResultsBucket)
			if err != nil || results.CachedInfo().State.LastSeq != 1 {
				t.Errorf("it has several results (%v)", err)
			}
			want := 0
			if c.fail {
				want = 1
			}
			if dead, err := q.Dead(patient(t), "", 0); err != nil || len(dead) != want {
				t.Errorf("%+v, %v", dead, err)
			}
		})
	}
}
