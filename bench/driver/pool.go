package driver

import (
	"errors"
	"fmt"
	"time"
)

// computing is how long the function of a pool takes, about.
const computing = 100 * time.Microsecond

// pool has twice as many callers as workers call a function that computes.
func (s *server) pool(p Pooler, workers int, span time.Duration) (Outcome, error) {
	compute, end, err := p.Pool(workers)
	if err != nil {
		return Outcome{}, err
	}
	run := func(n int) error {
		sum, err := compute(n)
		if err == nil && sum != upTo(n) {
			err = fmt.Errorf("the sum of 1 to %d is %d", n, sum)
		}
		return err
	}
	o, err := func() (Outcome, error) {
		if s.loop == 0 {
			if s.loop, err = calibrate(run); err != nil {
				return Outcome{}, err
			}
		}
		return sideBySide(2*workers, span, func(_, _ int) error { return run(s.loop) })
	}()
	return o, errors.Join(err, end())
}

// calibrate returns how large n has to be for run(n) to take 100 µs more than a
// run that has nothing to do.
func calibrate(run func(n int) error) (int, error) {
	fastest := func(n int) (best time.Duration, err error) {
		best = time.Hour
		for range 50 {
			begun := time.Now()
			if err := run(n); err != nil {
				return 0, err
			}
			best = min(best, time.Since(begun))
		}
		return best, nil
	}
	empty, err := fastest(0)
	if err != nil {
		return 0, err
	}
	for n := 64; ; n *= 2 {
		took, err := fastest(n)
		if err != nil {
			return 0, err
		}
		if took -= empty; took >= 2*computing {
			return int(int64(n) * int64(computing) / int64(took)), nil
		}
	}
}
