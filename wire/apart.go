package wire

import "time"

const (
	// apartFor is how long who looks keeps its processor where the other end has another.
	apartFor = 20 * time.Microsecond
	// Of so many looks one finds out whether that is so: twice as many after each where it is
	// not.
	askOften  = 16
	askSeldom = 1024
)

// An apart is whether the other end of an [EagerReader] runs on another processor: what
// comes then comes while the reader keeps its own. To let others have that would be for
// nothing. And those are threads of this very process that look for work: they find none and
// go to sleep, and the next goroutine that becomes ready has the scheduler wake one of them,
// for nothing again.
type apart struct {
	is      bool
	next    int // how many looks there are before the next that finds out
	between int
}

// look reports whether a look keeps its processor for apartFor.
func (a *apart) look() (keep bool) {
	if a.is {
		return true
	}
	if a.next--; a.next >= 0 {
		return false
	}
	a.between = min(max(2*a.between, askOften), askSeldom)
	a.next = a.between - 1
	return true
}

// note notes that something has come that was waited for, and whether the reader had kept
// its processor until then.
func (a *apart) note(kept bool) {
	if kept != a.is {
		a.is, a.next, a.between = kept, 0, 0
	}
}
