package child_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

// No frame waits for another one to be made: what a script does before it spins
// is written while it spins.
func TestOutputOfBusyScript(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do      func(v *vm, c *engine.Call)
		want    func(p *enginetest.Parent)
		answers bool
	}{
		"event":     {func(v *vm, c *engine.Call) { v.event(c, "x") }, func(p *enginetest.Parent) { p.CallEvent(1, "x") }, false},
		"answer":    {func(v *vm, c *engine.Call) { v.answer(c, "x") }, func(p *enginetest.Parent) { p.Result(1, "x") }, true},
		"error":     {func(v *vm, c *engine.Call) { v.Fail(c, errors.New("x")) }, func(p *enginetest.Parent) { p.Fails(1, wire.ErrorScript, "x") }, true},
		"log":       {func(v *vm, c *engine.Call) { v.Log(c, engine.LevelInfo, "x", nil) }, func(p *enginetest.Parent) { p.Logs("info", "x") }, false},
		"host call": {func(v *vm, c *engine.Call) { v.HostCall(c, "x", nil, func([]any, error) {}) }, func(p *enginetest.Parent) { p.HostCall(1, "x") }, false},
		"retire":    {func(v *vm, c *engine.Call) { v.Retire() }, func(p *enginetest.Parent) { p.HostCall(0, "runner.retire") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, third := make(chan struct{}), make(chan struct{}), make(chan struct{})
			p := start(t, &script{run: func(v *vm, ec *engine.Call, args []string) {
				end := first
				if len(args) > 0 { // busy for so long that another one reads
					v.event(nil, "busy")
					v.spin(second)
					end = third
				}
				c.do(v, ec)
				v.spin(end)
				v.answer(ec)
				v.event(nil, "end")
			}}, true)
			atEnd := func() {
				t.Helper()
				if !c.answers {
					p.Result(1)
				}
				p.Event("end")
			}
			p.Call(1)
			c.want(p)
			close(first)
			atEnd()
			// The same when another goroutine reads already.
			p.Call(1, "busy")
			p.Event("busy")
			p.Ping(1)
			p.Pong(1)
			close(second)
			c.want(p)
			close(third)
			atEnd()
		})
	}
}

// Frames that are made by one call in one go come in one write.
func TestFramesAreGathered(t *testing.T) {
	t.Parallel()
	conns := make(chan *gatedConn, 1)
	s := &script{run: func(v *vm, c *engine.Call, args []string) { v.answer(c, args...) }}
	p := enginetest.NewParent(t, func(conn child.Conn) error {
		g := &gatedConn{Conn: conn}
		conns <- g
		return child.Serve(g, s)
	})
	conn := <-conns
	p.Boot(boot(true))
	p.Ready()
	var frames []byte
	const n = 1000
	for i := 1; i <= n; i++ {
		frames = wire.AppendFrame(frames, uint32(i), p.Freeze("x"))
	}
	before := conn.written().writes
	p.SendRaw(frames)
	for i := 1; i <= n; i++ {
		p.Result(uint32(i), "x")
	}
	// A goroutine of its own writes at the same time, so there are more than
	// one: but not one for each.
	if writes := conn.written().writes - before; writes > n/2 {
		t.Errorf("%d answers took %d writes", n, writes)
	}
}

// A gatedConn counts what is written to it, and writes nothing while its gate
// is closed.
type gatedConn struct {
	child.Conn
	gate sync.RWMutex

	mu    sync.Mutex
	total writes
}

type writes struct{ writes, largest, bytes int }

func (c *gatedConn) Write(b []byte) (int, error) {
	c.gate.RLock()
	defer c.gate.RUnlock()
	c.mu.Lock()
	c.total.writes++
	c.total.largest = max(c.total.largest, len(b))
	c.total.bytes += len(b)
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *gatedConn) written() writes {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// A parent that does not read makes the script wait: what is gathered for it is
// bounded. Cancels are heard all the same.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	const size = 1000
	for name, emit := range map[string]func(v *vm, c *engine.Call) error{
		"event": func(v *vm, c *engine.Call) error { return v.event(c, strings.Repeat("x", size)) },
		"log": func(v *vm, c *engine.Call) error {
			v.Log(c, engine.LevelInfo, strings.Repeat("x", size), nil)
			return nil
		},
		"answer": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 4 * child.OutHigh / size
			begun, stopped := make(chan struct{}), make(chan error, 1)
			conns := make(chan *gatedConn, 1)
			s := &script{run: func(v *vm, c *engine.Call, args []string) {
				if emit == nil {
					v.answer(c, strings.Repeat("x", size))
					return
				}
				close(begun)
				for range n {
					if err := emit(v, c); err != nil {
						t.Error(err)
					}
				}
				stopped <- v.spin(nil)
			}}
			p := enginetest.NewParent(t, func(conn child.Conn) error {
				g := &gatedConn{Conn: conn}
				conns <- g
				return child.Serve(g, s)
			})
			conn := <-conns
			p.Boot(boot(true))
			p.Ready()
			conn.gate.Lock()
			if emit == nil {
				for i := range n {
					p.Call(uint32(i + 1))
				}
			} else {
				p.Call(1)
				<-begun
				p.Cancel(1)
			}
			// Other tests have executors, too, that may be writing. What is checked
			// below holds in any case.
			eventually(t, "the executor waits", func() bool { return countGoroutines("loop", "(*outbox).write") > 0 })
			conn.gate.Unlock()
			for range n {
				p.Next()
			}
			if emit != nil {
				p.Fails(1, wire.ErrorCancelled)
				if err := <-stopped; kindOf(err) != engine.KindCancelled {
					t.Errorf("the script was not stopped: %v", err)
				}
			}
			// What is written at once was gathered before: never more than the
			// bound and the frame that went over it.
			if largest := conn.written().largest; largest > child.OutHigh+2*size {
				t.Errorf("%d bytes were gathered, the bound is %d", largest, child.OutHigh)
			}
		})
	}
}

// Large frames are written from where they are, in their place among others.
func TestLargeFramesInOrder(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 3*child.OutDirect)
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		v.event(c, "first")
		v.event(c, large)
		v.event(c, "second")
		v.answer(c, large)
		v.event(nil, "third")
	}}, true)
	for range 10 {
		p.Call(1)
		p.CallEvent(1, "first")
		p.CallEvent(1, large)
		p.CallEvent(1, "second")
		p.Result(1, large)
		p.Event("third")
	}
}

func TestOneAnswer(t *testing.T) {
	t.Parallel()
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		v.answer(c, "first")
		if err := v.answer(c, "second"); !errors.Is(err, engine.ErrAnswered) {
			t.Errorf("a second answer: %v", err)
		}
		if err := v.event(c, "late"); !errors.Is(err, engine.ErrAnswered) {
			t.Errorf("an event after the answer: %v", err)
		}
		v.Log(c, engine.LevelInfo, "of an answered call", map[string]any{"n": 1})
		v.HostCall(c, "f", []any{1}, func([]any, error) {})
		if err := v.Fail(c, &engine.Error{Kind: engine.KindScript, Message: "late", Stack: []engine.Frame{{File: "f", Line: 3}}}); !errors.Is(err, engine.ErrAnswered) {
			t.Errorf("an error after the answer: %v", err)
		}
	}}, true)
	p.Call(7)
	p.Result(7, "first")
	// The id may be another call's by now: nothing more is said of this one.
	if l := p.Logs("info", "of an answered call"); l.Call != 0 {
		t.Errorf("the record belongs to call %d", l.Call)
	}
	p.HostCall(0, "f", 1)
	if l := p.Logs("error", "late", "f:3"); l.Call != 0 || l.Fields["kind"] != "script" {
		t.Errorf("the record is %+v", l)
	}
	p.Drain()
	p.Drained()
}

func TestPayloadLimit(t *testing.T) {
	t.Parallel()
	s := &script{run: func(v *vm, c *engine.Call, args []string) {
		x := strings.Repeat("x", 2000)
		for _, err := range []error{v.event(c, x), v.answer(c, x)} {
			if kindOf(err) != engine.KindLimit {
				t.Errorf("too much: %v", err)
			}
		}
		v.HostCall(c, "f", []any{x}, func(_ []any, err error) {
			if kindOf(err) != engine.KindLimit || !strings.Contains(err.Error(), "f") {
				t.Errorf("too many arguments: %v", err)
			}
		})
		v.answer(c, "small") // it is not answered yet
	}}
	p := enginetest.NewParent(t, serving(s))
	b := boot(true)
	b.Limits.Payload = 1000
	p.Boot(b)
	p.Ready()
	p.Call(1)
	p.Result(1, "small")
}

func TestHostCallArguments(t *testing.T) {
	t.Parallel()
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		v.HostCall(c, "f", []any{1, []any{"fine", make(chan int)}}, func(_ []any, err error) {
			v.event(nil, kindOf(err), err.Error())
		})
		v.answer(c)
	}}, true)
	p.Call(1)
	// Positions count the arguments, without the name that goes before them.
	p.Event("serialise", "cbor: value [1][1]: a Go value of the type chan int cannot be carried")
	p.Result(1)
}

// The worker end measures for how long a call has been running, not for how
// long it has been busy with all calls.
func TestPongTellsTheRunningCall(t *testing.T) {
	t.Parallel()
	var w wakers
	end := make(chan struct{})
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		if args[0] == "park" {
			v.park(c, &w, "x")
		} else {
			v.event(nil, "spinning")
			v.spin(end)
		}
		v.answer(c)
	}}, true)
	p.Call(1, "park")
	wake := w.take(t, "x")
	begin := time.Now()
	p.Call(2, "spin")
	p.Event("spinning")
	p.Ping(1)
	pong := p.Pong(1)
	if longest := time.Since(begin).Milliseconds(); pong.Call != 2 || pong.RunningMS > longest {
		t.Errorf("PONG is %+v; call 2 runs for at most %d ms", pong, longest)
	}
	wake()
	close(end)
	p.Result(2)
	p.Result(1)
	p.Ping(2)
	if pong := p.Pong(2); pong.Call != 0 {
		t.Errorf("PONG is %+v, and nothing runs", pong)
	}
}
