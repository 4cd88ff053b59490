package tenant

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	queue "scripthost.example/fleet/jobs"
	"scripthost.example/host"
)

// A runner answers jobs: the first time it refuses.
type runner struct {
	fail  bool
	calls *int
}

func (r runner) Function(name string) host.Caller { return runner{name == "fail", r.calls} }

func (r runner) Call(_ context.Context, args ...any) ([]any, error) {
	if *r.calls++; *r.calls == 1 {
		return nil, host.NewCallError("busy", host.NotSent, host.ErrBusy, "it is busy")
	}
	if r.fail {
		return nil, errors.New("oops")
	}
	return args, nil
}

func (runner) Go(func([]any, error), ...any) uint64 { panic("jobs do not use it") }

func (runner) Stream(context.Context, ...any) iter.Seq2[host.Event, error] {
	panic("jobs do not use it")
}

// With what an admin has made, a caller submits jobs, an instance runs them, small and
// large ones, and the admin sees to what has failed.
func TestRolesSufficeForJobs(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	b := embed(t, op)
	ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
	defer cancel()
	qs := map[Role]*queue.Queue{}
	for _, role := range []Role{Admin, Caller, Instance} {
		q, err := queue.Open(ctx, connect(t, b.URL(), op, "red", role), queue.Options{Create: role == Admin})
		if err != nil {
			t.Fatal(role, err)
		}
		qs[role] = q
	}
	working, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		o := queue.WorkOptions{Attempts: 1, Concurrency: 1, Pause: time.Millisecond, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
		ended <- qs[Instance].Work(working, "tidy", "stable", runner{calls: new(int)}, o)
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for _, j := range []queue.Job{
		{ID: "small", Args: []any{"x"}},
		{ID: "large", Args: []any{strings.Repeat("x", 2<<20)}},
		{ID: "dead", Function: "fail", Args: []any{strings.Repeat("x", 2<<20)}},
	} {
		j.Plugin = "tidy"
		for i := range 2 {
			if _, duplicate, err := qs[Caller].Submit(ctx, j); duplicate != (i > 0) || err != nil {
				t.Fatal(j.ID, duplicate, err)
			}
		}
		r, err := qs[Caller].Result(ctx, j.ID, true)
		if err != nil || (r.Err != nil) != (j.ID == "dead") || r.Attempts != 1 || r.Err == nil && (len(r.Results) != 1 || r.Results[0] != j.Args[0]) {
			t.Errorf("%s: %v, %v", j.ID, r.Err, err)
		}
	}
	if dead, err := qs[Admin].Dead(ctx, "tidy", 0); err != nil || len(dead) != 1 || dead[0].ID != "dead" {
		t.Errorf("%v, %v", dead, err)
	}
	if err := qs[Admin].Retry(ctx, "dead"); err != nil {
		t.Error(err)
	}
	if r, err := qs[Caller].Result(ctx, "dead", true); err != nil || r.Err == nil {
		t.Errorf("%+v, %v", r, err)
	}
	if err := qs[Admin].Purge(ctx, "dead"); err != nil {
		t.Error(err)
	}
}
