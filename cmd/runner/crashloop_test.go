package main

import (
	"errors"
	"testing"
)

// It is given up when a worker ends that was started after calls were made again,
// and not because of several that die at once.
func TestCrashLoop(t *testing.T) {
	t.Parallel()
	err := errors.New("crash loop")
	var l crashLoop
	enter := func(ended uint64) { l.enter(err, ended, func() {}) }
	for round := range uint64(3) {
		ended := 10 * round
		enter(ended)
		enter(ended + 1) // another one, at the same time
		if !l.waiting || l.hopeless != nil {
			t.Fatalf("%+v", l)
		}
		l.resume(ended + 1)
		enter(ended + 1) // no worker was started yet
		l.resume(ended + 1)
		if l.waiting || l.hopeless != nil {
			t.Fatalf("%+v", l)
		}
		l.leave()
	}
	enter(40)
	l.resume(40)
	enter(41)
	if l.hopeless == nil {
		t.Errorf("%+v", l)
	}
}
