package driver

import (
	"errors"
	"time"
)

// starts starts a worker and waits for its first answer, again and again.
func starts(p Peer, span time.Duration) (Outcome, error) {
	return repeat(span, func(payload string) (string, time.Duration, error) {
		begun := time.Now()
		w, err := p.Start()
		if err != nil {
			return "", 0, err
		}
		answer, err := w.Call(payload)
		took := time.Since(begun)
		return answer, took, errors.Join(err, w.Close())
	})
}

// spares does so with what was prepared.
func spares(p Sparer, span time.Duration) (Outcome, error) {
	first, end, err := p.Spares()
	if err != nil {
		return Outcome{}, err
	}
	o, err := repeat(span, first)
	return o, errors.Join(err, end())
}

// repeat runs a function that measures itself, once to warm up.
func repeat(span time.Duration, run func(payload string) (string, time.Duration, error)) (Outcome, error) {
	var o Outcome
	for begun, n := time.Now(), 0; n < 2 || time.Since(begun) < span; n++ {
		answer, took, err := run(number(n))
		if err == nil {
			err = right(number(n), answer)
		}
		if err != nil {
			return o, err
		}
		if n == 0 {
			continue
		}
		o.Nanos = append(o.Nanos, took.Nanoseconds())
		o.Done++
		o.Right++
	}
	return o, nil
}
