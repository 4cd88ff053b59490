//go:build unix

package host

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func newRand() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), 1)) }

// Workers that are stopped under load are found by PING, and their calls go the way
// of those of the dead.
func TestFaultStopped(t *testing.T) {
	leavesNothing(t)
	rounds := 1
	if *long {
		rounds = 30
	}
	for _, async := range []bool{false, true} {
		l := newLedger()
		script := inline(t, JS, witnessed[JS])
		if async {
			script = inline(t, JS, witnessedAsync[JS])
		}
		var found atomic.Int32
		o := PoolOptions{
			Options: Options{Async: async, Limits: Limits{Ping: pingTime}}, Max: 3, Idle: 3, Crashes: 1 << 30,
			OnExit: func(e WorkerExit) {
				if e.Class == ExitKilled && strings.Contains(fmt.Sprint(e.Err), "SIGSTOP") {
					found.Add(1)
				}
			},
		}
		p := l.pool(t, script, o)
		stop := l.load(p, 8, nil)
		for range rounds {
			awaitReady(t, p, 3)
			stopped := map[*Worker]bool{}
			for w := victim(p, newRand(), stopped); w != nil; w = victim(p, newRand(), stopped) {
				stopped[w] = true
				// On a busy machine it may have been killed for being slow.
				_ = syscall.Kill(w.PID(), syscall.SIGSTOP)
			}
			for w := range stopped {
				select {
				case <-w.Done():
				case <-time.After(testTime):
					t.Fatal("a worker that is stopped is still there")
				}
			}
		}
		stop()
		mustClosePool(t, p)
		l.check(t, p)
		if found.Load() == 0 {
			t.Error("none of the stopped ones was found by PING")
		}
	}
}

// All at once: workers killed, stopped and recycled, contexts that end, reloads of
// which some fail.
func TestFaultAll(t *testing.T) {
	leavesNothing(t)
	for _, async := range []bool{false, true} {
		l := newLedger()
		source := witnessed
		if async {
			source = witnessedAsync
		}
		o := PoolOptions{
			Options: Options{Async: async, Limits: Limits{Ping: pingTime, CallTime: 2 * time.Second, Drain: 2 * time.Second}},
			Max:     3, Idle: 1, Spare: 1, MaxCalls: 200, MaxAge: 500 * time.Millisecond, Start: 5 * time.Millisecond, Stop: 50 * time.Millisecond, Crashes: 1 << 30,
		}
		p := l.pool(t, inline(t, Lua, source[Lua]), o)
		stop := l.load(p, 32, func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			t := time.AfterFunc(time.Duration(rand.IntN(20_000))*time.Microsecond, cancel)
			return ctx, func() { t.Stop(); cancel() }
		})
		done := make(chan struct{})
		var all sync.WaitGroup
		now := func(every time.Duration, do func(n int)) {
			all.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-done:
						return
					case <-time.After(time.Duration(rand.Int64N(int64(2 * every)))):
						do(n)
					}
				}
			})
		}
		now(30*time.Millisecond, func(int) {
			if w := victim(p, newRand(), nil); w != nil {
				w.peer.kill()
			}
		})
		now(300*time.Millisecond, func(int) {
			if w := victim(p, newRand(), nil); w != nil {
				syscall.Kill(w.PID(), syscall.SIGSTOP)
			}
		})
		reloads := map[bool]int{}
		now(50*time.Millisecond, func(n int) {
			language := []Language{Lua, JS}[n%2]
			comment := map[Language]string{Lua: "--", JS: "//"}[language]
			text := fmt.Sprintf("%s %d\n%s", comment, n, source[language])
			if n%5 == 4 {
				text = "not a script"
			}
			err := p.Reload(context.Background(), inline(t, language, text))
			reloads[err == nil]++
			if n%5 == 4 && err == nil {
				t.Error("what is no script was loaded")
			}
		})
		time.Sleep(runTime())
		await(t, func() bool { return p.Stats().Answers > 0 })
		close(done)
		all.Wait()
		stop()
		mustClosePool(t, p)
		l.check(t, p)
		if s := p.Stats(); s.Reloads != uint64(reloads[true]) || s.Answers == 0 {
			t.Errorf("%v reloads, %+v", reloads, s)
		}
		t.Logf("%v reloads", reloads)
	}
}
