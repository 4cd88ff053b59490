package enginetest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"scripthost.example/wire"
)

// A HostCall is one that the worker made.
type HostCall struct {
	ID   uint32 // of the host call
	Call uint32 // that made it, or 0
	Name string
	Args []any
}

// want returns the payload of the next frame, which must have that id.
func (p *Parent) want(id uint32) []byte {
	p.t.Helper()
	f := p.Next()
	if f.ID != id {
		p.t.Fatalf("there is %s\nwhere %s should be", describe(f), describe(wire.Frame{ID: id}))
	}
	return f.Payload
}

// message reads the next frame, which must be this control frame.
func (p *Parent) message(k wire.Kind, call uint32, message any) {
	p.t.Helper()
	if err := wire.ParseMessage(p.want(wire.ControlID(k, call)), message); err != nil {
		p.t.Fatal(err)
	}
}

// Ready expects READY.
func (p *Parent) Ready() wire.Ready {
	p.t.Helper()
	var r wire.Ready
	p.message(wire.KindReady, 0, &r)
	return r
}

// Error expects the ERROR of a call.
func (p *Parent) Error(call uint32) wire.Error {
	p.t.Helper()
	var e wire.Error
	p.message(wire.KindError, call, &e)
	return e
}

// Fails expects the ERROR of a call, of that kind and with these words in its
// message.
func (p *Parent) Fails(call uint32, kind string, words ...string) wire.Error {
	p.t.Helper()
	e := p.Error(call)
	p.says(e, kind, words...)
	return e
}

// Fatal expects FATAL like Fails an ERROR, and then the end of the stream. It
// returns what Serve returned, too.
func (p *Parent) Fatal(kind string, words ...string) (wire.Error, error) {
	p.t.Helper()
	var e wire.Error
	p.message(wire.KindFatal, 0, &e)
	p.says(e, kind, words...)
	err := p.Ended()
	if err == nil {
		p.t.Fatalf("Serve returned no error after FATAL")
	}
	return e, err
}

func (p *Parent) says(e wire.Error, kind string, words ...string) {
	p.t.Helper()
	if e.Kind != kind {
		p.t.Fatalf("an error of kind %q, want %q: %+v", e.Kind, kind, e)
	}
	for _, word := range words {
		if !strings.Contains(e.Message, word) {
			p.t.Fatalf("the message lacks %q: %+v", word, e)
		}
	}
}

// Result expects the result of a call.
func (p *Parent) Result(call uint32, want ...any) {
	p.t.Helper()
	p.values("result", p.want(call), want)
}

// Event expects an event of no call.
func (p *Parent) Event(want ...any) {
	p.t.Helper()
	p.values("event", p.want(0), want)
}

// CallEvent expects an event of a call.
func (p *Parent) CallEvent(call uint32, want ...any) {
	p.t.Helper()
	p.values("event", p.want(wire.ControlID(wire.KindCallEvent, call)), want)
}

// Log expects a LOG.
func (p *Parent) Log() wire.Log {
	p.t.Helper()
	var l wire.Log
	p.message(wire.KindLog, 0, &l)
	return l
}

// Logs expects a LOG of that level with these words in its message.
func (p *Parent) Logs(level string, words ...string) wire.Log {
	p.t.Helper()
	l := p.Log()
	if l.Level != level {
		p.t.Fatalf("the record has the level %q, want %q: %+v", l.Level, level, l)
	}
	for _, word := range words {
		if !strings.Contains(l.Message, word) {
			p.t.Fatalf("the record lacks %q: %+v", word, l)
		}
	}
	return l
}

// Pong expects the PONG with that nonce.
func (p *Parent) Pong(nonce uint64) wire.Pong {
	p.t.Helper()
	var pong wire.Pong
	p.message(wire.KindPong, 0, &pong)
	if pong.Nonce != nonce {
		p.t.Fatalf("PONG has the nonce %d, want %d", pong.Nonce, nonce)
	}
	return pong
}

// HostCall expects a host call with that name, made by a call or by none.
func (p *Parent) HostCall(call uint32, name string, args ...any) HostCall {
	p.t.Helper()
	h := p.AnyHostCall()
	if h.Call != call || h.Name != name {
		p.t.Fatalf("there is a host call of %s by call %d, want %s by %d", h.Name, h.Call, name, call)
	}
	p.same("arguments", h.Args, args)
	return h
}

// AnyHostCall expects a host call.
func (p *Parent) AnyHostCall() HostCall {
	p.t.Helper()
	return p.hostCall(p.Next())
}

// hostCall is the host call that a frame has to be.
func (p *Parent) hostCall(f wire.Frame) HostCall {
	p.t.Helper()
	control, kind, call := wire.Split(f.ID)
	if !control || kind != wire.KindHostCall {
		p.t.Fatalf("there is %s where a HOSTCALL should be", describe(f))
	}
	id, body, err := wire.ParseHostID(f.Payload)
	if err != nil {
		p.t.Fatal(err)
	}
	list, err := wire.CBOR().Thaw(body)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(list) == 0 {
		p.t.Fatal("a HOSTCALL without a name")
	}
	name, ok := list[0].(string)
	if !ok {
		p.t.Fatalf("a HOSTCALL whose name is %#v", list[0])
	}
	return HostCall{ID: id, Call: call, Name: name, Args: list[1:]}
}

func (p *Parent) values(what string, payload []byte, want []any) {
	p.t.Helper()
	if p.codec == nil {
		if got := string(payload); len(want) != 1 || got != want[0] {
			p.t.Fatalf("the %s is %q, want %q", what, got, want)
		}
		return
	}
	got, err := p.codec.Thaw(payload)
	if err != nil {
		p.t.Fatalf("the %s %q cannot be thawed: %v", what, payload, err)
	}
	p.same(what, got, want)
}

// same compares values. In want an int stands for an int64.
func (p *Parent) same(what string, got, want []any) {
	p.t.Helper()
	want = slices.Clone(want)
	for i := range want {
		want[i] = plain(want[i])
	}
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if !equal(got, want) {
		p.t.Fatalf("the %s is %s\nwant %s", what, show(got), show(want))
	}
}

// plain is v as a serialiser thaws it.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for key := range v {
			m[key] = plain(v[key])
		}
		return m
	}
	return v
}

// Protocol expects FATAL for what the protocol does not allow.
func (p *Parent) Protocol(words ...string) {
	p.t.Helper()
	_, err := p.Fatal(wire.ErrorProtocol, words...)
	if !errors.Is(err, wire.ErrProtocol) {
		p.t.Fatalf("Serve returned %v, want a protocol error", err)
	}
}

// equal is reflect.DeepEqual, but NaN is NaN, and the sign of a zero counts.
func equal(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && sameFloat(a, b)
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key := range a {
			other, ok := b[key]
			if !ok || !equal(a[key], other) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}
