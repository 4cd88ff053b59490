//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

var spinner = source{
	Lua: `function run(what)
		if what == "spin" then while true do end end
		if what == "pcall" then while true do pcall(function() while true do end end) end end
		if what == "sleep" then sleep(1000) end
		return what
	end`,
	JS: `async function run(what) {
		if (what === "spin") for (;;) {}
		if (what === "pcall") for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }
		if (what === "sleep") await new Promise((resolve) => setTimeout(resolve, 1e6));
		return what;
	}`,
}

var spinnerAsync = source{
	Lua: `function run(done, what)
		if what == "spin" then while true do end end
		if what == "pcall" then while true do pcall(function() while true do end end) end end
		if what == "sleep" then sleep(1000) end
		done(what)
	end`,
	JS: `async function run(done, what) {
		if (what === "spin") for (;;) {}
		if (what === "pcall") for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }
		if (what === "sleep") await new Promise((resolve) => setTimeout(resolve, 1e6));
		done(what);
	}`,
}

// A call that is given up ends at once with its context's error, the worker
// goes on serving, and the calls beside it are answered.
func TestCancel(t *testing.T) {
	t.Parallel()
	for mode, src := range map[string]source{"sync": spinner, "async": spinnerAsync} {
		t.Run(mode, func(t *testing.T) {
			src.each(t, func(t *testing.T, script *Script) {
				// A long grace period: the worker has to obey, not to be killed.
				w := start(t, script, &Options{Async: mode == "async", Limits: Limits{Grace: testTime}})
				for _, what := range []string{"spin", "pcall", "sleep"} {
					ctx, cancel := context.WithCancel(context.Background())
					stuck := make(chan error, 1)
					go func() {
						_, err := w.Call(ctx, what)
						stuck <- err
					}()
					waitSent(t, w)
					neighbours := make(chan error, 10)
					for range cap(neighbours) {
						w.Go(func(_ []any, err error) { neighbours <- err }, "fine")
					}
					cancel()
					if err := <-stuck; !errors.Is(err, context.Canceled) || OutcomeOf(err) != Unknown {
						t.Errorf("%s: %v (%v)", what, err, OutcomeOf(err))
					}
					for range cap(neighbours) {
						if err := <-neighbours; err != nil {
							t.Errorf("%s: a neighbour: %v", what, err)
						}
					}
				}
				mustClose(t, w)
			})
		})
	}
}

// waitSent waits until a call is outstanding.
func waitSent(t *testing.T, w *Worker) {
	t.Helper()
	until(t, w, func() bool { return w.outstanding > 0 })
}

func TestCallTime(t *testing.T) {
	t.Parallel()
	spinner.each(t, func(t *testing.T, script *Script) {
		var w *Worker
		var err error
		var ce *CallError
		for limit := 30 * time.Millisecond; ; limit *= 2 {
			w = start(t, script, &Options{Limits: Limits{CallTime: limit, Grace: testTime}})
			_, err = w.Call(testContext(t), "spin")
			if !errors.As(err, &ce) || !errors.Is(err, context.DeadlineExceeded) || ce.Kind != "deadline" {
				t.Fatalf("got %v", err)
			}
			if len(ce.Stack) > 0 || limit > testTime/10 {
				break
			}
			mustClose(t, w) // on a busy machine the script may not have begun
		}
		if OutcomeOf(err) != Unknown {
			t.Errorf("got %v (%v)", err, OutcomeOf(err))
		}
		if len(ce.Stack) == 0 || ce.Stack[0].File != script.Name() || !strings.HasPrefix(err.Error(), script.Name()+":2") {
			t.Errorf("it does not say where the script was: %v, %v", err, ce.Stack)
		}
		done := make(chan error, 1)
		w.Go(func(_ []any, err error) { done <- err }, "sleep")
		if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		mustClose(t, w)
	})
}

// Calls that are given up before they were sent are never sent.
func TestGiveUpQueued(t *testing.T) {
	t.Parallel()
	source{
		Lua: `local seen = {} function run(x) if x == "spin" then while true do end end
			if x then seen[#seen + 1] = x end return #seen end`,
		JS: `const seen = []; function run(x) { if (x === "spin") for (;;) {} ; if (x) seen.push(x); return seen.length }`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Limits: Limits{Grace: testTime}})
		first, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { w.Call(first, "spin") })
		waitSent(t, w)
		w.Go(nil, "second") // the one that is sent behind it
		ctx, cancel := context.WithCancel(context.Background())
		errs := make(chan error, 5)
		for range cap(errs) {
			wg.Go(func() {
				_, err := w.Call(ctx, "queued")
				errs <- err
			})
		}
		until(t, w, func() bool { return w.waiting == cap(errs) })
		cancel()
		for range cap(errs) {
			if err := <-errs; !errors.Is(err, context.Canceled) || OutcomeOf(err) != NotSent {
				t.Errorf("%v (%v)", err, OutcomeOf(err))
			}
		}
		stop()
		wg.Wait()
		if out := mustCall(t, w); out[0] != "1" {
			t.Errorf("the worker has seen %v calls, not 1", out)
		}
		mustClose(t, w)
	})
}

func TestContextThatHasEnded(t *testing.T) {
	t.Parallel()
	echo.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, nil)
		ctx, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
		defer cancel()
		if _, err := w.Call(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != NotSent {
			t.Errorf("%v (%v)", err, OutcomeOf(err))
		}
	})
}

// A Call that reads its own answer and is given up before it could be sent
// returns, although nothing comes that it could read.
func TestGiveUpBeforeSent(t *testing.T) {
	t.Parallel()
	if !callersRead {
		t.Skip("it is about calls that read")
	}
	w := startFault(t, "echo", nil)
	var cancel context.CancelFunc
	result := make(chan error, 1)
	for reads := false; !reads; {
		until(t, w, func() bool { return w.reader == goroutineReads })
		mustCall(t, w, "so that nobody reads")
		w.mu.Lock()
		w.out.writing = true // as if a frame was stuck in the socket
		w.mu.Unlock()
		var ctx context.Context
		ctx, cancel = context.WithCancel(context.Background())
		defer cancel()
		go func() {
			_, err := w.Call(ctx, "x")
			result <- err
		}()
		until(t, w, func() bool {
			reads = w.readingFor != nil
			return reads || w.outstanding+w.waiting == 1 && w.reader == goroutineReads
		})
		if !reads { // on a busy machine the goroutine reads again before the call is made
			cancel()
			<-result
			w.mu.Lock()
			w.out.writing = false
			w.mu.Unlock()
		}
	}
	cancel()
	select {
	case err := <-result:
		if !errors.Is(err, context.Canceled) || OutcomeOf(err) != NotSent {
			t.Errorf("got %v (%v)", err, OutcomeOf(err))
		}
	case <-time.After(testTime):
		t.Error("it never returned")
	}
	w.mu.Lock()
	w.out.writing = false
	w.mu.Unlock()
	mustCall(t, w, "y")
	mustClose(t, w)
}

// until waits until what w.mu guards is as it should be. It looks again and
// again, because the worker tells nobody of these states.
func until(t *testing.T, w *Worker, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(testTime); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		ok := is()
		w.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it never happened")
		}
	}
}

// Calls can be given up while the worker ends.
func TestGiveUpWhileEnding(t *testing.T) {
	t.Parallel()
	for range 10 {
		w := startFault(t, "hang", &Options{Async: true})
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				var e *ExitError
				if _, err := w.Call(ctx, "x"); !errors.As(err, &e) && !errors.Is(err, context.Canceled) || OutcomeOf(err) == 0 {
					t.Errorf("got %v (%v)", err, OutcomeOf(err))
				}
			})
		}
		until(t, w, func() bool { return w.outstanding == 50 })
		go cancel()
		w.Kill()
		wg.Wait()
	}
}

// Calls of all kinds that are given up at any moment: each is answered exactly
// once, with its own answer or with its context's error.
func TestGiveUpAtAnyMoment(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *testing.T, script *Script, async bool) {
		w := start(t, script, &Options{Async: async, Limits: Limits{Grace: testTime}})
		for _, goroutines := range []int{1, 4} { // one reads its answers itself
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					for i := range 100 {
						giveUpAtRandom(t, w, i, fmt.Sprintf("%d/%d", g, i))
					}
				})
			}
			wg.Wait()
		}
		mustClose(t, w)
	})
}

func giveUpAtRandom(t *testing.T, w *Worker, i int, arg string) {
	wait := time.Duration(rand.IntN(300)) * time.Microsecond
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if i%2 == 0 {
		ctx, cancel = context.WithCancel(context.Background())
		defer time.AfterFunc(wait, cancel).Stop()
	}
	defer cancel()
	answers := 0
	check := func(out []any, err error) {
		answers++
		if err == nil && (len(out) != 1 || out[0] != arg) {
			t.Errorf("got %v, want %v", out, arg)
		}
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	switch i % 4 {
	default:
		check(w.Call(ctx, arg))
	case 2:
		done := make(chan struct{})
		w.Go(func(out []any, err error) { check(out, err); close(done) }, arg)
		<-done
	case 3:
		for ev, err := range w.Stream(ctx, arg) {
			check(ev.Args, err)
		}
	}
	if answers != 1 {
		t.Errorf("call of %s: %d answers", arg, answers)
	}
}
