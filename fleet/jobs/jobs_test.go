package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A callerFunc answers calls of the function that it is asked for.
type callerFunc struct {
	name string
	f    func(ctx context.Context, name string, args []any) ([]any, error)
}

func (c callerFunc) Call(ctx context.Context, args ...any) ([]any, error) {
	return c.f(ctx, c.name, args)
}

func (c callerFunc) Function(name string) host.Caller { return callerFunc{name, c.f} }

func (callerFunc) Go(func([]any, error), ...any) uint64 { panic("jobs do not use it") }

func (callerFunc) Stream(context.Context, ...any) iter.Seq2[host.Event, error] {
	panic("jobs do not use it")
}

func queue(t testing.TB, nc *nats.Conn, o Options) *Queue {
	t.Helper()
	o.Create = true
	q, err := Open(patient(t), nc, o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// work runs jobs until the test ends, or stop is called.
func work(t testing.TB, q *Queue, o WorkOptions, f func(ctx context.Context, name string, args []any) ([]any, error)) (stop func()) {
	t.Helper()
	return workAs(t, q, o, callerFunc{f: f})
}

func workAs(t testing.TB, q *Queue, o WorkOptions, c host.Caller) (stop func()) {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Work(ctx, "tidy", "stable", c, o) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func patient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func submit(t testing.TB, q *Queue, j Job) string {
	t.Helper()
	j.Plugin = "tidy"
	id, _, err := q.Submit(patient(t), j)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestJob(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	id := submit(t, q, Job{Args: []any{"caf\xe9", "b"}})
	other := submit(t, q, Job{Function: "list", Args: []any{int64(1), nil, map[string]any{"a": true}}, Timeout: time.Minute})
	if _, err := q.Result(patient(t), id, false); !errors.Is(err, ErrNoResult) {
		t.Errorf("%v", err)
	}
	work(t, q, WorkOptions{}, func(ctx context.Context, name string, args []any) ([]any, error) {
		if _, limited := ctx.Deadline(); limited != (name == "list") {
			t.Errorf("%q has a deadline: %v", name, limited)
		}
		return append(args, name), nil
	})
	for id, want := range map[string]string{id: "[caf\xe9 b ]", other: "[1 <nil> map[a:true] list]"} {
		r, err := q.Result(patient(t), id, true)
		if err != nil || r.Err != nil || fmt.Sprint(r.Results) != want || r.Attempts != 1 || r.At.IsZero() {
			t.Errorf("%+v, %v; want %s", r, err, want)
		}
		again, err := q.Result(patient(t), id, false)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(r) {
			t.Errorf("%+v, %v", again, err)
		}
	}
	// What has a result is nowhere else.
	brokertest.Await(t, func() bool {
		info, err := q.jobs.Info(patient(t))
		return err == nil && info.State.Msgs == 0
	})
}

// A job of the same ID is the same job.
func TestDuplicate(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	for i := range 3 {
		id, duplicate, err := q.Submit(patient(t), Job{ID: "one", Plugin: "tidy"})
		if id != "one" || duplicate != (i > 0) || err != nil {
			t.Error(id, duplicate, err)
		}
	}
	info, err := q.jobs.Info(patient(t))
	if err != nil || info.State.Msgs != 1 {
		t.Errorf("%+v, %v", info, err)
	}
}

// What fails is tried again, then is a dead letter, and can be tried again or thrown
// away.
func TestDead(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	var (
		mu      sync.Mutex
		tries   = map[string]int{}
		healthy bool
	)
	work(t, q, WorkOptions{Attempts: 3, Pause: time.Millisecond}, func(_ context.Context, _ string, args []any) ([]any, error) {
		mu.Lock()
		defer mu.Unlock()
		tries[args[0].(string)]++
		if healthy || args[0] == "twice" && tries["twice"] == 3 {
			return []any{"well"}, nil
		}
		return nil, &host.ScriptError{Message: "no, " + args[0].(string)}
	})
	twice := submit(t, q, Job{Args: []any{"twice"}})
	r, err := q.Result(patient(t), twice, true)
	if err != nil || r.Err != nil || r.Attempts != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	never := submit(t, q, Job{Args: []any{"never"}, Priority: High, Function: "f"})
	r, err = q.Result(patient(t), never, true)
	var script *host.ScriptError
	if err != nil || !errors.As(r.Err, &script) || script.Message != "no, never" || r.Attempts != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	dead, err := q.Dead(patient(t), "tidy", 0)
	if err != nil || len(dead) != 1 || dead[0].ID != never || dead[0].Attempts != 3 || dead[0].Err.Error() != "no, never" ||
		dead[0].Plugin != "tidy" || dead[0].Track != "stable" || dead[0].Priority != High || dead[0].Function != "f" || fmt.Sprint(dead[0].Args) != "[never]" {
		t.Fatalf("%+v, %v", dead, err)
	}
	if others, err := q.Dead(patient(t), "other", 0); err != nil || len(others) != 0 {
		t.Errorf("%+v, %v", others, err)
	}
	mu.Lock()
	healthy = true
	mu.Unlock()
	if err := q.Retry(patient(t), never); err != nil {
		t.Fatal(err)
	}
	r, err = q.Result(patient(t), never, true)
	if err != nil || r.Err != nil || fmt.Sprint(r.Results) != "[well]" {
		t.Errorf("%+v, %v", r, err)
	}
	for _, f := range []func(context.Context, string) error{q.Retry, q.Purge} {
		if err := f(patient(t), never); !errors.Is(err, ErrNoDead) {
			t.Errorf("%v", err)
		}
	}
	mu.Lock()
	healthy = false
	mu.Unlock()
	purged := submit(t, q, Job{Args: []any{"purged"}})
	if _, err := q.Result(patient(t), purged, true); err != nil {
		t.Fatal(err)
	}
	if err := q.Purge(patient(t), purged); err != nil {
		t.Error(err)
	}
	if dead, err := q.Dead(patient(t), "", 0); err != nil || len(dead) != 0 {
		t.Errorf("%+v, %v", dead, err)
	}
}

// What is no job is a dead letter, and holds up nothing.
func TestBroken(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	q := queue(t, nc, Options{})
	for _, h := range []nats.Header{
		nil,
		{headerJob: {"a.b"}},
		{headerJob: {"x"}, headerSerialiser: {"xml"}},
		{headerJob: {"y"}, headerTimeout: {"soon"}},
		{headerJob: {"z"}},
		{headerJob: {"f"}, headerFunction: {strings.Repeat("f", 60<<10)}},
		{headerJob: {"h"}, headerObject: {"a b"}},
		{headerJob: {"i"}, headerObject: {strings.Repeat("x", 60<<10)}},
		{headerJob: {"g"}, "X-Large": {strings.Repeat("x", 60<<10)}},
	} {
		if _, err := q.js.PublishMsg(patient(t), &nats.Msg{Subject: "job.tidy.stable.normal", Header: h, Data: []byte("?")}); err != nil {
			t.Fatal(err)
		}
	}
	good := submit(t, q, Job{})
	work(t, q, WorkOptions{}, func(context.Context, string, []any) ([]any, error) { return nil, nil })
	if r, err := q.Result(patient(t), good, true); err != nil || r.Err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	brokertest.Await(t, func() bool {
		dead, err := q.Dead(patient(t), "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(dead) == 9
	})
	dead, err := q.Dead(patient(t), "", 2)
	if err != nil || len(dead) != 2 {
		t.Errorf("%+v, %v", dead, err)
	}
	// Each has a name, by which it can be thrown away; what is no job is not tried again.
	if dead, err = q.Dead(patient(t), "tidy", 0); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range dead {
		names = append(names, d.ID)
		if !strings.Contains(d.Err.Error(), "cannot be read") {
			t.Errorf("%s: %v", d.ID, d.Err)
		}
		if err := q.Retry(patient(t), d.ID); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v", d.ID, err)
		}
		if err := q.Purge(patient(t), d.ID); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(names)
	if got, want := fmt.Sprint(names), "[f g h i unnamed-1 unnamed-2 x y z]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestPriorities(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	var want []string
	for _, p := range []Priority{Low, Normal, High} {
		for i := range 5 {
			submit(t, q, Job{Priority: p, Args: []any{fmt.Sprint(p, i)}})
		}
	}
	for _, p := range Priorities {
		for i := range 5 {
			want = append(want, fmt.Sprint(p, i))
		}
	}
	var (
		mu  sync.Mutex
		got []string
	)
	work(t, q, WorkOptions{Concurrency: 1}, func(_ context.Context, _ string, args []any) ([]any, error) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, args[0].(string))
		return nil, nil
	})
	brokertest.Await(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(got) == len(want)
	})
	// Between priorities no order is promised: the next urgent one may not be there yet.
	for _, p := range Priorities {
		var of []string
		for _, name := range got {
			if strings.HasPrefix(name, string(p)) {
				of = append(of, name)
			}
		}
		if !slices.IsSorted(of) {
			t.Errorf("%v", of)
		}
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	began := time.Now()
	const delay = 300 * time.Millisecond
	id := submit(t, q, Job{Delay: delay, Args: []any{"x"}})
	work(t, q, WorkOptions{}, func(_ context.Context, _ string, args []any) ([]any, error) { return args, nil })
	r, err := q.Result(patient(t), id, true)
	if err != nil || fmt.Sprint(r.Results) != "[x]" || r.Attempts != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if took := time.Since(began); took < delay-50*time.Millisecond { // it is less by what the clocks differ
		t.Errorf("it came after %v", took)
	}
}

// A worker that ends finishes what it has.
func TestWorkDrains(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	id := submit(t, q, Job{})
	runs, release := make(chan struct{}), make(chan struct{})
	stop := work(t, q, WorkOptions{}, func(ctx context.Context, _ string, _ []any) ([]any, error) {
		close(runs)
		<-release
		return []any{"done"}, ctx.Err()
	})
	<-runs
	time.AfterFunc(20*time.Millisecond, func() { close(release) })
	stop()
	if r, err := q.Result(patient(t), id, false); err != nil || fmt.Sprint(r.Results) != "[done]" {
		t.Errorf("%+v, %v", r, err)
	}
}

// A worker that ends gives back what takes longer, and another one has it.
func TestWorkEnds(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	id := submit(t, q, Job{})
	runs := make(chan struct{})
	stop := work(t, q, WorkOptions{Drain: time.Millisecond}, func(ctx context.Context, _ string, _ []any) ([]any, error) {
		close(runs)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	<-runs
	stop()
	work(t, q, WorkOptions{}, func(context.Context, string, []any) ([]any, error) { return []any{"second"}, nil })
	r, err := q.Result(patient(t), id, true)
	if err != nil || fmt.Sprint(r.Results) != "[second]" || r.Attempts != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A job whose workers are lost with it again and again is a dead letter, and is not
// given to one more.
func TestLostWorkers(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	q := queue(t, nc, Options{})
	id := submit(t, q, Job{})
	c, err := q.jobs.CreateConsumer(patient(t), consumerOf("tidy", "stable", Normal, ackTime))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // as one that is lost, whose time is up at once
		m, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Nak(); err != nil {
			t.Fatal(err)
		}
	}
	work(t, q, WorkOptions{Attempts: 2}, func(context.Context, string, []any) ([]any, error) {
		t.Error("it was run")
		return nil, nil
	})
	r, err := q.Result(patient(t), id, true)
	if err != nil || r.Err == nil || !strings.Contains(r.Err.Error(), "lost, 2 times") {
		t.Errorf("%+v, %v", r, err)
	}
}

// A job that has a result is not run again.
func TestResultIsThere(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	q := queue(t, nc, Options{})
	id := submit(t, q, Job{})
	c, err := q.jobs.CreateConsumer(patient(t), consumerOf("tidy", "stable", Normal, ackTime))
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := q.store(patient(t), id, []any{"first"}, nil, 1); err != nil {
		t.Fatal(err)
	}
	if err := q.store(patient(t), id, []any{"second"}, nil, 2); err != nil {
		t.Fatal(err)
	}
	if err := m.Nak(); err != nil { // whoever had it was lost before it said so
		t.Fatal(err)
	}
	work(t, q, WorkOptions{}, func(context.Context, string, []any) ([]any, error) {
		t.Error("it was run")
		return nil, nil
	})
	brokertest.Await(t, func() bool {
		info, err := q.jobs.Info(patient(t))
		return err == nil && info.State.Msgs == 0
	})
	if r, err := q.Result(patient(t), id, false); err != nil || fmt.Sprint(r.Results) != "[first]" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	if _, err := Open(t.Context(), nc, Options{}); !errors.Is(err, ErrNoQueue) {
		t.Errorf("%v", err)
	}
	if _, err := Open(t.Context(), nc, Options{Replicas: -1}); err == nil {
		t.Error("-1 replicas")
	}
	without := brokertest.Connect(t, brokertest.Start(t, func(o *server.Options) { o.JetStream = false }))
	if _, err := Open(t.Context(), without, Options{Create: true}); !errors.Is(err, ErrNoJetStream) {
		t.Errorf("%v", err)
	}
	q := queue(t, nc, Options{MaxBytes: 1 << 10})
	for _, j := range []Job{
		{}, {Plugin: "a.b"}, {Plugin: "a", Track: "*"}, {Plugin: "a", ID: "b c"}, {Plugin: "a", Priority: "urgent"},
		{Plugin: "a", Delay: -1}, {Plugin: "a", Timeout: -1}, {Plugin: "a", Args: []any{func() {}}},
	} {
		if id, _, err := q.Submit(patient(t), j); err == nil || id != "" {
			t.Errorf("%+v: %q, %v", j, id, err)
		}
	}
	if _, _, err := q.Submit(patient(t), Job{Plugin: "a", Args: []any{strings.Repeat("x", 2<<10)}}); !errors.Is(err, ErrStorage) {
		t.Errorf("%v", err)
	}
	if err := q.Work(t.Context(), "a.b", "stable", nil, WorkOptions{}); err == nil {
		t.Error("it works")
	}
	if err := q.Work(t.Context(), "a", "stable", nil, WorkOptions{Attempts: -1}); err == nil {
		t.Error("it works")
	}
}
