package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/internal/objects"
	"scripthost.example/host"
)

// kept are the objects that a store has.
func kept(t testing.TB, o *objects.Store) (names []string) {
	t.Helper()
	store, err := o.Open(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.List(patient(t))
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		t.Fatal(err)
	}
	for _, i := range all {
		names = append(names, i.Name)
	}
	return names
}

// Arguments and results that are more than a message can have go by way of the broker's
// object stores. What nobody needs any more is removed.
func TestLarge(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	q, other := queue(t, brokertest.Connect(t, b), Options{}), queue(t, brokertest.Connect(t, b), Options{})
	limit := int(q.nc.MaxPayload())
	for _, over := range []int{-1024, -100, 0, 100, 2 << 20} { // headers, too, take room
		text := strings.Repeat("x", limit+over-3) + "end"
		j := Job{ID: fmt.Sprint("over", over+2000), Plugin: "tidy", Args: []any{text}}
		for i := range 2 {
			if id, duplicate, err := q.Submit(patient(t), j); id != j.ID || duplicate != (i > 0) || err != nil {
				t.Fatal(over, id, duplicate, err)
			}
		}
		if n := len(kept(t, q.largeArgs)); n > 1 || n == 1 != (over >= 0) && over != -100 {
			t.Errorf("%d: %d objects", over, n)
		}
		stop := work(t, other, WorkOptions{}, func(_ context.Context, _ string, args []any) ([]any, error) { return args, nil })
		r, err := q.Result(patient(t), j.ID, true)
		if err != nil || len(r.Results) != 1 || r.Results[0] != text {
			t.Errorf("%d: %v, %v", over, r.Err, err)
		}
		stop()
		if left := kept(t, q.largeArgs); len(left) != 0 {
			t.Errorf("%d: %v is left", over, left)
		}
	}
	left := kept(t, q.largeResults)
	if len(left) == 0 {
		t.Fatal("there are no large results")
	}
	for _, name := range left { // as after their time
		if err := q.largeResults.Remove(patient(t), name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Result(patient(t), fmt.Sprint("over", 2<<20+2000), false); !errors.Is(err, ErrNoResult) {
		t.Errorf("%v", err)
	}
	store, err := q.largeResults.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := store.Status(t.Context()); err != nil || s.TTL() != DefaultResultTTL {
		t.Errorf("%v, %v", s, err)
	}
}

// A dead letter has its large arguments still, until it is thrown away.
func TestLargeDead(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	text := strings.Repeat("x", 2<<20)
	var healthy atomic.Bool
	work(t, q, WorkOptions{Attempts: 1}, func(_ context.Context, _ string, args []any) ([]any, error) {
		if !healthy.Load() {
			return nil, errors.New("oops")
		}
		return []any{args[0] == text}, nil
	})
	for _, id := range []string{"tried", "purged"} {
		healthy.Store(false)
		submit(t, q, Job{ID: id, Args: []any{text}})
		if r, err := q.Result(patient(t), id, true); err != nil || r.Err == nil {
			t.Errorf("%+v, %v", r, err)
		}
		healthy.Store(true)
		if n := len(kept(t, q.largeArgs)); n != 1 {
			t.Errorf("%d objects", n)
		}
		if id == "purged" {
			if err := q.Purge(patient(t), id); err != nil {
				t.Error(err)
			}
		} else {
			if err := q.Retry(patient(t), id); err != nil {
				t.Error(err)
			}
			if r, err := q.Result(patient(t), id, true); err != nil || r.Err != nil || fmt.Sprint(r.Results) != "[true]" {
				t.Errorf("%+v, %v", r, err)
			}
		}
		brokertest.Await(t, func() bool { return len(kept(t, q.largeArgs)) == 0 })
	}
}

// A job whose arguments are not there any more is a dead letter, and holds up nothing.
func TestLargeGone(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	id := submit(t, q, Job{Args: []any{strings.Repeat("x", 2<<20)}})
	for _, name := range kept(t, q.largeArgs) {
		if err := q.largeArgs.Remove(patient(t), name); err != nil {
			t.Fatal(err)
		}
	}
	work(t, q, WorkOptions{}, func(context.Context, string, []any) ([]any, error) {
		t.Error("it was run")
		return nil, nil
	})
	if r, err := q.Result(patient(t), id, true); err != nil || r.Err == nil || !strings.Contains(r.Err.Error(), "object not found") {
		t.Errorf("%+v, %v", r, err)
	}
}

// What is more than is allowed is not submitted; where it came of a job that is not run
// again, and its dead letter says what it was.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{MaxPayload: 3 << 20})
	large := strings.Repeat("x", 4<<20)
	id, _, err := q.Submit(patient(t), Job{Plugin: "tidy", Args: []any{large}})
	if id != "" || !errors.Is(err, host.ErrTooLarge) || host.OutcomeOf(err) != host.NotSent || !strings.Contains(err.Error(), "3145728 are allowed") {
		t.Errorf("%v", err)
	}
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
	if _, err := Open(t.Context(), q.nc, Options{MaxPayload: -1}); err == nil {
		t.Error("a payload of -1")
	}
}
