//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The tests of this file are not parallel: each looks whether anything is left.

// Workers are killed at random moments while they have calls.
func TestFaultKills(t *testing.T) {
	kills := 100
	if *long {
		kills = 5000
	}
	var runs []killRun
	for _, test := range []struct {
		name   string
		script *Script
		async  bool
		spare  int
	}{
		{"sync", inline(t, Lua, witnessed[Lua]), false, 0},
		{"async, a spare", inline(t, JS, witnessedAsync[JS]), true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			leavesNothing(t)
			l := newLedger()
			p := l.pool(t, test.script, PoolOptions{Options: Options{Async: test.async}, Idle: 2, Spare: test.spare, Crashes: 1 << 30})
			rng := rand.New(rand.NewPCG(1, uint64(kills)))
			stop := l.load(p, 16, nil)
			time.Sleep(200 * time.Millisecond) // the times before
			l.enterPhase("during")
			killed := map[*Worker]bool{}
			for len(killed) < kills {
				if w := victim(p, rng, killed); w != nil {
					w.peer.kill()
					killed[w] = true
				}
				time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond) // so that they come at any moment
			}
			await(t, func() bool { return victim(p, rng, killed) != nil })
			time.Sleep(50 * time.Millisecond) // what waited meanwhile is of neither
			l.enterPhase("after")
			time.Sleep(200 * time.Millisecond) // the times after
			stop()
			mustClosePool(t, p)
			run := killRun{test.name, kills, l.check(t, p), p.Stats()}
			if run.stats.Crashes < uint64(kills)*9/10 {
				t.Errorf("%d workers were killed, and %d have crashed", kills, run.stats.Crashes)
			}
			runs = append(runs, run)
		})
	}
	if !t.Failed() {
		killReport(runs).publish(t)
	}
}

// The time from a crash to the next answer.
func TestFaultRecovery(t *testing.T) {
	leavesNothing(t)
	r := report{name: "recovery", columns: []string{"from a crash to the next answered call, of 21", "median", "longest", "median promised"}}
	for spare, promised := range []time.Duration{60 * time.Millisecond, 20 * time.Millisecond} {
		l := newLedger()
		p := l.pool(t, inline(t, Lua, witnessed[Lua]), PoolOptions{Max: 1, Spare: spare, Crashes: 1 << 30})
		rng := rand.New(rand.NewPCG(1, 2))
		var took []time.Duration
		for range 21 {
			awaitReady(t, p, 1+spare)
			p.mu.Lock()
			var w *Worker
			for _, m := range p.members {
				if m.takesLocked() {
					w = m.w
				}
			}
			p.mu.Unlock()
			time.Sleep(time.Duration(rng.IntN(3)) * time.Millisecond)
			began := time.Now()
			w.peer.kill()
			for answers := p.Stats().Answers; p.Stats().Answers == answers; {
				l.one(testContext(t), p, 2)
			}
			took = append(took, time.Since(began))
		}
		mustClosePool(t, p)
		l.check(t, p)
		slices.Sort(took)
		median := took[len(took)/2]
		r.add([]string{"without a spare", "with one"}[spare], brief(median), brief(took[len(took)-1]), brief(promised))
		// The numbers are those of a machine that has nothing else to do.
		if *long && median > within(promised) {
			t.Errorf("with %d spare the median is %v, %v is promised", spare, median, promised)
		}
	}
	r.publish(t)
}

// Contexts end at random moments: before the call is sent, while it runs, and
// after it.
func TestFaultCancels(t *testing.T) {
	leavesNothing(t)
	l := newLedger()
	p := l.pool(t, inline(t, Lua, witnessed[Lua]), PoolOptions{Max: 2})
	stop := l.load(p, 32, func() (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(context.Background())
		t := time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, cancel)
		return ctx, func() { t.Stop(); cancel() }
	})
	time.Sleep(runTime())
	stop()
	mustClosePool(t, p)
	l.check(t, p)
}

// runTime is how long a test goes on that has no other end.
func runTime() time.Duration {
	if *long {
		return time.Minute
	}
	return time.Second
}

// A new version again and again, every third of which does not load.
func TestFaultReloads(t *testing.T) {
	leavesNothing(t)
	l := newLedger()
	p := l.pool(t, inline(t, Lua, witnessed[Lua]), PoolOptions{Idle: 2})
	stop := l.load(p, 16, nil)
	good := 0
	for n, end := 0, time.Now().Add(runTime()); n < 6 || time.Now().Before(end); n++ {
		script := inline(t, Lua, fmt.Sprintf("-- %d\n%s", n, witnessed[Lua]))
		if n%3 == 2 {
			script = inline(t, Lua, `error("it does not load")`)
		}
		err := p.Reload(testContext(t), script)
		if n%3 == 2 {
			if !errors.As(err, new(*ScriptError)) {
				t.Errorf("reload %d: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("reload %d: %v", n, err)
		}
		good++
		if g := p.Stats().Generation; g != script.generation(nil) {
			t.Errorf("reload %d: the generation is %s", n, g)
		}
	}
	stop()
	mustClosePool(t, p)
	l.check(t, p)
	if s := p.Stats(); s.Errors != 0 || s.Crashes != 0 || s.Reloads != uint64(good) {
		t.Errorf("of %d reloads: %+v", good, s)
	}
}

// Close and Kill while calls are made: what was taken is answered by Close.
func TestFaultClose(t *testing.T) {
	leavesNothing(t)
	for round := range 12 {
		l := newLedger()
		p := l.pool(t, inline(t, Lua, witnessed[Lua]), PoolOptions{Max: 2})
		stop := l.load(p, 16, nil)
		time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond)
		kill := round%3 == 1
		switch {
		case kill:
			p.Kill()
		case round%3 == 2: // calls may have to be given to other workers yet
			if w := victim(p, rand.New(rand.NewPCG(1, 1)), nil); w != nil {
				go w.peer.kill()
			}
		}
		mustClosePool(t, p)
		stop()
		l.check(t, p)
		for id, e := range l.calls {
			if e.err == nil || round%3 == 2 && kindOf(e.err) == "exit" {
				continue
			}
			if !errors.Is(e.err, ErrClosed) || !kill && OutcomeOf(e.err) != NotSent {
				t.Errorf("%s: %v", id, e.err)
			}
		}
	}
}

// Workers that exit, status 0, with calls outstanding.
func TestFaultCrashStorm(t *testing.T) {
	leavesNothing(t)
	l := newLedger()
	p := l.pool(t, faultScript("ran exit 0"), PoolOptions{Options: Options{Sandbox: SandboxOff, OnLog: func(LogRecord) {}}})
	stop := l.load(p, 16, nil)
	await(t, func() bool { return p.Stats().Broken })
	// They fail at once, or kill a probe: if each waited for one, more workers
	// would be started than are allowed below.
	for range 100 {
		l.one(testContext(t), p, 2)
	}
	stop()
	mustClosePool(t, p)
	l.check(t, p)
	if s := p.Stats(); s.Answers != 0 || s.Started > 40 {
		t.Errorf("%+v", s)
	}
}

// A worker that sends more events than are taken is slowed down, or ended; the
// other one goes on.
func TestFaultEventFlood(t *testing.T) {
	leavesNothing(t)
	l := newLedger()
	stall := make(chan struct{})
	var stalled atomic.Int32
	o := PoolOptions{Idle: 2, Crashes: 1 << 30}
	o.OnEvent = func(e Event) {
		if len(e.Args) > 0 && e.Args[0] == "flood" {
			stalled.Store(int32(e.Worker))
			<-stall
		}
	}
	const script = `local text = string.rep("x", 1000000)
function flood() while true do event("flood", text) end end ` + `function run(id) host.ran(id) return id end`
	p := l.pool(t, inline(t, Lua, script), o)
	awaitReady(t, p, 2)
	flood := make(chan error, 1)
	go func() {
		_, err := p.Function("flood").Call(context.Background())
		flood <- err
	}()
	await(t, func() bool { return stalled.Load() != 0 })
	stop := l.load(p, 4, nil)
	err := <-flood
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != "backlog" || OutcomeOf(err) != Unknown {
		t.Errorf("got %v", err)
	}
	stop()
	close(stall)
	mustClosePool(t, p)
	l.mu.Lock()
	l.calls["flood"] = &entry{ends: 1, err: err}
	l.mu.Unlock()
	l.check(t, p)
}

// A loop over a stream that takes its time holds back its own worker, not the
// others, and no more memory than a backlog.
func TestFaultSlowConsumer(t *testing.T) {
	leavesNothing(t)
	l := newLedger()
	const script = `local text = string.rep("x", 1000000)
function many(n) for i = 1, tonumber(n) do event(i, text) end return "done" end ` + `function run(id) host.ran(id) return id end`
	// Only the loop gets the events: nothing stands still for the backlog but it.
	p := startPool(t, inline(t, Lua, script), &PoolOptions{Options: Options{Host: map[string]any{"ran": l.witness}}, Idle: 2})
	awaitReady(t, p, 2)
	events, most := 0, int64(0)
	for e, err := range p.Function("many").Stream(testContext(t), 60) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Result {
			break
		}
		events++
		p.mu.Lock()
		for _, m := range p.members {
			if m.w != nil {
				most = max(most, m.w.backlog.bytes.Load())
			}
		}
		p.mu.Unlock()
		l.one(testContext(t), p, 2) // by the other one
	}
	if events != 60 || most > backlogHigh*2 {
		t.Errorf("%d events, at most %d bytes waited", events, most)
	}
	mustClosePool(t, p)
	l.mu.Lock()
	l.calls["many"] = &entry{ends: 1}
	l.ran = append(l.ran, "many")
	l.mu.Unlock()
	l.check(t, p)
}

// noFiles in the environment has this program be the one of TestFaultNoFiles.
const noFiles = "SCRIPTHOST_TEST_NO_FILES"

// No worker can be started for want of descriptors, until there are some again.
func TestFaultNoFiles(t *testing.T) {
	if os.Getenv(noFiles) != "" {
		withoutFiles(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFaultNoFiles$", "-test.v")
	cmd.Env = append(os.Environ(), noFiles+"=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestFaultNoFiles") {
		t.Errorf("%v\n%s", err, out)
	}
}

func withoutFiles(t *testing.T) {
	leavesNothing(t)
	l := newLedger()
	exits := make(chan WorkerExit, 1000)
	p := l.pool(t, inline(t, Lua, witnessed[Lua]), PoolOptions{Max: 1, Crashes: 2, OnExit: func(e WorkerExit) { exits <- e }})
	l.one(testContext(t), p, 2)
	var before, none syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	none = before
	none.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	l.outlasts(t, p, exits, syscall.EMFILE, func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
	})
}

// Calls that kill their workers, among others that do not: those all have their
// answers, and each of the others is given up after two deaths.
func TestFaultPoison(t *testing.T) {
	leavesNothing(t)
	var kills atomic.Int32
	kill := func(pid int) error {
		kills.Add(1)
		return syscall.Kill(pid, syscall.SIGKILL)
	}
	o := PoolOptions{Options: Options{Host: map[string]any{"kill": kill}}, Idle: 2, Spare: 1, Crashes: 1 << 30, OnExit: func(WorkerExit) {}}
	p := startPool(t, inline(t, Lua, mortal), &o)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 40 {
				out, err := Idempotent(p).Call(testContext(t), fmt.Sprint(i))
				if err != nil || out[0] != fmt.Sprint(i) {
					// It may have been in the worker of two poisoned ones, the second
					// time not: it is alone then.
					t.Errorf("call %d: %v, %v", i, out, err)
				}
			}
		})
	}
	for range 5 {
		var q *QuarantineError
		if _, err := Idempotent(p).Call(testContext(t), "poison"); !errors.As(err, &q) {
			t.Errorf("got %v", err)
		}
	}
	all.Wait()
	if n := kills.Load(); n != 10 {
		t.Errorf("the poison was run %d times", n)
	}
	mustClosePool(t, p)
}

// A worker that exits or is killed at each byte of its answer has not answered,
// unless it was the last.
func TestFaultEachOffset(t *testing.T) {
	leavesNothing(t)
	payload, err := String.AppendFreeze(nil, []any{"call-0"})
	if err != nil {
		t.Fatal(err)
	}
	whole := frameHex(1, string(payload))
	for _, death := range []string{"rawexit", "rawkill"} {
		for n := 0; n <= len(whole); n += 2 {
			exits := make(chan WorkerExit, 10)
			l := newLedger()
			o := PoolOptions{Options: Options{Sandbox: SandboxOff}, Max: 1, OnExit: func(e WorkerExit) { exits <- e }}
			p := l.pool(t, faultScript("ran "+death+" "+whole[:n]), o)
			l.one(testContext(t), p, 2)
			err := l.calls["call-0"].err
			if n == len(whole) {
				if err != nil {
					t.Errorf("%s after the whole: %v", death, err)
				}
			} else if kind := kindOf(err); OutcomeOf(err) != Unknown || kind != "exit" && (kind != "protocol" || n == 0 || death == "rawkill") {
				t.Errorf("%s after %d bytes: %v", death, n/2, err)
			}
			want := map[string]ExitClass{"rawexit": ExitStatus, "rawkill": ExitSignal}[death]
			if e := awaitExit1(t, exits); e.Class != want && e.Class != ExitProtocol {
				t.Errorf("%s after %d bytes: %+v", death, n/2, e)
			}
			mustClosePool(t, p)
			l.check(t, p)
		}
	}
}

// Workers that answer once and read no more.
func TestFaultDeaf(t *testing.T) {
	leavesNothing(t)
	l := newLedger()
	p := l.pool(t, faultScript("ran deaf"), PoolOptions{Options: Options{Sandbox: SandboxOff, OnLog: func(LogRecord) {}}, Max: 2, Crashes: 1 << 30})
	for i := range 40 {
		l.one(testContext(t), p, i)
	}
	mustClosePool(t, p)
	l.check(t, p)
	if p.Stats().Answers == 0 {
		t.Error("none has answered")
	}
}
