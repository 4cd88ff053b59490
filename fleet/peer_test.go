package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A fakeInstance answers the calls of a plugin as the test says, with messages that an
// instance would not send.
func fakeInstance(t testing.TB, nc *nats.Conn, answer func(m *nats.Msg)) {
	t.Helper()
	var (
		answering sync.Mutex
		ended     bool
	)
	sub, err := nc.QueueSubscribe("rpc.tidy.stable", queueGroup, func(m *nats.Msg) {
		answering.Lock()
		defer answering.Unlock()
		if !ended {
			answer(m)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = sub.Unsubscribe() // the connection may have ended
		answering.Lock()      // what it says at the moment is said before the connection is closed
		defer answering.Unlock()
		ended = true
	})
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

// say sends a reply to m, whose head has the fields.
func say(t testing.TB, nc *nats.Conn, m *nats.Msg, kind, data string, fields ...string) {
	if err := nc.Publish(m.Reply, message(kind, data, append([]string{fieldInstance, "fake"}, fields...)...)); err != nil {
		t.Error(err)
	}
}

// message is a message of the protocol.
func message(kind, data string, fields ...string) []byte {
	b := appendHead(nil, kind)
	for i := 0; i < len(fields); i += 2 {
		b = appendField(b, fields[i], fields[i+1])
	}
	return append(append(b, '\n'), data...)
}

// Where an instance was lost in a call that may run twice, nothing that comes after has
// it that the call was not sent.
func TestLostThenRefused(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(nc *nats.Conn, m *nats.Msg){
		"busy": func(nc *nats.Conn, m *nats.Msg) {
			say(t, nc, m, typeError, string(host.MarshalError(host.NewCallError("busy", host.NotSent, host.ErrBusy, "busy"))))
		},
		"denied": func(nc *nats.Conn, m *nats.Msg) {
			say(t, nc, m, typeError, string(host.MarshalError(host.NewCallError("name", host.NotSent, errors.New("no"), "no"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, out := connections(t)
			var calls atomic.Int64
			fakeInstance(t, in, func(m *nats.Msg) {
				if calls.Add(1) == 1 {
					say(t, in, m, typeUnknown, "") // as one that was started again says
					return
				}
				refuse(in, m)
			})
			var err error
			// On a busy machine its patience may be at an end before there is a second attempt.
			for limit := 100 * time.Millisecond; calls.Load() < 2 && limit < testTime; limit *= 2 {
				calls.Store(0)
				_, err = host.Idempotent(Client(out, "tidy", Patience(limit))).Call(patience(t))
			}
			if host.OutcomeOf(err) != host.Unknown || calls.Load() < 2 || !strings.Contains(err.Error(), "lost before") {
				t.Errorf("%v, %v, after %d calls", err, host.OutcomeOf(err), calls.Load())
			}
			if name == "busy" && !errors.Is(err, host.ErrBusy) {
				t.Errorf("%#v", err)
			}
		})
	}
}

// However long an instance has had a call that may run twice, it is sent again once that
// instance is lost.
func TestLostAfterLong(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	const tried = 50 * time.Millisecond
	var calls atomic.Int64
	fakeInstance(t, in, func(m *nats.Msg) {
		if calls.Add(1) == 1 {
			time.Sleep(2 * tried) // it runs for longer than a call is tried
			say(t, in, m, typeUnknown, "")
			return
		}
		say(t, in, m, typeResult, "[]", fieldSerialiser, "json")
	})
	if _, err := host.Idempotent(Client(out, "tidy", Patience(tried))).Call(patience(t)); err != nil || calls.Load() != 2 {
		t.Errorf("%v, after %d calls", err, calls.Load())
	}
}

// A call that is given up between two attempts may have run in the first of them.
func TestLostThenGivenUp(t *testing.T) {
	t.Parallel()
	_, out := connections(t)
	c := Client(out, "tidy").(*client)
	c.idempotent = true
	ctx, cancel := context.WithCancel(t.Context())
	s, err := c.newSent(ctx, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	s.end = func(_ reply, err error) { done <- err }
	s.mu.Lock()
	s.first = time.Now()
	s.lostLocked("it is gone")
	s.mu.Unlock()
	cancel()
	s.giveUp(context.Canceled, nil)
	if err := <-done; host.OutcomeOf(err) != host.Unknown || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", err, host.OutcomeOf(err))
	}
}

// An instance that says nothing true ends the call, with an error that says what it was.
func TestFalseReplies(t *testing.T) {
	t.Parallel()
	busy := string(host.MarshalError(host.NewCallError("busy", host.NotSent, host.ErrBusy, "busy")))
	for _, test := range []struct {
		name   string
		answer func(t *testing.T, nc *nats.Conn, m *nats.Msg)
		is     error
		says   string
	}{
		{"type", func(t *testing.T, nc *nats.Conn, m *nats.Msg) { say(t, nc, m, "sing", "") }, ErrProtocol, `"sing"`},
		{"no type", func(t *testing.T, nc *nats.Conn, m *nats.Msg) { say(t, nc, m, "", "[1]") }, ErrProtocol, `""`},
		{"no error", func(t *testing.T, nc *nats.Conn, m *nats.Msg) { say(t, nc, m, typeError, "{") }, ErrProtocol, "cannot be read"},
		{"an error that is null", func(t *testing.T, nc *nats.Conn, m *nats.Msg) { say(t, nc, m, typeError, "null") }, nil, ""},
		{"results", func(t *testing.T, nc *nats.Conn, m *nats.Msg) {
			say(t, nc, m, typeResult, "\xff", fieldSerialiser, "cbor")
		}, ErrProtocol, "cannot be read"},
		{"serialiser", func(t *testing.T, nc *nats.Conn, m *nats.Msg) { say(t, nc, m, typeResult, "", fieldSerialiser, "xml") }, ErrProtocol, `"xml"`},
		{"number of events", func(t *testing.T, nc *nats.Conn, m *nats.Msg) { say(t, nc, m, typeResult, "[]", fieldEvents, "-1") }, ErrEvents, "0 of -1"},
		{"number of an event", func(t *testing.T, nc *nats.Conn, m *nats.Msg) { say(t, nc, m, typeEvent, "[]", fieldSequence, "2") }, ErrEvents, `"2"`},
		{"busy after an event", func(t *testing.T, nc *nats.Conn, m *nats.Msg) {
			say(t, nc, m, typeEvent, "[]", fieldSequence, "1")
			say(t, nc, m, typeError, busy)
		}, host.ErrBusy, "busy"},
		{"an event that cannot be read", func(t *testing.T, nc *nats.Conn, m *nats.Msg) {
			say(t, nc, m, typeEvent, "[", fieldSequence, "1")
			say(t, nc, m, typeEvent, "[]", fieldSequence, "2")
			say(t, nc, m, typeResult, "[]", fieldEvents, "2")
		}, ErrProtocol, "event"},
		{"more events than there is room for", func(t *testing.T, nc *nats.Conn, m *nats.Msg) {
			for i := range 4 * eventWindow {
				say(t, nc, m, typeEvent, "[]", fieldSequence, fmt.Sprint(i+1))
			}
		}, ErrProtocol, "there was room for"},
		{"who it is", func(t *testing.T, nc *nats.Conn, m *nats.Msg) {
			say(t, nc, m, typeHeartbeat, "", fieldInstance, ">")
			say(t, nc, m, typeError, "{")
		}, ErrProtocol, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in, out := connections(t)
			fakeInstance(t, in, func(m *nats.Msg) { test.answer(t, in, m) })
			var last error
			c := Client(out, "tidy").(*client)
			for e, err := range c.Stream(patience(t)) {
				if last = err; err == nil && e.Result {
					t.Error("there are results")
				}
				if err == nil && strings.HasPrefix(test.name, "more") {
					brokertest.Await(t, func() bool { // a receiver that takes nothing before the call has ended
						c.inbox.mu.Lock()
						defer c.inbox.mu.Unlock()
						return len(c.inbox.calls) == 0
					})
				}
			}
			if last == nil || test.is != nil && !errors.Is(last, test.is) || !strings.Contains(last.Error(), test.says) {
				t.Errorf("%#v", last)
			}
			if o := host.OutcomeOf(last); o == 0 || o == host.NotSent && test.name != "busy after an event" {
				t.Errorf("%v: %v", last, o)
			}
		})
	}
}

// A request that names a place where replies have no business is not answered there, and
// the instance's word is not to be had for other subjects.
func TestFalseReplySubject(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), Logger(slog.New(slog.DiscardHandler)))
	heard, err := out.SubscribeSync("dead.>")
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"dead.a.b", "job.a.b.high", "result.x", "rpc.tidy.stable", "ctl.x", "$KV.RPC_RESULTS.x"} {
		if answerable(subject) {
			t.Errorf("%s would be written to", subject)
		}
		if err := out.PublishRequest("rpc.tidy.stable", subject, []byte("[]")); err != nil {
			t.Fatal(err)
		}
	}
	status := &nats.Msg{Subject: controlSubject(s.Instance()), Data: control(typeStatus, "dead.a.b", 0)}
	for _, replies := range []string{"", "dead.a.b", "_INBOX.x"} {
		status.Reply = replies
		if err := out.PublishMsg(status); err != nil {
			t.Fatal(err)
		}
	}
	// What was sent before is dealt with before.
	brokertest.Await(t, func() bool { return s.counts.refused.Load() == 6 })
	if _, err := Client(out, "tidy").Call(patience(t), "x"); err != nil {
		t.Error(err)
	}
	if n, _, err := heard.Pending(); n > 0 || err != nil {
		t.Errorf("%d messages where dead letters are, %v", n, err)
	}
}

// Garbage is refused, or does nothing, and the instance goes on.
func TestFalseRequests(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil))
	for line, says := range map[string]string{
		"rpc2 call":                             "rpc2 call",
		"rpc1":                                  "rpc1",
		"rpc1 sing":                             "rpc1 sing",
		"rpc1 result":                           "rpc1 result",
		"rpc1 call timeout=soon":                `"soon"`,
		"rpc1 call timeout=9223372036854775807": `"9223372036854775807"`,
		"rpc1 call events=0":                    `"0"`,
		"rpc1 call events":                      `arguments`,
		"rpc1 call events=1048577":              `"1048577"`,
		"rpc1 call serialiser=xml":              `"xml"`,
		"rpc1 call serialiser=cbor":             `arguments`,
	} {
		args := "[]"
		if says == "arguments" {
			args = "{"
		}
		m, err := out.Request("rpc.tidy.stable", []byte(line+"\n"+args), testTime)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		h, data := readHead(m.Data)
		failed, bad := host.UnmarshalError(data)
		if h.kind != typeError || bad != nil || host.OutcomeOf(failed) != host.NotSent || !strings.Contains(string(m.Data), "code=400 ") && !strings.Contains(string(m.Data), "code=400\n") || !strings.Contains(failed.Error(), says) {
			t.Errorf("%s: %s, %v", line, m.Data, bad)
		}
	}
	for _, subject := range []string{controlSubject(s.Instance()), controlAllSubject("tidy", Stable), absentSubject(s.Instance(), "x"), absentSubject(s.Instance(), "1")} {
		for _, kind := range []string{typeCancel, typeCredit, typeStatus, "sing", ""} {
			for _, m := range []*nats.Msg{
				{Subject: subject, Data: message(kind, "", fieldCredit, "-1", fieldCall, "no-call")},
				{Subject: subject, Header: nats.Header{headerStatus: {"503"}}},
			} {
				if err := out.PublishMsg(m); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if got, err := Client(out, "tidy").Call(patience(t), "x"); err != nil || fmt.Sprint(got...) != "x" {
		t.Error(got, err)
	}
}

// A caller that goes away in a call that has more events than it has taken takes its slot
// along.
func TestCallerGone(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	p := pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR, OnEvent: func(host.Event) {}}})
	s := serve(t, in, p, func(o *serveOptions) { o.absence = 600 * time.Millisecond })
	ended := make(chan error, 1)
	go func() {
		for _, err := range Client(out, "tidy").Function("many").Stream(context.Background(), 1<<40) {
			if err == nil {
				out.Close()
				continue
			}
			ended <- err
		}
	}()
	if err := <-ended; !errors.Is(err, ErrDisconnected) {
		t.Error(err)
	}
	brokertest.Await(t, func() bool { return s.running0() == 0 })
}

// A caller that takes its time is none that has gone.
func TestCallerSlow(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	p := pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR, OnEvent: func(host.Event) {}}})
	s := serve(t, in, p, func(o *serveOptions) { o.absence = time.Millisecond })
	const n = 2 * eventWindow
	events := 0
	for e, err := range Client(out, "tidy").Function("many").Stream(patience(t), n) {
		if err != nil {
			t.Fatal(err)
		}
		if events == 0 {
			time.Sleep(3 * heartbeatTime) // signs of life come meanwhile
		}
		if !e.Result {
			events++
		}
	}
	if events != n {
		t.Errorf("%d events", events)
	}
	brokertest.Await(t, func() bool { return s.running0() == 0 })
}

// A service that has no time to drain cancels what it has at once.
func TestCloseAtOnce(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), Drain(0))
	failed := make(chan error, 1)
	go func() {
		_, err := Client(out, "tidy").Function("spin").Call(patience(t))
		failed <- err
	}()
	brokertest.Await(t, func() bool { return s.running0() == 1 })
	if err := s.Close(); err == nil {
		t.Error("the call is said to have ended")
	}
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%#v", err)
	}
}

// An error that is too large for a message is told as far as there is room.
func TestLargeError(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, pool(t, host.Lua, `function run(n) error(string.rep("x", tonumber(n)), 0) end`, nil))
	_, err := Client(out, "tidy").Call(patience(t), 2<<20)
	if err == nil || errors.Is(err, ErrLost) || host.OutcomeOf(err) != host.Completed || !strings.Contains(err.Error(), "xxx") {
		t.Errorf("%.300s, %v", err, host.OutcomeOf(err))
	}
}

// What a plain caller's results cannot be carried as has been run.
func TestUncarried(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, pool(t, host.Lua, `function run() return 0/0 end`, &host.PoolOptions{Options: host.Options{Serialiser: host.CBOR}}))
	m, err := out.Request("rpc.tidy.stable", []byte("[]"), testTime)
	if err != nil {
		t.Fatal(err)
	}
	if header(m, headerErrorCode) != "400" || !strings.Contains(header(m, headerError), "the results") {
		t.Error(m.Header, string(m.Data))
	}
}

func TestFunctionName(t *testing.T) {
	t.Parallel()
	_, out := connections(t)
	for _, name := range []string{" x", "x ", "a\nb", "a\rb", strings.Repeat("x", maxFunction+1)} {
		if _, err := Client(out, "tidy").Function(name).Call(patience(t)); host.OutcomeOf(err) != host.NotSent || !strings.Contains(err.Error(), "function") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := CheckFunction("a b.ä"); err != nil {
		t.Error(err)
	}
}

// An instance that goes on with a call that has ended for its caller is told again.
func TestForgottenCallIsCancelled(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, eventPool(t))
	c := Client(out, "tidy").(*client)
	for e, err := range c.Function("many").Stream(patience(t), 1<<40) {
		if err != nil || e.Result {
			t.Fatal(e, err)
		}
		// What a cancel that is lost on the way leaves.
		c.inbox.mu.Lock()
		clear(c.inbox.calls)
		c.inbox.mu.Unlock()
		brokertest.Await(t, func() bool { return s.running0() == 0 })
		break
	}
}
