package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"scripthost.example/host"
)

// A scenario is calls of one kind.
type scenario struct {
	name       string
	language   host.Language
	async      bool
	serialiser host.Serialiser
	size       int // of a payload, in bytes; 0 is an object
	callers    int
	pooled     bool // through a pool of one worker
	streamed   bool // by Go
	events     int  // of a call; what is counted is one event
}

func scenarios() []scenario {
	var all []scenario
	for _, language := range []host.Language{host.Lua, host.JS} {
		for _, s := range []scenario{
			{name: "sync", size: 16},
			{name: "async", async: true, size: 16},
			{name: "64-callers", async: true, size: 16, callers: 64},
			{name: "streamed", async: true, size: 16, streamed: true},
			{name: "events", size: 16, events: 100},
			{name: "pool", size: 16, pooled: true},
			{name: "1mb", size: 1 << 20},
			{name: "json", serialiser: host.JSON},
			{name: "cbor", serialiser: host.CBOR},
		} {
			s.name, s.language = string(language)+"-"+s.name, language
			s.callers = max(s.callers, 1)
			all = append(all, s)
		}
	}
	return all
}

// A report is what the calls of a scenario used, in the parent and in the child.
type report struct {
	Calls  int         `json:"calls"` // or events
	Parent consumption `json:"parent"`
	Child  consumption `json:"child"`
}

// A consumption is the difference of two readings.
type consumption struct {
	Allocations uint64 `json:"allocations"`
	Bytes       uint64 `json:"bytes"`
}

func (r reading) since(before reading) consumption {
	return consumption{r.Allocations - before.Allocations, r.Bytes - before.Bytes}
}

func (s *scenario) options() host.Options {
	o := host.Options{Async: s.async, Serialiser: s.serialiser, OnEvent: func(host.Event) {}}
	if runtime.GOOS == "linux" {
		o.Sandbox = host.SandboxStrict
	}
	return o
}

// source is a script that echoes, after as many events as are wanted.
func (s *scenario) source() string {
	n := strconv.Itoa(s.events)
	switch {
	case s.language == host.Lua && s.async:
		return "function run(done, x) done(x) end"
	case s.language == host.Lua:
		return "function run(x) for i = 1, " + n + " do event(i) end return x end"
	case s.async:
		return "function run(done, x) { done(x) }"
	}
	return "function run(x) { for (let i = 0; i < " + n + "; i++) event(i); return x }"
}

// A target is what is called: a worker or a pool.
type target interface {
	host.Caller
	Close() error
}

func (s *scenario) start(ctx context.Context) (target, error) {
	script, err := host.Inline(s.language, s.source())
	if err != nil {
		return nil, err
	}
	o := s.options()
	if s.pooled {
		return host.NewPool(ctx, script, &host.PoolOptions{Options: o, Max: 1, Idle: 1})
	}
	return host.Start(ctx, script, &o)
}

// run warms up, and then makes the calls whose use is told.
func (s *scenario) run(calls int) (*report, error) {
	ctx := context.Background()
	t, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.measure(ctx, t, calls)
	return r, errors.Join(err, t.Close())
}

func (s *scenario) measure(ctx context.Context, t target, calls int) (*report, error) {
	probe := t.Function(probeName)
	child := func() (r reading, err error) {
		results, err := probe.Call(ctx)
		if err != nil {
			return r, err
		}
		return r, json.Unmarshal([]byte(fmt.Sprint(results...)), &r)
	}
	args := s.args(calls)
	if err := s.calls(ctx, t, args); err != nil { // which warms up
		return nil, err
	}
	theirs, err := child()
	if err != nil {
		return nil, err
	}
	mark("begin")
	ours := read()
	if err := s.calls(ctx, t, args); err != nil {
		return nil, err
	}
	after := read()
	mark("end")
	theirsAfter, err := child()
	if err != nil {
		return nil, err
	}
	r := &report{Calls: calls, Parent: after.since(ours), Child: theirsAfter.since(theirs)}
	if s.events > 0 {
		r.Calls *= s.events
	}
	return r, nil
}

// args are the arguments of all calls, which differ. They are made beforehand: what is
// counted is not what this program does.
func (s *scenario) args(calls int) [][]any {
	all := make([][]any, calls)
	large := make([]string, 8)
	rest := strings.Repeat("x", max(s.size-16, 0))
	for i := range all {
		n := strconv.Itoa(1_000_000_000_000_000 + i)
		switch {
		case s.size == 0:
			all[i] = []any{object(n)}
		case s.size == 16:
			all[i] = []any{n}
		default:
			if large[i%8] == "" {
				large[i%8] = n + rest
			}
			all[i] = []any{large[i%8]}
		}
	}
	return all
}

// object is one of about 1 KB as JSON.
func object(id string) map[string]any {
	points := make([]any, 10)
	tags := make([]any, 10)
	for i := range points {
		points[i] = map[string]any{"x": int64(i), "y": int64(i * i), "label": "point " + strconv.Itoa(i)}
		tags[i] = "tag-" + strconv.Itoa(i)
	}
	return map[string]any{
		"id": id, "name": "Ada Lovelace", "active": true, "ratio": 0.625,
		"tags": tags, "points": points, "text": strings.Repeat("lorem ipsum dolor ", 28),
	}
}

func (s *scenario) calls(ctx context.Context, t target, args [][]any) error {
	if s.streamed {
		return s.stream(t, args)
	}
	errs := make([]error, s.callers)
	var all sync.WaitGroup
	for i := range s.callers {
		all.Go(func() {
			for n := i; n < len(args) && errs[i] == nil; n += s.callers {
				errs[i] = s.check(args[n])(t.Call(ctx, args[n]...))
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// stream makes all calls before it looks at an answer.
func (s *scenario) stream(t target, args [][]any) error {
	done := make(chan error, 1)
	left := len(args)
	var failed error
	answered := func(results []any, err error) {
		if err == nil && len(results) != 1 {
			err = fmt.Errorf("there are %d results instead of one", len(results))
		}
		if failed == nil {
			failed = err
		}
		if left--; left == 0 {
			done <- failed
		}
	}
	for _, a := range args {
		t.Go(answered, a...)
	}
	return <-done
}

// check compares an answer with what was asked, if that is text.
func (s *scenario) check(args []any) func([]any, error) error {
	return func(results []any, err error) error {
		if err != nil {
			return err
		}
		if want, ok := args[0].(string); ok && (len(results) != 1 || results[0] != want) {
			return fmt.Errorf("the answer to %.16q is not what was asked", want)
		}
		return nil
	}
}

// mark makes a system call that a trace shows, and that does nothing.
func mark(name string) { _, _ = os.Stat("/scenarios-" + name) }
