package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
)

// Each attempt is told once, with what became of the job by it.
func TestObserve(t *testing.T) {
	t.Parallel()
	q := queue(t, brokertest.Connect(t, brokertest.Start(t, nil)), Options{})
	attempts := make(chan Attempt, 100)
	oops := errors.New("oops")
	o := WorkOptions{Attempts: 2, Pause: time.Millisecond, Observe: func(a Attempt) { attempts <- a }}
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
		err      error
	}{
		{"", []Became{Answered}, nil}, {"fail", []Became{Again, Buried}, oops}, {"odd", []Became{Buried}, nil},
	} {
		id := submit(t, q, Job{Function: c.function})
		for i, want := range c.became {
			select {
			case a := <-attempts:
				if a.Plugin != "tidy" || a.Track != "stable" || a.Job != id || a.Number != i+1 || a.Became != want || !errors.Is(a.Err, c.err) || a.Began.Before(began) || a.Took < 0 {
					t.Errorf("%q: %+v, want %s", c.function, a, want)
				}
			case <-time.After(time.Minute):
				t.Fatalf("%q: no attempt was told", c.function)
			}
		}
	}
	if len(attempts) > 0 {
		t.Errorf("one more: %+v", <-attempts)
	}
}
