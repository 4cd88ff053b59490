package child

import (
	"fmt"
	"testing"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// The arguments of a call stay what they are until its function has returned,
// whatever comes meanwhile, also between the moment in which the call is taken off
// the queue and the one in which it is started.
func TestArgumentsAreNotUsedAgainTooSoon(t *testing.T) {
	t.Parallel()
	w := new(worker)
	var taken []*call
	for id := uint32(1); id < 100; id++ {
		payload := fmt.Appendf(nil, "of call %d", id)
		if err := w.newCall(id, "", wire.Frame{Payload: payload}); err != nil {
			t.Fatal(err)
		}
		if id%3 == 0 {
			continue // it waits
		}
		w.mu.Lock()
		taken = append(taken, w.takeLocked())
		w.mu.Unlock()
	}
	for _, c := range taken {
		if want := fmt.Sprintf("of call %d", c.ID); string(c.args) != want {
			t.Errorf("call %d has the arguments %q", c.ID, c.args)
		}
	}
}

// Calls that have returned, or were cancelled before they began, leave the memory of
// their arguments to those that come.
func TestArgumentsAreUsedAgain(t *testing.T) {
	t.Parallel()
	w := new(worker)
	w.async = true
	w.vm = idleVM{}
	var first *byte
	for id := uint32(1); id < 100; id++ {
		if err := w.newCall(id, "", wire.Frame{Payload: []byte("arguments")}); err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		c := w.takeLocked()
		c.answered = id%2 == 0
		w.mu.Unlock()
		switch at := &c.args[0]; first {
		case nil:
			first = at
		case at:
		default:
			t.Fatalf("call %d takes memory of its own", id)
		}
		w.mu.Lock()
		w.startLocked(c)
		w.mu.Unlock()
	}
}

// An idleVM's functions do nothing.
type idleVM struct{ engine.VM }

func (idleVM) Start(*engine.Call, engine.Function, []byte) {}
