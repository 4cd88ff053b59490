//go:build unix

package host

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// aParent in the environment has this program be the parent of TestFaultParentKilled.
const aParent = "SCRIPTHOST_TEST_PARENT"

// No worker is left of a parent that is killed, whatever the worker does.
func TestFaultParentKilled(t *testing.T) {
	if os.Getenv(aParent) != "" {
		parentToBeKilled(t)
		return
	}
	leavesNothing(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestFaultParentKilled$")
	cmd.Env = append(os.Environ(), aParent+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	lines := bufio.NewScanner(out)
	for len(pids) < spinners && lines.Scan() {
		var pid int
		if _, err := fmt.Sscanf(lines.Text(), "spinning %d", &pid); err == nil {
			pids = append(pids, pid)
		}
	}
	for _, pid := range pids {
		if hasEnded(pid) {
			t.Errorf("worker %d has ended too early", pid)
		}
	}
	killErr := cmd.Process.Kill()
	cmd.Wait()
	if killErr != nil || len(pids) < spinners {
		t.Fatalf("%d workers spin: %v", len(pids), killErr)
	}
	t.Cleanup(func() {
		for _, pid := range pids {
			if !hasEnded(pid) {
				t.Errorf("worker %d still runs", pid)
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	for _, pid := range pids {
		await(t, func() bool { return hasEnded(pid) })
	}
}

// spinners is how many workers parentToBeKilled has.
const spinners = 7

// parentToBeKilled tells of workers that spin, and waits.
func parentToBeKilled(t *testing.T) {
	var mu sync.Mutex
	told := func(pid int) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println("spinning", pid)
	}
	options := func() PoolOptions {
		return PoolOptions{Options: Options{Host: map[string]any{"spinning": told}}, Max: 2, Load: 1, Start: time.Millisecond}
	}
	spin := source{
		Lua: `function run() host.spinning(worker.pid) while true do end end`,
		JS:  `function run() { host.spinning(worker.pid); for (;;); }`,
	}
	command := options()
	command.Command, command.Stdio, command.Max = self(true), true, 1
	async := options()
	async.Async = true
	async.Idle = 2
	for _, test := range []struct {
		script string
		lang   Language
		o      PoolOptions
		calls  int
	}{
		{spin[Lua], Lua, options(), 2},
		{spin[JS], JS, options(), 2},
		{spin[JS], JS, async, 2},
		{spin[Lua], Lua, command, 1},
	} {
		test.o.Options = *unhurried(&test.o.Options)
		p, err := NewPool(testContext(t), inline(t, test.lang, test.script), &test.o)
		if err != nil {
			t.Fatal(err)
		}
		if test.o.Async {
			awaitReady(t, p, 2)
		}
		for range test.calls {
			p.Go(nil)
		}
	}
	select {}
}

// A process that a worker has left behind holds the streams that lead to it: its
// calls, and the pool's end, do not wait for that one.
func TestFaultGrandchild(t *testing.T) {
	for _, what := range []string{"grandchild", "grandchild with the socket"} {
		t.Run(what, func(t *testing.T) {
			leavesNothing(t)
			l := newLedger()
			pids := make(chan int, 100)
			o := PoolOptions{Options: Options{Sandbox: SandboxOff, OnLog: tellsOf(pids)}, Max: 1, Crashes: 1 << 30}
			p := l.pool(t, faultScript("ran "+what), o)
			const calls = 3
			for range calls {
				l.one(testContext(t), p, 2)
			}
			mustClosePool(t, p)
			l.check(t, p)
			if s := p.Stats(); s.Errors != calls || s.Crashes != calls {
				t.Errorf("%+v", s)
			}
			for range calls {
				pid := awaitPID(t, pids)
				// It is there for far longer than all this can have taken, so that
				// nothing has waited for its end.
				if hasEnded(pid) {
					t.Errorf("process %d has ended: it has held nothing", pid)
				}
				syscall.Kill(pid, syscall.SIGKILL)
			}
		})
	}
	// What a command leaves behind ends with it.
	t.Run("of a command", func(t *testing.T) {
		leavesNothing(t)
		l := newLedger()
		pids := make(chan int, 100)
		o := PoolOptions{Options: Options{
			Command: shell(`sleep 1000 & echo grandchild $! >&2; exec "$@"`, true), Stdio: true, OnLog: tellsOf(pids),
		}, Max: 2, Load: 1, Idle: 2, Crashes: 1 << 30}
		p := l.pool(t, inline(t, Lua, witnessed[Lua]), o)
		stop := l.load(p, 4, nil)
		killed := map[*Worker]bool{}
		for range 5 {
			await(t, func() bool { return p.Stats().Answers > uint64(len(killed)) })
			await(t, func() bool {
				w := victim(p, newRand(), killed)
				if w != nil {
					killed[w] = true
					w.peer.kill()
				}
				return w != nil
			})
		}
		stop()
		mustClosePool(t, p)
		l.check(t, p)
		// All are told of by now but those whose commands had not come to it.
		if n := len(pids); n < len(killed) {
			t.Errorf("%d processes were told of, and %d workers had one", n, len(killed))
		}
		for len(pids) > 0 {
			pid := <-pids
			await(t, func() bool { return hasEnded(pid) })
		}
	})
}

// tellsOf is an OnLog that sends on the numbers of grandchildren.
func tellsOf(pids chan<- int) func(LogRecord) {
	return func(l LogRecord) {
		var pid int
		if _, err := fmt.Sscanf(l.Message, "grandchild %d", &pid); err == nil {
			pids <- pid
		}
	}
}

func awaitPID(t *testing.T, pids <-chan int) int {
	t.Helper()
	select {
	case pid := <-pids:
		return pid
	case <-time.After(testTime):
		t.Fatal("no process was told of")
		panic("not reached")
	}
}
