package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

// Of several who submit a job at once one has done so, and it runs once.
func TestDuplicateAtOnce(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	var (
		all   sync.WaitGroup
		first atomic.Int64
		runs  atomic.Int64
		q     *Queue
	)
	for i := range 8 {
		one := queue(t, brokertest.Connect(t, b), Options{})
		if q == nil {
			q = one
			work(t, q, WorkOptions{}, func(_ context.Context, _ string, args []any) ([]any, error) {
				runs.Add(1)
				return args, nil
			})
		}
		all.Go(func() {
			id, duplicate, err := one.Submit(patient(t), Job{ID: "one", Plugin: "tidy", Args: []any{fmt.Sprint(i)}})
			if id != "one" || err != nil {
				t.Error(id, err)
			}
			if !duplicate {
				first.Add(1)
			}
		})
	}
	all.Wait()
	if r, err := q.Result(patient(t), "one", true); err != nil || r.Err != nil || first.Load() != 1 || runs.Load() != 1 {
		t.Errorf("%+v, %v; submitted %d times, run %d times", r, err, first.Load(), runs.Load())
	}
}

// A job that has a result is the same job, however long ago it was submitted; one whose
// result is there no more is a new one.
func TestDuplicateOfResult(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{Window: 100 * time.Millisecond})
	var runs atomic.Int64
	work(t, q, WorkOptions{Attempts: 1}, func(_ context.Context, name string, _ []any) ([]any, error) {
		runs.Add(1)
		if name == "fail" {
			return nil, errors.New("oops")
		}
		return []any{"well"}, nil
	})
	for _, f := range []string{"", "fail"} {
		runs.Store(0)
		j := Job{ID: "one" + f, Plugin: "tidy", Function: f}
		for i := range 3 {
			id, duplicate, err := q.Submit(patient(t), j)
			if id != j.ID || duplicate != (i > 0) || err != nil {
				t.Error(id, duplicate, err)
			}
			if r, err := q.Result(patient(t), id, true); err != nil || (r.Err != nil) != (f == "fail") {
				t.Errorf("%+v, %v", r, err)
			}
			time.Sleep(150 * time.Millisecond) // the broker tells nobody that its window has passed
		}
		if runs.Load() != 1 {
			t.Errorf("%d runs", runs.Load())
		}
		if err := q.results.Purge(patient(t), j.ID); err != nil { // as after its time
			t.Fatal(err)
		}
		if _, err := q.Result(patient(t), j.ID, false); !errors.Is(err, ErrNoResult) {
			t.Errorf("%v", err)
		}
		if _, duplicate, err := q.Submit(patient(t), j); duplicate || err != nil {
			t.Error(duplicate, err)
		}
		if _, err := q.Result(patient(t), j.ID, true); err != nil || runs.Load() != 2 {
			t.Errorf("%v, %d runs", err, runs.Load())
		}
	}
}

// A result goes by itself after its time.
func TestResultExpires(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{ResultTTL: 200 * time.Millisecond})
	release := make(chan struct{})
	work(t, q, WorkOptions{}, func(context.Context, string, []any) ([]any, error) {
		<-release
		return nil, nil
	})
	id := submit(t, q, Job{})
	told := make(chan error, 1)
	go func() {
		_, err := q.Result(patient(t), id, true)
		told <- err
	}()
	brokertest.Await(t, func() bool { // the result may be gone before anybody looks who comes later
		results, err := q.js.Stream(patient(t), "KV_"+ResultsBucket)
		return err == nil && results.CachedInfo().State.Consumers > 0
	})
	close(release)
	if err := <-told; err != nil {
		t.Fatal(err)
	}
	brokertest.Await(t, func() bool {
		_, err := q.Result(patient(t), id, false)
		return errors.Is(err, ErrNoResult)
	})
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := q.Result(short, id, true); !errors.Is(err, ErrNoResult) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// What is published where nobody would come for it is not taken.
func TestNoSuchPriority(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	for _, subject := range []string{"job.tidy.stable.urgent", "job.tidy.high", "job.tidy.stable.high.x"} {
		m := &nats.Msg{Subject: subject, Header: nats.Header{headerJob: {"one"}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if _, err := q.js.PublishMsg(ctx, m); err == nil {
			t.Errorf("%s was taken", subject)
		}
		cancel()
	}
}

// The headers that a submitter adds reach the attempts, the dead letter, and the attempts
// after that; those that are not its to add, or are too many, do not.
func TestHeaders(t *testing.T) {
	t.Parallel()
	type key struct{}
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	q := queue(t, nc, Options{Headers: func(ctx context.Context, h nats.Header) {
		h["traceparent"] = []string{ctx.Value(key{}).(string)}
		h["Rpc-Job"], h["rpc-function"], h["Nats-Rollup"] = []string{"another"}, []string{"another"}, []string{"all"}
		h["x-large"] = []string{strings.Repeat("x", maxForeign)}
		h["none"] = nil
	}})
	attempts := make(chan Attempt, 10)
	work(t, q, WorkOptions{Attempts: 1, Observe: func(a Attempt) { attempts <- a }}, func(context.Context, string, []any) ([]any, error) {
		return nil, errors.New("oops")
	})
	ctx := context.WithValue(patient(t), key{}, "of the caller")
	if _, _, err := q.Submit(ctx, Job{ID: "one", Plugin: "tidy"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a := <-attempts
		if a.Job != "one" || a.Function != "" || a.Became != Buried || a.Header.Get("traceparent") != "of the caller" || len(foreign(a.Header)) != 1 {
			t.Errorf("%+v", a)
		}
		if err := q.Retry(patient(t), "one"); err != nil {
			t.Fatal(err)
		}
	}
}

// A lossyStream loses the answers to so many messages that are published.
type lossyStream struct {
	jetstream.JetStream
	lose int
}

func (s *lossyStream) PublishMsg(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	ack, err := s.JetStream.PublishMsg(ctx, m, opts...)
	if s.lose > 0 {
		s.lose--
		return nil, context.DeadlineExceeded
	}
	return ack, err
}

// A job whose answer is lost is submitted again, and is one job, with the arguments that
// it has been submitted with.
func TestSubmitAnswerLost(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	q := queue(t, brokertest.Connect(t, b), Options{})
	lossy := &lossyStream{JetStream: q.js}
	q.js = lossy
	text := strings.Repeat("x", 2<<20)
	for _, c := range []struct {
		id        string
		duplicate bool
	}{{"", false}, {"named", true}} {
		lossy.lose = 2
		id, duplicate, err := q.Submit(patient(t), Job{ID: c.id, Plugin: "tidy", Args: []any{text}})
		if err != nil || duplicate != c.duplicate || lossy.lose > 0 {
			t.Fatalf("%q: %q, %v, %v", c.id, id, duplicate, err)
		}
		stop := work(t, q, WorkOptions{Attempts: 1}, func(_ context.Context, _ string, args []any) ([]any, error) { return args, nil })
		if r, err := q.Result(patient(t), id, true); err != nil || r.Err != nil || len(r.Results) != 1 || r.Results[0] != text {
			t.Errorf("%q: %v, %v", c.id, r.Err, err)
		}
		stop()
	}
	lossy.lose = 1
	_, _, err := q.Submit(t.Context(), Job{Plugin: "tidy"})
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the stream RPC_JOBS") {
		t.Errorf("without a deadline: %v", err)
	}
}
