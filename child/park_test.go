package child_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

func kindOf(err error) string {
	var e *engine.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return fmt.Sprint(err)
}

func TestParkWokenByStart(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{true, false} {
		p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
			v.Post(nil, func() { v.event(nil, "post") })
			err := v.Park(c, func(wake func()) { wake(); wake() })
			v.event(c, "parked", fmt.Sprint(err))
			err = v.Park(c, func(wake func()) {
				done := make(chan struct{})
				go func() { wake(); close(done) }()
				<-done
			})
			v.answer(c, fmt.Sprint(err))
		}}, async)
		p.Call(1)
		p.CallEvent(1, "parked", "<nil>") // it never let go of the VM
		p.Result(1, "<nil>")
		p.Event("post")
	}
}

func TestParkLetsOthersRun(t *testing.T) {
	t.Parallel()
	var w wakers
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		if args[0] == "park" {
			v.Post(c, func() { v.event(c, "post") })
			v.After(c, 0, func() { v.event(c, "timer") })
			err := v.park(c, &w, "x")
			v.answer(c, fmt.Sprint(err))
			return
		}
		v.answer(c, args...)
	}}, true)
	p.Call(1, "park")
	p.CallEvent(1, "post")
	p.CallEvent(1, "timer")
	p.Call(2, "beside")
	p.Result(2, "beside")
	wake := w.take(t, "x")
	wake()
	p.Result(1, "<nil>")
	wake() // too late to do anything
	p.Call(2, "beside")
	p.Result(2, "beside")
	p.Drain()
	p.Drained()
}

// Waking twice must not end a later wait of the same goroutine.
func TestWakeTwice(t *testing.T) {
	t.Parallel()
	var w wakers
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		v.park(c, &w, "first")
		v.event(c, "first")
		v.park(c, &w, "second")
		v.answer(c, "second")
	}}, true)
	p.Call(1)
	first := w.take(t, "first")
	first()
	first()
	p.CallEvent(1, "first")
	second := w.take(t, "second")
	first()
	p.Ping(1)
	p.Pong(1) // and nothing before it
	second()
	p.Result(1, "second")
}

func TestCancelWhileParked(t *testing.T) {
	t.Parallel()
	var w wakers
	started := 0
	p := start(t, &script{
		run: func(v *vm, c *engine.Call, args []string) {
			err := v.park(c, &w, "x")
			v.event(nil, kindOf(err), fmt.Sprint(v.Services.Cancelled(c)))
			// Nothing waits for a call that was cancelled.
			err = v.Park(c, func(func()) { started++ })
			v.event(nil, kindOf(err), fmt.Sprint(started))
			err = v.Wait(c, func(func()) { started++ })
			v.event(nil, kindOf(err), fmt.Sprint(started))
			err = v.RunUntil(c, func() bool { return false })
			v.event(nil, kindOf(err))
			v.event(nil, fmt.Sprint(v.answer(c, "late"), v.event(c, "late"), v.Fail(c, errors.New("late"))))
		},
		cancelled: func(v *vm, c *engine.Call) { v.event(nil, fmt.Sprintf("Cancelled %d", c.ID)) },
	}, true)
	p.Call(7)
	wake := w.take(t, "x")
	p.Cancel(7)
	p.Fails(7, wire.ErrorCancelled)
	p.Event("cancelled", "true")
	p.Event("cancelled", "0")
	p.Event("cancelled", "0")
	p.Event("cancelled")
	p.Event("<nil> <nil> <nil>") // quietly ignored
	p.Event("Cancelled 7")
	wake()
	p.Drain()
	p.Drained()
}

// A call may be parked several times over: its function, and functions that
// timers run for it.
func TestCancelWhileParkedTwice(t *testing.T) {
	t.Parallel()
	var w wakers
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		v.After(c, 0, func() { v.event(nil, "timer", kindOf(v.park(c, &w, "timer"))) })
		v.event(nil, "function", kindOf(v.park(c, &w, "function")))
	}}, true)
	p.Call(1)
	w.take(t, "function")
	w.take(t, "timer")
	p.Cancel(1)
	p.Fails(1, wire.ErrorCancelled)
	seen := map[string]bool{}
	for range 2 {
		seen[string(p.Next().Payload)] = true
	}
	for _, want := range []string{"function", "timer"} {
		payload := wire.AppendOctets(wire.AppendOctets(nil, want), "cancelled")
		if !seen[string(payload)] {
			t.Errorf("the %s was not told: %v", want, seen)
		}
	}
}

// An interrupted call is told like one that waits.
func TestCancelOfRunningCall(t *testing.T) {
	t.Parallel()
	var w wakers
	p := start(t, &script{
		run: func(v *vm, c *engine.Call, args []string) {
			if len(args) > 0 {
				v.answer(c, args...)
				return
			}
			v.After(c, 0, func() {
				v.event(nil, "spinning")
				v.event(nil, "stopped", kindOf(v.spin(nil)))
			})
			v.event(nil, "parked", kindOf(v.park(c, &w, "x")))
		},
		cancelled: func(v *vm, c *engine.Call) { v.event(nil, "Cancelled") },
	}, true)
	p.Call(1)
	p.Event("spinning")
	p.Cancel(1)
	p.Event("stopped", "cancelled")
	p.Fails(1, wire.ErrorCancelled)
	p.Event("parked", "cancelled")
	p.Event("Cancelled")
	p.Call(2, "fine") // the VM is no longer told to stop
	p.Result(2, "fine")
}

// It is not parallel: it counts goroutines.
func TestManyParked(t *testing.T) {
	const n = 2000
	var w wakers
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		for round := range 2 {
			if err := v.park(c, &w, fmt.Sprint(args[0], " ", round)); err != nil {
				v.Fail(c, err)
				return
			}
		}
		v.answer(c, args...)
	}}, true)
	for i := 1; i <= n; i++ {
		p.Call(uint32(i), fmt.Sprint(i))
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	for round := range 2 {
		for _, i := range order {
			w.take(t, fmt.Sprint(i+1, " ", round))()
		}
	}
	answered := make(map[uint32]bool)
	for range n {
		f := p.Next()
		if got, err := wire.String().Thaw(f.Payload); err != nil || len(got) != 1 || got[0] != fmt.Sprint(f.ID) || answered[f.ID] {
			t.Fatalf("the result of call %d is %q", f.ID, f.Payload)
		}
		answered[f.ID] = true
	}
	// The goroutines that are not needed any more have ended.
	eventually(t, "few idle goroutines", func() bool {
		return countGoroutines("idleLocked") <= child.MaxIdle
	})
	p.Drain()
	p.Drained()
}

// countGoroutines counts those of workers that are in all of these functions.
func countGoroutines(in ...string) int {
	n := 0
	for _, g := range workerGoroutines() {
		all := true
		for _, fn := range in {
			all = all && strings.Contains(g, "."+fn+"(")
		}
		if all {
			n++
		}
	}
	return n
}

func TestWaitHoldsTheVM(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{true, false} {
		var w wakers
		p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
			v.Post(nil, func() { v.event(nil, "post") })
			v.After(nil, 0, func() { v.event(nil, "timer") })
			err := v.Wait(c, func(wake func()) { w.put("x", wake) })
			v.answer(c, fmt.Sprint(err))
		}}, async)
		p.Call(1)
		wake := w.take(t, "x")
		p.Call(2)
		p.Ping(1)
		p.Pong(1) // no post, no timer, no other call
		wake()
		wake()
		p.Result(1, "<nil>")
		p.Event("post")
	}
}

func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{true, false} {
		var w wakers
		p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
			if len(args) > 0 {
				v.answer(c, args...)
				return
			}
			v.Fail(c, v.Wait(c, func(wake func()) { w.put("x", wake) }))
		}}, async)
		p.Call(1)
		wake := w.take(t, "x")
		p.Cancel(1)
		p.Fails(1, wire.ErrorCancelled)
		wake()
		p.Call(1, "fine")
		p.Result(1, "fine")
	}
}

// In sync mode nothing else may run while a call waits.
func TestSyncParkIsWait(t *testing.T) {
	t.Parallel()
	var w wakers
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		v.Post(nil, func() { v.event(nil, "post") })
		v.answer(c, fmt.Sprint(v.park(c, &w, "x")))
	}}, false)
	p.Call(1)
	wake := w.take(t, "x")
	p.Ping(1)
	p.Pong(1)
	wake()
	p.Result(1, "<nil>")
	p.Event("post")
}

func TestRunUntil(t *testing.T) {
	t.Parallel()
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		switch args[0] {
		case "posts":
			n := 0
			var again func()
			again = func() {
				v.touch()
				if n++; n < 5 {
					v.Post(c, again)
				}
			}
			v.After(c, 0, again)
			err := v.RunUntil(c, func() bool { return n == 5 })
			v.answer(c, fmt.Sprint(n, err))
		case "at once":
			v.answer(c, fmt.Sprint(v.RunUntil(c, func() bool { return true })))
		case "stalled":
			v.Post(c, func() { v.event(c, "post") }) // is run first
			v.answer(c, fmt.Sprint(errors.Is(v.RunUntil(c, func() bool { return false }), engine.ErrStalled)))
		case "stopped timer":
			stop := v.After(c, 1e9, func() {})
			stop()
			v.answer(c, fmt.Sprint(errors.Is(v.RunUntil(c, func() bool { return false }), engine.ErrStalled)))
		case "host call":
			ended := false
			v.HostCall(c, "f", nil, func([]any, error) {
				v.Post(c, func() { ended = true })
			})
			v.answer(c, fmt.Sprint(v.RunUntil(c, func() bool { return ended })))
		case "host call whose answer changes nothing":
			v.HostCall(c, "f", nil, func([]any, error) {})
			v.answer(c, fmt.Sprint(errors.Is(v.RunUntil(c, func() bool { return false }), engine.ErrStalled)))
		case "cancelled":
			v.HostCall(c, "f", nil, func([]any, error) {})
			v.Fail(c, v.RunUntil(c, func() bool { return false }))
		case "cancelled in a post":
			v.Post(c, func() {
				v.event(c, "spinning")
				v.event(c, kindOf(v.spin(nil)))
			})
			err := v.RunUntil(c, func() bool { return false })
			// The post took the interrupt; this code gets the error.
			v.event(nil, kindOf(v.stopped()), kindOf(err))
			v.Fail(c, err)
		}
	}}, false)
	p.Call(1, "posts")
	p.Call(2, "at once") // is not started by the first
	p.Result(1, "5 <nil>")
	p.Result(2, "<nil>")
	p.Call(1, "stalled")
	p.CallEvent(1, "post")
	p.Result(1, "true")
	p.Call(1, "stopped timer")
	p.Result(1, "true")
	p.Call(1, "host call")
	p.Return(p.HostCall(1, "f"))
	p.Result(1, "<nil>")
	p.Call(1, "host call whose answer changes nothing")
	p.Return(p.HostCall(1, "f"))
	p.Result(1, "true")
	p.Call(1, "cancelled")
	p.HostCall(1, "f")
	p.Call(2, "at once")
	p.Cancel(1)
	p.Fails(1, wire.ErrorCancelled)
	p.Result(2, "<nil>")
	p.Call(1, "cancelled in a post")
	p.CallEvent(1, "spinning")
	p.Cancel(1)
	p.CallEvent(1, "cancelled")
	p.Fails(1, wire.ErrorCancelled)
	p.Event("<nil>", "cancelled")
}
