package fleet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// echo is a script with functions for what tests need.
var echo = map[host.Language]string{
	host.Lua: `
function run(...) return ... end
function fail(why) error(why, 0) end
function many(n, ...) for i = 1, n do event(i, ...) end return n end
function spin() while true do end end
`,
	host.JS: `
function run(...args) { return args.length == 1 ? args[0] : args.join(",") }
function fail(why) { throw new Error(why) }
function many(n, ...more) { for (let i = 1; i <= n; i++) event(i, ...more); return Number(n) }
function spin() { while (true); }
`,
}

func forBoth(t *testing.T, test func(t *testing.T, language host.Language)) {
	for _, language := range both {
		t.Run(string(language), func(t *testing.T) {
			t.Parallel()
			test(t, language)
		})
	}
}

// A call by way of a broker is like one of the pool itself.
func TestCall(t *testing.T) {
	t.Parallel()
	forBoth(t, func(t *testing.T, language host.Language) {
		for _, s := range []host.Serialiser{host.String, host.CBOR, host.JSON} {
			t.Run(s.Name(), func(t *testing.T) {
				t.Parallel()
				in, out := connections(t)
				p := pool(t, language, echo[language], &host.PoolOptions{Options: host.Options{Serialiser: s}})
				serve(t, in, p)
				c := Client(out, "tidy")
				for _, arg := range []any{"x", "", "ä", 42, 1.5, true, nil, "caf\xe9\x00", []any{"a", 1}, map[string]any{"k": "v"}} {
					want, wantErr := p.Call(patience(t), arg)
					got, err := c.Call(patience(t), arg)
					if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Errorf("%#v: %#v, %v; the pool says %#v, %v", arg, got, err, want, wantErr)
					}
				}
			})
		}
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	forBoth(t, func(t *testing.T, language host.Language) {
		in, out := connections(t)
		serve(t, in, pool(t, language, echo[language], &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR, OnEvent: func(host.Event) {}}}))
		c := Client(out, "tidy").Function("many")
		const n = 10 * eventWindow
		next := int64(1)
		for e, err := range c.Stream(patience(t), n, "more") {
			if err != nil {
				t.Fatal(err)
			}
			if e.Result {
				if next != n+1 || len(e.Args) != 1 || fmt.Sprint(e.Args[0]) != fmt.Sprint(n) {
					t.Errorf("the result %v after %d events", e.Args, next-1)
				}
				next = 0
				break
			}
			if fmt.Sprint(e.Args) != fmt.Sprint([]any{next, "more"}) {
				t.Fatalf("event %v, want number %d", e.Args, next)
			}
			next++
		}
		if next != 0 {
			t.Error("no result")
		}
	})
}

// A loop that is left ends the call at the instance.
func TestStreamLeft(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR, OnEvent: func(host.Event) {}}}))
	for range Client(out, "tidy").Function("many").Stream(patience(t), 1<<40) {
		break
	}
	brokertest.Await(t, func() bool { return s.running0() == 0 })
}

func (s *Service) running0() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.running)
}

func TestGo(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Max: 2, Load: 100}))
	c := Client(out, "tidy")
	var (
		all  sync.WaitGroup
		seen [200]bool
	)
	for i := range seen {
		all.Add(1)
		c.Go(func(out []any, err error) {
			defer all.Done()
			if err != nil || len(out) != 1 || out[0] != fmt.Sprint(i) {
				t.Error(i, out, err)
				return
			}
			seen[i] = true
			if i == 7 {
				panic("oh") // takes nothing with it
			}
		}, i)
	}
	all.Wait()
	c.Go(nil, "nobody asks")
}

// Errors are of the same types as those of a pool of one's own.
func TestErrors(t *testing.T) {
	t.Parallel()
	forBoth(t, func(t *testing.T, language host.Language) {
		in, out := connections(t)
		p := pool(t, language, echo[language], &host.PoolOptions{Options: host.Options{Limits: host.Limits{Grace: 100 * time.Millisecond}}})
		s := serve(t, in, p)
		c := Client(out, "tidy")

		_, err := c.Function("fail").Call(patience(t), "oh dear")
		var script *host.ScriptError
		if !errors.As(err, &script) || script.Message != "oh dear" || host.OutcomeOf(err) != host.Completed {
			t.Errorf("%#v", err)
		}

		_, err = c.Function("missing").Call(patience(t))
		_, want := p.Function("missing").Call(patience(t))
		if err == nil || err.Error() != want.Error() || reflect.TypeOf(err) != reflect.TypeOf(want) {
			t.Errorf("%#v, want %#v", err, want)
		}

		if _, err = c.Call(patience(t), func() {}); !errors.As(err, new(*host.SerialiseError)) || host.OutcomeOf(err) != host.NotSent {
			t.Errorf("%#v", err)
		}

		// The deadline is to pass in the call: on a busy machine one may have passed before.
		for limit := 50 * time.Millisecond; ; limit *= 2 {
			ctx, cancel := context.WithTimeout(patience(t), limit)
			_, err = c.Function("spin").Call(ctx)
			cancel()
			if host.OutcomeOf(err) != host.NotSent || limit > testTime {
				break
			}
		}
		if !errors.Is(err, context.DeadlineExceeded) || host.OutcomeOf(err) != host.Unknown && host.OutcomeOf(err) != host.Completed || !errors.As(err, new(*host.CallError)) && !errors.As(err, new(*host.ExitError)) {
			t.Errorf("%#v", err)
		}

		brokertest.Await(t, func() bool { return s.running0() == 0 })
		ctx, cancel := context.WithCancel(patience(t))
		go func() {
			for s.running0() == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		_, err = c.Function("spin").Call(ctx)
		if !errors.Is(err, context.Canceled) || host.OutcomeOf(err) != host.Unknown {
			t.Errorf("%#v", err)
		}
		brokertest.Await(t, func() bool { return s.running0() == 0 })

		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		if _, err = c.Call(ctx); !errors.Is(err, context.Canceled) || host.OutcomeOf(err) != host.NotSent {
			t.Errorf("%#v", err)
		}

		large := strings.Repeat("x", DefaultMaxPayload+1)
		if _, err = c.Call(patience(t), large); !errors.Is(err, host.ErrTooLarge) || host.OutcomeOf(err) != host.NotSent {
			t.Errorf("%v", err)
		}
	})
}

func TestNobody(t *testing.T) {
	t.Parallel()
	_, out := connections(t)
	_, err := Client(out, "tidy").Call(patience(t), "x")
	if !errors.Is(err, ErrNoInstance) || host.OutcomeOf(err) != host.NotSent || !strings.Contains(err.Error(), "tidy") {
		t.Errorf("%#v", err)
	}
	for _, c := range []host.Caller{Client(out, "a.b"), Client(out, ""), Client(out, "a", CallTrack("*")), Client(out, "a", Patience(-1))} {
		if _, err := c.Call(patience(t)); host.OutcomeOf(err) != host.NotSent || errors.Is(err, ErrNoInstance) {
			t.Errorf("%#v", err)
		}
	}
}

// A busy instance refuses, and another one has the call.
func TestBusy(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	script := `function run(done, x) if x == "hold" then held = done else done(x) end end
function release() held("released") return "" end`
	opts := func() *host.PoolOptions { return &host.PoolOptions{Max: 1, Options: host.Options{Async: true}} }
	first := pool(t, host.Lua, script, opts())
	s := serve(t, in, first, Slots(1))
	hold := make(chan error, 1)
	c := Client(out, "tidy", Patience(50*time.Millisecond))
	go func() {
		_, err := c.Call(patience(t), "hold")
		hold <- err
	}()
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	if _, err := c.Call(patience(t), "x"); !errors.Is(err, host.ErrBusy) || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("%#v", err)
	}
	serve(t, in, pool(t, host.Lua, script, opts()))
	patient := Client(out, "tidy")
	for range 20 {
		if _, err := patient.Call(patience(t), "x"); err != nil {
			t.Fatal(err)
		}
	}
	first.Kill()
	if err := <-hold; host.OutcomeOf(err) != host.Unknown {
		t.Errorf("%#v", err)
	}
}

// A service that is closed finishes what it has.
func TestClose(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	p := heldPool(t)
	s := serve(t, in, p)
	c := Client(out, "tidy")
	var all []<-chan error
	for range 8 {
		all = append(all, begin(t, c))
	}
	brokertest.Await(t, func() bool { return s.running0() == 8 })
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	brokertest.Await(t, func() bool { // no more calls come to it
		_, err := c.Function("missing").Call(patience(t))
		return errors.Is(err, ErrNoInstance)
	})
	select {
	case err := <-closed:
		t.Errorf("it has ended with 8 calls: %v", err)
	default:
	}
	for left := len(all); left > 0; {
		left -= release(t, p)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	for _, ended := range all {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// What does not end in time is cancelled.
func TestCloseCancels(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), Drain(20*time.Millisecond))
	failed := make(chan error, 1)
	go func() {
		_, err := Client(out, "tidy").Function("spin").Call(patience(t))
		failed <- err
	}()
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "1 calls had not ended") {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%#v", err)
	}
}

// Whoever knows NATS alone can call too.
func TestPlainRequest(t *testing.T) {
	t.Parallel()
	forBoth(t, func(t *testing.T, language host.Language) {
		in, out := connections(t)
		serve(t, in, pool(t, language, echo[language], &host.PoolOptions{Options: host.Options{Serialiser: host.JSON}}))
		for data, want := range map[string]string{`["x"]`: `["x"]`, `[[1,{"a":null}]]`: `[[1,{"a":null}]]`} {
			m, err := out.Request("rpc.tidy.stable", []byte(data), testTime)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(m.Data); got != want {
				t.Errorf("%s: %s, want %s", data, got, want)
			}
			if !strings.HasPrefix(header(m, headerScript), "0.0.0@") || CheckName("instance", header(m, headerInstance)) != nil {
				t.Errorf("headers %v", m.Header)
			}
		}
		for data, code := range map[string]string{`x`: "400", `{}`: "400"} {
			m, err := out.Request("rpc.tidy.stable", []byte(data), testTime)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Header.Get("Nats-Service-Error-Code"); got != code || m.Header.Get("Nats-Service-Error") == "" || len(m.Data) > 0 {
				t.Errorf("%s: %v %s", data, m.Header, m.Data)
			}
		}
		r := nats.NewMsg("rpc.tidy.stable")
		r.Header.Set("Rpc-Function", "fail")
		r.Data = []byte(`["line\none"]`)
		m, err := out.RequestMsg(r, testTime)
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get("Nats-Service-Error-Code") != "500" || !strings.Contains(m.Header.Get("Nats-Service-Error"), "line one") {
			t.Error(m.Header)
		}
	})
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	in, _ := connections(t)
	p := pool(t, host.Lua, echo[host.Lua], nil)
	for _, opt := range []ServeOption{As("a.b"), As(""), OnTrack("*"), Slots(-1), Drain(-1)} {
		if s, err := NewService(in, p, opt); err == nil {
			s.Close()
			t.Error("it is served")
		}
	}
	in.Close()
	if _, err := NewService(in, p); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Error(err)
	}
}

func TestServeEnds(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	p := pool(t, host.Lua, echo[host.Lua], nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, in, p) }()
	brokertest.Await(t, func() bool {
		_, err := Client(out, "tidy").Call(patience(t), "x")
		return err == nil
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
