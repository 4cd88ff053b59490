//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// startPool starts a pool that must have ended when the test has.
func startPool(t *testing.T, script *Script, opts *PoolOptions) *Pool {
	t.Helper()
	var o PoolOptions
	if opts != nil {
		o = *opts
	}
	o.Options = *unhurried(&o.Options)
	p, err := NewPool(testContext(t), script, &o)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		p.Kill()
		p.Close()
		s := p.Stats()
		if s.Calls != s.Answers+s.Errors || s.Queued+s.Outstanding != 0 || len(s.Workers) != 0 {
			t.Errorf("the pool ended with accounts that are not even: %+v", s)
		}
	})
	return p
}

func mustClosePool(t *testing.T, p *Pool) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func inline(t testing.TB, language Language, source string) *Script {
	t.Helper()
	s, err := Inline(language, source)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A gate is a host function that holds calls until it is opened.
type gate struct {
	entered chan string
	open    chan struct{}
}

func newGate() *gate { return &gate{entered: make(chan string, 1000), open: make(chan struct{})} }

func (g *gate) wait(ctx context.Context, name string) error {
	g.entered <- name
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// held is a script whose calls wait at a gate.
const held = `function run(name) host.gate(name) return name end`

func (g *gate) options(o PoolOptions) *PoolOptions {
	o.Host = map[string]any{"gate": g.wait}
	return &o
}

func (g *gate) awaitEntered(t *testing.T, n int) []string {
	t.Helper()
	var names []string
	for range n {
		select {
		case name := <-g.entered:
			names = append(names, name)
		case <-time.After(testTime):
			t.Fatalf("%d calls of %d have started", len(names), n)
		}
	}
	return names
}

// goCalls makes calls with Go, and returns a function that waits for them.
func goCalls(c Caller, n int) (wait func() (answers []string, failures []error)) {
	var mu sync.Mutex
	var answers []string
	var failures []error
	var all sync.WaitGroup
	for i := range n {
		all.Add(1)
		c.Go(func(out []any, err error) {
			defer all.Done()
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failures = append(failures, err)
				return
			}
			answers = append(answers, fmt.Sprint(out[0]))
		}, fmt.Sprint(i))
	}
	return func() ([]string, []error) {
		all.Wait()
		return answers, failures
	}
}

func TestPoolCalls(t *testing.T) {
	t.Parallel()
	bothModes(t, func(t *testing.T, script *Script, async bool) {
		destroyed := 0
		p := startPool(t, script, &PoolOptions{Options: Options{Async: async, OnDestroy: func() { destroyed++ }}})
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				for k := range 20 {
					text := fmt.Sprint(i, k)
					out, err := p.Call(testContext(t), text)
					if err != nil || out[0] != text {
						t.Errorf("call %s: %v, %v", text, out, err)
					}
				}
			})
		}
		answers, failures := goCalls(p, 500)()
		if len(answers) != 500 || len(failures) > 0 {
			t.Errorf("Go: %d answers, %v", len(answers), failures)
		}
		all.Wait()
		var info CallInfo
		for e, err := range p.Stream(WithCallInfo(testContext(t), &info), "streamed") {
			if err != nil || !e.Result || e.Args[0] != "streamed" || e.Generation != script.generation(nil) || e.Worker == 0 {
				t.Errorf("stream: %+v, %v", e, err)
			}
		}
		if info.Attempts != 1 || info.PID == 0 || info.Generation != script.generation(nil) {
			t.Errorf("info: %+v", info)
		}
		mustClosePool(t, p)
		if destroyed != 1 {
			t.Errorf("destroyed %d times", destroyed)
		}
		s := p.Stats()
		if s.Calls != 901 || s.Answers != 901 || s.Crashes != 0 || s.Longest == 0 || s.Median > s.P99 || s.P99 > s.Longest {
			t.Errorf("%+v", s)
		}
		if err := p.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
		if _, err := p.Call(testContext(t)); !errors.Is(err, ErrClosed) || OutcomeOf(err) != NotSent {
			t.Errorf("call after close: %v", err)
		}
		if _, failures := goCalls(p, 1)(); len(failures) != 1 || !errors.Is(failures[0], ErrClosed) {
			t.Errorf("go after close: %v", failures)
		}
		for _, err := range p.Stream(testContext(t), "x") {
			if !errors.Is(err, ErrClosed) || OutcomeOf(err) != NotSent {
				t.Errorf("stream after close: %v", err)
			}
		}
		if _, err := Idempotent(p.Function("run")).Call(testContext(t), "x"); !errors.Is(err, ErrClosed) {
			t.Errorf("function after close: %v", err)
		}
		p.Kill() // does nothing
		if _, err := p.Broadcast(testContext(t), ""); !errors.Is(err, ErrClosed) {
			t.Errorf("broadcast after close: %v", err)
		}
		if err := p.Reload(testContext(t), script); !errors.Is(err, ErrClosed) {
			t.Errorf("reload after close: %v", err)
		}
	})
}

func TestPoolOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]PoolOptions{
		"Idle is -1":               {Idle: -1},
		"Max is -1":                {Max: -1},
		"Load is -2":               {Load: -2},
		"Start is -1":              {Start: -1},
		"Stop is -1":               {Stop: -1},
		"Spare is -1":              {Spare: -1},
		"Queue is -1":              {Queue: -1},
		"MaxAge is -1":             {MaxAge: -1},
		"MaxResident is -1":        {MaxResident: -1},
		"Crashes is -1":            {Crashes: -1},
		"Idle is 5 and Max is 4":   {Idle: 5},
		"Load is 20 and MaxOut":    {Load: 20, Options: Options{Async: true, MaxOutstanding: 10}},
		"Limits.Drain":             {Options: Options{Limits: Limits{Drain: -1}}},
		"Options.Stdio is set":     {Options: Options{Stdio: true}},
		`Options.Host["runner.x"]`: {Options: Options{Host: map[string]any{"runner.x": func() {}}}},
	} {
		if _, err := NewPool(testContext(t), inline(t, Lua, echo[Lua]), &o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPoolStartFails(t *testing.T) {
	t.Parallel()
	source{Lua: `error("no good")`, JS: `throw new Error("no good")`}.each(t, func(t *testing.T, script *Script) {
		_, err := NewPool(testContext(t), script, nil)
		var se *ScriptError
		if !errors.As(err, &se) || se.Message != "no good" {
			t.Errorf("got %v", err)
		}
	})
	if _, err := NewPool(testContext(t), nil, nil); err == nil || !strings.Contains(err.Error(), "no script") {
		t.Errorf("nil: %v", err)
	}
	_, err := NewPool(testContext(t), inline(t, Lua, echo[Lua]), &PoolOptions{Options: Options{Command: []string{"/no/such/command"}, Stdio: true}})
	var ce *CommandError
	if !errors.As(err, &ce) {
		t.Errorf("no command: %v", err)
	}
	_, err = NewPool(testContext(t), inline(t, Lua, echo[Lua]), &PoolOptions{Options: *unhurried(&Options{Command: []string{"sh", "-c", "echo no such host >&2; exit 3"}, Stdio: true})})
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || !strings.Contains(err.Error(), "no such host") {
		t.Errorf("a command that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewPool(ctx, inline(t, Lua, echo[Lua]), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
