package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
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

// What a broker does not store of a call is an error that says why, at the caller of an
// instance too.
func TestLargeNotStored(t *testing.T) {
	t.Parallel()
	users := func(denied ...string) func(*server.Options) {
		return func(o *server.Options) {
			o.Users = []*server.User{{Username: "u", Password: "x", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: denied}}}}
		}
	}
	for name, c := range map[string]struct {
		broker func(*server.Options)
		is     error
		code   int
		says   string
	}{
		"quota":      {func(o *server.Options) { o.JetStreamMaxStore = 1 << 20 }, ErrStorage, 507, "storage is full"},
		"permission": {users("$JS.API.>", "$O.>"), ErrPermission, 403, "does not permit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, c.broker)
			o := []nats.Option{nats.UserInfo("u", "x"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})}
			in, out := brokertest.Connect(t, b, o...), brokertest.Connect(t, b, o...)
			records := make(chan CallRecord, 8)
			serve(t, in, pool(t, host.Lua, `function run(n) if n == "2" then event(string.rep("x", 2097152)) end return string.rep("x", tonumber(n)) end`, nil), Observe(func(r CallRecord) { records <- r }))
			caller := Client(out, "tidy")
			check := func(what string, err error, outcome host.Outcome) {
				t.Helper()
				if !errors.Is(err, c.is) || errors.Is(err, host.ErrTooLarge) || CodeOf(err) != c.code || host.OutcomeOf(err) != outcome || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: %v, code %d, %v", what, err, CodeOf(err), host.OutcomeOf(err))
				}
			}
			_, err := caller.Call(patience(t), strings.Repeat("x", 2<<20))
			check("arguments", err, host.NotSent)
			_, err = caller.Call(patience(t), 2<<20)
			check("results", err, host.Completed)
			<-records
			for _, err = range caller.Stream(patience(t), "2") {
			}
			check("event", err, host.Unknown)
			if r := <-records; r.Code != c.code {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Each reason why something large was not carried is told from the others, at the other
// end too.
func TestNotCarried(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		is   error
		code int
	}{
		{"cancelled", ended, context.Canceled, context.Canceled, 499},
		{"late", late, context.DeadlineExceeded, context.DeadlineExceeded, 504},
		{"larger than it says", t.Context(), fmt.Errorf("%w: more", host.ErrTooLarge), host.ErrTooLarge, 413},
		{"no JetStream", t.Context(), jetstream.ErrJetStreamNotEnabled, host.ErrTooLarge, 413},
		{"full", t.Context(), fmt.Errorf("%w: by a quota", ErrStorage), ErrStorage, 507},
		{"may not", t.Context(), fmt.Errorf("%w: at all", ErrPermission), ErrPermission, 403},
		{"unanswered", t.Context(), fmt.Errorf("%w: no", ErrUnavailable), ErrUnavailable, 503},
		{"late at the broker", t.Context(), nats.ErrTimeout, ErrUnavailable, 503},
		{"closed", t.Context(), nats.ErrConnectionClosed, ErrDisconnected, 503},
		{"gone", t.Context(), jetstream.ErrObjectNotFound, errPayload, 503},
	} {
		err := notCarried(c.ctx, host.Completed, c.err, "so it is")
		carried, bad := host.UnmarshalError(host.MarshalError(err))
		if bad != nil {
			t.Fatal(bad)
		}
		for where, err := range map[string]error{"here": err, "there": ours(carried)} {
			if c.is == ErrDisconnected && where == "there" {
				continue // it is the connection of whom it is told by
			}
			if !errors.Is(err, c.is) || CodeOf(err) != c.code || host.OutcomeOf(err) != host.Completed || err.Error() != "so it is" {
				t.Errorf("%s, %s: %#v, code %d", c.name, where, err, CodeOf(err))
			}
			for _, other := range []error{host.ErrTooLarge, ErrStorage, ErrPermission, ErrUnavailable} {
				if other != c.is && errors.Is(err, other) {
					t.Errorf("%s, %s: it is %v, too", c.name, where, other)
				}
			}
		}
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
