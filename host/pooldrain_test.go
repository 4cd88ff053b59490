//go:build unix

package host

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A pool whose first worker does not start starts no other one, and tells of none.
func TestPoolFirstFails(t *testing.T) {
	t.Parallel()
	mark := filepath.Join(t.TempDir(), "mark")
	o := &PoolOptions{OnExit: func(e WorkerExit) { t.Errorf("told of %+v", e) }}
	o.Command = []string{"sh", "-c", "echo >>" + mark + "; exit 1"}
	if _, err := NewPool(testContext(t), inline(t, Lua, "function run() end"), o); !errors.As(err, new(*ExitError)) {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(mark); err != nil || len(b) != 1 {
		t.Errorf("%d workers were started, %v", len(b), err)
	}
}

// forgetful is an async script that never answers "never", and "later" once there
// is "now".
const forgetful = `
local later
function run(done, x)
  if x == "later" then later = done end
  if x == "now" then later("later") done(x) end
end`

// A pool that is closed has async workers fail what nothing in them can answer, and
// answers what something can.
func TestPoolCloseUnanswered(t *testing.T) {
	t.Parallel()
	o := &PoolOptions{Options: Options{Async: true}, Max: 1}
	p := startPool(t, inline(t, Lua, forgetful), o)
	answers := make(chan error, 3)
	answer := func(_ []any, err error) { answers <- err }
	p.Go(answer, "never")
	p.Go(answer, "later")
	p.Go(answer, "now")
	mustClosePool(t, p)
	close(answers)
	var errs []string
	for err := range answers {
		if err != nil {
			errs = append(errs, err.Error())
		}
	}
	if len(errs) != 1 || !strings.Contains(errs[0], "done was never called") {
		t.Errorf("got %q", errs)
	}
	if s := p.Stats(); s.Answers != 2 || s.Errors != 1 || s.Started != 1 {
		t.Errorf("%+v", s)
	}
}

// So it is with the old workers of a reload.
func TestPoolReloadUnanswered(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 100} {
		p := startPool(t, inline(t, Lua, forgetful), &PoolOptions{Options: Options{Async: true}, Max: 2})
		answers := make(chan error, n)
		for range n {
			p.Go(func(_ []any, err error) { answers <- err }, "never")
		}
		for len(answers) < n {
			// Those that had no worker yet are the new one's.
			if err := p.Reload(testContext(t), inline(t, Lua, forgetful)); err != nil {
				t.Fatal(err)
			}
		}
		for range n {
			if err := <-answers; err == nil || !strings.Contains(err.Error(), "done was never called") {
				t.Errorf("got %v", err)
			}
		}
		mustClosePool(t, p)
		if s := p.Stats(); s.Errors != uint64(n) || s.Crashes != 0 {
			t.Errorf("%+v", s)
		}
	}
}

// A worker that dies while its pool is closed is replaced if one of its calls may
// run again, and only then.
func TestPoolCloseDeath(t *testing.T) {
	t.Parallel()
	for _, idempotent := range []bool{false, true} {
		p, exits := mortalPool(t, PoolOptions{Max: 1})
		var c Caller = p
		if idempotent {
			c = Idempotent(p)
		}
		c.Go(nil, "poison")
		mustClosePool(t, p)
		started, lost := uint64(1), []uint64{1}
		if idempotent {
			started, lost = 2, []uint64{0, 1}
		}
		var got []uint64
		for range started {
			got = append(got, awaitExit1(t, exits).Lost)
		}
		if s := p.Stats(); s.Started != started || s.Errors != 1 || !slices.Equal(got, lost) {
			t.Errorf("idempotent %t: lost %v, want %v; %+v", idempotent, got, lost, s)
		}
	}
}

// OnStart is told of each worker, before its end.
func TestPoolOnStart(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	o := &PoolOptions{Idle: 2, Max: 2, Spare: 1}
	tell := func(what string, number, pid int, generation string) {
		mu.Lock()
		defer mu.Unlock()
		if pid == 0 || generation == "" {
			t.Errorf("worker %d has the process %d and generation %q", number, pid, generation)
		}
		told = append(told, what+string(rune('0'+number)))
	}
	o.OnStart = func(w WorkerStart) { tell("start ", w.Worker, w.PID, w.Generation) }
	o.OnExit = func(e WorkerExit) { tell("exit ", e.Worker, e.PID, e.Generation) }
	p := startPool(t, inline(t, Lua, "function run() end"), o)
	awaitReady(t, p, 3)
	mustClosePool(t, p)
	for _, number := range []string{"1", "2", "3"} {
		start, exit := slices.Index(told, "start "+number), slices.Index(told, "exit "+number)
		if start < 0 || exit < start {
			t.Errorf("told %q", told)
		}
	}
	if len(told) != 6 {
		t.Errorf("told %q", told)
	}
}
