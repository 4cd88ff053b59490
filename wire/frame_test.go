package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// octets reads hexadecimal digits; white space among them is for the eye.
func octets(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hello(t testing.TB) []byte { return mustFreeze(t, wire.String(), "hello") }

// What AnyEvent::Fork::RPC writes for the list ("hello") and its answers.
func TestClassicGolden(t *testing.T) {
	t.Parallel()
	if got, want := wire.AppendSyncRequest(nil, hello(t)), octets(t, "00000006 05 68656c6c6f"); !bytes.Equal(got, want) {
		t.Errorf("sync request: got %x, want %x", got, want)
	}
	if got, want := wire.AppendSyncRequest(nil, nil), octets(t, "00000000"); !bytes.Equal(got, want) {
		t.Errorf("sync request without arguments: got %x, want %x", got, want)
	}
	for _, test := range []struct {
		name    string
		id      uint32
		payload []byte
		want    string
	}{
		{"async request", 1, hello(t), "00000001 00000006 05 68656c6c6f"},
		{"async request with the greatest id", math.MaxUint32, hello(t), "ffffffff 00000006 05 68656c6c6f"},
		{"async request without arguments", 2, nil, "00000002 00000000"},
		{"result of a sync worker", 1, mustFreeze(t, wire.String(), "0", "No such file"), "00000001 0000000f 01 30 0c 4e6f20737563682066696c65"},
		{"result of an async worker", 0x01020304, mustFreeze(t, wire.String(), ""), "01020304 00000001 00"},
		{"event", 0, mustFreeze(t, wire.String(), "count", 3), "00000000 00000008 05 636f756e74 01 33"},
	} {
		checkFrame(t, test.name, test.id, test.payload, test.want)
	}
}

// A plain call, result or event of the extended dialect is the classic one.
func TestExtendedGolden(t *testing.T) {
	t.Parallel()
	message := func(m any) []byte {
		b, err := wire.AppendMessage(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	hostCall := func(id uint32, body []byte) []byte { return append(wire.AppendHostID(nil, id), body...) }
	text := func(s string) string { return hex.EncodeToString([]byte(s)) }
	for _, test := range []struct {
		name    string
		kind    wire.Kind
		call    uint32
		payload []byte
		want    string
	}{
		{"BOOT", wire.KindBoot, 0, message(&wire.Boot{Version: 1, Name: "a.lua", Language: "lua", Source: []byte("return 1"), Function: "run", Mode: wire.ModeSync, Serialiser: wire.BootSerialiser{Name: "string"}}),
			"80000000 0000008f" + text(`{"version":1,"name":"a.lua","language":"lua","source":"cmV0dXJuIDE=","function":"run","mode":"sync","serialiser":{"name":"string"},"limits":{}}`)},
		{"CANCEL", wire.KindCancel, 1, nil, "90000001 00000000"},
		{"RETURN", wire.KindReturn, 1, hostCall(7, mustFreeze(t, wire.CBOR(), true, nil)), "a0000001 00000007 00000007 82f5f6"},
		{"THROW", wire.KindThrow, wire.MaxCallID, hostCall(8, message(&wire.Error{Kind: "script", Message: "no"})), "bfffffff 00000024 00000008" + text(`{"kind":"script","message":"no"}`)},
		{"PING", wire.KindPing, 0, message(&wire.Ping{Nonce: 5}), "c0000000 0000000b" + text(`{"nonce":5}`)},
		{"DRAIN", wire.KindDrain, 0, nil, "d0000000 00000000"},
		{"CALL", wire.KindCall, 3, append(wire.AppendName(nil, "M.serve"), hello(t)...), "e0000003 00000011 00000007" + text("M.serve") + "05" + text("hello")},

		{"READY", wire.KindReady, 0, message(&wire.Ready{Version: 1, PID: 42, Protections: []string{}, Functions: []string{"run"}}),
			"80000000 0000003b" + text(`{"version":1,"pid":42,"protections":[],"functions":["run"]}`)},
		{"ERROR", wire.KindError, 1, message(&wire.Error{Kind: "cancelled", Message: "x"}), "90000001 00000022" + text(`{"kind":"cancelled","message":"x"}`)},
		{"HOSTCALL", wire.KindHostCall, 1, hostCall(7, mustFreeze(t, wire.CBOR(), "add", 1, -2)), "a0000001 0000000b 00000007 83 63616464 01 21"},
		{"HOSTCALL of no call", wire.KindHostCall, 0, hostCall(math.MaxUint32, mustFreeze(t, wire.CBOR(), "f")), "a0000000 00000007 ffffffff 81 6166"},
		{"CALLEVENT", wire.KindCallEvent, 2, hello(t), "b0000002 00000006 05 68656c6c6f"},
		{"PONG", wire.KindPong, 0, message(&wire.Pong{Nonce: 5, Call: 1, RunningMS: 20, Heap: 3}), "c0000000 0000002d" + text(`{"nonce":5,"call":1,"running_ms":20,"heap":3}`)},
		{"LOG", wire.KindLog, 0, message(&wire.Log{Level: "info", Message: "m", Fields: map[string]any{"k": 1}, Call: 2}), "d0000000 00000038" + text(`{"level":"info","message":"m","fields":{"k":1},"call":2}`)},
		{"FATAL", wire.KindFatal, 0, message(&wire.Error{Kind: "script", Message: "m", Language: "js", Stack: []wire.StackFrame{{Function: "f", File: "a.js", Line: 1, Column: 2}}}),
			"e0000000 0000006c" + text(`{"kind":"script","message":"m","language":"js","stack":[{"function":"f","file":"a.js","line":1,"column":2}]}`)},
	} {
		id := wire.ControlID(test.kind, test.call)
		if control, kind, call := wire.Split(id); !control || kind != test.kind || call != test.call {
			t.Errorf("%s: Split(%#x) is %v, %d, %d", test.name, id, control, kind, call)
		}
		checkFrame(t, test.name, id, test.payload, test.want)
	}
}

// checkFrame checks every way to write a frame, and to read it.
func checkFrame(t *testing.T, name string, id uint32, payload []byte, digits string) {
	t.Helper()
	want := octets(t, digits)
	if got := wire.AppendFrame([]byte("before"), id, payload); string(got) != "before"+string(want) {
		t.Errorf("%s: AppendFrame\n got %x\nwant %x", name, got[6:], want)
		return
	}
	if got := append(wire.AppendHeader(nil, id, uint32(len(payload))), payload...); !bytes.Equal(got, want) {
		t.Errorf("%s: AppendHeader: got %x", name, got)
	}
	put := append(make([]byte, wire.HeaderSize), payload...)
	if wire.PutHeader(put, id); !bytes.Equal(put, want) {
		t.Errorf("%s: PutHeader: got %x", name, put)
	}
	f, rest, ok := wire.ParseFrame(append(bytes.Clone(want), "rest"...))
	if !ok || f.ID != id || !bytes.Equal(f.Payload, payload) || f.Owned || string(rest) != "rest" {
		t.Errorf("%s: ParseFrame: got %+v, %q, %v", name, f, rest, ok)
	}
	if cap(f.Payload) != len(f.Payload) {
		t.Errorf("%s: appending to the payload would write over the next frame", name)
	}
	if f, err := wire.NewReader(bytes.NewReader(want), math.MaxUint32).Next(); err != nil || f.ID != id || !bytes.Equal(f.Payload, payload) {
		t.Errorf("%s: Reader: got %+v, %v", name, f, err)
	}
}

func TestControlID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id      uint32
		control bool
		kind    wire.Kind
		call    uint32
	}{
		{0, false, 0, 0},
		{1, false, 0, 1},
		{wire.MaxCallID, false, 0, wire.MaxCallID},
		{wire.MaxCallID + 1, false, 0, wire.MaxCallID + 1}, // of no use, and visibly so
		{0x7fffffff, false, 0, 0x7fffffff},
		{0x80000000, true, 0, 0},
		{0x8fffffff, true, 0, wire.MaxCallID},
		{0x90000000, true, 1, 0},
		{0xe0000001, true, 6, 1},
		{0xf0000000, true, 7, 0}, // a kind that the protocol does not have
		{0xffffffff, true, 7, wire.MaxCallID},
	} {
		control, kind, call := wire.Split(test.id)
		if control != test.control || kind != test.kind || call != test.call {
			t.Errorf("Split(%#x): got %v, %d, %#x", test.id, control, kind, call)
		}
		if test.control {
			if got := wire.ControlID(test.kind, test.call); got != test.id {
				t.Errorf("ControlID(%d, %#x): got %#x, want %#x", test.kind, test.call, got, test.id)
			}
		}
	}
	if got := wire.ControlID(8, wire.MaxCallID+2); got != wire.ControlID(0, 1) {
		t.Errorf("a kind or a call that has no room changes other bits: %#x", got)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for i, pair := range [][2]wire.Kind{
		{wire.KindBoot, wire.KindReady}, {wire.KindCancel, wire.KindError}, {wire.KindReturn, wire.KindHostCall},
		{wire.KindThrow, wire.KindCallEvent}, {wire.KindPing, wire.KindPong}, {wire.KindDrain, wire.KindLog}, {wire.KindCall, wire.KindFatal},
	} {
		if pair != [2]wire.Kind{wire.Kind(i), wire.Kind(i)} {
			t.Errorf("kind %d: got %v", i, pair)
		}
	}
}

func TestParseTruncated(t *testing.T) {
	t.Parallel()
	frame := wire.AppendFrame(nil, 5, []byte("payload"))
	for n := range frame {
		if f, rest, ok := wire.ParseFrame(frame[:n]); ok || f.Payload != nil || !bytes.Equal(rest, frame[:n]) {
			t.Errorf("frame of %d bytes: got %+v, %q, %v", n, f, rest, ok)
		}
		if id, length, ok := wire.ParseHeader(frame[:n]); ok != (n >= wire.HeaderSize) || ok && (id != 5 || length != 7) {
			t.Errorf("header of %d bytes: got %d, %d, %v", n, id, length, ok)
		}
	}
	request := wire.AppendSyncRequest(nil, []byte("payload"))
	for n := range request {
		if payload, rest, ok := wire.ParseSyncRequest(request[:n]); ok || payload != nil || !bytes.Equal(rest, request[:n]) {
			t.Errorf("request of %d bytes: got %q, %q, %v", n, payload, rest, ok)
		}
	}
	payload, rest, ok := wire.ParseSyncRequest(append(request, request...))
	if !ok || string(payload) != "payload" || cap(payload) != len(payload) || !bytes.Equal(rest, request) {
		t.Errorf("two requests: got %q, %q, %v", payload, rest, ok)
	}
	for _, lie := range []string{"ffffffff", "7fffffff 00", "00000002 00"} {
		if _, _, ok := wire.ParseSyncRequest(octets(t, lie)); ok {
			t.Errorf("request %s: taken", lie)
		}
		if _, _, ok := wire.ParseFrame(octets(t, "00000001"+lie)); ok {
			t.Errorf("frame with the length %s: taken", lie)
		}
	}
}

func TestPutHeaderPanics(t *testing.T) {
	t.Parallel()
	for n := range wire.HeaderSize {
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), fmt.Sprint(n)) {
					t.Errorf("%d bytes: recovered %v", n, v)
				}
			}()
			wire.PutHeader(make([]byte, n), 1)
		}()
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("n", wire.MaxNameSize)
	for _, test := range []struct{ name, args string }{{"run", ""}, {"M.serve", "args"}, {"", ""}, {"", "args"}, {"größe", "\x00"}, {longest, "a"}} {
		payload := append(wire.AppendName(nil, test.name), test.args...)
		name, args, err := wire.ParseName(payload)
		if err != nil || string(name) != test.name || string(args) != test.args || cap(name) != len(name) {
			t.Errorf("%q: got %q, %q, %v", payload, name, args, err)
		}
	}
	for _, test := range []struct {
		payload []byte
		reason  string
	}{
		{nil, "CALL of 0 bytes"},
		{octets(t, "000000"), "CALL of 3 bytes"},
		{octets(t, "00000001"), "a name of 1 bytes in 0"},
		{octets(t, "00000003 6161"), "a name of 3 bytes in 2"},
		{octets(t, "ffffffff 6161"), "a name of 4294967295 bytes"},
		{octets(t, "80000000 6161"), "a name of 2147483648 bytes"},
		{wire.AppendName(nil, longest+"n"), "a name of 1025 bytes in 1025; it may have 1024 at most"},
	} {
		name, args, err := wire.ParseName(test.payload)
		checkProtocolError(t, err, test.reason)
		if name != nil || args != nil {
			t.Errorf("%x: got %q, %q with an error", test.payload, name, args)
		}
	}
}

func TestHostID(t *testing.T) {
	t.Parallel()
	for _, want := range []uint32{0, 1, math.MaxUint32} {
		id, body, err := wire.ParseHostID(append(wire.AppendHostID(nil, want), "body"...))
		if err != nil || id != want || string(body) != "body" {
			t.Errorf("%d: got %d, %q, %v", want, id, body, err)
		}
	}
	for n := range 4 {
		_, _, err := wire.ParseHostID(make([]byte, n))
		checkProtocolError(t, err, fmt.Sprintf("host-call frame of %d bytes", n))
	}
}

func checkProtocolError(t *testing.T, err error, reason string) {
	t.Helper()
	var pe *wire.ProtocolError
	if !errors.As(err, &pe) || !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("got %v (%T), want a ProtocolError with %q", err, err, reason)
		return
	}
	if !strings.Contains(pe.Reason, reason) || err.Error() != "protocol error: "+pe.Reason {
		t.Errorf("got %q, want %q in it", err, reason)
	}
}

func TestTooLargeError(t *testing.T) {
	t.Parallel()
	err := &wire.TooLargeError{What: "the result", Size: 1 << 32, Max: 64 << 20}
	if got, want := err.Error(), "the result is too large: 4294967296 bytes, the limit is 67108864"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if errors.Is(err, wire.ErrProtocol) {
		t.Error("it is a protocol error")
	}
}
