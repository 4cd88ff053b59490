package fleet

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

func eventPool(t testing.TB) *host.Pool {
	return pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR, OnEvent: func(host.Event) {}}})
}

// Once Call returns, the callbacks of its events have returned, and that of Go comes after
// them, as with a pool of one's own.
func TestEventsBeforeAnswer(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, eventPool(t))
	var (
		seen   atomic.Int64
		caller host.Caller
	)
	caller = Client(out, "tidy", OnEvent(func(host.Event) {
		inbox := caller.(*client).inbox
		brokertest.Await(t, func() bool { // the answer has come
			inbox.mu.Lock()
			defer inbox.mu.Unlock()
			return len(inbox.calls) == 0
		})
		seen.Add(1)
	}))
	c := caller.Function("many")
	for n := range 50 {
		if _, err := c.Call(patience(t), 5); err != nil || seen.Load() != int64(5*(n+1)) {
			t.Fatalf("%d events of %d calls when the last one returned, %v", seen.Load(), n+1, err)
		}
	}
	before := seen.Load()
	done := make(chan int64, 1)
	c.Go(func([]any, error) { done <- seen.Load() }, 20)
	if got := <-done; got != before+20 {
		t.Errorf("%d events before the answer", got-before)
	}
}

// A callback may make a call, whose own callbacks cannot be waited for then.
func TestCallInCallback(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, eventPool(t))
	var (
		c    host.Caller
		once sync.Once
		got  = make(chan error, 1)
	)
	c = Client(out, "tidy", OnEvent(func(host.Event) {
		once.Do(func() {
			_, err := c.Function("many").Call(patience(t), 3)
			got <- err
		})
	}))
	if _, err := c.Function("many").Call(patience(t), 1); err != nil {
		t.Error(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// Events whose callback panics have been taken all the same: the script does not wait.
func TestPanicInCallback(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, eventPool(t))
	c := Client(out, "tidy", OnEvent(func(host.Event) { panic("oh") }), OnTrouble(slog.New(slog.DiscardHandler)))
	if _, err := c.Function("many").Call(patience(t), 3*eventWindow); err != nil {
		t.Error(err)
	}
}

// A loop that is left by a panic ends the call at the instance too.
func TestPanicInStream(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, eventPool(t))
	func() {
		defer func() { _ = recover() }()
		for range Client(out, "tidy").Function("many").Stream(patience(t), 1<<40) {
			panic("oh")
		}
	}()
	brokertest.Await(t, func() bool { return s.running0() == 0 })
}

// A call that is given up leaves no object behind.
func TestLargeGivenUp(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Options: host.Options{Limits: host.Limits{Grace: 50 * time.Millisecond}}}))
	ctx, cancel := context.WithCancel(patience(t))
	ended := make(chan error, 1)
	go func() {
		_, err := Client(out, "tidy").Function("spin").Call(ctx, strings.Repeat("x", 2<<20))
		ended <- err
	}()
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%#v", err)
	}
	js, err := jetstream.New(out)
	if err != nil {
		t.Fatal(err)
	}
	store, err := js.ObjectStore(patience(t), PayloadBucket)
	if err != nil {
		t.Fatal(err)
	}
	brokertest.Await(t, func() bool {
		_, err := store.List(patience(t))
		return errors.Is(err, jetstream.ErrNoObjectsFound)
	})
}

// A request that is refused leaves nothing behind that waits for its deadline.
func TestRefusedIsForgotten(t *testing.T) {
	t.Parallel()
	s := &Service{running: map[string]*served{}, backend: &backend{}}
	m := &nats.Msg{Reply: "_INBOX.x", Data: message(typeCall, "", fieldTimeout, "3600000", fieldSerialiser, "string")}
	c, err := s.newServed(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.admit(c); !errors.Is(err, host.ErrBusy) {
		t.Fatal(err)
	}
	if s.signs.armed || len(s.running) > 0 {
		t.Error("something waits for it")
	}
}
