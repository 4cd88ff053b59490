//go:build unix

package host

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A worker that does not finish its calls once it is to be replaced is killed, and
// that is no crash.
func TestPoolDrainEnds(t *testing.T) {
	t.Parallel()
	const script = `function run(x)
		if x == "retire" then worker.retire() x = "hang" end
		if x == "hang" then host.gate(x) end
		return x
	end`
	for name, replace := range map[string]func(t *testing.T, p *Pool){
		"reload": func(t *testing.T, p *Pool) {
			if err := p.Reload(testContext(t), inline(t, Lua, script)); err != nil {
				t.Error(err)
			}
		},
		"age": func(t *testing.T, p *Pool) {
			p.mu.Lock()
			p.leaveLocked(p.members[0])
			p.unlock()
		},
		"retire": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exits := make(chan WorkerExit, 100)
			g := newGate()
			p := startPool(t, inline(t, Lua, script), g.options(PoolOptions{
				Options: Options{Limits: Limits{Drain: 100 * time.Millisecond}}, Max: 1, OnExit: func(e WorkerExit) { exits <- e },
			}))
			call := func(x string) <-chan error {
				done := make(chan error, 1)
				p.Go(func(_ []any, err error) { done <- err }, x)
				return done
			}
			first := "hang"
			if replace == nil {
				first = "retire"
			}
			hangs := call(first)
			g.awaitEntered(t, 1)
			behind := hangs
			if replace != nil {
				behind = call("behind") // the same worker has it already
				replace(t, p)
			}
			err := <-hangs
			var exit *ExitError
			if !errors.As(err, &exit) || !exit.Killed || !strings.Contains(err.Error(), "Limits.Drain") || OutcomeOf(err) != Unknown {
				t.Errorf("got %v", err)
			}
			if replace != nil {
				if err := <-behind; err != nil { // it was not run there, and is by the new one
					t.Errorf("the call behind: %v", err)
				}
			}
			if e := awaitExit1(t, exits); e.Class != ExitKilled || e.Worker != 1 {
				t.Errorf("got %+v", e)
			}
			mustCall(t, p, "x")
			if s := p.Stats(); s.Crashes != 0 || s.Errors != 1 {
				t.Errorf("%+v", s)
			}
			mustClosePool(t, p)
		})
	}
}

// The last calls of a worker that has had all of them are not hurried, unless the
// pool is reloaded.
func TestPoolLastCallsHaveTheirTime(t *testing.T) {
	t.Parallel()
	g := newGate()
	const drain = 50 * time.Millisecond
	p := startPool(t, inline(t, Lua, held), g.options(PoolOptions{Options: Options{Limits: Limits{Drain: drain}}, Max: 1, MaxCalls: 1, OnExit: func(WorkerExit) {}}))
	first := goCalls(p, 1)
	g.awaitEntered(t, 1)
	time.Sleep(5 * drain)
	g.open <- struct{}{}
	if answers, failures := first(); len(answers) != 1 {
		t.Errorf("got %v", failures)
	}
	second := goCalls(p, 1)
	g.awaitEntered(t, 1)
	if err := p.Reload(testContext(t), inline(t, Lua, held)); err != nil {
		t.Fatal(err)
	}
	if _, failures := second(); len(failures) != 1 || !strings.Contains(failures[0].Error(), "Limits.Drain") {
		t.Errorf("got %v", failures)
	}
}

// Workers that leave with each call they get are not as many as there are calls.
func TestPoolLeavingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := schedulerOf(t, &PoolOptions{Max: 2, MaxCalls: 1})
		var calls []*request
		for range 7 {
			r, _ := take(p)
			calls = append(calls, r)
		}
		time.Sleep(time.Minute)
		has(t, p, "[1 draining 1 2 draining 1 3 draining 1 4 draining 1]")
		calls[0].settle(nil, false, nil)
		time.Sleep(loadTime)
		has(t, p, "[2 draining 1 3 draining 1 4 draining 1 5 draining 1]")
		for _, r := range calls[1:] {
			time.Sleep(loadTime) // the later ones have waited for that
			synctest.Wait()
			r.settle(nil, false, nil)
		}
		p.Close()
	})
}

// After too many crashes one worker has one call, and the others fail until that is
// answered.
func TestPoolProbeHasOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := schedulerOf(t, &PoolOptions{Max: 1, Load: 5, Crashes: 1})
		p.mu.Lock()
		p.breaker.crash(time.Now(), 1, 0, errors.New("why"))
		p.breaker.crash(time.Now(), 1, 0, errors.New("why"))
		p.retireLocked(p.members[0])
		p.mu.Unlock()
		has(t, p, "[]")
		refused := func() {
			t.Helper()
			if _, err := take(p); !errors.Is(<-err, ErrCrashLoop) {
				t.Error("a call is not refused")
			}
		}
		taken := func() *request {
			t.Helper()
			r, err := take(p)
			if err := <-err; err != nil {
				t.Fatal(err)
			}
			return r
		}
		refused()
		time.Sleep(firstBackoff + loadTime)
		has(t, p, "[2 ready 0]")
		first := taken()
		for range 5 {
			refused()
		}
		has(t, p, "[2 ready 1]")
		first.settle(contextError(context.Canceled, Unknown), false, nil) // which proves nothing
		second := taken()
		refused()
		second.settle(nil, false, nil)
		if p.Stats().Broken {
			t.Error("it is broken after an answer")
		}
		for range 5 {
			defer taken().settle(nil, false, nil)
		}
		has(t, p, "[2 ready 5]")
		go p.Close()
	})
}

// What is audited says which worker it was, and of which generation.
func TestPoolAudit(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"x": "x"})
	file := filepath.Join(dir, "x")
	var mu sync.Mutex
	var records []AuditRecord
	p := startPool(t, inline(t, Lua, `function run(path) local f = io.open(path) return (f:read("*a")) end`), &PoolOptions{
		Options: Options{Grants: Grants{Read: []string{dir}}, Audit: func(r AuditRecord) {
			mu.Lock()
			defer mu.Unlock()
			records = append(records, r)
		}}, Idle: 2, Max: 2, Load: 1,
	})
	awaitReady(t, p, 2)
	replies, err := p.Broadcast(testContext(t), "", file)
	if err != nil || len(replies) != 2 {
		t.Fatal(replies, err)
	}
	mustClosePool(t, p)
	seen := map[int]bool{}
	for _, r := range records {
		if r.Generation != p.Stats().Generation || r.Target != file {
			t.Errorf("%+v", r)
		}
		seen[r.Number] = true
	}
	if len(records) != 2 || !seen[1] || !seen[2] {
		t.Errorf("got %+v", records)
	}
}

// A worker of the new script that ends before the others have loaded it.
func TestReloadOfWorkersThatEnd(t *testing.T) {
	t.Parallel()
	for reason, end := range map[string]func(*member){
		"it asked to be replaced (worker.retire)": func(m *member) { m.retire() },
		"signal: killed": func(m *member) { m.w.peer.kill() },
	} {
		var armed atomic.Bool
		var inits atomic.Int32
		open := make(chan struct{})
		o := PoolOptions{Options: Options{Init: "init"}, Idle: 2, OnExit: func(WorkerExit) {}}
		o.Host = map[string]any{
			"hold": func() {
				if armed.Load() && inits.Add(1) > 1 {
					<-open
				}
			},
		}
		p := startPool(t, inline(t, Lua, `function init() host.hold() end function run() return "old" end`), &o)
		awaitReady(t, p, 2)
		armed.Store(true)
		done := make(chan error, 1)
		go func() {
			done <- p.Reload(testContext(t), inline(t, Lua, `function init() host.hold() end function run() return "new" end`))
		}()
		var loaded *member
		await(t, func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, m := range p.members {
				if m.candidate && m.state == memberReady {
					loaded = m
				}
			}
			return loaded != nil
		})
		end(loaded)
		// Two old ones, and the one that waits.
		await(t, func() bool { return p.Stats().Started == 4 && len(p.Stats().Workers) == 3 })
		close(open)
		if err := <-done; err == nil || !strings.Contains(err.Error(), "ended as soon as it had loaded it: ") || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", reason, err)
		}
		if out := mustCall(t, p); out[0] != "old" {
			t.Errorf("%s: got %v", reason, out)
		}
		mustClosePool(t, p)
	}
}
