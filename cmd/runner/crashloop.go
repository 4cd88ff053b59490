package main

import "time"

// loopInterval is how often it is tried whether workers live again.
const loopInterval = 100 * time.Millisecond

// A crashLoop is a time in which workers die as fast as they are started. The pool
// fails calls then, at once; here they wait, as long as there is any hope: workers
// that were started since live, or one of them has answered a call.
type crashLoop struct {
	on       bool
	waiting  bool   // no call is to be made at the moment
	tried    bool   // it was, since it is on
	ended    uint64 // workers, when that was tried first
	hopeless error  // one more worker has ended since, and no call was answered
}

// enter is told of a call that failed because of it, and of how many workers have
// ended. It calls resume when calls may be made again.
func (l *crashLoop) enter(err error, ended uint64, resume func()) {
	switch {
	case !l.on:
		l.on, l.tried = true, false
	case l.tried && ended > l.ended:
		l.hopeless = err
	}
	if !l.waiting {
		l.waiting = true
		time.AfterFunc(loopInterval, resume)
	}
}

// resume says that calls are made again. Those workers that had died with the one
// before are among those that have ended.
func (l *crashLoop) resume(ended uint64) {
	l.waiting = false
	if l.on && !l.tried {
		l.tried, l.ended = true, ended
	}
}

// leave is told of the answer of a worker.
func (l *crashLoop) leave() { l.on = false }
