package fleet

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// What is too large for a message goes another way, which nobody notices, and nothing
// of it is left.
func TestLarge(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, pool(t, host.Lua, `function run(x) event("e", x) return x, #x end`, &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR, OnEvent: func(host.Event) {}}}))
	c := Client(out, "tidy")
	text := strings.Repeat("0123456789", 300_000)
	got, err := c.Call(patience(t), text)
	if err != nil || got[0] != text || got[1] != int64(len(text)) {
		t.Fatalf("%d results, %v", len(got), err)
	}
	events := 0
	for e, err := range c.Stream(patience(t), text) {
		switch {
		case err != nil:
			t.Fatal(err)
		case !e.Result:
			events++
			if fmt.Sprint(e.Args...) != "e "+text && fmt.Sprint(e.Args...) != "e"+text {
				t.Errorf("an event of %d bytes", len(fmt.Sprint(e.Args...)))
			}
		case e.Args[0] != text:
			t.Error("another result")
		}
	}
	if events != 1 {
		t.Errorf("%d events", events)
	}
	done := make(chan error, 1)
	c.Go(func(got []any, err error) {
		if err == nil && got[0] != text {
			err = errors.New("another result")
		}
		done <- err
	}, text)
	if err := <-done; err != nil {
		t.Error(err)
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

func TestTooLarge(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, pool(t, host.Lua, `function run(n) return string.rep("x", tonumber(n)) end`, nil), MaxPayload(2<<20))
	text := strings.Repeat("x", 3<<20)
	for _, test := range []struct {
		c       host.Caller
		arg     any
		outcome host.Outcome
		says    string
	}{
		{Client(out, "tidy", CallMaxPayload(2<<20)), text, host.NotSent, "arguments of 314"},
		{Client(out, "tidy"), text, host.NotSent, "more than 2097152 bytes"},
		{Client(out, "tidy"), 3 << 20, host.Completed, "results of 314"},
		{Client(out, "tidy", CallMaxPayload(1)), 1100 << 10, host.NotSent, "arguments of"},
		{Client(out, "tidy", CallMaxPayload(1<<20)), 1100 << 10, host.Completed, "more than 1048576 bytes"},
	} {
		_, err := test.c.Call(patience(t), test.arg)
		if !errors.Is(err, host.ErrTooLarge) || host.OutcomeOf(err) != test.outcome || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %v, %v", test.says, err, host.OutcomeOf(err))
		}
	}
}

// Without JetStream there is no other way.
func TestLargeNeedsJetStream(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, func(o *server.Options) { o.JetStream = false })
	in, out := brokertest.Connect(t, b), brokertest.Connect(t, b)
	serve(t, in, pool(t, host.Lua, `function run(n) return string.rep("x", tonumber(n)) end`, nil))
	c := Client(out, "tidy")
	if _, err := c.Call(patience(t), strings.Repeat("x", 2<<20)); !errors.Is(err, host.ErrTooLarge) || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("%v", err)
	}
	if _, err := c.Call(patience(t), 2<<20); !errors.Is(err, host.ErrTooLarge) || host.OutcomeOf(err) != host.Completed {
		t.Errorf("%v", err)
	}
}

// Whether little data fit is not asked each time, and whether more do is.
func TestFits(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, func(o *server.Options) { o.MaxPayload = messageRoom + 2*littleData })
	l := newLarge(brokertest.Connect(t, b), 1<<20)
	for range 2 {
		for n, want := range map[int]bool{0: true, littleData: true, 2 * littleData: true, 2*littleData + 1: false} {
			if l.fits(n) != want {
				t.Errorf("%d bytes: want %v", n, want)
			}
		}
	}
	b = brokertest.Start(t, func(o *server.Options) { o.MaxPayload = messageRoom + 10 })
	l = newLarge(brokertest.Connect(t, b), 1<<20)
	for range 2 {
		for n, want := range map[int]bool{10: true, 11: false, littleData: false} {
			if l.fits(n) != want {
				t.Errorf("%d bytes with a low limit: want %v", n, want)
			}
		}
	}
}
