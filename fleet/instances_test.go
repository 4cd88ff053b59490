package fleet

import (
	"context"
	"errors"
	"testing"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// One instance can be asked by its ID: it says what it is doing, or is not there.
func TestAskInstance(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), Version("7"))
	if i, err := AskInstance(patience(t), out, "tidy", s.Instance()); err != nil || i.ID != s.Instance() || i.Version != "7" || i.Stats.Slots == 0 {
		t.Errorf("%+v, %v", i, err)
	}
	if _, err := AskInstance(patience(t), out, "tidy", "nobody"); !errors.Is(err, ErrNoInstance) {
		t.Errorf("%v", err)
	}
	if _, err := AskInstance(patience(t), out, "tidy", "a.b"); err == nil || errors.Is(err, ErrNoInstance) {
		t.Errorf("%v", err)
	}
	// What is none does not pass for one, and who is silent is waited for.
	for id, answer := range map[string]string{"false": `{"name":"tidy"}`, "silent": ""} {
		sub, err := in.Subscribe("$SRV.STATS.tidy."+id, func(m *nats.Msg) {
			if answer != "" {
				_ = m.Respond([]byte(answer))
			}
		})
		if err == nil {
			err = in.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = sub.Unsubscribe() }()
	}
	if _, err := AskInstance(patience(t), out, "tidy", "false"); !errors.Is(err, ErrProtocol) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), gatherTime)
	defer cancel()
	if _, err := AskInstance(ctx, out, "tidy", "silent"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// Answers come as they do, until nobody wants any more; where nobody is there that is the end.
func TestAnswers(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	for i, err := range Answers(patience(t), out, "tidy") {
		t.Errorf("%+v, %v", i, err)
	}
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for i, err := range Answers(ctx, out, "tidy") {
		if n++; err != nil || i.ID != s.Instance() {
			t.Errorf("%+v, %v", i, err)
		}
		cancel()
	}
	if n != 1 {
		t.Errorf("%d answers", n)
	}
	for _, err := range Answers(patience(t), out, "a.b") {
		if n++; err == nil {
			t.Error("a.b is a name")
		}
	}
	out.Close()
	for _, err := range Answers(patience(t), out, "tidy") {
		if n++; !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("%v", err)
		}
	}
	if n != 3 {
		t.Errorf("%d errors", n-1)
	}
}
