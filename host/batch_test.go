//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// A come is what has come of a call.
type come struct {
	results []any
	err     error
}

// then makes a call of a Batch, with a lock held that what it calls takes, too.
func then(ctx context.Context, c Caller, args ...any) <-chan come {
	var mu sync.Mutex
	mu.Lock()
	defer mu.Unlock()
	told := make(chan come, 2)
	var b Batch
	b.Call(ctx, c, func(results []any, err error, more bool) {
		mu.Lock()
		defer mu.Unlock()
		told <- come{results, err}
	}, args...)
	b.Send()
	return told
}

// A call comes to the same, whoever is called and however many there are.
func TestBatchCall(t *testing.T) {
	t.Parallel()
	source := `function run(done, x) if x == "fail" then error("no") end done(x) end function twice(done, x) done(x, x) end`
	for _, o := range []PoolOptions{{Max: 1, Load: 1}, {Max: 2, Load: 100}} {
		o.Async = true
		p := startPool(t, inline(t, Lua, source), &o)
		w := start(t, inline(t, Lua, source), &Options{Async: true})
		for _, c := range []Caller{p, p.Function("run"), Idempotent(p), w} {
			var all []<-chan come
			for i := range 200 {
				all = append(all, then(testContext(t), c, fmt.Sprint(i)))
			}
			for i, told := range all {
				if got := <-told; got.err != nil || fmt.Sprint(got.results) != fmt.Sprintf("[%d]", i) {
					t.Errorf("%T: call %d: %v", c, i, got)
				}
			}
		}
		if got := <-then(testContext(t), p.Function("twice"), "x"); got.err != nil || len(got.results) != 2 {
			t.Error(got)
		}
		var script *ScriptError
		if got := <-then(testContext(t), p, "fail"); !errors.As(got.err, &script) || OutcomeOf(got.err) != Completed {
			t.Error(got)
		}
		var bad *SerialiseError
		if got := <-then(testContext(t), p, func() {}); !errors.As(got.err, &bad) || OutcomeOf(got.err) != NotSent {
			t.Error(got)
		}
		var info CallInfo
		if <-then(WithCallInfo(testContext(t), &info), p, "x"); info.Worker == 0 || info.Attempts != 1 || info.Given.IsZero() {
			t.Errorf("%+v", info)
		}
		mustClosePool(t, p)
		if got := <-then(testContext(t), p, "x"); !errors.Is(got.err, ErrClosed) || OutcomeOf(got.err) != NotSent {
			t.Error(got)
		}
	}
}

// Calls that are sent together are all answered, and what is told of with others is told of
// before those that it waits for.
func TestBatch(t *testing.T) {
	t.Parallel()
	// The last of ten calls has all of them answered.
	source := `local waiting = {}
function run(done, x)
	waiting[#waiting + 1] = function() done(x) end
	if #waiting == 10 then
		for _, answer in ipairs(waiting) do answer() end
		waiting = {}
	end
end`
	p := startPool(t, inline(t, Lua, source), &PoolOptions{Max: 1, Load: 10, Options: Options{Async: true}})
	var b Batch
	var together bool
	await(t, func() bool {
		var mu sync.Mutex
		var waits []string // told of with more to come
		told := make(chan []string, 10)
		for i := range 10 {
			b.Call(testContext(t), p, func(results []any, err error, more bool) {
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				waits = append(waits, fmt.Sprint(results...))
				if !more {
					told <- waits
					waits = nil
				}
			}, fmt.Sprint(i))
		}
		b.Send()
		all := map[string]bool{}
		for len(all) < 10 {
			some := <-told
			together = together || len(some) > 1
			for _, x := range some {
				if all[x] {
					t.Errorf("%s twice", x)
				}
				all[x] = true
			}
		}
		return together || t.Failed()
	})
	b.Send() // nothing
}

// Others do not wait for the Send of a batch, and have its calls sent as well.
func TestBatchHoldsUpNobody(t *testing.T) {
	t.Parallel()
	source := `local held = {}
function run(done, x)
	if x == "held" then
		held[#held + 1] = done
		event(x)
		return
	end
	done(x)
	for _, done in ipairs(held) do done("held") end
	held = {}
end`
	holds := make(chan bool, 3)
	p := startPool(t, inline(t, Lua, source), &PoolOptions{Max: 1, Load: 10, Options: Options{
		Async:   true,
		Limits:  Limits{Ping: time.Hour}, // which would have all sent
		OnEvent: func(Event) { holds <- true },
	}})
	const n = 3
	told := make(chan come, 2*n)
	tell := func(results []any, err error, _ bool) { told <- come{results, err} }
	var b Batch
	for range n { // so that whoever calls leaves it to others to send
		b.Call(testContext(t), p, tell, "held")
		b.Send()
		<-holds
	}
	for range n {
		b.Call(testContext(t), p, tell, "batch")
	}
	if out, err := p.Call(testContext(t), "other"); err != nil || out[0] != "other" {
		t.Errorf("the call of another: %v, %v", out, err)
	}
	for range 2 * n {
		if got := <-told; got.err != nil {
			t.Error(got.err)
		}
	}
	b.Send() // nothing
}

// A call ends with its context, whether it runs, waits for a worker, or is not made yet.
func TestBatchCallIsCancelled(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{false, true} {
		source := held
		if async {
			source = `function run(done, name) host.gate(name) done(name) end`
		}
		g := newGate()
		p := startPool(t, inline(t, Lua, source), g.options(PoolOptions{Options: Options{Async: async}, Max: 1, Load: 1}))
		ctx, cancel := context.WithCancel(testContext(t))
		runs := then(ctx, p, "runs")
		g.awaitEntered(t, 1)
		waits := then(ctx, p, "waits")
		await(t, func() bool { return p.Stats().Queued == 1 })
		cancel()
		for told, outcome := range map[<-chan come]Outcome{runs: Unknown, waits: NotSent, then(ctx, p, "late"): NotSent} {
			got := <-told
			if told == runs && OutcomeOf(got.err) == Completed {
				outcome = Completed // the gate has ended with ctx, too, and the script's error was there first
			}
			if !errors.Is(got.err, context.Canceled) || OutcomeOf(got.err) != outcome {
				t.Errorf("async %v: %v (%v), want %v", async, got.err, OutcomeOf(got.err), outcome)
			}
		}
		close(g.open)
		past, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
		defer cancel()
		if got := <-then(past, p, "x"); !errors.Is(got.err, context.DeadlineExceeded) {
			t.Error(got)
		}
		mustClosePool(t, p)
	}
}

// Where a worker dies, what it may have run is told of, and what it has not goes to another
// one.
func TestBatchCallSurvives(t *testing.T) {
	t.Parallel()
	p, _ := mortalPool(t, PoolOptions{Max: 1, Load: 5, Crashes: 100})
	for range 5 {
		poison := then(testContext(t), p, "poison")
		var all []<-chan come
		for range 10 {
			all = append(all, then(testContext(t), p, "x"))
		}
		if got := <-poison; OutcomeOf(got.err) != Unknown {
			t.Errorf("of the poison: %v", got)
		}
		for _, told := range all {
			// The second call may have been sent to the worker, and is then run by none.
			if got := <-told; got.err != nil && OutcomeOf(got.err) != Unknown {
				t.Error(got)
			}
		}
	}
	var quarantined *QuarantineError
	if got := <-then(testContext(t), Idempotent(p), "poison"); !errors.As(got.err, &quarantined) {
		t.Error(got)
	}
}
