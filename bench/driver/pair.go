package driver

import (
	"errors"
	"time"
)

// A Pair is two ways to do the same, which are measured by turns: what one of them takes
// more is seen even where it is less than what either differs from minute to minute.
type Pair struct {
	// One and Other make call n, and return an error if its answer is wrong.
	One, Other func(n int) error
	// End ends what was started for them.
	End func() error
}

// A Pairer is a Peer with pairs.
type Pairer interface {
	Peer
	// Pairs are the kinds of jobs that Pair knows.
	Pairs() []string
	// Pair starts what is needed for a kind.
	Pair(kind string) (*Pair, error)
}

// turn is how many calls are made one way before the other way has its turn.
const turn = 20

// pair makes calls in two ways by turns. Beside has those of the other way.
func pair(p Pairer, kind string, span time.Duration) (Outcome, error) {
	ways, err := p.Pair(kind)
	if err != nil {
		return Outcome{}, err
	}
	o, err := byTurns(ways, span)
	return o, errors.Join(err, ways.End())
}

func byTurns(ways *Pair, span time.Duration) (Outcome, error) {
	var o Outcome
	n := 0
	take := func(nanos *[]int64, call func(n int) error) error {
		last := time.Now()
		for range turn {
			if err := call(n); err != nil {
				return err
			}
			now := time.Now()
			*nanos = append(*nanos, now.Sub(last).Nanoseconds())
			last = now
			n++
		}
		return nil
	}
	round := func(span time.Duration) error {
		o.Nanos, o.Beside = o.Nanos[:0], o.Beside[:0]
		for begun, first := time.Now(), true; first || time.Since(begun) < span && len(o.Nanos) < maxSamples; first = false {
			if err := errors.Join(take(&o.Nanos, ways.One), take(&o.Beside, ways.Other)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := errors.Join(round(span/10), round(span)); err != nil {
		return Outcome{}, err
	}
	o.Done = len(o.Nanos) + len(o.Beside)
	o.Right = o.Done
	return o, nil
}
