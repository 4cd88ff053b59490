package main

import "time"

// loopInterval is how often it is tried whether workers live again.
const loopInterval = 100 * time.Millisecond

// A crashLoop is a time in which workers die as fast as they are started. The pool
// fails calls then, at once; here they wait, as long as there is any hope: some
// call has been answered since workers died like that the last time.
type crashLoop struct {
	on       bool
	ended    uint64 // workers, when it began
	waiting  bool   // no call is to be made at the moment
	hopeless error  // one more worker has ended, and no call was answered
}

// enter is told of a call that failed because of it, and of how many workers have
// ended. It calls resume when that may be tried again.
func (l *crashLoop) enter(err error, ended uint64, resume func()) {
	switch {
	case !l.on:
		l.on, l.ended = true, ended
	case ended > l.ended:
		l.hopeless = err
	}
	if !l.waiting {
		l.waiting = true
		time.AfterFunc(loopInterval, resume)
	}
}

// leave is told of the answer of a worker.
func (l *crashLoop) leave() { l.on = false }
