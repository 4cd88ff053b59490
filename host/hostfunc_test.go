//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestHostFunctions(t *testing.T) {
	t.Parallel()
	type person struct {
		Name string `json:"name"`
		Age  int    `json:"age"`
	}
	host := map[string]any{
		"add": func(a, b int) int { return a + b },
		"sum": func(ctx context.Context, ns ...float64) (float64, error) {
			s := 0.0
			for _, n := range ns {
				s += n
			}
			return s, ctx.Err()
		},
		"fail":      func() error { return errors.New("it failed") },
		"denied":    func() error { return &DeniedError{Grant: "read", Target: "/x", Message: "no, not /x"} },
		"none":      func() {},
		"two":       func() (string, string) { return "a", "b" },
		"older":     func(p person) person { p.Age++; return p },
		"panics":    func() { panic("whoops") },
		"db.get":    func(key string) []byte { return []byte(key + "\xff") },
		"raw":       HostFunction(func(_ context.Context, args []any) ([]any, error) { return args, nil }),
		"plain":     func(_ context.Context, args []any) ([]any, error) { return []any{len(args)}, nil },
		"small":     func(n int8) int8 { return n },
		"unserial":  func() any { return make(chan int) },
		"too_large": func() string { return strings.Repeat("x", 2<<20) },
	}
	source{
		Lua: `
			function run(name, ...)
				local f = host
				for part in string.gmatch(name, "[^.]+") do f = f[part] end
				return f(...)
			end
			function caught(name)
				local ok, err = pcall(function() return host[name]() end)
				return ok, err.kind, err.message
			end`,
		JS: `
			async function run(name, ...args) {
				let f = host;
				for (const part of name.split(".")) f = f[part];
				const r = await f(...args);
				return name === "two" || name === "raw" ? results(...[].concat(r)) : r;
			}
			async function caught(name) {
				try { await host[name](); return true } catch (e) { return results(false, e.kind, e.message) }
			}`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Host: host, Serialiser: CBOR, Limits: Limits{Payload: 1 << 20}})
		for _, test := range []struct {
			args []any
			want string
		}{
			{[]any{"add", 2, 3}, "[5]"},
			{[]any{"sum", 1.5, 2, 3}, "[6.5]"},
			{[]any{"sum"}, "[0]"},
			{[]any{"none"}, "[]"},
			{[]any{"older", map[string]any{"name": "Ada", "age": 36}}, "[map[age:37 name:Ada]]"},
			{[]any{"plain", 1, 2, 3}, "[3]"},
			{[]any{"db.get", "k"}, "[[107 255]]"},
		} {
			if got := fmt.Sprint(mustCall(t, w, test.args...)); got != test.want {
				t.Errorf("%v: got %s, want %s", test.args, got, test.want)
			}
		}
		for _, test := range []struct {
			args []any
			want string
		}{
			{[]any{"add", 2}, "host.add takes 2 arguments and was given 1"},
			{[]any{"add", 2, "x"}, "host.add: argument 2: "},
			{[]any{"small"}, "host.small takes 1 argument and was given 0"},
			{[]any{"small", 1000}, "host.small: argument 1: "},
			{[]any{"fail"}, "it failed"},
			{[]any{"denied"}, "no, not /x"},
			{[]any{"panics"}, "host.panics panicked: whoops"},
			{[]any{"unserial"}, "chan int"},
			{[]any{"too_large"}, "too large"},
		} {
			_, err := w.Call(testContext(t), test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v: got %v, want %q", test.args, err, test.want)
			}
		}
		var denied *DeniedError
		if _, err := w.Call(testContext(t), "denied"); !errors.As(err, &denied) || denied.Grant != "read" || denied.Target != "/x" {
			t.Errorf("denied: %#v", err)
		}
		var limit *LimitError
		if _, err := w.Call(testContext(t), "too_large"); !errors.As(err, &limit) || !errors.Is(err, ErrTooLarge) {
			t.Errorf("too_large: %#v", err)
		}
		if got := fmt.Sprint(mustCall(t, w.Function("caught"), "fail")); got != "[false script it failed]" {
			t.Errorf("caught: %s", got)
		}
		mustClose(t, w)
	})
}

func TestHostFunctionNames(t *testing.T) {
	t.Parallel()
	f := func() {}
	for name, want := range map[string]string{
		"runner.x": "built in", "": "made of", "a b": "made of", "a..b": "made of", "1a": "made of", "a.b": "nothing can be in it", "nofunc": "not a function", "nilfunc": "not a function",
	} {
		fns := map[string]any{name: f}
		switch name {
		case "a.b":
			fns["a"] = f
		case "nofunc":
			fns[name] = 1
		case "nilfunc":
			fns[name] = (func())(nil)
		}
		_, err := Start(testContext(t), faultScript("echo"), &Options{Host: fns})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}

// A host function's context ends with the call, and with the worker.
func TestHostFunctionContext(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run() host.wait() end`,
		JS:  `async function run() { await host.wait() }`,
	}.each(t, func(t *testing.T, script *Script) {
		entered := make(chan bool)
		ended := make(chan error)
		w := start(t, script, &Options{Host: map[string]any{"wait": func(ctx context.Context) {
			entered <- true
			<-ctx.Done()
			ended <- ctx.Err()
		}}, Limits: Limits{Grace: testTime}})
		ctx, cancel := context.WithCancel(context.Background())
		call := make(chan error, 1)
		go func() {
			_, err := w.Call(ctx)
			call <- err
		}()
		<-entered
		cancel()
		// First this: once the function has returned the call may be answered
		// before it is cancelled.
		if err := <-call; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		w.Go(nil)
		<-entered
		go w.Kill()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// A host function may call the worker back if it is async; a sync one refuses,
// since it could never answer.
func TestReentrant(t *testing.T) {
	t.Parallel()
	t.Run("sync", func(t *testing.T) {
		source{
			Lua: `function run(x) if x then return x end return host.again() end`,
			JS:  `async function run(x) { return x || await host.again() }`,
		}.each(t, func(t *testing.T, script *Script) {
			var w *Worker
			inner := make(chan error, 1)
			w = start(t, script, &Options{Host: map[string]any{"again": func(ctx context.Context) error {
				_, err := w.Call(ctx, "inner")
				inner <- err
				return err
			}}})
			_, err := w.Call(testContext(t))
			if !errors.Is(err, ErrReentrant) {
				t.Errorf("outer: %v", err)
			}
			if err := <-inner; !errors.Is(err, ErrReentrant) || OutcomeOf(err) != NotSent {
				t.Errorf("inner: %v", err)
			}
			mustClose(t, w)
		})
	})
	t.Run("async", func(t *testing.T) {
		source{
			Lua: `function run(done, x) if x then done(x) else done(host.again()) end end`,
			JS:  `async function run(done, x) { done(x || await host.again()) }`,
		}.each(t, func(t *testing.T, script *Script) {
			var w *Worker
			w = start(t, script, &Options{Async: true, Host: map[string]any{"again": func(ctx context.Context) (any, error) {
				out, err := w.Call(ctx, "inner")
				if err != nil {
					return nil, err
				}
				return out[0], nil
			}}})
			if out := mustCall(t, w); out[0] != "inner" {
				t.Errorf("got %v", out)
			}
			mustClose(t, w)
		})
	})
}

// Host calls while loading, and in init.
func TestHostCallBeforeReady(t *testing.T) {
	t.Parallel()
	source{
		Lua: `local a = host.name("load") local b function setup(x) b = host.name(x) end function run() return a, b end`,
		JS: `let b; const a = host.name("load");
			async function setup(x) { b = await host.name(x) }
			async function run() { return results(await a, b) }`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{
			Init: "setup", InitArgs: []any{"init"},
			Host: map[string]any{"name": func(s string) string { return "<" + s + ">" }},
		})
		if got := fmt.Sprint(mustCall(t, w)); got != "[<load> <init>]" {
			t.Errorf("got %s", got)
		}
		mustClose(t, w)
	})
}

// What goes to a worker that does not read, because it writes what its parent
// does not read yet, must not lock up: here both sockets are full, with answers
// to host calls behind queued requests and cancels behind a large frame.
func TestBothSocketsFull(t *testing.T) {
	t.Parallel()
	source{
		Lua: `local big = string.rep("x", 1024 * 1024)
			function run(done, s) event(big) local n = host.len(s) done(#s, n) end`,
		JS: `const big = "x".repeat(1024 * 1024);
			async function run(done, s) { event(big); const n = await host.len(s); done(s.length, n) }`,
	}.each(t, func(t *testing.T, script *Script) {
		release := make(chan struct{})
		events := 0
		w := start(t, script, &Options{
			Async: true,
			OnEvent: func(Event) {
				if events == 0 {
					<-release
				}
				events++
			},
			Host: map[string]any{"len": func(s string) int { return len(s) }},
			// A cancel has to wait for the frame before it, on a busy machine long.
			Limits: Limits{Grace: testTime},
		})
		letGo := sync.OnceFunc(func() { close(release) })
		t.Cleanup(letGo)
		const calls = 24
		large := strings.Repeat("y", 3<<20)
		answers := make(chan error, calls)
		var cancels []func()
		for i := range calls {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				out, err := w.Call(ctx, large)
				if err == nil && fmt.Sprint(out) != fmt.Sprintf("[%d %d]", len(large), len(large)) {
					err = fmt.Errorf("got %v", out)
				}
				if i%6 == 5 && errors.Is(err, context.Canceled) {
					err = nil
				}
				answers <- err
			}()
			if i%6 == 5 {
				cancels = append(cancels, cancel)
			}
		}
		until(t, w, func() bool { return w.numbers == calls })
		for _, cancel := range cancels {
			cancel()
		}
		until(t, w, func() bool { return w.outstanding+w.waiting == 0 })
		letGo() // before the calls return: they wait for the callbacks
		for range calls {
			if err := <-answers; err != nil {
				t.Error(err)
			}
		}
		mustClose(t, w)
	})
}

// The answer to a host call goes ahead of requests that are queued.
func TestReturnBehindRequests(t *testing.T) {
	t.Parallel()
	source{
		Lua: `function run(x) return host.slow(x) end`,
		JS:  `async function run(x) { return await host.slow(x) }`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Host: map[string]any{"slow": func(x string) int { return len(x) }}})
		large := strings.Repeat("z", 1<<20)
		const calls = 20
		answers := make(chan error, calls)
		for range calls {
			w.Go(func(out []any, err error) {
				if err == nil && out[0] != fmt.Sprint(len(large)) {
					err = fmt.Errorf("got %v", out)
				}
				answers <- err
			}, large)
		}
		for range calls {
			if err := <-answers; err != nil {
				t.Error(err)
			}
		}
		mustClose(t, w)
	})
}

// A nil pointer that is an error, and the like.
type nilError struct{ message string }

func (e *nilError) Error() string { return e.message }

type panicsInJSON struct{}

func (panicsInJSON) MarshalJSON() ([]byte, error) { panic("in MarshalJSON") }

// A host function can do what it likes, except end this process or leave the
// script without an answer.
func TestHostFunctionsThatMisbehave(t *testing.T) {
	t.Parallel()
	host := map[string]any{
		"nilerror": func() error { var e *nilError; return e },
		"json":     func() any { return panicsInJSON{} },
		"goexit":   func() { runtime.Goexit() },
		"huge":     func() error { return errors.New(strings.Repeat("x", 3<<20)) },
	}
	source{
		Lua: `function run(name) return host[name]() end`,
		JS:  `async function run(name) { return await host[name]() }`,
	}.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Host: host, Limits: Limits{Payload: 1 << 20}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
		for name, want := range map[string]string{
			"nilerror": "panicked",
			"json":     "in MarshalJSON",
			"goexit":   "ended its goroutine",
			"huge":     "too large",
		} {
			_, err := w.Call(testContext(t), name)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %.200v, want %q", name, err, want)
			}
			if OutcomeOf(err) != Completed {
				t.Errorf("%s: outcome %v", name, OutcomeOf(err))
			}
		}
		mustClose(t, w)
	})
}

func TestNilHostFunctions(t *testing.T) {
	t.Parallel()
	for _, fn := range []any{nil, HostFunction(nil), (func(context.Context, []any) ([]any, error))(nil)} {
		_, err := Start(testContext(t), faultScript("echo"), &Options{Host: map[string]any{"f": fn}})
		if err == nil || !strings.Contains(err.Error(), `"f"`) || !strings.Contains(err.Error(), "not a function") {
			t.Errorf("%T: %v", fn, err)
		}
	}
}
