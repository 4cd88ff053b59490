package fleet

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A head is read as it was made.
func TestHead(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]head{
		"rpc1 call":                  {kind: typeCall},
		"rpc1 call serialiser=cbor":  {kind: typeCall, serialiser: []byte("cbor")},
		"rpc1 call  timeout=1 x y=z": {kind: typeCall, timeout: []byte("1")},
		"rpc1 call timeout= idempotent events=5 object=o function=a b=c": {
			kind: typeCall, timeout: []byte{}, idempotent: true, events: []byte("5"), object: []byte("o"), function: []byte("a b=c"),
		},
		"rpc1 result instance=i script=1 2@3 events=4":  {kind: typeResult, instance: []byte("i"), script: []byte("1 2@3 events=4")},
		"rpc1 event sequence=7":                         {kind: typeEvent, sequence: []byte("7")},
		"rpc1 credit credit=3 call=_INBOX.a.b function": {kind: typeCredit, credit: []byte("3"), call: []byte("_INBOX.a.b"), function: []byte{}},
		"rpc1 sing":  {kindText: []byte("sing")},
		"rpc1":       {},
		"rpc1call":   {},
		"rpc2 call":  {},
		"RPC1 call":  {},
		"":           {},
		"[1, 2]":     {},
		"rpc1 error": {kind: typeError},
	} {
		h, _ := readHead([]byte(line))
		if h.kind != "" {
			want.kindText = []byte(want.kind)
		}
		if !reflect.DeepEqual(h, want) {
			t.Errorf("%q: %+v, want %+v", line, h, want)
		}
	}
	if h, data := readHead([]byte("rpc1 call\nrpc1 error\n")); h.kind != typeCall || string(data) != "rpc1 error\n" {
		t.Errorf("%+v, %q", h, data)
	}
	if h, data := readHead([]byte("x\ny")); h.kind != "" || string(data) != "x\ny" {
		t.Errorf("%+v, %q: what has no head is data", h, data)
	}
}

// What a caller asks for arrives, whatever the function is called.
func TestHeadIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := func(what string) string {
			return rapid.StringMatching(`[!-<>-~]{0,20}`).Draw(t, what)
		}
		serialiser, object, call, data := text("serialiser"), text("object"), text("call"), rapid.String().Draw(t, "data")
		function := rapid.String().Filter(func(s string) bool { return CheckFunction(s) == nil }).Draw(t, "function")
		timeout := rapid.Uint64Max(1<<63-1).Draw(t, "timeout")
		b := appendHead(nil, typeCall)
		b = appendField(b, fieldSerialiser, serialiser)
		b = appendNumber(b, fieldTimeout, timeout)
		b = appendField(b, fieldObject, object)
		b = appendField(b, fieldCall, call)
		b = appendField(b, fieldFunction, function)
		b = append(append(b, '\n'), data...)
		h, rest := readHead(b)
		n, ok := number(h.timeout)
		if h.kind != typeCall || string(h.serialiser) != serialiser || !ok || n != timeout || string(h.object) != object || string(h.call) != call || string(h.function) != function || string(rest) != data {
			t.Fatalf("%q: %+v, %q", b, h, rest)
		}
		if !isHeaded(b) {
			t.Fatal("it is taken for JSON")
		}
	})
}

// What JSON can begin with is no head.
func TestPlainIsPlain(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "[]", " [1]", "\n[", "null", "true", "0", `"rpc1 call"`, "{}", "rpc", "rpcx", "rm"} {
		if isHeaded([]byte(data)) {
			t.Errorf("%q", data)
		}
	}
}

func FuzzHead(f *testing.F) {
	f.Add([]byte("rpc1 call serialiser=string timeout=1 function=a b\n\x01x"))
	f.Add([]byte("rpc1 result instance=i events=1 script=1@2\n[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, rest := readHead(data)
		if !strings.HasSuffix(string(data), string(rest)) {
			t.Fatalf("%q is not of %q", rest, data)
		}
		if h.kind != "" && !isHeaded(data) {
			t.Fatalf("%q has a head that is not seen", data)
		}
	})
}
