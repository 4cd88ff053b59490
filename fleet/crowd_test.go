package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// Where there are many calls at a time each comes to what it would by itself, large results
// and errors among them, and all are told of before the service has ended.
func TestManyCallsAtATime(t *testing.T) {
	t.Parallel()
	source := `function run(done, what, x)
	if what == "fail" then error("no") end
	if what == "large" then x = string.rep(x, 300000) end
	done(x)
end`
	for _, async := range []bool{false, true} {
		in, out := connections(t)
		load := 8
		text := source
		if !async {
			text, load = strings.NewReplacer("(done, ", "(", "done(x)", "return x").Replace(source), 1
		}
		p := pool(t, host.Lua, text, &host.PoolOptions{Max: 2, Load: load, Options: host.Options{Async: async, Serialiser: host.CBOR}})
		var observed, observedErrors atomic.Int64
		s := serve(t, in, p, Slots(2*load+20), Observe(func(r CallRecord) {
			observed.Add(1)
			if r.Err != nil {
				observedErrors.Add(1)
			}
			if r.Info.Worker == 0 || r.Info.Given.IsZero() {
				t.Errorf("no worker had the call: %+v", r.Info)
			}
		}))
		c := Client(out, "tidy")
		const callers, calls = 16, 30
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				for n := range calls {
					what, x := "echo", fmt.Sprintf("0123456-%d-%d", i, n)
					switch n % 10 {
					case 3:
						what = "fail"
					case 7:
						what = "large"
						if i%8 > 0 { // which takes long
							what = "echo"
						}
					}
					results, err := c.Call(patience(t), what, x)
					var script *host.ScriptError
					switch {
					case what == "fail":
						if !errors.As(err, &script) {
							t.Errorf("async %v: %v", async, err)
						}
					case err != nil:
						t.Errorf("async %v: %s: %v", async, what, err)
					case what == "echo" && results[0] != x, what == "large" && results[0] != strings.Repeat(x, 300_000):
						t.Errorf("async %v: %s: another result", async, what)
					}
				}
			})
		}
		all.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		// A call that no slot was free for was made again.
		if n := observed.Load(); n != callers*calls || observedErrors.Load() != callers*calls/10 {
			t.Errorf("async %v: %d calls were observed, %d with errors; %d were made", async, n, observedErrors.Load(), callers*calls)
		}
	}
}

// Of many calls at a time those that their callers have given up end, and the others do not.
func TestManyCallsAreCancelled(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	entered, open := make(chan struct{}, 100), make(chan struct{})
	p := pool(t, host.Lua, `function run(done, x) host.wait() done(x) end`, &host.PoolOptions{Max: 1, Load: 40, Options: host.Options{
		Async: true,
		Host: map[string]any{"wait": func(ctx context.Context) error {
			entered <- struct{}{}
			select {
			case <-open:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}},
	}})
	s := serve(t, in, p)
	c := Client(out, "tidy")
	ctx, cancel := context.WithCancel(patience(t))
	var given, kept sync.WaitGroup
	for range 15 {
		given.Go(func() {
			if _, err := c.Call(ctx, "x"); !errors.Is(err, context.Canceled) {
				t.Errorf("given up: %v", err)
			}
		})
		kept.Go(func() {
			if got, err := c.Call(patience(t), "y"); err != nil || got[0] != "y" {
				t.Errorf("kept: %v, %v", got, err)
			}
		})
	}
	for range 30 {
		<-entered
	}
	cancel()
	given.Wait()
	brokertest.Await(t, func() bool { return s.running0() == 15 })
	close(open)
	kept.Wait()
}
