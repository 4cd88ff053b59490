package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

// lose has a delivery of the next job be in vain, as if whoever had it were lost at once.
func lose(t testing.TB, q *Queue) {
	t.Helper()
	c, err := q.jobs.CreateConsumer(patient(t), consumerOf("tidy", "stable", Normal, ackTime))
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Nak(); err != nil {
		t.Fatal(err)
	}
}

// A job whose results cannot be stored at the moment has run once all the same, and so has
// one that fails for good, and whose dead letter cannot be stored.
func TestStoredLater(t *testing.T) {
	t.Parallel()
	for stream, function := range map[string]string{"KV_" + ResultsBucket: "", DeadStream: "fail"} {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
			full := func(bytes int64) {
				t.Helper()
				s, err := q.js.Stream(patient(t), stream)
				if err != nil {
					t.Fatal(err)
				}
				c := s.CachedInfo().Config
				c.MaxBytes, c.Discard = bytes, jetstream.DiscardNew
				if _, err := q.js.UpdateStream(patient(t), c); err != nil {
					t.Fatal(err)
				}
			}
			full(1)
			var runs atomic.Int64
			log := &journal{}
			work(t, q, WorkOptions{Attempts: 1, Logger: slog.New(slog.NewTextHandler(log, nil))}, func(_ context.Context, name string, _ []any) ([]any, error) {
				runs.Add(1)
				if name == "fail" {
					return nil, errors.New("oops")
				}
				return []any{"well"}, nil
			})
			id := submit(t, q, Job{Function: function})
			brokertest.Await(t, func() bool { return strings.Contains(log.String(), "cannot be stored") })
			full(-1)
			r, err := q.Result(patient(t), id, true)
			if err != nil || (r.Err != nil) != (function == "fail") || r.Err != nil && r.Err.Error() != "oops" || r.Attempts != 1 || runs.Load() != 1 {
				t.Errorf("%+v, %v, after %d runs", r, err, runs.Load())
			}
		})
	}
}

// As long as it is not known whether a job has a result it is not run, and that is no
// attempt either.
func TestResultUnknown(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	id := submit(t, q, Job{})
	lose(t, q)
	bucket, err := q.js.Stream(patient(t), "KV_"+ResultsBucket)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.js.DeleteStream(patient(t), "KV_"+ResultsBucket); err != nil {
		t.Fatal(err)
	}
	var runs atomic.Int64
	log := &journal{}
	work(t, q, WorkOptions{Attempts: 2, Logger: slog.New(slog.NewTextHandler(log, nil))}, func(context.Context, string, []any) ([]any, error) {
		runs.Add(1)
		return []any{"well"}, nil
	})
	brokertest.Await(t, func() bool { return strings.Contains(log.String(), "whether a job has a result cannot be read") })
	if runs.Load() != 0 {
		t.Error("it was run")
	}
	if _, err := q.js.CreateStream(patient(t), bucket.CachedInfo().Config); err != nil {
		t.Fatal(err)
	}
	if r, err := q.Result(patient(t), id, true); err != nil || fmt.Sprint(r.Results) != "[well]" || r.Attempts != 2 || runs.Load() != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A job with a delay waits for all of it, though whoever was to see to that was lost, and
// that is no attempt.
func TestDelayLost(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	began := time.Now()
	const delay = 500 * time.Millisecond
	id := submit(t, q, Job{Delay: delay})
	lose(t, q)
	work(t, q, WorkOptions{Attempts: 1}, func(context.Context, string, []any) ([]any, error) { return nil, nil })
	if r, err := q.Result(patient(t), id, true); err != nil || r.Err != nil || r.Attempts != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if took := time.Since(began); took < delay-50*time.Millisecond { // it is less by what the clocks differ
		t.Errorf("it came after %v", took)
	}
}

// A consumer that somebody has deleted is made again.
func TestConsumerDeleted(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	work(t, q, WorkOptions{}, answer("well"))
	brokertest.Await(t, func() bool { return waiting(t, q) == len(Priorities) })
	for _, p := range Priorities {
		if err := q.jobs.DeleteConsumer(patient(t), "tidy-stable-"+string(p)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range Priorities {
		if r, err := q.Result(patient(t), submit(t, q, Job{Priority: p}), true); err != nil || fmt.Sprint(r.Results) != "[well]" {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// A job whose instance has lost the broker is run by another one, once the broker has not
// heard of it for a while; what the first one makes of it then changes nothing.
func TestInstanceLost(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	q := queue(t, brokertest.Connect(t, b), Options{})
	nc := brokertest.Connect(t, b)
	lost := queue(t, nc, Options{})
	runs, release := make(chan struct{}), make(chan struct{})
	o := WorkOptions{Attempts: 2, ack: 500 * time.Millisecond}
	stop := work(t, lost, o, func(context.Context, string, []any) ([]any, error) {
		close(runs)
		<-release
		return []any{"first"}, nil
	})
	id := submit(t, q, Job{})
	<-runs
	nc.Close()
	work(t, q, o, answer("second"))
	if r, err := q.Result(patient(t), id, true); err != nil || fmt.Sprint(r.Results) != "[second]" || r.Attempts != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	close(release)
	stop()
	if r, err := q.Result(patient(t), id, false); err != nil || fmt.Sprint(r.Results) != "[second]" {
		t.Errorf("%+v, %v", r, err)
	}
}

// What is submitted while a worker ends is run by another one. Mostly it was not given to
// the first one, or was given back; what was on its way there the broker gives to another
// after a while.
func TestSubmittedWhileItEnds(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	q := queue(t, brokertest.Connect(t, b), Options{})
	o := WorkOptions{ack: 2 * time.Second}
	var ids []string
	for range 5 {
		stop := work(t, queue(t, brokertest.Connect(t, b), Options{}), o, answer("well"))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			stop()
		}()
		for going := true; going; {
			select {
			case <-ended:
				going = false
			default:
				ids = append(ids, submit(t, q, Job{}))
			}
		}
	}
	work(t, q, o, answer("well"))
	for _, id := range ids {
		if r, err := q.Result(patient(t), id, true); err != nil || r.Err != nil {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// A worker that ends leaves nothing behind, with a broker or without one.
func TestWorkLeavesNothing(t *testing.T) { // not beside other tests, whose goroutines would count
	b := brokertest.Start(t, nil)
	nc := brokertest.Connect(t, b)
	q := queue(t, nc, Options{})
	before := 0
	for i := range 4 {
		if i == 1 { // the broker has its consumers
			before = runtime.NumGoroutine()
		}
		stop := work(t, q, WorkOptions{}, answer("well"))
		if _, err := q.Result(patient(t), submit(t, q, Job{}), true); err != nil {
			t.Fatal(err)
		}
		stop()
	}
	brokertest.Await(t, func() bool { return runtime.NumGoroutine() <= before })
	stop := work(t, q, WorkOptions{}, answer("well"))
	brokertest.Await(t, func() bool { return waiting(t, q) == len(Priorities) })
	b.Shutdown()
	brokertest.Await(t, func() bool { return !nc.IsConnected() })
	began := time.Now()
	stop()
	if took := time.Since(began); took > answerTime {
		t.Errorf("it ended after %v", took)
	}
}

// That nobody listens yet to what was made a moment ago is no trouble of which people have to
// know; that nobody does later is.
func TestTroubleOfNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		age  time.Duration
		err  error
		want slog.Level
	}{
		{0, nats.ErrNoResponders, slog.LevelDebug},
		{2 * newTime, nats.ErrNoResponders, slog.LevelError},
		{0, nats.ErrConnectionClosed, slog.LevelError},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			w := &worker{began: time.Now().Add(-c.age), log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
			w.trouble(t.Context(), c.err)
			if !strings.Contains(log.String(), "level="+c.want.String()+" ") {
				t.Errorf("%v after %v: %s, want %v", c.err, c.age, &log, c.want)
			}
		})
	}
}
