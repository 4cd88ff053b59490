//go:build unix

package host

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// pingTime is an interval in which a worker answers on a machine that is busy.
const pingTime = 2 * time.Second

// pingEvery changes Limits.Ping of a worker, which has started with a longer one:
// how long that takes is not what is tested.
func pingEvery(w *Worker, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opts.Limits.Ping = d
	if w.silence.armed {
		w.silence.timer.Reset(d / looksPerPing)
	}
}

// pongs waits until a worker has answered n more PINGs.
func pongs(t *testing.T, w *Worker, n uint64) {
	t.Helper()
	var last uint64
	until(t, w, func() bool {
		last = w.silence.pong.Nonce
		return true
	})
	until(t, w, func() bool { return w.ended || w.silence.pong.Nonce >= last+n })
}

func sendSignal(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// obedient are workers that do what they are told, in both modes.
var obedient = map[string]source{"sync": spinner, "async": spinnerAsync}

func eachMode(t *testing.T, test func(t *testing.T, script *Script, async bool)) {
	t.Helper()
	t.Parallel()
	for mode, src := range obedient {
		t.Run(mode, func(t *testing.T) {
			src.each(t, func(t *testing.T, script *Script) { test(t, script, mode == "async") })
		})
	}
}

// stoppable starts a worker in a process of its own in one of several ways. pid
// is that process.
var stoppable = map[string]func(t *testing.T, script *Script, o *Options) (w *Worker, pid int){
	"child": func(t *testing.T, script *Script, o *Options) (*Worker, int) {
		w := start(t, script, o)
		return w, w.PID()
	},
	"command": func(t *testing.T, script *Script, o *Options) (*Worker, int) {
		o.Command, o.Stdio = self(true), true
		w := start(t, script, o)
		return w, w.PID()
	},
	"attached": func(t *testing.T, script *Script, o *Options) (*Worker, int) {
		near, far, err := socketPair()
		if err != nil {
			t.Fatal(err)
		}
		program := self(false)
		cmd := exec.Command(program[0], program[1:]...)
		cmd.ExtraFiles = []*os.File{far}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		far.Close()
		t.Cleanup(func() {
			cmd.Process.Kill() // nothing else can end it while it is stopped
			cmd.Wait()
		})
		w, err := Attach(testContext(t), near, script, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Kill)
		return w, cmd.Process.Pid
	},
}

// A process that is stopped is killed, whatever its script was doing, and its
// calls learn why.
func TestStopped(t *testing.T) {
	for way, begin := range stoppable {
		t.Run(way, func(t *testing.T) {
			eachMode(t, func(t *testing.T, script *Script, async bool) {
				for _, what := range []string{"spin", "sleep"} {
					w, pid := begin(t, script, &Options{Async: async, OnError: func(error) {}})
					answers := make(chan error, 2)
					for range cap(answers) {
						w.Go(func(_ []any, err error) { answers <- err }, what)
					}
					waitSent(t, w)
					sendSignal(t, pid, syscall.SIGSTOP)
					pingEvery(w, minPing)
					checkStopped(t, <-answers, Unknown, "did not answer a PING within 10ms")
					o := Unknown
					if !async {
						o = NotSent // it was behind the other one
					}
					checkStopped(t, <-answers, o, "did not answer a PING within 10ms")
					checkStopped(t, w.Close(), 0, "")
				}
			})
		})
	}
}

// A worker that spins is alive.
func TestSpinningIsNotStopped(t *testing.T) {
	for way, begin := range stoppable {
		t.Run(way, func(t *testing.T) {
			eachMode(t, func(t *testing.T, script *Script, async bool) {
				if way != "child" && (async || script.Language() != Lua) {
					return // that is the same in all ways
				}
				w, _ := begin(t, script, &Options{Async: async, OnError: func(error) {}})
				answer := make(chan error, 1)
				w.Go(func(_ []any, err error) { answer <- err }, "spin")
				pingEvery(w, pingTime)
				pongs(t, w, 2)
				select {
				case err := <-answer:
					t.Fatal(err)
				default:
				}
				w.mu.Lock()
				if p := w.silence.pong; p.Call != 1 || p.RunningMS <= 0 || p.Heap == 0 {
					t.Errorf("the last PONG is %+v", p)
				}
				w.mu.Unlock()
			})
		})
	}
}

// A process that is stopped for less than that goes on.
func TestStoppedAndContinued(t *testing.T) {
	eachMode(t, func(t *testing.T, script *Script, async bool) {
		w := start(t, script, &Options{Async: async})
		ctx, cancel := context.WithCancel(testContext(t))
		defer cancel()
		slept := make(chan error, 1)
		go func() {
			_, err := w.Call(ctx, "sleep")
			slept <- err
		}()
		waitSent(t, w)
		for range 2 {
			sendSignal(t, w.PID(), syscall.SIGSTOP)
			var last uint64
			until(t, w, func() bool {
				last = w.silence.nonce
				return true
			})
			pingEvery(w, pingTime)
			until(t, w, func() bool { return w.silence.nonce > last })
			sendSignal(t, w.PID(), syscall.SIGCONT)
			until(t, w, func() bool { return w.ended || w.silence.pong.Nonce > last })
		}
		pingEvery(w, DefaultPing)
		cancel()
		<-slept
		mustCall(t, w, "x")
		mustClose(t, w)
	})
}

// A process can be stopped while it loads, and when it has been told to end.
func TestStoppedAtTheEnds(t *testing.T) {
	t.Parallel()
	w, err := Start(testContext(t), faultScript("load hang"), &Options{NoWait: true, Sandbox: SandboxOff, OnError: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Kill)
	sendSignal(t, w.PID(), syscall.SIGSTOP)
	pingEvery(w, minPing)
	_, err = w.Call(testContext(t))
	checkStopped(t, err, NotSent, "did not answer a PING")

	w = startFault(t, "hang", nil)
	w.Go(func([]any, error) {})
	waitSent(t, w)
	closed := make(chan error, 1)
	go func() { closed <- w.Close() }()
	until(t, w, func() bool { return w.drained })
	sendSignal(t, w.PID(), syscall.SIGSTOP)
	pingEvery(w, minPing)
	checkStopped(t, <-closed, 0, "did not answer a PING")
}

func init() { beforeEnter = append(beforeEnter, enterParent) }

const parentArg = "parent"

// enterParent makes this process a parent of a worker that spins: one that can
// be stopped itself. It says when the worker has answered a PING, and again when
// it has been told to go on and the worker has answered more.
func enterParent() {
	if len(os.Args) != 2 || os.Args[1] != parentArg {
		return
	}
	script, err := Inline(Lua, spinner[Lua])
	if err != nil {
		panic(err)
	}
	w, err := Start(context.Background(), script, unhurried(nil))
	if err != nil {
		panic(err)
	}
	w.Go(func(_ []any, err error) {
		fmt.Println(err) // the test ends this process
	}, "spin")
	pingEvery(w, pingTime)
	answered := func() uint64 {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.silence.pong.Nonce
	}
	in := bufio.NewScanner(os.Stdin)
	for n := uint64(1); ; n += 2 {
		for answered() < n {
			time.Sleep(time.Millisecond)
		}
		fmt.Println("answered")
		if !in.Scan() {
			w.Kill()
			os.Exit(0)
		}
	}
}

// A parent that was stopped itself does not take its worker for a stopped one.
func TestParentStopped(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(testContext(t), exe, parentArg)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	answered := func() {
		t.Helper()
		if !lines.Scan() || lines.Text() != "answered" {
			t.Fatalf("the parent says %q, %v", lines.Text(), lines.Err())
		}
	}
	answered()
	sendSignal(t, cmd.Process.Pid, syscall.SIGSTOP)
	<-time.After(3 * pingTime) // what is to be survived is a time
	sendSignal(t, cmd.Process.Pid, syscall.SIGCONT)
	io.WriteString(stdin, "\n")
	answered()
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
