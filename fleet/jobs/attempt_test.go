package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// Each attempt is told once, with what became of the job by it.
func TestObserve(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	attempts := make(chan Attempt, 100)
	oops := errors.New("oops")
	log := &journal{}
	o := WorkOptions{Attempts: 2, Pause: time.Millisecond, Observe: func(a Attempt) { attempts <- a }, Logger: slog.New(slog.NewJSONHandler(log, nil))}
	began := time.Now()
	work(t, q, o, func(_ context.Context, name string, args []any) ([]any, error) {
		switch name {
		case "fail":
			return nil, oops
		case "odd":
			return []any{make(chan int)}, nil // which no result can carry
		}
		return args, nil
	})
	for _, c := range []struct {
		function string
		became   []Became
		wrong    func(Attempt) bool
	}{
		{"", []Became{Answered}, func(a Attempt) bool { return a.Err != nil || a.Code != 0 }},
		{"fail", []Became{Again, Buried}, func(a Attempt) bool { return !errors.Is(a.Err, oops) || a.Code != 500 }},
		{"odd", []Became{Buried}, func(a Attempt) bool {
			return !errors.As(a.Err, new(*host.SerialiseError)) || a.Code != 400 || host.OutcomeOf(a.Err) != host.Completed
		}},
	} {
		id := submit(t, q, Job{Function: c.function})
		var all []Attempt
		for range c.became {
			select {
			case a := <-attempts:
				all = append(all, a)
			case <-time.After(time.Minute):
				t.Fatalf("%q: no attempt was told", c.function)
			}
		}
		// One may be told after the next, which somebody else has made meanwhile.
		slices.SortFunc(all, func(a, b Attempt) int { return a.Number - b.Number })
		for i, want := range c.became {
			if a := all[i]; a.Plugin != "tidy" || a.Function != c.function || a.Priority != Normal || a.Submitted.IsZero() || a.Track != "stable" || a.Job != id || a.Number != i+1 || a.Became != want || c.wrong(a) || a.Began.Before(began) || a.Took < 0 {
				t.Errorf("%q: %+v, want %s", c.function, a, want)
			}
		}
	}
	if len(attempts) > 0 {
		t.Errorf("one more: %+v", <-attempts)
	}
	// What did not go well is told to people too, with whose it is.
	for _, want := range []string{`"msg":"a job failed, and is tried again","plugin":"tidy","track":"stable","job":"`, `"attempt":1`, `"msg":"a job is tried again"`, `"msg":"a job has failed for good"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("there is no %s in the log:\n%s", want, log)
		}
	}
}

// A journal is what was logged.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}
