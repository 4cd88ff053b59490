package child_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

// A watchedConn knows who reads it.
type watchedConn struct {
	child.Conn
	byExecutor atomic.Bool // the last Read
	byOther    atomic.Int32
	reads      atomic.Int32
}

func (c *watchedConn) Read(b []byte) (int, error) {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	other := false
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, ".readIfBusy") {
			other = true
		}
		if !more {
			break
		}
	}
	c.reads.Add(1)
	if other {
		c.byOther.Add(1)
	}
	c.byExecutor.Store(!other)
	return c.Conn.Read(b)
}

// While a script keeps the executor busy another goroutine reads, and when the
// executor waits again it gets the reading back.
func TestReadingIsHandedOverAndBack(t *testing.T) {
	t.Parallel()
	ends := make(chan chan struct{}, 1)
	s := &script{run: func(v *vm, c *engine.Call, args []string) {
		if args[0] == "spin" {
			end := make(chan struct{})
			ends <- end
			v.spin(end)
		}
		v.answer(c, args...)
	}}
	watched := make(chan *watchedConn, 1)
	p := enginetest.NewParent(t, func(conn child.Conn) error {
		w := &watchedConn{Conn: conn}
		watched <- w
		return child.Serve(w, s)
	})
	conn := <-watched
	p.Boot(boot(false))
	p.Ready()
	for range 20 {
		before := conn.byOther.Load()
		p.Call(1, "spin")
		end := <-ends
		eventually(t, "somebody else reads", func() bool { return conn.byOther.Load() > before })
		p.Ping(1)
		if pong := p.Pong(1); pong.Call != 1 {
			t.Errorf("PONG says that call %d runs", pong.Call)
		}
		p.Call(2, "behind")
		close(end)
		p.Result(1, "spin")
		p.Result(2, "behind")
		// The one that reads hands the reading back with the first frame that
		// finds the executor waiting.
		eventually(t, "the executor reads", func() bool {
			p.Call(1, "fine")
			p.Result(1, "fine")
			return conn.byExecutor.Load()
		})
	}
	p.Drain()
	p.Drained()
}

// However long it takes to handle a frame, nobody reads the next one before:
// calls keep their order, and a frame its contents.
func TestNobodyReadsWhileAFrameIsHandled(t *testing.T) {
	t.Parallel()
	watched := make(chan *watchedConn, 1)
	var conn *watchedConn
	s := &script{run: func(v *vm, c *engine.Call, args []string) {
		if len(args) > 0 {
			v.answer(c, args...)
			return
		}
		// The function is called by whoever handles the RETURN.
		v.HostCall(c, "f", nil, func([]any, error) {
			before := conn.reads.Load()
			for begin := time.Now(); time.Since(begin) < 20*time.Millisecond; {
				runtime.Gosched()
			}
			if conn.reads.Load() != before {
				t.Error("somebody read on while a frame was handled")
			}
		})
		v.answer(c)
	}}
	p := enginetest.NewParent(t, func(far child.Conn) error {
		w := &watchedConn{Conn: far}
		watched <- w
		return child.Serve(w, s)
	})
	conn = <-watched
	p.Boot(boot(false))
	p.Ready()
	for range 5 {
		p.Call(1)
		h := p.HostCall(1, "f")
		p.Result(1)
		p.Return(h)
		for id := uint32(1); id <= 20; id++ {
			p.Call(id, fmt.Sprint(id))
		}
		for id := uint32(1); id <= 20; id++ {
			p.Result(id, fmt.Sprint(id))
		}
	}
}

func TestCancelOfBusyScript(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{true, false} {
		p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
			if len(args) > 0 {
				v.answer(c, args...)
				return
			}
			v.event(c, "spinning")
			if err := v.spin(nil); !async {
				v.Fail(c, err) // the worker end must do it otherwise
			}
		}}, async)
		for range 5 {
			p.Call(1)
			p.CallEvent(1, "spinning")
			p.Call(2, "behind")
			p.Cancel(1)
			p.Fails(1, wire.ErrorCancelled)
			p.Result(2, "behind")
		}
		p.Drain()
		p.Drained()
	}
}

// A call that has been taken from the queue and not yet started may be
// cancelled at any moment.
func TestCancelAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{true, false} {
		p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
			if err := v.stopped(); err != nil {
				v.Fail(c, err)
				return
			}
			v.answer(c, args...)
		}}, async)
		cancelled := 0
		for i := range 2000 {
			p.SendRaw(append(
				wire.AppendFrame(nil, 1, p.Freeze("x")),
				wire.AppendFrame(nil, wire.ControlID(wire.KindCancel, 1), nil)...))
			for range i % 5 {
				runtime.Gosched()
			}
			f := p.Next()
			switch f.ID {
			case 1:
			case wire.ControlID(wire.KindError, 1):
				cancelled++
			default:
				t.Fatalf("there is a frame with the id %#x", f.ID)
			}
			p.Call(2, "next")
			p.Result(2, "next")
		}
		t.Logf("%d of 2000 calls were cancelled", cancelled)
		p.Drain()
		p.Drained()
	}
}

func TestEndWhileBusy(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{true, false} {
		var w wakers
		p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
			if len(args) > 0 {
				v.park(c, &w, args[0])
				return
			}
			v.event(c, "spinning")
			v.spin(nil)
		}}, async)
		if async {
			for i := 2; i < 100; i++ {
				p.Call(uint32(i), fmt.Sprint(i))
			}
		}
		p.Call(1)
		p.CallEvent(1, "spinning")
		p.Close()
		if p.Served() == nil {
			t.Error("Serve returned no error")
		}
	}
}

// What Serve leaves behind is nothing, whatever went on when the parent went.
// It is not parallel: it counts goroutines.
func TestNoGoroutineIsLeft(t *testing.T) {
	spin := func(v *vm) {
		v.Log(nil, engine.LevelInfo, "spinning", nil)
		v.spin(nil)
	}
	var w wakers
	for name, s := range map[string]*script{
		"load": {load: func(v *vm) error { spin(v); return nil }},
		"init": {init: func(v *vm) error { spin(v); return nil }},
		"run":  {run: func(v *vm, _ *engine.Call, _ []string) { spin(v) }},
		"post": {run: func(v *vm, _ *engine.Call, _ []string) { v.Post(nil, func() { spin(v) }) }},
		"many parked": {run: func(v *vm, c *engine.Call, args []string) {
			if c.ID == 1 {
				spin(v)
				return
			}
			for range 3 {
				v.park(c, &w, "x")
			}
		}},
		"interrupt that is cleared": {run: func(v *vm, c *engine.Call, _ []string) {
			// Code that is stopped more than once.
			v.Post(nil, func() { spin(v) })
			v.Post(nil, func() { v.spin(nil) })
			spin(v)
		}},
	} {
		p := enginetest.NewParent(t, serving(s))
		b := boot(true)
		if s.init != nil {
			b.Init = "init"
		}
		p.Boot(b)
		if s.run != nil {
			p.Ready()
			for id := uint32(50); id > 0; id-- {
				p.Call(id)
			}
		}
		p.Logs("info", "spinning")
		p.Close()
		if p.Served() == nil {
			t.Errorf("%s: Serve returned no error", name)
		}
		noGoroutines(t)
	}
}
