//go:build unix

package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// ready waits until so many workers are ready, spares included, and no others are
// there, and returns them.
func awaitReady(t *testing.T, p *Pool, n int) []WorkerStats {
	t.Helper()
	var workers []WorkerStats
	await(t, func() bool {
		workers = p.Stats().Workers
		return len(workers) == n && !slices.ContainsFunc(workers, func(w WorkerStats) bool { return w.State != "ready" })
	})
	return workers
}

// mortal is a script whose workers die of the argument "poison", at the hands of a
// host function.
const mortal = `function run(x) if x == "poison" then host.kill(worker.pid) while true do end end return x end`

// mortalPool is a pool of it. exits gets the ends of its workers.
func mortalPool(t *testing.T, o PoolOptions) (p *Pool, exits chan WorkerExit) {
	t.Helper()
	exits = make(chan WorkerExit, 1000)
	o.OnExit = func(e WorkerExit) { exits <- e }
	o.Host = map[string]any{"kill": func(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }}
	return startPool(t, inline(t, Lua, mortal), &o), exits
}

func awaitExit1(t *testing.T, exits <-chan WorkerExit) WorkerExit {
	t.Helper()
	select {
	case e := <-exits:
		return e
	case <-time.After(testTime):
		t.Fatal("no worker has ended")
		panic("not reached")
	}
}

func TestPoolReplacesTheDead(t *testing.T) {
	t.Parallel()
	for _, spare := range []int{0, 1} {
		p, exits := mortalPool(t, PoolOptions{Max: 1, Spare: spare})
		before := awaitReady(t, p, 1+spare)
		_, err := p.Call(testContext(t), "poison")
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Signal != "killed" || OutcomeOf(err) != Unknown {
			t.Errorf("got %v", err)
		}
		e := awaitExit1(t, exits)
		if e.Class != ExitSignal || e.Worker != 1 || e.PID != before[0].PID || e.Calls != 0 || e.Generation != p.Stats().Generation || e.Age <= 0 {
			t.Errorf("exit: %+v", e)
		}
		var info CallInfo
		if out, err := p.Call(WithCallInfo(testContext(t), &info), "x"); err != nil || out[0] != "x" || info.Worker != 2 {
			t.Errorf("got %v, %v from %+v", out, err, info)
		}
		awaitReady(t, p, 1+spare)
		if s := p.Stats(); s.Crashes != 1 || s.Retries != 0 || s.Started != uint64(2+spare) {
			t.Errorf("%+v", s)
		}
		mustClosePool(t, p)
	}
}

// A call that was sent behind the one that killed the worker has not been run, and
// is run elsewhere; the others are told that nobody knows.
func TestPoolRetriesWhatWasNotSent(t *testing.T) {
	t.Parallel()
	p, _ := mortalPool(t, PoolOptions{Max: 1, Load: 5, Crashes: 100})
	var infos [5]CallInfo
	var all sync.WaitGroup
	started := make(chan struct{})
	var errs [5]error
	for i := range 5 {
		all.Go(func() {
			arg := "x"
			if i == 0 {
				arg = "poison"
				close(started)
			} else {
				<-started
			}
			_, errs[i] = p.Call(WithCallInfo(testContext(t), &infos[i]), arg)
		})
	}
	answers, failures := goCalls(p, 20)()
	all.Wait()
	for i, err := range errs {
		if (i == 0) != (OutcomeOf(err) == Unknown) || i > 0 && err != nil {
			t.Errorf("call %d: %v, %+v", i, err, infos[i])
		}
	}
	if len(answers) != 20 {
		t.Errorf("of Go: %v", failures)
	}
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	p, _ := mortalPool(t, PoolOptions{Max: 2, Crashes: 100})
	frozen, err := p.self.freeze(nil, []any{"poison"})
	if err != nil {
		t.Fatal(err)
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(frozen))
	c := Idempotent(p.Function("run"))
	check := func(how string, err error) {
		t.Helper()
		var q *QuarantineError
		if !errors.As(err, &q) || q.Deaths != 2 || q.Digest != digest || OutcomeOf(err) != Unknown || !errors.As(err, new(*ExitError)) || !strings.Contains(err.Error(), digest) {
			t.Errorf("%s: %v", how, err)
		}
	}
	var info CallInfo
	_, err = c.Call(WithCallInfo(testContext(t), &info), "poison")
	check("Call", err)
	if info.Attempts != 2 {
		t.Errorf("%d attempts", info.Attempts)
	}
	for _, err := range c.Stream(testContext(t), "poison") {
		check("Stream", err)
	}
	told := make(chan error, 1)
	Idempotent(p).Go(func(_ []any, err error) { told <- err }, "poison")
	check("Go", <-told)
	if out := mustCall(t, c, "x"); out[0] != "x" {
		t.Errorf("got %v", out)
	}
	if s := p.Stats(); s.Quarantined != 3 || s.Retries != 3 || s.Crashes != 6 {
		t.Errorf("%+v", s)
	}
	w := start(t, inline(t, Lua, echo[Lua]), nil)
	if Idempotent(w) != Caller(w) {
		t.Error("a worker on its own has been wrapped")
	}
}

// Calls that lose their worker to another one are run again, by themselves.
func TestIdempotentCallsSurvive(t *testing.T) {
	t.Parallel()
	g := newGate()
	o := g.options(PoolOptions{Options: Options{Async: true}, Max: 1, Load: 10, Crashes: 100})
	p := startPool(t, inline(t, Lua, `function run(done, x) done(host.gate(x) or x) end`), o)
	wait := goCalls(Idempotent(p), 5)
	g.awaitEntered(t, 5)
	p.mu.Lock()
	victim := p.members[0].w
	p.mu.Unlock()
	victim.peer.kill()
	for i := range 5 { // one at a time: each is alone in its worker
		g.awaitEntered(t, 1)
		if s := p.Stats(); s.Queued != 4-i {
			t.Errorf("%d wait, want %d", s.Queued, 4-i)
		}
		g.open <- struct{}{}
	}
	answers, failures := wait()
	if len(answers) != 5 {
		t.Errorf("%v, %v", answers, failures)
	}
}

func TestPoolBreaker(t *testing.T) {
	t.Parallel()
	p, _ := mortalPool(t, PoolOptions{Max: 1, Crashes: 2})
	for range 3 {
		if _, err := p.Call(testContext(t), "poison"); OutcomeOf(err) != Unknown {
			t.Fatal(err)
		}
	}
	await(t, func() bool { return p.Stats().Broken })
	_, err := p.Call(testContext(t), "x")
	if !errors.Is(err, ErrCrashLoop) || OutcomeOf(err) != NotSent || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v", err)
	}
	if _, failures := goCalls(p, 1)(); len(failures) != 1 || !errors.Is(failures[0], ErrCrashLoop) {
		t.Errorf("Go: %v", failures)
	}
	await(t, func() bool { // the probe
		_, err := p.Call(testContext(t), "x")
		if err != nil && !errors.Is(err, ErrCrashLoop) {
			t.Error(err)
		}
		return err == nil
	})
	if p.Stats().Broken {
		t.Error("the breaker is open after an answer")
	}
	// Without calls it closes by itself.
	for range 3 {
		p.Call(testContext(t), "poison")
	}
	await(t, func() bool { return p.Stats().Broken })
	await(t, func() bool { return !p.Stats().Broken })
}

func TestPoolExits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		script string
		class  ExitClass
		reason string
	}{
		{"exit 0", ExitStatus, "1 call was not answered"},
		{"exit 3", ExitStatus, "status 3"},
		{"kill", ExitStatus, "SIGSEGV"},
		{"panic because", ExitStatus, "because"},
		{"raw " + frameHex(77, ""), ExitProtocol, "id 77"},
		{"hang", ExitKilled, "of being given up"},
		{"close", ExitKilled, "closed its stream"},
	} {
		t.Run(test.script, func(t *testing.T) {
			t.Parallel()
			exits := make(chan WorkerExit, 10)
			var told atomic.Int32
			o := PoolOptions{
				Options: Options{Sandbox: SandboxOff, OnLog: func(LogRecord) {}, OnError: func(error) { told.Add(1) }, Limits: Limits{CallTime: testTime}},
				OnExit:  func(e WorkerExit) { exits <- e },
			}
			if test.script == "hang" {
				o.Limits.CallTime = 10 * time.Millisecond
			}
			p := startPool(t, faultScript(test.script), &o)
			if _, err := p.Call(testContext(t), "x"); OutcomeOf(err) != Unknown {
				t.Errorf("got %v", err)
			}
			// On a busy machine a worker may not have begun the call before it was
			// cancelled, and so has complied.
			for test.script == "hang" && len(exits) == 0 {
				p.Call(testContext(t), "x")
			}
			e := awaitExit1(t, exits)
			if e.Class != test.class || e.Err == nil || !strings.Contains(e.Err.Error(), test.reason) {
				t.Errorf("got %+v", e)
			}
			if told.Load() != 0 {
				t.Error("OnError was told, too")
			}
			if crashes := p.Stats().Crashes; crashes != map[bool]uint64{false: 1, true: 0}[test.script == "hang"] {
				t.Errorf("%d crashes", crashes)
			}
		})
	}
	t.Run("told to OnError", func(t *testing.T) {
		t.Parallel()
		told := make(chan error, 10)
		p := startPool(t, faultScript("exit 3"), &PoolOptions{Options: Options{Sandbox: SandboxOff, OnError: func(err error) { told <- err }}})
		p.Call(testContext(t), "x")
		if err := <-told; !errors.As(err, new(*ExitError)) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("does not load any more", func(t *testing.T) {
		t.Parallel()
		exits := make(chan WorkerExit, 100)
		var bad atomic.Bool
		o := PoolOptions{Max: 1, Crashes: 2, OnExit: func(e WorkerExit) { exits <- e }}
		o.Init = "init"
		o.Host = map[string]any{"bad": bad.Load, "kill": func(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }}
		p := startPool(t, inline(t, Lua, `function init() if host.bad() then error("it is bad") end end `+mortal), &o)
		bad.Store(true)
		p.Call(testContext(t), "poison")
		if e := awaitExit1(t, exits); e.Class != ExitSignal {
			t.Errorf("got %+v", e)
		}
		_, err := p.Call(testContext(t), "x") // it waits until the breaker opens
		if !errors.Is(err, ErrCrashLoop) || !strings.Contains(err.Error(), "it is bad") {
			t.Errorf("got %v", err)
		}
		if e := awaitExit1(t, exits); e.Class != ExitLoad || e.PID != 0 {
			t.Errorf("got %+v", e)
		}
		bad.Store(false)
		await(t, func() bool { _, err := p.Call(testContext(t), "x"); return err == nil })
	})
}

func TestPoolRecycles(t *testing.T) {
	t.Parallel()
	const who = `function run(x) if x == "retire" then worker.retire() end return worker.pid end`
	pids := func(t *testing.T, p *Pool, n int, arg string) map[any]int {
		t.Helper()
		got := map[any]int{}
		for range n {
			got[mustCall(t, p, arg)[0]]++
		}
		return got
	}
	t.Run("after calls", func(t *testing.T) {
		t.Parallel()
		p := startPool(t, inline(t, Lua, who), &PoolOptions{Max: 1, MaxCalls: 7})
		for pid, n := range pids(t, p, 30, "") {
			if n > 7 {
				t.Errorf("worker %v has had %d calls", pid, n)
			}
		}
		p = startPool(t, inline(t, Lua, who), &PoolOptions{Max: 2, MaxCalls: 1})
		if got := pids(t, p, 10, ""); len(got) != 10 {
			t.Errorf("10 calls have had %d workers", len(got))
		}
		if s := p.Stats(); s.Crashes != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("when it asks", func(t *testing.T) {
		t.Parallel()
		p := startPool(t, inline(t, Lua, who), &PoolOptions{Max: 1})
		for range 5 {
			first := mustCall(t, p, "retire")[0]
			if again := mustCall(t, p, "")[0]; again == first {
				t.Errorf("a worker that asked for no more calls has had one")
			}
		}
		p = startPool(t, inline(t, JS, `function run() { worker.retire(); return worker.pid }`), &PoolOptions{Max: 1})
		if got := pids(t, p, 5, ""); len(got) != 5 {
			t.Errorf("5 calls have had %d workers", len(got))
		}
	})
	t.Run("before it has done anything", func(t *testing.T) {
		t.Parallel()
		exits := make(chan WorkerExit, 1000)
		p := startPool(t, inline(t, Lua, `function init() worker.retire() end function run() return 1 end`),
			&PoolOptions{Max: 1, Options: Options{Init: "init"}, OnExit: func(e WorkerExit) { exits <- e }})
		await(t, func() bool { return p.Stats().Broken })
		if n := p.Stats().Started; n > 2*DefaultPoolCrashes { // some are started before the end of others is known
			t.Errorf("%d workers were started", n)
		}
		mustCall(t, p) // the last one stays as long as there is no other
		p = startPool(t, inline(t, Lua, `timer.after(0, worker.retire) function run() return 1 end`),
			&PoolOptions{Max: 1, OnExit: func(e WorkerExit) { exits <- e }})
		await(t, func() bool { return p.Stats().Broken })
		if n := p.Stats().Started; n > 2*DefaultPoolCrashes { // some are started before the end of others is known
			t.Errorf("%d workers were started", n)
		}
	})
	t.Run("when it is old", func(t *testing.T) {
		t.Parallel()
		p := startPool(t, inline(t, Lua, who), &PoolOptions{Max: 1, MaxAge: 50 * time.Millisecond})
		first := mustCall(t, p, "")[0]
		await(t, func() bool { return mustCall(t, p, "")[0] != first })
	})
	t.Run("when it is large", func(t *testing.T) {
		t.Parallel()
		size := func(p *Pool) int64 { return awaitReady(t, p, 1)[0].Resident }
		p := startPool(t, inline(t, Lua, who), &PoolOptions{Max: 1})
		base := size(p)
		if base == 0 {
			t.Skip("the size of a process is not known on this system")
		}
		grows := `kept = {} function run(x) for i = 1, 300000 do kept[#kept+1] = {i} end return worker.pid end`
		p = startPool(t, inline(t, Lua, grows), &PoolOptions{Max: 1, MaxResident: base + 16<<20})
		first := mustCall(t, p, "")[0]
		await(t, func() bool { return mustCall(t, p, "")[0] != first })
	})
}

func TestPoolReload(t *testing.T) {
	t.Parallel()
	version := func(n int, more string) *Script {
		return inline(t, Lua, fmt.Sprintf("%s function run(x) host.gate(x) event('event') return %d end", more, n))
	}
	g := newGate()
	var mu sync.Mutex
	var events []Event
	o := g.options(PoolOptions{Options: Options{OnEvent: func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, e)
	}}, Max: 1, Load: 1})
	p := startPool(t, version(1, ""), o)
	type answer struct {
		out  any
		info CallInfo
	}
	answers := make(chan answer, 10)
	call := func(name string) {
		go func() {
			var a answer
			out, err := p.Call(WithCallInfo(testContext(t), &a.info), name)
			if err != nil {
				t.Error(err)
			} else {
				a.out = out[0]
			}
			answers <- a
		}()
	}
	call("old")
	g.awaitEntered(t, 1)
	call("queued")
	await(t, func() bool { return p.Stats().Queued == 1 })

	for what, bad := range map[string]*Script{
		"no good":  version(9, `error("no good")`),
		"run":      inline(t, Lua, "function walk() end"),
		"<eof>":    inline(t, Lua, "function run("),
		"no scrip": nil,
	} {
		err := p.Reload(testContext(t), bad)
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
		if s := p.Stats(); s.Generation != version(1, "").generation(nil) || s.Reloads != 0 || s.Broken {
			t.Errorf("%s: %+v", what, s)
		}
	}
	ctx, cancel := context.WithCancel(testContext(t))
	cancel()
	if err := p.Reload(ctx, version(2, "")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}

	if err := p.Reload(testContext(t), version(2, "")); err != nil {
		t.Fatal(err)
	}
	if got := g.awaitEntered(t, 1); got[0] != "queued" { // while the old one is not answered
		t.Errorf("%v has started", got)
	}
	close(g.open)
	generations := map[any]string{"1": version(1, "").generation(nil), "2": version(2, "").generation(nil)}
	got := map[any]bool{}
	for range 2 {
		a := <-answers
		got[a.out] = true
		if a.info.Generation != generations[a.out] {
			t.Errorf("got %+v", a)
		}
	}
	if len(got) != 2 {
		t.Errorf("answers %v", got)
	}
	mustClosePool(t, p)
	if len(events) != 2 || events[0].Generation == events[1].Generation || events[0].Worker == events[1].Worker {
		t.Errorf("events %+v", events)
	}
}

func TestBroadcast(t *testing.T) {
	t.Parallel()
	p := startPool(t, inline(t, Lua, `n = 0 function set(x) n = x return worker.pid end function run() return n end function bad() error("no") end`),
		&PoolOptions{Options: Options{Serialiser: JSON}, Idle: 3, Spare: 1, Load: 1})
	awaitReady(t, p, 4)
	replies, err := p.Broadcast(testContext(t), "set", 7)
	if err != nil {
		t.Fatal(err)
	}
	pids := map[any]bool{}
	for _, r := range replies {
		if r.Err != nil || r.Worker == 0 || r.Generation != p.Stats().Generation {
			t.Errorf("%+v", r)
		}
		pids[r.Results[0]] = true
	}
	if len(pids) != 4 {
		t.Errorf("%d workers have answered", len(pids))
	}
	replies, _ = p.Broadcast(testContext(t), "bad")
	for _, r := range replies {
		if !errors.As(r.Err, new(*ScriptError)) {
			t.Errorf("%+v", r)
		}
	}
	if replies, _ = p.Broadcast(testContext(t), ""); len(replies) != 4 || fmt.Sprint(replies[3].Results[0]) != "7" {
		t.Errorf("%+v", replies)
	}
	if s := p.Stats(); s.Calls != 12 || s.Errors != 4 {
		t.Errorf("%+v", s)
	}
}

// What waits in the queue ends with its context, or when its time is up.
func TestPoolDeadlines(t *testing.T) {
	t.Parallel()
	const limit = 200 * time.Millisecond
	p := startPool(t, inline(t, Lua, echo[Lua]), &PoolOptions{Options: Options{Limits: Limits{CallTime: limit}}, Max: 1, Load: 1})
	holder := &request{p: p, made: time.Now()}
	if err := p.acquire(testContext(t), holder); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	wait := goCalls(p, 2)
	check := func(how string, err error, d time.Duration) {
		t.Helper()
		if !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != NotSent {
			t.Errorf("%s: %v", how, err)
		}
		// If it were not for d, the test's own deadline would end it.
		if took := time.Since(began); took < d || took > testTime/2 {
			t.Errorf("%s: it took %v", how, took)
		}
	}
	ctx, cancel := context.WithTimeout(testContext(t), 20*time.Millisecond)
	defer cancel()
	_, err := p.Call(ctx, "x")
	check("context", err, 20*time.Millisecond)
	for _, err := range p.Stream(testContext(t), "x") {
		check("CallTime", err, limit)
	}
	_, failures := wait()
	for _, err := range failures {
		check("Go", err, limit)
	}
	if len(failures) != 2 {
		t.Errorf("of Go: %v", failures)
	}
	holder.settle(nil, false, nil)
	await(t, func() bool { // on a busy machine the time of this one may be up, too
		_, err := p.Call(testContext(t), "x")
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		return err == nil
	})
}

// Time in the queue is taken from the time that a call has in its worker.
func TestPoolQueueTimeCounts(t *testing.T) {
	t.Parallel()
	const limit, queued = 400 * time.Millisecond, 200 * time.Millisecond
	p := startPool(t, inline(t, Lua, held), newGate().options(PoolOptions{Options: Options{Limits: Limits{CallTime: limit}}, Max: 1, Load: 1}))
	for range 20 {
		first := &request{p: p, made: time.Now()} // whose time nobody watches
		if err := p.acquire(testContext(t), first); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		second := goCalls(p, 1)
		time.Sleep(queued) // this time is what is measured
		first.settle(nil, false, nil).run()
		_, failures := second()
		took := time.Since(began)
		if len(failures) != 1 || !errors.Is(failures[0], context.DeadlineExceeded) || took < limit {
			t.Fatalf("%v after %v", failures, took)
		}
		if took < queued+limit { // after which it would have ended otherwise
			return
		}
		t.Logf("%v after %v: the machine may be busy", failures, took)
	}
	t.Error("it is late each time")
}

// A call tells when it was given to its worker: after the one it waited for, at its
// last attempt, and at once to a worker on its own.
func TestCallInfoGiven(t *testing.T) {
	t.Parallel()
	g := newGate()
	p := startPool(t, inline(t, Lua, held), g.options(PoolOptions{Max: 1, Load: 1}))
	first := goCalls(p, 1)
	g.awaitEntered(t, 1)
	for _, stream := range []bool{false, true} {
		var (
			info CallInfo
			ctx  = WithCallInfo(testContext(t), &info)
			done = make(chan error, 1)
		)
		queued := p.Stats().Calls
		go func() {
			var err error
			if stream {
				for _, err = range p.Stream(ctx, "x") {
				}
			} else {
				_, err = p.Call(ctx, "x")
			}
			done <- err
		}()
		for p.Stats().Calls == queued || p.Stats().Queued == 0 {
			time.Sleep(time.Millisecond)
		}
		open := time.Now()
		g.open <- struct{}{}
		first()
		g.awaitEntered(t, 1)
		entered := time.Now()
		if !stream {
			first = goCalls(p, 1) // for the next one to wait for
		}
		g.open <- struct{}{}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if info.Given.Before(open) || info.Given.After(entered) {
			t.Errorf("stream %v: given at %v, and the worker was free from %v and at work by %v", stream, info.Given, open, entered)
		}
		if !stream {
			g.awaitEntered(t, 1)
		}
	}

	w := start(t, inline(t, Lua, echo[Lua]), nil)
	var info CallInfo
	before := time.Now()
	if _, err := w.Call(WithCallInfo(testContext(t), &info), "x"); err != nil {
		t.Fatal(err)
	}
	if info.Given.Before(before) || info.Given.After(time.Now()) {
		t.Errorf("given at %v, made at %v", info.Given, before)
	}
	// Who has not waited for a worker has not been given to one.
	info = CallInfo{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Call(WithCallInfo(ctx, &info), "x"); err == nil || info.Attempts == 0 != info.Given.IsZero() {
		t.Errorf("%v, %+v", err, info)
	}
}

func TestPoolFromHostFunctions(t *testing.T) {
	t.Parallel()
	var p *Pool
	deeper := func(ctx context.Context, n int) (int, error) {
		if n == 0 {
			return 0, nil
		}
		out, err := p.Call(ctx, n-1)
		if err != nil {
			return 0, err
		}
		return int(out[0].(int64)) + 1, nil
	}
	o := &PoolOptions{Options: Options{Serialiser: JSON, Host: map[string]any{"deeper": deeper}}, Max: 3, Start: time.Millisecond}
	p = startPool(t, inline(t, Lua, `function run(n) return host.deeper(n) end`), o)
	if out := mustCall(t, p, 2); fmt.Sprint(out[0]) != "2" {
		t.Errorf("got %v", out)
	}
	_, err := p.Call(testContext(t), 3)
	if !errors.Is(err, ErrReentrant) {
		t.Errorf("a fourth worker of three: %v", err)
	}
}

// A callback may call the pool, even if that has one worker with one slot.
func TestPoolFromCallbacks(t *testing.T) {
	t.Parallel()
	p := startPool(t, inline(t, Lua, echo[Lua]), &PoolOptions{Max: 1, Load: 1})
	done := make(chan error)
	p.Go(func([]any, error) {
		_, err := p.Call(testContext(t), "x")
		p.Go(func(_ []any, e error) { done <- errors.Join(err, e) }, "y")
	}, "z")
	if err := <-done; err != nil {
		t.Error(err)
	}
	closed := make(chan error)
	p.Go(func([]any, error) { closed <- p.Close() })
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// A callback that does not return holds up no worker but its own.
func TestPoolStalledCallback(t *testing.T) {
	t.Parallel()
	stall := make(chan struct{})
	stalled := make(chan int, 100)
	o := PoolOptions{Options: Options{OnEvent: func(e Event) { stalled <- e.Worker; <-stall }}, Idle: 2}
	p := startPool(t, inline(t, Lua, `function run(x) if x == "event" then event(x) end return x end`), &o)
	defer close(stall)
	awaitReady(t, p, 2)
	var info CallInfo
	if _, err := p.Call(WithCallInfo(testContext(t), &info), "event"); err != nil {
		t.Fatal(err)
	}
	held := <-stalled
	if held != info.Worker {
		t.Errorf("worker %d has sent the event, %d has answered", held, info.Worker)
	}
	// Calls that the stalled one has answered take the grace period. The others
	// have the rest, and more of it the more of those there are.
	var answered sync.WaitGroup
	for range 20 {
		answered.Go(func() { mustCall(t, p, "x") })
	}
	answered.Wait()
	for range 50 {
		if _, err := p.Call(WithCallInfo(testContext(t), &info), "x"); err != nil {
			t.Fatal(err)
		}
		if info.Worker == held {
			t.Errorf("a call was made of worker %d, which is held up", held)
		}
	}
}

func TestPoolCloseDrains(t *testing.T) {
	t.Parallel()
	g := newGate()
	p := startPool(t, inline(t, Lua, held), g.options(PoolOptions{Max: 2, Load: 1}))
	wait := goCalls(p, 10)
	g.awaitEntered(t, 1)
	closed := make(chan error)
	go func() { closed <- p.Close() }()
	await(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.closing
	})
	close(g.open)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if answers, failures := wait(); len(answers) != 10 {
		t.Errorf("%d answers, %v", len(answers), failures)
	}

	g = newGate()
	p = startPool(t, inline(t, Lua, held), g.options(PoolOptions{Options: Options{Limits: Limits{Drain: 50 * time.Millisecond}}, Max: 1, Load: 1}))
	wait = goCalls(p, 3)
	g.awaitEntered(t, 1)
	err := p.Close()
	if err == nil || !strings.Contains(err.Error(), "3 calls were not answered") || p.Close() != err {
		t.Errorf("got %v", err)
	}
	_, failures := wait()
	outcomes := map[Outcome]int{}
	for _, err := range failures {
		outcomes[OutcomeOf(err)]++
	}
	if outcomes[NotSent] != 2 || outcomes[Unknown] != 1 {
		t.Errorf("failures %v", failures)
	}

	p = startPool(t, inline(t, Lua, held), newGate().options(PoolOptions{Max: 1, Load: 1}))
	wait = goCalls(p, 3)
	p.Kill()
	if _, failures := wait(); len(failures) != 3 || !errors.Is(failures[0], ErrClosed) || !errors.Is(failures[2], ErrClosed) {
		t.Errorf("after Kill: %v", failures)
	}
	p.Kill()
	if err := p.Close(); err != nil {
		t.Errorf("close after Kill: %v", err)
	}
}

func TestPoolNoWait(t *testing.T) {
	t.Parallel()
	p := startPool(t, inline(t, Lua, echo[Lua]), &PoolOptions{Options: Options{NoWait: true}})
	mustCall(t, p, "x")
	p = startPool(t, inline(t, Lua, `error("no good")`), &PoolOptions{Options: Options{NoWait: true, OnError: func(error) {}}})
	if _, err := p.Call(testContext(t), "x"); !errors.Is(err, ErrCrashLoop) || !strings.Contains(err.Error(), "no good") {
		t.Errorf("got %v", err)
	}
}
