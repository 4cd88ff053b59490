package host

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A worker dies before it has read all that it was sent: the parent's end of the
// socket does not end then, it fails with ECONNRESET.
func TestFaultUnread(t *testing.T) {
	leavesNothing(t)
	rounds := 10
	if *long {
		rounds = 200
	}
	l := newLedger()
	exits := make(chan WorkerExit, 1000)
	p := l.pool(t, inline(t, Lua, witnessed[Lua]), PoolOptions{Max: 1, Load: 3, Crashes: 1 << 30, OnExit: func(e WorkerExit) { exits <- e }})
	large := strings.Repeat("x", 4<<20)
	for round := range rounds {
		l.one(testContext(t), p, 2)
		w := victim(p, newRand(), nil)
		if err := unix.Kill(w.PID(), unix.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return isStopped(w.PID()) }) // each of its threads
		text := []string{large, "small"}[round%2]
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() {
				id := l.enter(false)
				out, err := p.Call(testContext(t), id, text)
				l.end(id, time.Now(), out, err)
			})
		}
		await(t, func() bool { return unreadBytes(t, w) > 0 && p.Stats().Queued == 2 })
		w.peer.kill()
		calls.Wait()
		if e := awaitExit1(t, exits); e.Class != ExitSignal {
			t.Errorf("got %+v", e)
		}
	}
	mustClosePool(t, p)
	l.check(t, p)
	failed := 0
	for id, e := range l.calls {
		if e.err == nil {
			continue
		}
		failed++
		if !errors.As(e.err, new(*ExitError)) || OutcomeOf(e.err) != Unknown {
			t.Errorf("%s: %v", id, e.err)
		}
	}
	if failed != rounds { // the one that it had; those behind were run elsewhere
		t.Errorf("%d calls failed in %d rounds", failed, rounds)
	}
}

// isStopped reports whether no thread of a process runs.
func isStopped(pid int) bool {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return false
	}
	for _, thread := range threads {
		if state, _, ok := processState(fmt.Sprintf("%d/task/%s", pid, thread.Name())); ok && state != "T" {
			return false
		}
	}
	return true
}

// unreadBytes is how much the worker has been sent and has not read.
func unreadBytes(t *testing.T, w *Worker) (n int) {
	t.Helper()
	err := w.t.writer.raw.Control(func(fd uintptr) {
		n, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
