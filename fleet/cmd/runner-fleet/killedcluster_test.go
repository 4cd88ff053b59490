package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// Of three instances at a cluster of brokers, one at each, one is killed while it has calls and
// a job. The calls end with an error that says that they may have run, or are answered by the
// others if they may run more than once; the job is done by the others; and calls that are
// made meanwhile are answered, or have such an error.
func TestInstanceKilledInCluster(t *testing.T) {
	t.Parallel()
	c := brokertest.StartCluster(t, 3, "")
	var all [3]*program
	for i := range all {
		all[i] = newProgram(t, filepath.Join(t.TempDir(), "state"))
	}
	held := filepath.Join(all[0].dir, "files", "tidy", "held") // by which the first one holds what it is given to hold
	writeFile(t, held, "")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tidy.lua": `function run(x)
  local may, file = pcall(io.open, "` + held + `") -- which is that of one instance
  if x:find("^hold") and may and file then
    log.info("it has " .. x)
    sleep(3600)
  end
  return x
end`,
		"runner.toml": "[grants]\nallow-read = [\".\"]\n",
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	var running []*serving
	for i, p := range all {
		running = append(running, p.serve("-j", "8", "--job-slots", "1", "--allow-unsigned", "--nats", c.Nodes[i].URL()))
	}
	killed, other := running[0], all[1]
	other.must("push", filepath.Join(dir, "tidy.lua"), "--version", "1", "--replicas", "3", "--allow-unsigned", "--wait", "1m", "--nats", c.URL())
	asking := c.Connect()
	brokertest.Await(t, func() bool {
		there, err := fleet.Instances(t.Context(), asking, "tidy", 3)
		if err != nil {
			t.Fatal(err)
		}
		serve := 0
		for _, i := range there { // one that does not serve it yet is there, too
			if i.Version == "1" {
				serve++
			}
		}
		return serve == 3
	})

	var clients []host.Caller
	for _, node := range c.Nodes {
		clients = append(clients, fleet.Client(node.Connect(nats.MaxReconnects(-1)), "tidy"))
	}
	// They are made until one comes to the instance that is to be killed.
	var dead atomic.Bool
	ends := map[string]chan error{}
	for what, caller := range map[string]host.Caller{"hold once": clients[0], "hold again": host.Idempotent(clients[0])} {
		ended := make(chan error, 1)
		ends[what] = ended
		go func() {
			for {
				got, err := caller.Call(t.Context(), what)
				if err == nil && fmt.Sprint(got...) != what {
					err = fmt.Errorf("the answer %v", got)
				}
				if err != nil || dead.Load() {
					ended <- err
					return
				}
			}
		}()
	}
	l := newCalls(t, clients)
	// Jobs go to whoever asks.
	var submitted []string
	seen := map[string]bool{"hold once": false, "hold again": false}
	job := false
	brokertest.Await(t, func() bool {
		if !job {
			id := fmt.Sprint("job", len(submitted))
			other.must("job", "submit", "tidy", "--id", id, "hold "+id, "--nats", c.URL())
			submitted = append(submitted, id)
		}
		for _, line := range killed.logged() {
			for what := range seen {
				seen[what] = seen[what] || strings.Contains(line, "it has "+what)
			}
			job = job || strings.Contains(line, "it has hold job")
		}
		return job && seen["hold once"] && seen["hold again"]
	})
	l.more(50)
	dead.Store(true)
	killed.kill()
	l.more(50)
	l.end()
	if err := <-ends["hold once"]; !errors.Is(err, fleet.ErrLost) || host.OutcomeOf(err) != host.Unknown {
		t.Errorf("a call that it had: %#v", err)
	}
	if err := <-ends["hold again"]; err != nil {
		t.Errorf("a call that it had, and that may run more than once: %#v", err)
	}
	for _, id := range submitted {
		if out := other.must("job", "result", id, "--wait", "2m", "--nats", c.URL()); out != "hold "+id+"\n" {
			t.Errorf("%s: %s", id, out)
		}
	}
	t.Logf("%d jobs were submitted; of calls meanwhile %d were answered, and %d lost", len(submitted), l.answered.Load(), l.lost.Load())
}

// logged are the lines of the log that have come since it was last asked for.
func (s *serving) logged() (lines []string) {
	s.t.Helper()
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				s.t.Fatalf("serve has ended:\n%s", strings.Join(s.seen, "\n"))
			}
			s.seen = append(s.seen, line)
			lines = append(lines, line)
		default:
			return lines
		}
	}
}

// Calls are made until they are ended. Each is answered, or lost: it may have run then.
type calls struct {
	t              *testing.T
	answered, lost atomic.Int64
	end            func()
}

// newCalls has two make calls of each of the callers, one of them such as may run more than
// once, which are answered.
func newCalls(t *testing.T, callers []host.Caller) *calls {
	c := &calls{t: t}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	c.end = func() {
		cancel()
		all.Wait()
	}
	t.Cleanup(c.end)
	for _, once := range callers {
		for _, idempotent := range []bool{false, true} {
			caller := once
			if idempotent {
				caller = host.Idempotent(once)
			}
			all.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					want := fmt.Sprint(n)
					got, err := caller.Call(ctx, want)
					switch {
					case ctx.Err() != nil:
					case err == nil && fmt.Sprint(got...) == want:
						c.answered.Add(1)
					case !idempotent && errors.Is(err, fleet.ErrLost) && host.OutcomeOf(err) == host.Unknown:
						c.lost.Add(1)
					default:
						t.Errorf("call %s (idempotent: %v): %v, %#v", want, idempotent, got, err)
						return
					}
				}
			})
		}
	}
	return c
}

// more waits until so many more are answered.
func (c *calls) more(n int64) {
	c.t.Helper()
	before := c.answered.Load()
	brokertest.Await(c.t, func() bool { return c.answered.Load() >= before+n })
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o700)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
