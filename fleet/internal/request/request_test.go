package request

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

// stream makes the stream S at a broker.
func stream(t *testing.T, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}); err != nil {
		t.Fatal(err)
	}
	return js
}

var toS = Write{Stream: "S", Subject: "s.x", Names: []string{`"s.`}}

// unanswered is what takes until its context ends, as what the broker does not acknowledge.
func unanswered(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// What is not acknowledged by a broker that answers, and stores nothing, is told; not so where
// the stream goes on, the connection was lost meanwhile, or nothing answers.
func TestStuck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(t *testing.T, js jetstream.JetStream, nc *nats.Conn) // until it ends
		stuck     bool
	}{
		"stuck": {nil, true},
		"others are stored": {func(t *testing.T, js jetstream.JetStream, _ *nats.Conn) {
			if _, err := js.Publish(t.Context(), "s.y", nil); err != nil {
				t.Error(err)
			}
		}, false},
		"reconnected": {func(t *testing.T, _ jetstream.JetStream, nc *nats.Conn) {
			if err := nc.ForceReconnect(); err != nil {
				t.Error(err)
			}
		}, false},
		"no stream": {func(t *testing.T, js jetstream.JetStream, _ *nats.Conn) {
			if err := js.DeleteStream(t.Context(), "S"); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
				t.Error(err)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, nil)
			nc := brokertest.Connect(t, b)
			js := stream(t, nc)
			ctx, cancel := context.WithTimeout(t.Context(), ackTime+4*stillTime)
			if c.stuck {
				ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
			}
			defer cancel()
			err := Store(ctx, nc, toS, func(ctx context.Context) error {
				for c.meanwhile != nil && ctx.Err() == nil {
					c.meanwhile(t, js, nc)
					select {
					case <-time.After(stillTime / 50):
					case <-ctx.Done():
					}
				}
				return unanswered(ctx)
			})
			if next, kind := Refusal(err); (kind == ErrStorage && next != "") != c.stuck || !c.stuck && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			if text := Explain(err).Error(); c.stuck && !strings.HasPrefix(text, "the broker's storage is full: it answers, and stores nothing more in S") {
				t.Error(text)
			}
			// The message that was refused is not stored.
			if s, err := js.Stream(t.Context(), "S"); c.stuck && (err != nil || s.CachedInfo().State.LastSeq != 0) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What f returns is what counts, if it returns in time.
func TestDone(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	oops := errors.New("oops")
	for _, want := range []error{nil, oops} {
		if err := Store(t.Context(), nc, toS, func(context.Context) error { return want }); err != want {
			t.Errorf("%v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Do(ctx, nc, Ask{}, unanswered); !errors.Is(err, context.Canceled) || Explain(err) != err {
		t.Errorf("%v", err)
	}
}

// A violation counts if it is one of what was asked for, and is new.
func TestViolation(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, func(o *server.Options) {
		o.Users = []*server.User{{Username: "u", Password: "p", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"s.>"}}}}}
	})
	nc := brokertest.Connect(t, b, nats.UserInfo("u", "p"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	ask := func(names ...string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*lookTime)
		defer cancel()
		return Do(ctx, nc, Ask{Names: names}, func(ctx context.Context) error {
			if err := nc.Publish("s.x", nil); err != nil {
				return err
			}
			return unanswered(ctx)
		})
	}
	if err := ask(`"other`); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	brokertest.Await(t, func() bool { return Violation(nc, "other", `"s.x"`) != nil })
	brokertest.Await(t, func() bool { return errors.Is(ask(`"s.`), nats.ErrPermissionViolation) })
	old, cancel := context.WithTimeout(t.Context(), 10*lookTime)
	defer cancel()
	if err := Do(old, nc, Ask{Names: []string{`"s.`}}, unanswered); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("what was asked for before has made it fail: %v", err)
	}
	if err := Explain(ErrStorage); err != ErrStorage {
		t.Errorf("%v", err)
	}
}
