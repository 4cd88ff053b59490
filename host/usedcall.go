package host

import "sync"

// usedCalls are for the calls to come: each takes a good deal of memory.
var usedCalls = sync.Pool{New: func() any { return new(call) }}

// takeUsed returns memory for a call.
func (w *Worker) takeUsed() *call {
	if c := w.used.Swap(nil); c != nil {
		return c
	}
	return usedCalls.Get().(*call)
}

// release is for a call whose answer has been told, and may have it used again. Nobody
// else has one then that the worker has answered with results and that was not given up,
// unless it is said to be held, before it is told of: its slot is free. Of one that is held
// nothing else may be looked at.
//
// One is the worker's, since the garbage collector empties the pool: with large payloads there
// is a collection every few calls.
func (w *Worker) release(c *call) {
	if c.held || c.err != nil || !c.has().empty() || c.then != nil {
		return
	}
	*c = call{extras: c.extras}
	if !w.used.CompareAndSwap(nil, c) {
		usedCalls.Put(c)
	}
}
