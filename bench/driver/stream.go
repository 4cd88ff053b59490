package driver

import (
	"fmt"
	"time"
)

// maxAtOnce bounds how many calls or events are made at once, which wait in memory.
const maxAtOnce = 1 << 19

// growing runs a function with more and more to do until it takes a third of span,
// and tells how the last run went.
func growing(span time.Duration, run func(n int) error) (Outcome, error) {
	for n := 64; ; n *= 2 {
		begun := time.Now()
		if err := run(n); err != nil {
			return Outcome{}, err
		}
		took := time.Since(begun)
		if took >= span/3 || n >= maxAtOnce {
			return Outcome{Nanos: []int64{took.Nanoseconds()}, Done: n, Right: n}, nil
		}
	}
}

// stream makes calls without waiting. That each has the right answer is seen in
// their sum: the answers need not come in order.
func stream(w Streamer, span time.Duration) (Outcome, error) {
	return growing(span, func(n int) error {
		type end struct {
			sum int64
			err error
		}
		done := make(chan end, 1)
		var sum int64
		var failed error
		left := n
		answered := func(answer string, err error) {
			if err == nil {
				var v int64
				v, err = value(answer)
				sum += v
			}
			if err != nil && failed == nil {
				failed = err
			}
			if left--; left == 0 {
				done <- end{sum, failed}
			}
		}
		send := w.Stream(n, answered)
		for i := range n {
			send(number(i + 1))
		}
		e := <-done
		if e.err == nil && e.sum != upTo(n) {
			e.err = fmt.Errorf("the answers to 1 to %d have the sum %d", n, e.sum)
		}
		return e.err
	})
}

// events has the worker send many.
func events(w Emitter, span time.Duration) (Outcome, error) {
	return growing(span, func(n int) error {
		sum, err := w.Emit(n)
		if err == nil && sum != upTo(n) {
			err = fmt.Errorf("the events 1 to %d have the sum %d", n, sum)
		}
		return err
	})
}
