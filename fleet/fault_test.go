package fleet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// held is a script whose calls are answered when it is told to.
const held = `
local waiting = {}
function run(done, x) waiting[#waiting + 1] = done end
function release(done)
  local n = #waiting
  for _, d in ipairs(waiting) do d("released") end
  waiting = {}
  done(n)
end`

func heldPool(t testing.TB) *host.Pool {
	return pool(t, host.Lua, held, &host.PoolOptions{Max: 1, Options: host.Options{Async: true}})
}

// release ends the calls that are held, and returns how many. One that an instance has
// counted may not have come to the worker yet, and is waited for.
func release(t testing.TB, p *host.Pool) (n int) {
	t.Helper()
	brokertest.Await(t, func() bool {
		released, err := p.Function("release").Call(patience(t))
		if err == nil {
			n, err = strconv.Atoi(fmt.Sprint(released...))
		}
		if err != nil {
			t.Fatal(err)
		}
		return n > 0
	})
	return n
}

// again are the options of a connection that comes back soon.
func again() []nats.Option {
	return []nats.Option{nats.Timeout(testTime), nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond), nats.ReconnectJitter(0, 0)}
}

// begin makes a call and returns where its end comes.
func begin(t testing.TB, c host.Caller, args ...any) <-chan error {
	ended := make(chan error, 1)
	go func() {
		out, err := c.Call(patience(t), args...)
		if err == nil && fmt.Sprint(out...) != "released" {
			err = fmt.Errorf("the answer %v", out)
		}
		ended <- err
	}()
	return ended
}

// A call goes on while the broker is away, and is answered when it is back.
func TestBrokerAwayInCall(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	p := heldPool(t)
	s := serve(t, b.Connect(again()...), p)
	out := b.Connect(again()...)
	ended := begin(t, Client(out, "tidy"))
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	b.Kill()
	brokertest.Await(t, func() bool { return !out.IsConnected() })
	release(t, p)
	brokertest.Await(t, func() bool { return s.running0() == 0 }) // it has been answered, and nobody could hear it
	b.Start()
	if err := <-ended; err != nil {
		t.Errorf("%#v", err)
	}
}

// An answer that nobody has heard is told again to the caller who asks.
func TestAnswerIsKept(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	link := brokertest.NewProxy(t, hostOf(b.URL()))
	p := heldPool(t)
	s := serve(t, b.Connect(again()...), p)
	out, err := nats.Connect(link.URL(), again()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	ended := begin(t, Client(out, "tidy"))
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	link.Cut()
	brokertest.Await(t, func() bool { return !out.IsConnected() })
	release(t, p)
	brokertest.Await(t, func() bool { return s.running0() == 0 })
	link.Open()
	if err := <-ended; err != nil {
		t.Errorf("%#v", err)
	}
}

// Where the broker was away while there were no calls, the first one waits for the
// instances too, which come back when they do.
func TestBrokerAwayWithoutCalls(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	link := brokertest.NewProxy(t, hostOf(b.URL()))
	in, err := nats.Connect(link.URL(), again()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	serve(t, in, pool(t, host.Lua, echo[host.Lua], nil))
	out := b.Connect(again()...)
	c := Client(out, "tidy")
	if _, err := c.Call(patience(t), "x"); err != nil {
		t.Fatal(err)
	}
	inbox := c.(*client).inbox
	brokertest.Await(t, func() bool { // until nobody looks after calls
		inbox.mu.Lock()
		defer inbox.mu.Unlock()
		return !inbox.watching
	})
	link.Cut()
	b.Kill()
	b.Start()
	brokertest.Await(t, func() bool { return out.IsConnected() && out.Stats().Reconnects > 0 })
	failed := make(chan error, 1)
	go func() {
		_, err := c.Call(patience(t), "x")
		failed <- err
	}()
	select {
	case err := <-failed:
		t.Fatalf("it does not wait for the instances: %v", err)
	case <-time.After(2 * absentPatience):
	}
	link.Open()
	if err := <-failed; err != nil {
		t.Errorf("%#v", err)
	}
}

func hostOf(url string) string { return url[len("nats://"):] }

// A connection that is closed for good ends the calls on it.
func TestConnectionClosed(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, heldPool(t), Drain(10*time.Millisecond))
	c := Client(out, "tidy")
	ended := begin(t, c)
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	out.Close()
	if err := <-ended; !errors.Is(err, ErrDisconnected) || host.OutcomeOf(err) != host.Unknown {
		t.Errorf("%#v", err)
	}
	if _, err := c.Call(patience(t)); !errors.Is(err, ErrDisconnected) || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("%#v", err)
	}
}

// instanceAt is the variable with which the test binary is an instance: the broker's
// URL.
const instanceAt = "FLEET_TEST_BROKER"

// instanceScript is the variable with the instance's script; without it that is held.
const instanceScript = "FLEET_TEST_SCRIPT"

// instanceNetwork is the variable with a command that connects the instance's machine to the
// network. It is run once standard input has a line.
const instanceNetwork = "FLEET_TEST_NETWORK"

// instanceMain is an instance until standard input ends.
func instanceMain(url string) {
	if command := os.Getenv(instanceNetwork); command != "" {
		_, _ = os.Stdin.Read(make([]byte, 1))
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			panic(fmt.Sprintf("%s: %v: %s", command, err, out))
		}
	}
	nc, err := nats.Connect(url, nats.Timeout(testTime))
	if err != nil {
		panic(err)
	}
	source, opts := held, &host.PoolOptions{Max: 1, Options: host.Options{Async: true}}
	if other := os.Getenv(instanceScript); other != "" {
		source, opts = other, &host.PoolOptions{Load: 8}
	}
	script, err := host.Inline(host.Lua, source)
	if err != nil {
		panic(err)
	}
	opts.Limits.Start = workerStart
	p, err := host.NewPool(context.Background(), script, opts)
	if err != nil {
		panic(err)
	}
	if _, err := NewService(nc, p, As("tidy")); err != nil {
		panic(err)
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	p.Kill()
}

// startInstance starts an instance in a process of its own.
func startInstance(t testing.TB, url string, env ...string) *os.Process {
	t.Helper()
	return startInstanceAs(t, url, exec.Command(os.Args[0]), func() {}, env...)
}

// startInstanceAs is startInstance with a command of the test binary. Started is called before
// the instance is waited for.
func startInstanceAs(t testing.TB, url string, cmd *exec.Cmd, started func(), env ...string) *os.Process {
	t.Helper()
	cmd.Env = append(append(os.Environ(), instanceAt+"="+url), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	started()
	if _, err := io.WriteString(in, "\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatal(line, err)
	}
	return cmd.Process
}

// An instance that is killed in a call is lost, and what may run twice goes to another.
func TestInstanceKilled(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	process := startInstance(t, out.ConnectedUrl())
	c := Client(out, "tidy")
	ended := begin(t, c)
	again := begin(t, host.Idempotent(c))
	brokertest.Await(t, func() bool {
		all, err := Instances(t.Context(), out, "tidy", 1)
		return err == nil && len(all) == 1 && all[0].Stats.Running == 2
	})
	p := heldPool(t)
	s := serve(t, in, p)
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrLost) || host.OutcomeOf(err) != host.Unknown {
		t.Errorf("%#v", err)
	}
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	release(t, p)
	if err := <-again; err != nil {
		t.Errorf("%#v", err)
	}
}

// A broker is killed four times under load: each call is answered, or has an error that
// says how far it got.
func TestBrokerKilledUnderLoad(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	serve(t, b.Connect(again()...), pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Max: 2, Load: 8}))
	var (
		all              sync.WaitGroup
		answered, failed atomic.Int64
		done             = make(chan struct{})
	)
	for i := range 8 {
		out := b.Connect(again()...)
		c := Client(out, "tidy")
		if i%2 == 1 {
			c = host.Idempotent(c)
		}
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				want := fmt.Sprint(i, ":", n)
				got, err := c.Call(patience(t), want)
				switch {
				case err == nil && fmt.Sprint(got...) == want:
					answered.Add(1)
				case err == nil || host.OutcomeOf(err) == 0 || errors.Is(err, context.DeadlineExceeded):
					t.Errorf("%s: %v, %#v", want, got, err)
				default:
					failed.Add(1)
				}
			}
		})
	}
	for range 4 {
		before := answered.Load()
		brokertest.Await(t, func() bool { return answered.Load() > before+50 })
		b.Kill()
		b.Start()
	}
	before := answered.Load()
	brokertest.Await(t, func() bool { return answered.Load() > before+50 })
	close(done)
	all.Wait()
	t.Logf("4 brokers were killed: %d calls answered, %d failed", answered.Load(), failed.Load())
}

// Many callers that lose their broker at once all come back, and go on: what was sent
// before the loss was noticed is sent again, since it may be.
func TestReconnectStorm(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, "")
	in := b.Connect(again()...)
	serve(t, in, pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Load: 64}))
	const callers = 100
	clients := make([]host.Caller, callers)
	for i := range clients {
		clients[i] = host.Idempotent(Client(b.Connect(again()...), "tidy", Patience(testTime)))
	}
	all := func() {
		t.Helper()
		failed := make(chan error, callers)
		for _, c := range clients {
			go func() {
				_, err := c.Call(patience(t), "x")
				failed <- err
			}()
		}
		for range clients {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
	}
	all()
	b.Kill()
	b.Start()
	// Among so many the instance may be the last to come back, and later than it is waited for.
	brokertest.Await(t, func() bool { return in.IsConnected() && in.Stats().Reconnects > 0 })
	if err := in.FlushTimeout(testTime); err != nil {
		t.Fatal(err)
	}
	all()
}

// Who may not connect is told so.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	b := brokertest.StartProcess(t, `authorization { user: "a", password: "b" }`)
	nc, err := nats.Connect(b.URL(), nats.UserInfo("a", "wrong"), nats.Timeout(testTime))
	if !errors.Is(err, nats.ErrAuthorization) {
		nc.Close()
		t.Errorf("%v", err)
	}
}
