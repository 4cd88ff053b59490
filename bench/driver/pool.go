package driver

import (
	"errors"
	"fmt"
	"time"
)

// computing is how long the function of a pool takes, about.
const computing = 100 * time.Microsecond

// poolTurn is how long one pool is called before the other one has its turn: long beside
// a call, since each turn ends with the calls that are under way.
const poolTurn = 25 * time.Millisecond

// pool has a pool of some workers run a function that computes, and by turns with it a
// pool of one: each with twice as many callers as workers. Both are there all the time.
func (s *server) pool(p Pooler, workers int, span time.Duration) (o Outcome, err error) {
	var turns []turnFunc
	for _, workers := range []int{1, workers} {
		compute, end, failed := p.Pool(workers)
		if failed != nil {
			return Outcome{}, failed
		}
		defer func() { err = errors.Join(err, end()) }()
		run := func(n int) error {
			sum, err := compute(n)
			if err == nil && sum != upTo(n) {
				err = fmt.Errorf("the sum of 1 to %d is %d", n, sum)
			}
			return err
		}
		if s.loop == 0 {
			if s.loop, err = calibrate(run); err != nil {
				return Outcome{}, err
			}
		}
		turns = append(turns, func(turn time.Duration) (int64, int, error) {
			o, err := sideBySide(2*workers, turn, func(_, _ int) error { return run(s.loop) })
			if err != nil {
				return 0, 0, err
			}
			return o.Nanos[0] / int64(o.Done), o.Done, nil
		})
	}
	return byTurns(span, min(poolTurn, span/2), turns[1], turns[0])
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
