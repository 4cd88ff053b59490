package wire_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shamaton/msgpack/v2"

	"scripthost.example/wire"
)

func TestMsgPackGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value any
		want  string
	}{
		{nil, "c0"}, {false, "c2"}, {true, "c3"},
		{0, "00"}, {127, "7f"}, {128, "cc80"}, {255, "ccff"}, {256, "cd0100"}, {65536, "ce00010000"}, {int64(1 << 32), "cf0000000100000000"},
		{uint64(math.MaxUint64), "cfffffffffffffffff"}, {-1, "ff"}, {-32, "e0"}, {-33, "d0df"}, {-128, "d080"}, {-129, "d1ff7f"},
		{-32769, "d2ffff7fff"}, {-1 << 31, "d280000000"}, {int64(-1<<31 - 1), "d3ffffffff7fffffff"}, {int64(math.MinInt64), "d38000000000000000"},
		{1.5, "cb3ff8000000000000"}, {float32(1.5), "cb3ff8000000000000"}, {math.Inf(-1), "cbfff0000000000000"},
		{"", "a0"}, {"ä", "a2c3a4"}, {[]byte{}, "c400"}, {[]byte{1, 255}, "c40201ff"},
		{[]any{}, "90"}, {[]any{1, []any{}}, "920190"}, {map[string]any{}, "80"},
		{map[string]any{"b": 1, "aa": 2}, "82a2616102a16201"},
		{time.Unix(1, 0), "d6ff00000001"}, {time.Unix(1<<32-1, 0), "d6ffffffffff"}, {time.Unix(1<<32, 0), "d7ff0000000100000000"},
		{time.Unix(1, 1), "d7ff0000000400000001"}, {time.Unix(-1, 0), "c70cff00000000ffffffffffffffff"}, {time.Unix(1<<34, 2), "c70cff000000020000000400000000"},
	}
	for _, test := range tests {
		if got := hex.EncodeToString(mustFreeze(t, wire.MsgPack(), test.value)); got != "91"+test.want {
			t.Errorf("%v: got %s, want 91%s", test.value, got, test.want)
		}
	}
	if got := mustFreeze(t, wire.MsgPack()); string(got) != "\x90" {
		t.Errorf("no values are %x", got)
	}
}

// The heads of lengths at which the form changes.
func TestMsgPackLengths(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][4]string{
		15:    {"af", "c40f", "9f", "8f"},
		16:    {"b0", "c410", "dc0010", "de0010"},
		31:    {"bf", "c41f", "dc001f", "de001f"},
		32:    {"d920", "c420", "dc0020", "de0020"},
		255:   {"d9ff", "c4ff", "dc00ff", "de00ff"},
		256:   {"da0100", "c50100", "dc0100", "de0100"},
		65535: {"daffff", "c5ffff", "dcffff", "deffff"},
		65536: {"db00010000", "c600010000", "dd00010000", "df00010000"},
	} {
		object := map[string]any{}
		for i := range n {
			object[fmt.Sprint(i)] = nil
		}
		for i, v := range []any{strings.Repeat("x", n), make([]byte, n), make([]any, n), object} {
			payload := mustFreeze(t, wire.MsgPack(), v)
			if got := hex.EncodeToString(payload[1 : 1+len(want[i])/2]); got != want[i] {
				t.Errorf("%T of %d: got %s, want %s", v, n, got, want[i])
			}
			checkThaw(t, wire.MsgPack(), payload, v)
		}
	}
}

func TestMsgPackThaw(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string][]any{
		"90": {}, "dc0000": {}, "dd00000000": {}, "dc000101": {int64(1)}, "91de0000": {map[string]any{}}, "91df00000001a16101": {map[string]any{"a": int64(1)}},
		"9300ccffcc07": {int64(0), int64(255), int64(7)}, "93cd0007ce00000007cf0000000000000007": {int64(7), int64(7), int64(7)},
		"91cf8000000000000000": {uint64(1 << 63)}, "94d007d10007d200000007d30000000000000007": {int64(7), int64(7), int64(7), int64(7)},
		"95ffd080d18000d280000000d38000000000000000": {int64(-1), int64(-128), int64(math.MinInt16), int64(math.MinInt32), int64(math.MinInt64)},
		"93ca3fc00000ca7fc00000cb8000000000000000":   {1.5, math.NaN(), math.Copysign(0, -1)},
		"94d900d90161da000161db0000000161":           {"", "a", "a", "a"}, "93c40100c5000100c60000000100": {[]byte{0}, []byte{0}, []byte{0}},
		"93d6ffffffffffd7ff0000000400000001c70cff00000001ffffffffffffffff": {time.Unix(1<<32-1, 0), time.Unix(1, 1), time.Unix(-1, 1)},
	} {
		checkThaw(t, wire.MsgPack(), fromHex(t, payload), want...)
	}
}

func TestMsgPackThawErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ payload, path, reason string }{
		{"", "", "ends at byte 0"},
		{"80", "", "the payload is not an array"}, {"01", "", "not an array"}, {"c0", "", "not an array"}, {"c1", "", "not an array"},
		{"9001", "", "1 bytes follow the array, at byte 1"},
		{"9201", "[1]", "ends at byte 2"}, {"93", "", "ends"}, {"dc", "", "ends"}, {"dc00", "", "ends"}, {"ddffffffff", "", "ends"}, {"dc000201", "[1]", "ends"},
		{"91cc", "[0]", "ends"}, {"91cd00", "[0]", "ends"}, {"91d3", "[0]", "ends"}, {"91ca00", "[0]", "ends"}, {"91cb00", "[0]", "ends"},
		{"91a2", "[0]", "ends"}, {"91d9", "[0]", "ends"}, {"91d90261", "[0]", "ends"}, {"91c4", "[0]", "ends"}, {"91c40261", "[0]", "ends"}, {"91c6ffffffff", "[0]", "ends"},
		{"9181", "[0]", "ends"}, {"9181a1", "[0]", "ends"}, {"9181a161", "[0].a", "ends"}, {"91de", "[0]", "ends"}, {"91dfffffffff", "[0]", "ends"},
		{"91d6", "[0]", "ends"}, {"91d6ff", "[0]", "ends"}, {"91c7", "[0]", "ends"}, {"91c70cff", "[0]", "ends"},
		{"9201c1", "[1]", "no value starts with the octet 0xc1, at byte 2"},
		{"91a1ff", "[0]", "text that is not UTF-8, at byte 2"}, {"9181a1ff01", "[0]", "a key that is not UTF-8, at byte 3"},
		{"91810101", "[0]", "a key that is not text, at byte 2"}, {"9181c001", "[0]", "not text"}, {"9181c4016101", "[0]", "not text"},
		{"91819001", "[0]", "not text"}, {"91818001", "[0]", "not text"}, {"9181d6ff0000000001", "[0]", "not text"},
		{"9182a16101a16102", "[0].a", "the key occurs twice"}, {"919182a16101d9016102", "[0][0].a", "the key occurs twice"},
		{"91d40100", "[0]", "the extension type 1 cannot be carried"}, {"91d68000000000", "[0]", "the extension type -128"}, {"91c7007f", "[0]", "the extension type 127"},
		{"91c9000000000a", "[0]", "the extension type 10"},
		{"91d4ff00", "[0]", "a timestamp in a form"}, {"91d5ff0000", "[0]", "of 2 bytes"}, {"91c704ff00000000", "[0]", "of 4 bytes"}, {"91c8000cff000000000000000000000000", "[0]", "of 12 bytes"},
		{"91d7ffffffffff00000000", "[0]", "a time with 1073741823 nanoseconds"}, {"91c70cff3b9aca000000000000000000", "[0]", "a time with 1000000000 nanoseconds"},
		{"91c70cff000000007fffffffffffffff", "[0]", "years 0 to 9999"}, {"91c70cff000000008000000000000000", "[0]", "years 0 to 9999"},
	} {
		got, err := wire.MsgPack().Thaw(fromHex(t, test.payload))
		if err == nil {
			t.Errorf("%s: got %v, want the error %q", test.payload, got, test.reason)
			continue
		}
		checkError(t, wire.MsgPack(), err, test.path, test.reason)
		if t.Failed() {
			t.Fatalf("payload %s", test.payload)
		}
		if got != nil {
			t.Errorf("%s: got %v with an error", test.payload, got)
		}
	}
}

func TestMsgPackPeer(t *testing.T) {
	t.Parallel()
	values := peerValues()
	payload := mustFreeze(t, wire.MsgPack(), values...)
	var got []any
	if err := msgpack.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	if !sameValue(fromPeer(got), values) {
		t.Errorf("the peer reads %v", got)
	}
	payload, err := msgpack.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	checkThaw(t, wire.MsgPack(), payload, values...)
}
