package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/registry"
)

// A late is an instance of tidy that answers what it is asked when the test says so.
type late struct {
	nc      *nats.Conn
	id      string
	version atomic.Value
	subs    []*nats.Subscription
	asked   chan *nats.Msg
}

func newLate(t *testing.T, nc *nats.Conn, id string) *late {
	t.Helper()
	l := &late{nc: nc, id: id, asked: make(chan *nats.Msg, 1000)}
	l.version.Store("0")
	for _, subject := range []string{"$SRV.STATS.tidy", "$SRV.STATS.tidy." + id} {
		sub, err := nc.ChanSubscribe(subject, l.asked)
		if err == nil {
			err = nc.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		l.subs = append(l.subs, sub)
	}
	return l
}

// next is the next question.
func (l *late) next(t *testing.T) *nats.Msg {
	t.Helper()
	select {
	case m := <-l.asked:
		return m
	case <-time.After(time.Minute):
		t.Fatal("nobody asks")
		return nil
	}
}

func (l *late) answer(t *testing.T, m *nats.Msg) {
	t.Helper()
	data, err := json.Marshal(micro.Stats{
		ServiceIdentity: micro.ServiceIdentity{Name: "tidy", ID: l.id, Version: "0.0.0", Metadata: map[string]string{"track": "stable", "version": l.version.Load().(string)}},
		Type:            micro.StatsResponseType, Endpoints: []*micro.EndpointStats{{Name: "stable", Subject: "rpc.tidy.stable"}},
	})
	if err == nil {
		err = l.nc.Publish(m.Reply, data)
	}
	if err != nil {
		t.Error(err)
	}
}

// An instance that is known, and does not answer with the others, is waited for and named: it
// is counted once it answers, and no more once it has ended.
func TestLateInstance(t *testing.T) {
	t.Parallel()
	track := registry.Track{Plugin: "tidy", Name: "stable", Version: "1"}
	for name, c := range map[string]struct {
		wait time.Duration
		then func(t *testing.T, l *late) // what it does once it is waited for
		want string
	}{
		"it answers at last": {time.Hour, func(t *testing.T, l *late) {
			l.version.Store("1")
			for {
				select {
				case m := <-l.asked:
					if m.Subject == "$SRV.STATS.tidy.LATE" { // with the others it never does
						l.answer(t, m)
					}
				case <-t.Context().Done():
					return
				}
			}
		}, "live on 1 instance\n"},
		"it has ended": {time.Hour, func(t *testing.T, l *late) {
			for _, sub := range l.subs {
				if err := sub.Unsubscribe(); err != nil {
					t.Error(err)
				}
			}
			other := newLate(t, l.nc, "OTHER") // another one is there
			other.version.Store("1")
			for {
				select {
				case m := <-other.asked:
					other.answer(t, m)
				case <-t.Context().Done():
					return
				}
			}
		}, "live on 1 instance\n"},
		"it is silent": {10 * time.Second, func(*testing.T, *late) {}, "live on 0 of 1 instance, and nothing is heard of instance LATE: 'runner-fleet ls tidy' tells more\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, nil)
			l := newLate(t, brokertest.Connect(t, b), "LATE")
			nc := brokertest.Connect(t, b)
			known := callRoll(t.Context(), nc, "tidy")
			defer known.end()
			l.answer(t, l.next(t)) // however late
			brokertest.Await(t, func() bool { return known.count() > 0 })
			said, diag := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				ended <- (&app{diag: diag}).awaitLive(t.Context(), nc, track, known, c.wait, time.Nanosecond)
				diag.Close()
			}()
			line := make([]byte, 1000)
			n, err := said.Read(line)
			if want := "live on 0 of 1 instance; waiting for instance LATE, for up to " + c.wait.String() + "\n"; err != nil || string(line[:n]) != want {
				t.Fatalf("%q, %v, want %q", line[:n], err, want)
			}
			go c.then(t, l)
			last, err := io.ReadAll(said)
			if err != nil || !strings.HasSuffix(string(last), c.want) {
				t.Errorf("%q, %v, want %q", last, err, c.want)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNamedInstances(t *testing.T) {
	t.Parallel()
	for want, ids := range map[string][]string{
		"instance a": {"a"}, "instances a, b, c": {"a", "b", "c"}, "instances a, b, c and 2 more": {"a", "b", "c", "d", "e"},
	} {
		if got := namedInstances(ids); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Who does not wait any more is told what was done, and what was not waited for.
func TestAwaitLiveInterrupted(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var f *failure
	err := (&app{diag: io.Discard}).awaitLive(ctx, nc, registry.Track{Plugin: "tidy", Name: "stable", Version: "1"}, noRoll(), time.Hour, time.Hour)
	if !errors.As(err, &f) || f.status != exitInterrupted || f.Error() != "tidy stable is at 1, and it was not waited until it is live" {
		t.Errorf("%v", err)
	}
}
