package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A call that is cancelled before its caller knows who has it ends there, also where the
// caller is gone at once.
func TestCancelledAtOnce(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	in := brokertest.Connect(t, b)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), func(o *serveOptions) { o.absence = time.Hour })
	for range 20 {
		out := brokertest.Connect(t, b)
		ctx, cancel := context.WithCancel(patience(t))
		go func() {
			for s.taken.Load() == 0 {
				time.Sleep(10 * time.Microsecond)
			}
			cancel()
		}()
		if _, err := Client(out, "tidy").Function("spin").Call(ctx); !errors.Is(err, context.Canceled) || host.OutcomeOf(err) != host.Unknown {
			t.Errorf("%#v", err)
		}
		out.Close()
		brokertest.Await(t, func() bool { return s.running0() == 0 })
	}
}

// Who cancels a call and knows nobody who has it tells all, once.
func TestCancelTellsAll(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	told, err := in.SubscribeSync("ctl.>")
	if err != nil {
		t.Fatal(err)
	}
	calls := make(chan *nats.Msg, 1)
	fakeInstance(t, in, func(m *nats.Msg) { calls <- m })
	ctx, cancel := context.WithCancel(patience(t))
	ended := make(chan error, 1)
	go func() {
		_, err := Client(out, "tidy").Call(ctx)
		ended <- err
	}()
	call := <-calls
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	m, err := told.NextMsgWithContext(patience(t))
	if err != nil {
		t.Fatal(err)
	}
	if h, _ := readHead(m.Data); m.Subject != controlAllSubject("tidy", Stable) || h.kind != typeCancel || string(h.call) != call.Reply {
		t.Errorf("%s: %s", m.Subject, m.Data)
	}
	// An instance that says late who it is is told again.
	say(t, in, call, typeAccept, "")
	if m, err = told.NextMsgWithContext(patience(t)); err != nil {
		t.Fatal(err)
	}
	if h, _ := readHead(m.Data); m.Subject != controlSubject("fake") || h.kind != typeCancel || string(h.call) != call.Reply {
		t.Errorf("%s: %s", m.Subject, m.Data)
	}
}

// A cancellation can be there before its call, which is not run then. It is of that call
// alone.
func TestCancelledBeforeItCame(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, `local runs = 0 function run() runs = runs + 1 return runs end`, nil))
	replies, err := out.SubscribeSync(out.NewInbox() + ".*")
	if err != nil {
		t.Fatal(err)
	}
	prefix := strings.TrimSuffix(replies.Subject, "*")
	ask := func(id string) (h head, data []byte) {
		t.Helper()
		if err := out.PublishRequest("rpc.tidy.stable", prefix+id, message(typeCall, "[]", fieldSerialiser, "json")); err != nil {
			t.Fatal(err)
		}
		for {
			m, err := replies.NextMsgWithContext(patience(t))
			if err != nil {
				t.Fatal(err)
			}
			if h, data = readHead(m.Data); h.kind == typeResult || h.kind == typeError {
				return h, data
			}
		}
	}
	kept := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.early.until)
	}
	// Who knows that this instance has the call tells it alone: then the call has ended.
	s.onControl(&nats.Msg{Subject: controlSubject(s.Instance()), Data: control(typeCancel, prefix+"b", 0)})
	if n := kept(); n != 0 {
		t.Errorf("%d are kept", n)
	}
	if err := out.Publish(controlAllSubject("tidy", Stable), control(typeCancel, prefix+"a", 0)); err != nil {
		t.Fatal(err)
	}
	brokertest.Await(t, func() bool { return kept() == 1 })
	h, data := ask("a")
	failed, bad := host.UnmarshalError(data)
	if h.kind != typeError || bad != nil || !errors.Is(failed, context.Canceled) || host.OutcomeOf(failed) != host.NotSent || CodeOf(failed) != 499 {
		t.Errorf("%s: %v, %v", h.kind, failed, bad)
	}
	for want, id := range []string{"b", "a"} { // what was told is told once
		if h, data := ask(id); h.kind != typeResult || string(h.serialiser) == "" || len(data) == 0 {
			t.Errorf("%d: %s %s", want, h.kind, data)
		}
	}
	if n := s.Snapshot().Stats.Refused; n != 1 {
		t.Errorf("%d were refused", n)
	}
}

// What is kept of cancellations is bounded in time, number and size.
func TestEarlyIsBounded(t *testing.T) {
	t.Parallel()
	var e early
	if e.take("_INBOX.a", 0) {
		t.Error("nothing was told")
	}
	for _, id := range []string{"rpc.tidy.stable", "$JS.API.INFO", "_INBOX." + strings.Repeat("x", maxEarlyID)} {
		if e.add(id, 0); e.take(id, 0) {
			t.Errorf("%.20s is kept", id)
		}
	}
	for i := range 3 * maxEarly {
		e.add(fmt.Sprint("_INBOX.", i), time.Duration(i))
	}
	if len(e.until) > maxEarly || len(e.order) > maxEarly {
		t.Errorf("%d are kept, in an order of %d", len(e.until), len(e.order))
	}
	last := fmt.Sprint("_INBOX.", 3*maxEarly-1)
	if e.take("_INBOX.0", 0) || !e.take(last, 0) || e.take(last, 0) {
		t.Error("the oldest is kept, or the latest is not, or it is told twice")
	}
	// One that is told again is kept from then on.
	e.add("_INBOX.again", 0)
	e.add("_INBOX.again", time.Second)
	e.add("_INBOX.other", earlyTime)
	if e.take("_INBOX.again", earlyTime+time.Second) {
		t.Error("it is kept for too long")
	}
	e.add("_INBOX.again", 0)
	e.add("_INBOX.again", time.Second)
	e.add("_INBOX.other", earlyTime)
	if !e.take("_INBOX.again", earlyTime) {
		t.Error("it was forgotten with what was told before")
	}
	e.add("_INBOX.later", time.Hour)
	if len(e.until) != 1 || len(e.order) != 1 {
		t.Errorf("%d are kept, in an order of %d", len(e.until), len(e.order))
	}
}
