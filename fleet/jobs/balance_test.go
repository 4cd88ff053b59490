package jobs

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

// balance waits until no job is left, calls stop, which ends those who work, and compares the
// jobs that the broker has said that it has with what became of them: each has one result, or
// is a dead letter, too.
func balance(ctx context.Context, t *testing.T, q *Queue, acknowledged []string, stop func()) {
	t.Helper()
	// A job whose end was not heard comes again after a while.
	brokertest.Await(t, func() bool {
		info, err := q.jobs.Info(ctx)
		return err == nil && info.State.Msgs == 0
	})
	dead, failed := 0, map[string]bool{}
	for _, id := range acknowledged {
		r, err := q.Result(ctx, id, false)
		if err != nil {
			t.Errorf("%s was taken, and has no result: %v; %s", id, err, whereabouts(ctx, q, id))
			continue
		}
		if r.Err != nil {
			dead++
			failed[id] = true
		}
	}
	stop()
	letters, err := q.Dead(ctx, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	buried := map[string]int{}
	for _, d := range letters {
		buried[d.ID]++
	}
	for _, id := range acknowledged {
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
	t.Logf("%d jobs were refused", len(info.State.Subjects))
	if state := info.State; state.NumDeleted != 0 && len(info.State.Subjects) == 0 || state.Msgs < uint64(len(acknowledged)) {
		t.Errorf("%d results of %d jobs, and %d were written again", state.Msgs, len(acknowledged), state.NumDeleted)
	}
	t.Logf("%d jobs were taken: %d results, %d dead letters", len(acknowledged), len(acknowledged)-dead, dead)
}
