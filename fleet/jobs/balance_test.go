package jobs

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// balance waits until no job is left, calls stop, which ends those who work, and compares the
// jobs that the broker has said that it has with what became of them: each has one result, or
// is a dead letter, too.
func balance(ctx context.Context, t testing.TB, q *Queue, acknowledged []string, stop func()) ledger {
	t.Helper()
	// A job whose end was not heard comes again after a while.
	awaitCluster(t, func() bool {
		info, err := q.jobs.Info(ctx)
		return err == nil && info.State.Msgs == 0
	})
	l := ledger{taken: len(acknowledged)}
	failed := map[string]bool{}
	for _, id := range acknowledged {
		r, err := q.Result(ctx, id, false)
		if err != nil {
			t.Errorf("%s was taken, and has no result: %v; %s", id, err, whereabouts(ctx, q, id))
			continue
		}
		if r.Err != nil {
			l.dead++
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
	l.refused = len(info.State.Subjects)
	if state := info.State; state.NumDeleted != 0 && l.refused == 0 || state.Msgs < uint64(l.taken) {
		t.Errorf("%d results of %d jobs, and %d were written again", state.Msgs, l.taken, state.NumDeleted)
	}
	return l
}

// A ledger is what became of jobs.
type ledger struct{ taken, dead, refused int }

func (l ledger) String() string {
	return fmt.Sprintf("%d jobs were taken: %d results, %d dead letters; %d were refused", l.taken, l.taken-l.dead, l.dead, l.refused)
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
