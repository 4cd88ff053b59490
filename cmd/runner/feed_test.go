package main

import "testing"

// A session that was told to end takes no call of its input, whatever else there is to
// do by then.
func TestFeedStopped(t *testing.T) {
	t.Parallel()
	for range 100 { // a select would choose one of three
		s := newSession()
		s.window = 2
		s.out = new(textOutput)
		s.stopCalls()
		s.notify()
		in := oneCall(nil)
		if next, err := s.feed(in); next != 1 || err != nil {
			t.Fatalf("feed() = %d, %v, want 1, nil", next, err)
		}
		if len(in.calls) != 1 {
			t.Fatal("the call was taken")
		}
	}
}
