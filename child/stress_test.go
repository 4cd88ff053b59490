package child_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

// Calls that do everything that a call can do, many at a time, while the parent
// cancels some of them: each gets exactly one answer.
func TestStress(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{true, false} {
		t.Run(fmt.Sprint("async ", async), func(t *testing.T) {
			t.Parallel()
			var outside sync.WaitGroup
			defer outside.Wait()
			s := &script{
				run:       func(v *vm, c *engine.Call, args []string) { stress(v, c, &outside, async) },
				cancelled: func(v *vm, c *engine.Call) { c.Data = "cancelled" },
			}
			p := enginetest.NewParent(t, serving(s))
			b := boot(async)
			b.Limits.GraceMS = 1
			p.Boot(b)
			p.Ready()
			playStress(t, p, async)
			p.Drain()
			for more := true; more; {
				f, ok := p.More()
				if control, kind, id := wire.Split(f.ID); ok && (!control && id != 0 || control && kind == wire.KindError) {
					t.Errorf("a second answer to call %d: %q", id, f.Payload)
				}
				more = ok
			}
			p.Drained()
		})
	}
}

// stress is what a call of the stress test does.
func stress(v *vm, c *engine.Call, outside *sync.WaitGroup, async bool) {
	rng := rand.New(rand.NewPCG(uint64(c.ID), 5))
	answer := func() {
		v.touch()
		if err := v.answer(c, fmt.Sprint(c.ID)); err != nil && !errors.Is(err, engine.ErrAnswered) {
			v.Fail(c, err)
		}
	}
	for range rng.IntN(4) {
		switch rng.IntN(7) {
		case 0:
			v.event(c, "of the call")
		case 1:
			v.After(c, time.Duration(rng.IntN(1000))*time.Microsecond, func() { v.event(nil, "timer") })
		case 2:
			v.Post(c, func() { v.event(nil, "post") })
		case 3:
			outside.Go(func() {
				v.Log(c, engine.LevelInfo, "from outside", nil)
				v.Post(c, v.touch)
			})
		case 4:
			var results []any
			err := v.Park(c, func(wake func()) {
				v.HostCall(c, "f", []any{int64(c.ID)}, func(r []any, err error) {
					results = r
					wake()
				})
			})
			if err == nil && (len(results) != 1 || results[0] != int64(c.ID)) {
				v.Fail(c, fmt.Errorf("call %d got %v", c.ID, results))
			}
		case 5:
			v.Park(c, func(wake func()) {
				outside.Go(func() { wake(); wake() })
			})
		case 6:
			stop := v.After(c, 0, func() {})
			v.Park(c, func(wake func()) {
				d := time.Duration(rng.IntN(500)) * time.Microsecond
				if async {
					v.After(c, d, wake)
				} else { // where no timer runs while a call waits
					time.AfterFunc(d, wake)
				}
			})
			stop()
		}
		v.touch()
	}
	switch how := rng.IntN(5); {
	case how == 0:
		v.Fail(c, errors.New("on purpose"))
	case how == 1 && async:
		v.After(c, time.Duration(rng.IntN(500))*time.Microsecond, answer)
	case how == 2 && async:
		v.HostCall(c, "g", nil, func([]any, error) { v.Post(c, answer) })
	default:
		answer()
	}
}

func playStress(t *testing.T, p *enginetest.Parent, async bool) {
	const calls = 3000
	most := 2
	if async {
		most = 200
	}
	rng := rand.New(rand.NewPCG(3, 4))
	next, outstanding, answers := uint32(1), make(map[uint32]bool), 0
	for answers < calls {
		for len(outstanding) < most && next <= calls {
			outstanding[next] = true
			p.Call(next)
			if rng.IntN(8) == 0 {
				p.Cancel(next)
			}
			next++
		}
		f := p.Next()
		control, kind, id := wire.Split(f.ID)
		switch {
		case !control && id == 0, control && kind == wire.KindLog:
		case control && kind == wire.KindCallEvent:
			if !outstanding[id] {
				t.Fatalf("an event of call %d, which has been answered", id)
			}
		case control && kind == wire.KindHostCall:
			host, body, err := wire.ParseHostID(f.Payload)
			if err != nil {
				t.Fatal(err)
			}
			list, err := wire.CBOR().Thaw(body)
			if err != nil {
				t.Fatal(err)
			}
			if rng.IntN(4) == 0 && id != 0 {
				p.Cancel(id)
			}
			p.Return(enginetest.HostCall{ID: host, Call: id}, list[1:]...)
		case !control, kind == wire.KindError:
			if !outstanding[id] {
				t.Fatalf("a second answer to call %d: %q", id, f.Payload)
			}
			if control {
				var e wire.Error
				if err := wire.ParseMessage(f.Payload, &e); err != nil {
					t.Fatal(err)
				}
				if e.Kind != wire.ErrorCancelled && e.Message != "on purpose" {
					t.Errorf("call %d: %+v", id, e)
				}
			} else if got, err := wire.String().Thaw(f.Payload); err != nil || len(got) != 1 || got[0] != fmt.Sprint(id) {
				t.Fatalf("the result of call %d is %q", id, f.Payload)
			}
			delete(outstanding, id)
			answers++
		default:
			t.Fatalf("a frame with the id %#x", f.ID)
		}
	}
}
