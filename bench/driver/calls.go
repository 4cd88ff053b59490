package driver

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// maxSamples bounds what is sent of a job of many short calls; the time of the job
// is long enough for it to be all of them in most cases.
const maxSamples = 50_000

// latency makes one call after the other.
func latency(w Worker, size int, span time.Duration) (Outcome, error) {
	var o Outcome
	payload, err := payloads(size)
	if err != nil {
		return o, err
	}
	if answer, err := w.Call(payload(0)); err != nil || answer != payload(0) {
		return o, orWrong(err, payload(0), answer)
	}
	one := func(n int) error {
		asked := payload(n)
		answer, err := w.Call(asked)
		if err != nil {
			return err
		}
		return right(asked, answer)
	}
	return oneByOne(one, span)
}

// oneByOne runs a function again and again: for a tenth of span to warm up, and then
// for span. n is another number each time.
func oneByOne(call func(n int) error, span time.Duration) (Outcome, error) {
	var o Outcome
	n := 0
	for begun := time.Now(); n < 3 || time.Since(begun) < span/10; n++ {
		if err := call(n); err != nil {
			return o, err
		}
	}
	o.Nanos = make([]int64, 0, maxSamples)
	begun := time.Now()
	for last, end := begun, begun.Add(span); (last.Before(end) || o.Done < 3) && o.Done < maxSamples; n++ {
		if err := call(n); err != nil {
			return o, err
		}
		now := time.Now()
		o.Nanos = append(o.Nanos, now.Sub(last).Nanoseconds())
		o.Done++
		o.Right++
		last = now
	}
	return o, nil
}

// calls has outstanding goroutines call the workers, which they share evenly.
func calls(workers []Worker, outstanding, size int, span time.Duration) (Outcome, error) {
	payload, err := payloads(size)
	if err != nil {
		return Outcome{}, err
	}
	return sideBySide(outstanding, span, func(caller, n int) error {
		asked := payload(n)
		answer, err := workers[caller%len(workers)].Call(asked)
		if err != nil {
			return err
		}
		return right(asked, answer)
	})
}

// sideBySide has some goroutines run a function again and again, for a tenth of span
// to warm up and then for span. n is another number each time.
func sideBySide(goroutines int, span time.Duration, call func(caller, n int) error) (Outcome, error) {
	var o Outcome
	var stop, failed atomic.Bool
	done := make([]int, goroutines)
	errs := make([]error, goroutines)
	round := func(span time.Duration) time.Duration {
		stop.Store(false)
		begun := time.Now()
		timer := time.AfterFunc(span, func() { stop.Store(true) })
		defer timer.Stop()
		var all sync.WaitGroup
		for i := range goroutines {
			all.Go(func() {
				count := 0 // its own, and not beside those of others in memory
				defer func() { done[i] = count }()
				// Each has made one call at least, however short the time is.
				for n := i; !failed.Load(); n += goroutines {
					if err := call(i, n); err != nil {
						errs[i] = err
						failed.Store(true)
						return
					}
					count++
					if stop.Load() {
						return
					}
				}
			})
		}
		all.Wait()
		return time.Since(begun)
	}
	round(span / 10)
	o.Nanos = []int64{round(span).Nanoseconds()}
	for _, n := range done {
		o.Done += n
	}
	o.Right = o.Done
	return o, errors.Join(errs...)
}

// callers has one goroutine for each of some workers call it. Those that there are not yet
// are started.
func (s *server) callers(workers int, span time.Duration) (Outcome, error) {
	for len(s.called) < workers {
		w, err := s.peer.Start()
		if err != nil {
			return Outcome{}, err
		}
		s.called = append(s.called, w)
	}
	return calls(s.called[:workers], workers, digits, span)
}

func closeAll(workers []Worker) error {
	errs := make([]error, len(workers))
	for i, w := range workers {
		errs[i] = w.Close()
	}
	return errors.Join(errs...)
}
