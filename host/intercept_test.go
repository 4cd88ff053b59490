//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
)

// An interceptor may watch what functions and grants answer, and answer as they did,
// with nothing granted: the script sees no difference.
func TestInterceptReplays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	source{
		Lua: `function run(dir)
				local f = assert(io.open(dir .. "/a.txt"))
				local text = f:read("*a")
				f:close()
				local none, why, errno = io.open(dir .. "/none")
				local _, denied = pcall(os.remove, "/nowhere")
				local _, failed = pcall(host.fails)
				return text, host.double(21), why, errno, denied.kind, denied.message, failed.message
			end`,
		JS: `const fs = require('fs');
			async function run(dir) {
				const caught = (f) => { try { return f() } catch (e) { return e } };
				const none = caught(() => fs.readFileSync(dir + '/none')), denied = caught(() => fs.unlinkSync('/nowhere'));
				const failed = await host.fails().catch((e) => e);
				return results(fs.readFileSync(dir + '/a.txt', 'utf8'), await host.double(21),
					none.message, none.errno, denied.kind, denied.message, failed.message);
			}`,
	}.each(t, func(t *testing.T, script *Script) {
		type answer struct {
			call    HostCall
			results []any
			thrown  *Thrown
		}
		var mu sync.Mutex
		var record []answer
		opts := Options{
			Serialiser: CBOR,
			Grants:     Grants{Read: []string{dir}},
			Host:       map[string]any{"double": func(n int) int { return 2 * n }, "fails": func() error { return errors.New("it fails") }},
			Intercept: func(_ context.Context, c HostCall, next func() ([]any, error)) ([]any, error) {
				results, err := next()
				mu.Lock()
				defer mu.Unlock()
				record = append(record, answer{c, results, ThrownBy(err)})
				return results, err
			},
		}
		w := start(t, script, &opts)
		want := mustCall(t, w, dir)
		mustClose(t, w)
		if len(record) < 5 || want[0] != "text" || fmt.Sprint(want[1]) != "42" || want[4] != "denied" || want[6] != "it fails" {
			t.Fatalf("%d host calls, results %v", len(record), want)
		}
		for i, r := range record {
			if r.call.Number != uint64(i)+1 || r.call.Call != 1 || r.call.File != script.Name() || r.call.Line < 1 {
				if r.call.Name != "runner.fs.close" { // which says no position
					t.Errorf("host call %d: %+v", i+1, r.call)
				}
			}
		}

		opts.Grants = Grants{}
		opts.Host = map[string]any{"double": func(int) int { t.Error("it ran"); return 0 }, "fails": func() {}}
		opts.Intercept = func(_ context.Context, c HostCall, _ func() ([]any, error)) ([]any, error) {
			r := record[c.Number-1]
			if c.Name != r.call.Name || !reflect.DeepEqual(c.Args, r.call.Args) {
				t.Errorf("host call %d is %s%v, was %s%v", c.Number, c.Name, c.Args, r.call.Name, r.call.Args)
			}
			if r.thrown != nil {
				return nil, r.thrown
			}
			return r.results, nil
		}
		w = start(t, script, &opts)
		if got := mustCall(t, w, dir); !reflect.DeepEqual(got, want) {
			t.Errorf("replayed:\n%v\nrecorded:\n%v", got, want)
		}
		mustClose(t, w)
	})
}

// Files that a script is made of come by way of the interceptor, also where it is
// bundled, each time.
func TestInterceptModules(t *testing.T) {
	t.Parallel()
	source{
		Lua: `local m = require "lib.m" function run() return m end`,
		JS:  `const m = require('./lib/m'); function run() { return m }`,
	}.each(t, func(t *testing.T, script *Script) {
		path := filepath.Join(tree(t, map[string]string{"w." + string(script.Language()): script.Source()}), "w."+string(script.Language()))
		opened, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		text := map[Language]string{Lua: `return "made up"`, JS: `module.exports = "made up"`}[script.Language()]
		w := start(t, opened, &Options{Intercept: func(_ context.Context, c HostCall, _ func() ([]any, error)) ([]any, error) {
			if c.Name != moduleFirst || c.Call != 0 || c.Bundling {
				t.Errorf("a host call: %+v", c)
			}
			return []any{c.Args[0], []byte(text)}, nil
		}})
		if got := mustCall(t, w); got[0] != "made up" {
			t.Errorf("results: %v", got)
		}
	})
}

// Calls are told of when they are sent, before their events and answers, with the
// worker that they are sent to.
func TestOnSend(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run(x) event(x) if x == 2 then os.exit() end return x end`,
		JS:  `function run(x) { event(x); if (x === 2) while (true); return x }`,
	}.each(t, func(t *testing.T, script *Script) {
		var mu sync.Mutex
		var told []string
		tell := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprintf(format, args...))
		}
		p := startPool(t, script, &PoolOptions{Max: 1, Load: 1, Options: Options{
			Serialiser: CBOR,
			OnSend:     func(s Sent) { tell("sent %d to %d", s.Call, s.Worker) },
			OnEvent:    func(e Event) { tell("event of %d", e.Call) },
		}})
		for i := range 2 {
			n := 1 + 2*i
			p.Go(func([]any, error) { tell("answer of %d", i+1) }, n)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		want := []string{"sent 1 to 1", "event of 1", "answer of 1", "sent 2 to 1", "event of 2", "answer of 2"}
		if !slices.Equal(told, want) {
			t.Errorf("told of %q, want %q", told, want)
		}
	})
}

// What a script gets thrown survives being kept and thrown again.
func TestThrownBy(t *testing.T) {
	t.Parallel()
	if got := ThrownBy(nil); got != nil {
		t.Errorf("no error is %v", got)
	}
	for _, err := range []error{
		errors.New("plain"),
		&DeniedError{Grant: "read", Target: "/x", Message: "no"},
		&LimitError{Limit: "payload", Size: 2, Max: 1, Message: "too large"},
		&ScriptError{Message: "thrown", Value: map[string]any{"code": "E"}},
		context.Canceled,
	} {
		once := ThrownBy(fmt.Errorf("around it: %w", err))
		if again := ThrownBy(once); !reflect.DeepEqual(once, again) {
			t.Errorf("%v: %+v, and then %+v", err, once, again)
		}
	}
	if got := ThrownBy(&Thrown{Message: "m", Value: []byte("{")}); got.Kind != "script" || got.Value != nil {
		t.Errorf("what is not JSON: %+v", got)
	}
}
