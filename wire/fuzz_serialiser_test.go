package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/shamaton/msgpack/v2"

	"scripthost.example/wire"
)

// thawAgain is what holds for every payload: it is refused with a
// SerialiseError, or its values freeze to a payload of the same values, always
// to the same one. ok is false if the payload was refused.
func thawAgain(t *testing.T, s wire.Serialiser, payload []byte) (values []any, frozen []byte, ok bool) {
	t.Helper()
	values, err := s.Thaw(payload)
	if err != nil {
		if values != nil || !isSerialiseError(err) {
			t.Fatalf("got %v, %v", values, err)
		}
		return nil, nil, false
	}
	frozen = mustFreeze(t, s, values...)
	checkThaw(t, s, frozen, values...)
	again, err := s.Thaw(frozen)
	if err != nil {
		t.Fatal(err)
	}
	if second := mustFreeze(t, s, again...); !bytes.Equal(frozen, second) {
		t.Fatalf("froze %v to %q and to %q", values, frozen, second)
	}
	return values, frozen, true
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{
		"", "\x00", "\x05hello\x02\xff\x00", "\x81\x00" + strings.Repeat("x", 128), "\x80\x01a", "\x8f\xff\xff\xff\x7f", "\x81\x80\x80\x80\x80\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if _, frozen, ok := thawAgain(t, wire.String(), payload); ok && !bytes.Equal(frozen, payload) {
			t.Fatalf("froze to %q", frozen)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`[]`, ` [1, -0, 0.5e+3, 18446744073709551615, -9223372036854775808, 1e21, 9007199254740993.0]`, `[{"a":[true,false,null],"\u0061b":"\ud83d\ude00\n"}]`,
		`["\ud800"]`, `[{"a":1,"a":2}]`, `[1e999]`, `[18446744073709551616]`, `[[[[[]]]]]x`, "[\"\xff\"]", `["\u2028` + "\u2028\x7f" + `"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		values, frozen, ok := thawAgain(t, wire.JSON(), payload)
		peer, err := peerJSON(payload)
		switch {
		case !ok && err == nil:
			// encoding/json takes more, but only what it would change.
			_, err := wire.JSON().Thaw(payload)
			for _, reason := range []string{"twice", "64 bits", "beyond the floats", "surrogate", "UTF-8", "deeper", "not an array"} {
				if strings.Contains(err.Error(), reason) {
					return
				}
			}
			t.Fatalf("refused (%v), but encoding/json reads %v", err, peer)
		case ok && err != nil:
			t.Fatalf("encoding/json refuses: %v", err)
		case ok && !sameValue(values, fromJSON(t, peer)):
			t.Fatalf("got %#v, encoding/json reads %#v", values, peer)
		}
		if ok && !json.Valid(frozen) {
			t.Fatalf("froze to %q", frozen)
		}
	})
}

func peerJSON(payload []byte) (values []any, err error) {
	if !json.Valid(payload) {
		return nil, json.Unmarshal(payload, &values)
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	return values, d.Decode(&values)
}

// fromJSON turns numbers of encoding/json into what Thaw makes of them.
func fromJSON(t *testing.T, v any) any {
	switch v := v.(type) {
	case json.Number:
		var whole int64
		var large uint64
		switch {
		case v == "-0" || strings.ContainsAny(v.String(), ".eE"):
			f, err := v.Float64()
			if err != nil {
				t.Fatal(err)
			}
			return f
		case json.Unmarshal([]byte(v), &whole) == nil:
			return whole
		case json.Unmarshal([]byte(v), &large) == nil:
			return large
		}
		t.Fatalf("read the integer %s", v)
	case []any:
		for i := range v {
			v[i] = fromJSON(t, v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = fromJSON(t, v[key])
		}
	}
	return v
}

func FuzzCBOR(f *testing.F) {
	for _, seed := range []string{
		"\x80", "\x9f\xff", "\x84\x00\x20\x18\x18\x3b\x7f\xff\xff\xff\xff\xff\xff\xff", "\x82\xa2\x61a\x01\x62bb\xf6\xbf\x61k\x9f\xff\xff",
		"\x85\xf9\x00\x01\xfa\x47\xc3\x50\x00\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a\xf9\x7e\x00\xf9\x80\x00", "\x84\x41\x00\x5f\x41\x00\xff\x61a\x7f\x61a\xff",
		"\x81\xc0\x74" + "2013-03-21T20:04:00Z", "\x81\xc1\xfb\x41\xd4\x52\xd9\xec\x20\x00\x00", "\x82\xc2\x42\x01\x00\xc3\x41\x00", "\x81\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x81\xa2\x61a\x01\x61a\x02", "\x81\xd8\x20\x61a", "\x81\xf7", "\x81\xe0", strings.Repeat("\x81", 600),
	} {
		f.Add([]byte(seed))
	}
	enc, dec := peerCBOR(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		values, frozen, ok := thawAgain(t, wire.CBOR(), payload)
		if !ok {
			return
		}
		var peer []any
		if err := dec.Unmarshal(payload, &peer); err != nil {
			t.Fatalf("the peer refuses: %v", err)
		}
		if !sameWithin(time.Microsecond, fromPeer(peer), values) { // floats of seconds
			t.Fatalf("got %#v, the peer reads %#v", values, peer)
		}
		if want, err := enc.Marshal(values); err != nil || !bytes.Equal(frozen, want) {
			t.Fatalf("froze to %x, the peer to %x, %v", frozen, want, err)
		}
	})
}

func FuzzMsgPack(f *testing.F) {
	for _, seed := range []string{
		"\x90", "\xdc\x00\x01\xc0", "\x94\x00\xff\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xd3\x80\x00\x00\x00\x00\x00\x00\x00", "\x92\x82\xa1a\x01\xa2bb\xc0\xde\x00\x01\xd9\x01k\x90",
		"\x93\xca\x3f\xc0\x00\x00\xcb\x3f\xf1\x99\x99\x99\x99\x99\x9a\xc2", "\x92\xc4\x01\x00\xa1a", "\x93\xd6\xff\x00\x00\x00\x01\xd7\xff\x00\x00\x00\x04\x00\x00\x00\x01\xc7\x0c\xff\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff",
		"\xdd\xff\xff\xff\xff", "\x91\x82\xa1a\x01\xa1a\x02", "\x91\xd4\x01\x00", "\x91\xc1", strings.Repeat("\x91", 600),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		values, frozen, ok := thawAgain(t, wire.MsgPack(), payload)
		if !ok {
			return
		}
		for _, p := range [][]byte{payload, frozen} {
			var peer []any
			if err := msgpack.Unmarshal(p, &peer); err != nil {
				t.Fatalf("the peer refuses %x: %v", p, err)
			}
			if !sameValue(fromPeer(peer), values) {
				t.Fatalf("got %#v, of %x the peer reads %#v", values, p, peer)
			}
		}
	})
}
