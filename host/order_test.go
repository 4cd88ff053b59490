//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Answers of a sync worker, and callbacks of an echo in either mode, come in
// the order of the calls.
func TestCallOrder(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *testing.T, script *Script, async bool) {
		for _, noWait := range []bool{false, true} {
			w := start(t, script, &Options{Async: async, NoWait: noWait})
			const calls = 3000
			var got []string
			for i := range calls {
				w.Go(func(out []any, err error) {
					if err != nil {
						t.Error(err)
						return
					}
					got = append(got, out[0].(string))
				}, i)
			}
			mustClose(t, w)
			for i := range calls {
				if i >= len(got) || got[i] != fmt.Sprint(i) {
					t.Fatalf("answer %d of %d is not in its place", i, len(got))
				}
			}
		}
	})
}

// Events and answers come in the order in which the script made them, and all
// of them before OnDestroy.
func TestEventOrder(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run(n) for i = 1, n do event("event", n, i) end return "answer", n end`,
		JS:  `function run(n) { for (let i = 1; i <= n; i++) event("event", n, i); return results("answer", n) }`,
	}.each(t, func(t *testing.T, script *Script) {
		var got []string
		w := start(t, script, &Options{
			Serialiser: JSON,
			OnEvent:    func(e Event) { got = append(got, fmt.Sprint(e.Call, e.Args)) },
			OnDestroy:  func() { got = append(got, "destroyed") },
		})
		var want []string
		for n := range 50 {
			number := w.Go(func(out []any, err error) { got = append(got, fmt.Sprint(out, err)) }, n)
			for i := range n {
				want = append(want, fmt.Sprint(number, []any{"event", n, i + 1}))
			}
			want = append(want, fmt.Sprint([]any{"answer", n}, nil))
		}
		mustClose(t, w)
		want = append(want, "destroyed")
		if !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

// When Call returns, the events before its answer have been handled.
func TestCallAfterItsEvents(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run() event("a") event("b") return "c" end`,
		JS:  `function run() { event("a"); event("b"); return "c" }`,
	}.each(t, func(t *testing.T, script *Script) {
		var mu sync.Mutex
		handled := 0
		w := start(t, script, &Options{OnEvent: func(Event) {
			mu.Lock()
			defer mu.Unlock()
			handled++
		}})
		for i := range 200 {
			mustCall(t, w)
			mu.Lock()
			if handled != 2*(i+1) {
				t.Fatalf("after %d calls %d events have been handled", i+1, handled)
			}
			mu.Unlock()
		}
	})
}

// A callback may block, and may call the worker; other calls are answered.
func TestSlowCallback(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run(x) event(x) return x end`,
		JS:  `function run(x) { event(x); return x }`,
	}.each(t, func(t *testing.T, script *Script) {
		release := make(chan struct{})
		nested := make(chan error, 1)
		var w *Worker
		w = start(t, script, &Options{
			Limits: Limits{Grace: 20 * time.Millisecond},
			OnEvent: func(e Event) {
				if e.Args[0] == "block" {
					out, err := w.Call(context.Background(), "nested")
					if err == nil && out[0] != "nested" {
						err = fmt.Errorf("got %v", out)
					}
					nested <- err
					<-release
				}
			},
		})
		mustCall(t, w, "block")
		if err := <-nested; err != nil {
			t.Error(err)
		}
		for range 5 {
			mustCall(t, w, "other")
		}
		close(release)
		mustClose(t, w)
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run(done, n)
			if n == "spin" then while not done.cancelled() do sleep(0.001); done.event("tick") end return end
			for i = 1, tonumber(n) do done.event(i) end
			if n == "3" then done.fail("three") else done("end") end
		end`,
		JS: `function run(done, n) {
			if (n === "spin") { const t = setInterval(() => done.cancelled() ? clearInterval(t) : done.event("tick"), 1); return }
			for (let i = 1; i <= n; i++) done.event(i);
			if (n === "3") done.fail(new Error("three")); else done("end");
		}`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Async: true})
		var got []string
		for ev, err := range w.Stream(testContext(t), 2) {
			got = append(got, fmt.Sprint(ev.Args, ev.Result, err))
		}
		if want := []string{"[1] false <nil>", "[2] false <nil>", "[end] true <nil>"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		got = nil
		for ev, err := range w.Stream(testContext(t), 3) {
			se := new(ScriptError)
			if err != nil && (!errors.As(err, &se) || !strings.Contains(se.Message, "three")) {
				t.Error(err)
			}
			got = append(got, fmt.Sprint(ev.Args, err != nil))
		}
		if want := []string{"[1] false", "[2] false", "[3] false", "[] true"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		for ev, err := range w.Stream(testContext(t), "spin") {
			if err != nil || ev.Args[0] != "tick" {
				t.Errorf("%v, %v", ev, err)
			}
			break // which cancels the call
		}
		mustClose(t, w)
		for _, err := range w.Stream(testContext(t), 1) {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		}
	})
}

func TestNobodyHandlesEvents(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run() event("x") end`,
		JS:  `function run() { event("x") }`,
	}.each(t, func(t *testing.T, script *Script) {
		errs := make(chan error, 1)
		w := start(t, script, &Options{OnError: func(err error) { errs <- err }})
		mustCall(t, w)
		if err := <-errs; err.Error() != "event received, but no on_event handler" {
			t.Error(err)
		}
		mustClose(t, w)
	})
}

func TestCallbackPanics(t *testing.T) {
	t.Parallel()
	echo.each(t, func(t *testing.T, script *Script) {
		errs := make(chan error, 1)
		w := start(t, script, &Options{OnError: func(err error) { errs <- err }})
		w.Go(func([]any, error) { panic("whoops") }, "x")
		if err := <-errs; !strings.Contains(err.Error(), "whoops") {
			t.Error(err)
		}
		mustCall(t, w, "still there")
		mustClose(t, w)
	})
}

func TestErrorWithoutHandlerGoesToOnEvent(t *testing.T) {
	t.Parallel()
	events := make(chan Event, 1)
	w, err := Start(testContext(t), faultScript("exit 4"), unhurried(&Options{OnEvent: func(e Event) { events <- e }}))
	if err != nil {
		t.Fatal(err)
	}
	w.Go(nil, "x")
	if e := <-events; e.Args[0] != "error" || !strings.Contains(e.Args[1].(string), "status 4") {
		t.Errorf("got %v", e)
	}
	w.Kill()
}

func TestClose(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *testing.T, script *Script, async bool) {
		destroyed := 0
		w := start(t, script, &Options{Async: async, OnDestroy: func() { destroyed++ }})
		done := make(chan error, 1)
		w.Go(func([]any, error) { done <- w.Close() }, "close in a callback")
		if err := <-done; err != nil {
			t.Error(err)
		}
		mustClose(t, w)
		mustClose(t, w)
		if destroyed != 1 {
			t.Errorf("OnDestroy was called %d times", destroyed)
		}
		if _, err := w.Call(testContext(t)); !errors.Is(err, ErrClosed) || OutcomeOf(err) != NotSent {
			t.Errorf("Call: %v", err)
		}
		w.Go(func(_ []any, err error) { done <- err })
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Errorf("Go: %v", err)
		}
		w.cb.wait()
	})
}

// Calls of all sizes that are queued together are all sent.
func TestQueuedSizes(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *testing.T, script *Script, async bool) {
		w := start(t, script, &Options{Async: async, NoWait: true, Limits: Limits{CallTime: testTime}})
		sizes := []int{0, 1, largeFrame, 1, secondCall, 2, largeFrame - 20, largeFrame + 1000, 3, 1, batchSize - 50, 1, 200_000, 5}
		answers := make(chan error, len(sizes))
		for _, size := range sizes {
			w.Go(func(out []any, err error) {
				if err == nil && len(out[0].(string)) != size {
					err = fmt.Errorf("got %d of %d", len(out[0].(string)), size)
				}
				answers <- err
			}, strings.Repeat("x", size))
		}
		for range sizes {
			if err := <-answers; err != nil {
				t.Error(err)
			}
		}
		mustClose(t, w)
	})
}

// A callback that ends its goroutine, as t.Fatal does, ends nothing else.
func TestCallbackEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	w := startFault(t, "echo", nil)
	answers := make(chan int, 3)
	for i := range 3 {
		w.Go(func([]any, error) {
			answers <- i
			runtime.Goexit()
		}, "x")
	}
	for i := range 3 {
		if got := <-answers; got != i {
			t.Errorf("answer %d came as number %d", got, i)
		}
	}
	mustClose(t, w)
}
