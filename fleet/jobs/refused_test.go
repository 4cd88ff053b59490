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

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A refusal, however often there is one, is no attempt.
func TestRefusedIsNoAttempt(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	for _, why := range []error{
		host.NewCallError("busy", host.NotSent, host.ErrBusy, "busy"),
		host.NewCallError("closed", host.NotSent, host.ErrClosed, "closed"),
		host.NewCallError("crash-loop", host.NotSent, host.ErrCrashLoop, "its workers do not start"),
		host.NewCallError("unavailable", host.NotSent, fleet.ErrNoInstance, "nobody serves it"),
	} {
		var calls, refused atomic.Int64
		o := WorkOptions{Attempts: 2, Pause: time.Millisecond, Observe: func(a Attempt) {
			if a.Became != Refused {
				return
			}
			if errors.Is(a.Err, why) {
				refused.Add(1)
			}
			if a.Number != 0 || host.OutcomeOf(a.Err) != host.NotSent || a.Code != 429 && a.Code != 503 {
				t.Errorf("%+v", a)
			}
		}}
		stop := work(t, q, o, func(context.Context, string, []any) ([]any, error) {
			switch n := calls.Add(1); n {
			case 6: // between refusals it fails once
				return nil, errors.New("oops")
			case 12:
				return []any{"well"}, nil
			}
			return nil, why
		})
		id := submit(t, q, Job{})
		if r, err := q.Result(patient(t), id, true); err != nil || r.Err != nil || r.Attempts != 2 || fmt.Sprint(r.Results) != "[well]" {
			t.Errorf("%v: %+v, %v", why, r, err)
		}
		stop()
		if refused.Load() != 10 {
			t.Errorf("%v: refused %d times, want 10", why, refused.Load())
		}
	}
}

// What was not refused, but ended for reasons of the job, is an attempt, even if it was not
// sent.
func TestNotSentIsAnAttempt(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	work(t, q, WorkOptions{Attempts: 2, Pause: time.Millisecond}, func(context.Context, string, []any) ([]any, error) {
		return nil, host.NewCallError("deadline", host.NotSent, context.DeadlineExceeded, "no worker had it in time")
	})
	if r, err := q.Result(patient(t), submit(t, q, Job{}), true); err != nil || !errors.Is(r.Err, context.DeadlineExceeded) || r.Attempts != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Refusals are counted once each, for the job that they are of.
func TestNoteRefusal(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	for _, c := range []struct {
		sequence, delivery uint64
		want               int
	}{{7, 1, 1}, {7, 1, 1}, {7, 2, 2}, {7, 5, 3}, {8, 1, 1}, {8, 2, 2}} {
		if err := q.noteRefusal(patient(t), "one", c.sequence, c.delivery); err != nil {
			t.Fatal(err)
		}
		if has, n, err := q.before(patient(t), "one", c.sequence); has || n != c.want || err != nil {
			t.Errorf("%+v: %v, %d, %v", c, has, n, err)
		}
	}
	if has, n, err := q.before(patient(t), "one", 7); has || n != 0 || err != nil {
		t.Errorf("another one of the same name: %v, %d, %v", has, n, err)
	}
	// Those who note at once are both counted.
	var all sync.WaitGroup
	for d := range 5 {
		all.Go(func() {
			if err := persist(slog.New(slog.DiscardHandler), func(ctx context.Context) error { return q.noteRefusal(ctx, "two", 1, uint64(d)+1) }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, n, err := q.before(patient(t), "two", 1); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// A house has slots, which a test takes and leaves.
type house struct {
	callerFunc
	mu    sync.Mutex
	slots int
	taken int
	more  chan struct{}
}

func newHouse(slots int, f func(context.Context, string, []any) ([]any, error)) *house {
	return &house{callerFunc: callerFunc{f: f}, slots: slots, more: make(chan struct{})}
}

func (h *house) Free(ctx context.Context) (int, error) {
	for {
		h.mu.Lock()
		n, more := h.slots-h.taken, h.more
		h.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (h *house) Take() (*fleet.Slot, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taken >= h.slots {
		return nil, false
	}
	h.taken++
	return &fleet.Slot{Caller: h.callerFunc, Leave: func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.taken--
		close(h.more)
		h.more = make(chan struct{})
	}}, true
}

// answer answers with a name.
func answer(name string) func(context.Context, string, []any) ([]any, error) {
	return func(context.Context, string, []any) ([]any, error) { return []any{name}, nil }
}

// waiting is how many requests for jobs the broker has at the moment.
func waiting(t testing.TB, q *Queue) (n int) {
	t.Helper()
	for c := range q.jobs.ListConsumers(patient(t)).Info() {
		n += c.NumWaiting
	}
	return n
}

// A worker without a free slot asks for no job, though it has the consumers: whoever has
// one gets all of them.
func TestNoSlotNoJob(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	q, other := queue(t, brokertest.Connect(t, b), Options{}), queue(t, brokertest.Connect(t, b), Options{})
	full := newHouse(0, answer("full"))
	workAs(t, q, WorkOptions{}, full)
	workAs(t, other, WorkOptions{Observe: func(a Attempt) {
		if a.Became != Answered {
			t.Errorf("%+v", a)
		}
	}}, newHouse(2, answer("idle")))
	for range 20 {
		id := submit(t, q, Job{})
		if r, err := q.Result(patient(t), id, true); err != nil || fmt.Sprint(r.Results) != "[idle]" || r.Attempts != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
	}
}

// What comes to a worker whose slots have been taken by calls meanwhile goes to another
// one, and that is no attempt.
func TestSlotsTakenMeanwhile(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	q, other := queue(t, brokertest.Connect(t, b), Options{}), queue(t, brokertest.Connect(t, b), Options{})
	refused := make(chan Attempt, 100)
	busy := newHouse(1, answer("busy"))
	workAs(t, q, WorkOptions{Attempts: 1, Observe: func(a Attempt) { refused <- a }}, busy)
	brokertest.Await(t, func() bool { return waiting(t, q) == len(Priorities) })
	slot, ok := busy.Take() // a call
	if !ok {
		t.Fatal("there is no slot")
	}
	var ids []string
	for _, p := range Priorities {
		ids = append(ids, submit(t, q, Job{Priority: p}))
		select { // it asked when it had a slot
		case a := <-refused:
			if a.Became != Refused || a.Number != 0 || a.Job != ids[len(ids)-1] || a.Priority != p {
				t.Errorf("%+v", a)
			}
		case <-time.After(time.Minute):
			t.Fatal("nothing came")
		}
	}
	if n := waiting(t, q); n != 0 {
		t.Errorf("%d requests for jobs without a slot", n)
	}
	workAs(t, other, WorkOptions{Attempts: 1}, newHouse(1, answer("idle")))
	for _, id := range ids {
		if r, err := q.Result(patient(t), id, true); err != nil || fmt.Sprint(r.Results) != "[idle]" || r.Attempts != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if len(refused) > 0 {
		t.Errorf("one more: %+v", <-refused)
	}
	slot.Leave()
	brokertest.Await(t, func() bool { return waiting(t, q) == 2*len(Priorities) })
}

// No more jobs are taken from the broker than there are slots, those of the first priority
// before the others.
func TestNoMoreJobsThanSlots(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	for _, p := range []Priority{Low, Normal, High} {
		for range 3 {
			submit(t, q, Job{Priority: p, Args: []any{string(p)}})
		}
	}
	runs, release := make(chan string, 9), make(chan struct{})
	h := newHouse(1, func(_ context.Context, _ string, args []any) ([]any, error) {
		runs <- args[0].(string)
		<-release
		return nil, nil
	})
	workAs(t, q, WorkOptions{Observe: func(a Attempt) {
		if a.Became != Answered {
			t.Errorf("%+v", a)
		}
	}}, h)
	for left := 9; left > 0; left-- {
		want := []Priority{High, Normal, Low}[(9-left)/3]
		select {
		case got := <-runs:
			if got != string(want) {
				t.Errorf("with %d left, one of %s runs, want %s", left, got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("with %d left, none runs", left)
		}
		// One job is fetched for one slot; what was acknowledged before is counted in a moment.
		brokertest.Await(t, func() bool {
			fetched := 0
			for c := range q.jobs.ListConsumers(patient(t)).Info() {
				fetched += c.NumAckPending
			}
			return fetched == 1
		})
		release <- struct{}{}
	}
}
