package fleet

import "time"

// What an instance keeps of calls that were cancelled before it had them.
const (
	earlyTime = keepTime
	maxEarly  = 1024
	// maxEarlyID is how long the subject of a call's replies may be, in bytes.
	maxEarlyID = 512
)

// early are calls that were cancelled, and that this instance does not have: they can be on
// their way to it. Who cancels a call of which nothing was heard yet tells all instances, and
// what it tells comes by another subject than the call does, so that it can be there
// first. The service's mutex guards it.
type early struct {
	until map[string]time.Duration // since epoch, by the subject of the call's replies
	order []earlyCall              // the first to be forgotten first
}

type earlyCall struct {
	id    string
	until time.Duration
}

// add keeps a call for a while, in place of the oldest one where there are too many.
func (e *early) add(id string, now time.Duration) {
	if !answerable(id) || len(id) > maxEarlyID {
		return // it cannot be one
	}
	for len(e.order) > 0 && (e.order[0].until <= now || len(e.order) >= maxEarly) {
		if first := e.order[0]; e.until[first.id] == first.until {
			delete(e.until, first.id)
		}
		e.order = e.order[1:]
	}
	if e.until == nil {
		e.until = map[string]time.Duration{}
	}
	e.until[id] = now + earlyTime
	e.order = append(e.order, earlyCall{id, now + earlyTime})
}

// take reports whether the call was cancelled not long ago, and forgets it.
func (e *early) take(id string, now time.Duration) bool {
	if len(e.until) == 0 {
		return false
	}
	until, ok := e.until[id]
	delete(e.until, id)
	return ok && now < until
}
