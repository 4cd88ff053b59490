package host

import (
	"fmt"
	"time"

	"scripthost.example/wire"
)

const (
	// crashWindow is the time in which crashes are counted.
	crashWindow = 10 * time.Second
	// A worker that dies is replaced at once; if its replacement dies before it
	// has proven itself, that waits for firstBackoff, and then for twice as long
	// each time.
	firstBackoff = 50 * time.Millisecond
	lastBackoff  = 5 * time.Second
	// steadyAge is the age from which a death has nothing to do with those before.
	steadyAge = 5 * time.Second
	// probeAge is how long a worker has to be ready to prove that workers can live,
	// if there is no call for it to answer.
	probeAge = time.Second
)

// A breaker says when a worker may be started after others have died. It has no
// clock of its own, and its pool guards it.
type breaker struct {
	max    int            // crashes within crashWindow that are borne
	jitter func() float64 // 0 up to 1

	crashes   []time.Time // within crashWindow
	failures  int         // since a worker has proven itself
	newest    int         // the highest number of a worker that has crashed
	proved    int         // the highest number of one that has proven itself
	notBefore time.Time   // no worker is started earlier
	open      bool        // workers die as fast as they are started
	probe     int         // while open, the number of the one that was started; or 0
	last      error       // why the newest of them died
}

// crash counts the death of a worker.
func (b *breaker) crash(now time.Time, number int, age time.Duration, why error) {
	if age >= steadyAge {
		b.failures = 0
	}
	if number >= b.proved {
		b.failures++
	} // or else a newer one has proven itself, before it was known how this one ended
	if number >= b.newest || b.failures <= 1 {
		// What matters is why there can be no new ones. They may fail before it is
		// known how the one has ended whose place they were to take.
		b.newest, b.last = max(b.newest, number), why
	}
	for len(b.crashes) > 0 && now.Sub(b.crashes[0]) >= crashWindow {
		b.crashes = b.crashes[1:]
	}
	b.crashes = append(b.crashes, now)
	if b.probe == number {
		b.probe = 0
	}
	b.open = b.open || len(b.crashes) > b.max
	delay := b.backoff()
	if b.open {
		delay = max(delay, firstBackoff)
	}
	// Up to a fifth more or less.
	delay = time.Duration(float64(delay) * (0.8 + 0.4*b.jitter()))
	if t := now.Add(delay); t.After(b.notBefore) {
		b.notBefore = t
	}
}

// backoff is how long to wait after so many failures.
func (b *breaker) backoff() time.Duration {
	if b.failures <= 1 {
		return 0
	}
	d := firstBackoff
	for range b.failures - 2 {
		if d *= 2; d >= lastBackoff {
			return lastBackoff
		}
	}
	return d
}

// mayStart reports whether a worker may be started.
func (b *breaker) mayStart(now time.Time) bool {
	return !now.Before(b.notBefore) && (!b.open || b.probe == 0)
}

// started is told of a worker that is.
func (b *breaker) started(number int) {
	if b.open {
		b.probe = number
	}
}

// gone is told of a worker that has ended without a crash.
func (b *breaker) gone(number int) {
	if b.probe == number {
		b.probe = 0
	}
}

// troubled reports whether it matters that a worker proves itself.
func (b *breaker) troubled() bool { return b.open || b.failures > 0 }

// proven is told of a worker that has answered a call, or has lived for long.
func (b *breaker) proven(number int) {
	b.proved = max(b.proved, number)
	if number <= b.newest {
		return // it was there before: it proves nothing of those that died
	}
	b.failures = 0
	b.notBefore = time.Time{}
	if b.open {
		b.open, b.probe, b.crashes = false, 0, nil
	}
}

// reset is for another script.
func (b *breaker) reset() {
	b.failures, b.crashes, b.last = 0, nil, nil
	b.notBefore, b.open, b.probe = time.Time{}, false, 0
}

// err is the error of a call while no worker can be had.
func (b *breaker) err(name string) error {
	return &CallError{
		outcome: outcome(NotSent), Kind: wire.ErrorCrashLoop, Err: ErrCrashLoop,
		Message: fmt.Sprintf("the workers of %s die as fast as they are started: more than %d within %v, the last because: %v", name, b.max, crashWindow, b.last),
	}
}
