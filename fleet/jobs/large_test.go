package jobs

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// What came of a job can be more than the broker takes. The job is not run again for
// that, and its dead letter says what it was.
func TestLargeEnds(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	large := strings.Repeat("x", 2<<20)
	var runs atomic.Int64
	work(t, q, WorkOptions{Attempts: 2, Pause: time.Millisecond}, func(_ context.Context, name string, _ []any) ([]any, error) {
		runs.Add(1)
		if name == "fail" {
			return nil, &host.ScriptError{Message: large[:200<<10]}
		}
		return []any{large}, nil
	})
	r, err := q.Result(patient(t), submit(t, q, Job{}), true)
	if err != nil || !errors.Is(r.Err, host.ErrTooLarge) || host.OutcomeOf(r.Err) != host.Completed || runs.Load() != 1 {
		t.Errorf("%+v, %v, after %d runs", r, err, runs.Load())
	}
	runs.Store(0)
	r, err = q.Result(patient(t), submit(t, q, Job{Function: "fail"}), true)
	if err != nil || !errors.Is(r.Err, host.ErrTooLarge) || !strings.Contains(r.Err.Error(), "it begins: xxx") || r.Attempts != 2 || runs.Load() != 2 {
		t.Errorf("%.200v, %v, after %d runs", r, err, runs.Load())
	}
	dead, err := q.Dead(patient(t), "tidy", 0)
	if err != nil || len(dead) != 2 || !errors.Is(dead[1].Err, host.ErrTooLarge) {
		t.Errorf("%.300v, %v", dead, err)
	}
	if _, _, err := q.Submit(patient(t), Job{Plugin: "tidy", Function: "a\nb"}); err == nil || !strings.Contains(err.Error(), "one line") {
		t.Error(err)
	}
}
