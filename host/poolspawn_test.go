//go:build unix

package host

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// No process can be started for want of something, until there is some again.
// TestFaultNoFiles has the system say so.
func TestFaultNoSpawn(t *testing.T) {
	leavesNothing(t)
	for _, errno := range []syscall.Errno{syscall.ENOMEM, syscall.EAGAIN, syscall.EMFILE} {
		l := newLedger()
		var short atomic.Bool
		spawn := func(cmd *exec.Cmd) error {
			if short.Load() {
				return &os.PathError{Op: "fork/exec", Path: cmd.Path, Err: errno}
			}
			return cmd.Start()
		}
		exits := make(chan WorkerExit, 1000)
		o := PoolOptions{Options: Options{spawn: spawn}, Max: 2, Idle: 1, Crashes: 2, OnExit: func(e WorkerExit) { exits <- e }}
		p := l.pool(t, inline(t, Lua, witnessed[Lua]), o)
		l.one(testContext(t), p, 2)
		short.Store(true)
		l.outlasts(t, p, exits, errno, func() { short.Store(false) })
	}
}

// outlasts checks what becomes of a pool that loses its only worker while none can
// be started, as errno says, and after that.
func (l *ledger) outlasts(t *testing.T, p *Pool, exits <-chan WorkerExit, errno syscall.Errno, relieve func()) {
	t.Helper()
	victim(p, rand.New(rand.NewPCG(1, 1)), nil).peer.kill()
	for e := (WorkerExit{}); e.Class != ExitStart; {
		e = awaitExit1(t, exits)
		if e.Class == ExitStart && (!errors.Is(e.Err, errno) || e.PID != 0) {
			t.Errorf("%v: %+v", errno, e)
		}
	}
	await(t, func() bool { return p.Stats().Broken })
	id := l.enter(false)
	_, err := p.Call(testContext(t), id)
	l.end(id, time.Now(), nil, err)
	if !errors.Is(err, ErrCrashLoop) || !strings.Contains(err.Error(), errno.Error()) {
		t.Errorf("%v: %v", errno, err)
	}
	relieve()
	await(t, func() bool {
		answers := p.Stats().Answers
		l.one(testContext(t), p, 2)
		return p.Stats().Answers > answers
	})
	mustClosePool(t, p)
	l.check(t, p)
}

// Workers are killed while they start, or soon after, while they are replaced all
// the time.
func TestFaultKillsWhileStarting(t *testing.T) {
	leavesNothing(t)
	kills := int32(40)
	if *long {
		kills = 2000
	}
	l := newLedger()
	var killed, early atomic.Int32
	var at atomic.Bool
	spawn := func(cmd *exec.Cmd) error {
		err := cmd.Start()
		if err == nil && at.Load() && rand.IntN(3) == 0 {
			time.AfterFunc(time.Duration(rand.IntN(15_000))*time.Microsecond, func() {
				if cmd.Process.Kill() == nil {
					killed.Add(1)
				}
			})
		}
		return err
	}
	p := l.pool(t, inline(t, Lua, witnessed[Lua]), PoolOptions{
		Options: Options{spawn: spawn}, Idle: 2, Spare: 1, MaxCalls: 5, Crashes: 1 << 30,
		OnExit: func(e WorkerExit) {
			if e.PID == 0 && e.Class == ExitSignal {
				early.Add(1)
			}
		},
	})
	at.Store(true)
	stop := l.load(p, 8, nil)
	// If several are killed one after the other, the next start has to wait.
	for end := time.Now().Add(5 * runTime()); killed.Load() < kills && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	at.Store(false)
	stop()
	mustClosePool(t, p)
	l.check(t, p)
	if early.Load() == 0 {
		t.Error("none was killed before it was ready")
	}
	t.Logf("%d of %d were not ready yet", early.Load(), killed.Load())
}

// A command that has worked fails from now on: it is gone, or what it leads to is.
func TestFaultCommandFails(t *testing.T) {
	leavesNothing(t)
	for how, reason := range map[string]string{
		"chmod 000": "permission denied",
		"rm":        "no such file",
		`f() { printf '#!/bin/sh\necho no route to box >&2\nexit 255\n' > "$1"; }; f`: "no route to box",
	} {
		command := t.TempDir() + "/box"
		if err := os.WriteFile(command, []byte("#!/bin/sh\nexec \"$@\"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		l := newLedger()
		o := PoolOptions{Options: Options{Command: append([]string{command}, self(true)...), Stdio: true}, Max: 1, Crashes: 1}
		p := l.pool(t, inline(t, Lua, witnessed[Lua]), o)
		l.one(testContext(t), p, 2)
		if out, err := exec.Command("sh", "-c", how+` "$0"`, command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v, %s", how, err, out)
		}
		victim(p, rand.New(rand.NewPCG(1, 1)), nil).peer.kill()
		await(t, func() bool { return p.Stats().Broken })
		id := l.enter(false)
		_, err := p.Call(testContext(t), id)
		l.end(id, time.Now(), nil, err)
		if !errors.Is(err, ErrCrashLoop) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", how, err)
		}
		if err := p.Reload(testContext(t), inline(t, Lua, witnessed[Lua])); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: reload: %v", how, err)
		}
		mustClosePool(t, p)
		l.check(t, p)
	}
}
