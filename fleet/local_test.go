package fleet

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	in, _ := connections(t)
	first := pool(t, host.Lua, `function run(x) event("e") return x end function twice(x) return x .. x end`, &host.PoolOptions{Options: host.Options{OnEvent: func(host.Event) {}}})
	s := serve(t, in, first)
	c := s.Local()
	if out, err := c.Function("twice").Call(patience(t), "a"); err != nil || fmt.Sprint(out) != "[aa]" {
		t.Error(out, err)
	}
	done := make(chan string, 1)
	c.Go(func(out []any, err error) { done <- fmt.Sprint(out, err) }, "b")
	if got := <-done; got != "[b] <nil>" {
		t.Error(got)
	}
	c.Go(nil, "nobody asks")
	n := 0
	for e, err := range c.Stream(patience(t), "c") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if e.Result != (n == 2) {
			t.Errorf("%+v", e)
		}
	}
	// A pool is not closed under a call.
	next := pool(t, host.Lua, `function run() return "new" end`, nil)
	<-s.Use(next, "2")
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if out, err := c.Call(patience(t), "d"); err != nil || fmt.Sprint(out) != "[new]" {
		t.Error(out, err)
	}
}

// What is taken is taken from calls, and calls take from what is free; those that would
// wait for a worker have slots that nothing else has.
func TestTake(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	p := pool(t, host.Lua, `function run(x) if x == 'wait' then sleep(600) end return x end`, &host.PoolOptions{Max: 2, Load: 1})
	s := serve(t, in, p, Slots(3), Drain(time.Millisecond), Version("7"))
	l := s.Local().(local)
	free := func(want int) {
		t.Helper()
		if n, err := l.Free(patience(t)); n != want || err != nil {
			t.Errorf("%d are free, %v; want %d", n, err, want)
		}
	}
	free(2)
	ctx, cancel := context.WithCancel(t.Context())
	calls := make(chan error, 3)
	call := func() {
		go func() {
			_, err := Client(out, "tidy", Patience(0)).Call(ctx, "wait")
			calls <- err
		}()
	}
	call()
	brokertest.Await(t, func() bool { return s.Snapshot().Stats.Running > 0 })
	free(1)
	first, ok := l.Take()
	if !ok || first.Version != "7" || first.Instance != s.Instance() {
		t.Fatalf("%+v, %v", first, ok)
	}
	if out, err := first.Function("run").Call(patience(t), "x"); err != nil || fmt.Sprint(out) != "[x]" {
		t.Error(out, err)
	}
	if _, ok := l.Take(); ok {
		t.Error("there is one more than there are workers")
	}
	if i := s.Snapshot().Stats; i.Slots != 3 || i.Running != 1 || i.Jobs != 1 {
		t.Errorf("%+v", i)
	}
	call() // it waits
	brokertest.Await(t, func() bool { return s.Snapshot().Stats.Running > 1 })
	if _, err := Client(out, "tidy", Patience(0)).Call(patience(t), "y"); !errors.Is(err, host.ErrBusy) {
		t.Errorf("%v", err)
	}
	// Whoever waits for a slot is told.
	short, stop := context.WithCancel(t.Context())
	stop()
	if _, err := l.Free(short); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	freed := make(chan int, 1)
	go func() {
		n, _ := l.Free(patience(t))
		freed <- n
	}()
	first.Leave()
	cancel()
	for range 2 {
		if err := <-calls; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	if n := <-freed; n < 1 {
		t.Errorf("%d are free", n)
	}
	// Another pool has slots of its own.
	brokertest.Await(t, func() bool { return l.s.Snapshot().Stats.Running == 0 })
	for range 2 {
		if _, ok := l.Take(); !ok {
			t.Fatal("there is no slot")
		}
	}
	go func() {
		n, _ := l.Free(patience(t))
		freed <- n
	}()
	s.Use(pool(t, host.Lua, `function run() end`, &host.PoolOptions{Max: 5, Load: 1}), "8")
	if n := <-freed; n != 3 {
		t.Errorf("%d are free", n)
	}
	// Where no slot is free of what is diverted, there may be one of the rest.
	if _, err := s.Divert(Share{pool(t, host.Lua, `function run() end`, &host.PoolOptions{Max: 1, Load: 1}), "9", 100}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"9", "8"} {
		if slot, ok := l.Take(); !ok || slot.Version != want {
			t.Errorf("%+v, %v; want one of %s", slot, ok, want)
		}
	}
	if _, err := NewService(in, p, Slots(-1)); err == nil {
		t.Error("there are -1 slots")
	}
}
