package driver

import (
	"errors"
	"slices"
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

// callTurn is how long calls are made one way before the other way has its turn. A CPU
// can become slower or faster at any time, for seconds on a virtual machine, and the
// shorter two turns are the fewer of them that happens between; but there have to be
// enough calls for a median, of which the first ones, for which a worker has to be woken,
// are few.
const callTurn = time.Millisecond

// pair makes calls in two ways by turns. What a turn says is the median of its calls.
func pair(p Pairer, kind string, span time.Duration) (Outcome, error) {
	ways, err := p.Pair(kind)
	if err != nil {
		return Outcome{}, err
	}
	n := 0
	var took []int64 // of one turn
	way := func(call func(n int) error) turnFunc {
		return func(turn time.Duration) (int64, int, error) {
			took = took[:0]
			begun := time.Now()
			for last := begun; last.Sub(begun) < turn; n++ {
				if err := call(n); err != nil {
					return 0, 0, err
				}
				now := time.Now()
				took = append(took, now.Sub(last).Nanoseconds())
				last = now
			}
			slices.Sort(took)
			return took[len(took)/2], len(took), nil
		}
	}
	o, err := byTurns(span, callTurn, way(ways.One), way(ways.Other))
	return o, errors.Join(err, ways.End())
}

// A turnFunc makes calls for as long as a turn is. It returns how long one took, in
// nanoseconds, and how many they were.
type turnFunc func(turn time.Duration) (nanos int64, calls int, err error)

// byTurns measures two ways for a tenth of span to warm up, and then for span, in pairs
// of turns: one, other, other, one, and so on, so that neither is always the later one.
func byTurns(span, turn time.Duration, one, other turnFunc) (Outcome, error) {
	if _, err := pairs(span/10, turn, one, other); err != nil {
		return Outcome{}, err
	}
	return pairs(span, turn, one, other)
}

// pairs measures a pair of turns at least.
func pairs(span, turn time.Duration, one, other turnFunc) (Outcome, error) {
	var o Outcome
	ways := [2]turnFunc{one, other}
	nanos := [2]*[]int64{&o.Nanos, &o.Beside}
	for begun, k := time.Now(), 0; k == 0 || time.Since(begun) < span; k++ {
		for _, way := range [2]int{k % 2, 1 - k%2} {
			took, calls, err := ways[way](turn)
			if err != nil {
				return Outcome{}, err
			}
			*nanos[way] = append(*nanos[way], took)
			o.Done += calls
		}
	}
	o.Right = o.Done
	return o, nil
}
