package main

import (
	"fmt"
	"time"

	"scripthost.example/bench/driver"
)

// typical measures each call by itself.
func typical(job driver.Job, unit time.Duration) func(*session) (sample, error) {
	return func(s *session) (sample, error) {
		o, err := s.do(job)
		if err != nil {
			return sample{}, err
		}
		took := make([]float64, len(o.Nanos))
		for i, n := range o.Nanos {
			took[i] = float64(n) / float64(unit)
		}
		return sample{value: quantile(took, 0.5), calls: took, done: o.Done}, nil
	}
}

// rate measures thousands of calls a second.
func rate(job driver.Job) func(*session) (sample, error) {
	return func(s *session) (sample, error) {
		o, err := s.do(job)
		if err != nil {
			return sample{}, err
		}
		return sample{value: float64(o.Done) / 1000 / together(o).Seconds(), done: o.Done}, nil
	}
}

// each measures how long all took, divided by how many they were.
func each(job driver.Job, unit time.Duration) func(*session) (sample, error) {
	return func(s *session) (sample, error) {
		o, err := s.do(job)
		if err != nil {
			return sample{}, err
		}
		return sample{value: float64(together(o)) / float64(unit) / float64(o.Done), done: o.Done}, nil
	}
}

// together is how long all of an outcome took.
func together(o driver.Outcome) (sum time.Duration) {
	for _, n := range o.Nanos {
		sum += time.Duration(n)
	}
	return max(sum, 1)
}

// beside compares what was measured in two ways by turns: the median of the pairs of
// turns, each of them compared by itself.
func beside(job driver.Job, compare func(one, other float64) float64) func(*session) (sample, error) {
	return func(s *session) (sample, error) {
		o, err := s.do(job)
		if err != nil {
			return sample{}, err
		}
		if len(o.Nanos) == 0 || len(o.Nanos) != len(o.Beside) {
			return sample{}, fmt.Errorf("there are %d turns and %d beside them", len(o.Nanos), len(o.Beside))
		}
		pairs := make([]float64, len(o.Nanos))
		for i, n := range o.Nanos {
			pairs[i] = compare(float64(n), float64(o.Beside[i]))
		}
		return sample{value: quantile(pairs, 0.5), done: o.Done}, nil
	}
}

// Ways to compare two times, in nanoseconds.
func micros(one, other float64) float64  { return (one - other) / 1000 }
func percent(one, other float64) float64 { return 100 * (one/other - 1) }
func speed(one, other float64) float64   { return other / one }

// activity measures what a worker does in a second in which it has nothing to do.
func activity(z size, of func(active) float64) func(*session) (sample, error) {
	return func(s *session) (sample, error) {
		o, err := s.do(driver.Job{Kind: driver.Hold, Workers: z.hold})
		if err != nil {
			return sample{}, err
		}
		time.Sleep(z.settle) // idle is what is measured
		before, err := soFar(o.PIDs, of)
		if err != nil {
			return sample{}, err
		}
		time.Sleep(z.idle)
		after, err := soFar(o.PIDs, of)
		if err != nil {
			return sample{}, err
		}
		if _, err := s.do(driver.Job{Kind: driver.Release}); err != nil {
			return sample{}, err
		}
		return sample{value: (after - before) / float64(z.hold) / z.idle.Seconds(), done: o.Done}, nil
	}
}

// soFar adds up what processes have done.
func soFar(pids []int, of func(active) float64) (sum float64, err error) {
	for _, pid := range pids {
		a, err := activityOf(pid)
		if err != nil {
			return 0, err
		}
		sum += of(a)
	}
	return sum, nil
}

// idle measures the memory of a worker that has answered one call and has no other.
func idle(z size, of func(memory) float64) func(*session) (sample, error) {
	return func(s *session) (sample, error) {
		before, err := memoryOf(s.pid())
		if err != nil {
			return sample{}, err
		}
		o, err := s.do(driver.Job{Kind: driver.Hold, Workers: z.hold})
		if err != nil {
			return sample{}, err
		}
		time.Sleep(z.settle) // idle is what is measured
		sum := 0.0
		for _, pid := range o.PIDs {
			m, err := memoryOf(pid)
			if err != nil {
				return sample{}, err
			}
			sum += of(m)
		}
		n := len(o.PIDs)
		if o.Threads > 0 { // what the driver has more than before
			sum -= of(before)
			n = o.Threads
		}
		if _, err := s.do(driver.Job{Kind: driver.Release}); err != nil {
			return sample{}, err
		}
		if n != z.hold {
			return sample{}, fmt.Errorf("%d workers are idle instead of %d", n, z.hold)
		}
		return sample{value: sum / float64(n), done: o.Done}, nil
	}
}
