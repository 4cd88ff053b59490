package wire_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"scripthost.example/wire"
)

// The headers are those that Perl's pack "(w/a*)*" writes.
func TestStringGolden(t *testing.T) {
	t.Parallel()
	for header, n := range map[string]int{
		"\x00":             0,
		"\x01":             1,
		"\x7f":             127,
		"\x81\x00":         128,
		"\xff\x7f":         16383,
		"\x81\x80\x00":     16384,
		"\xff\xff\x7f":     2<<20 - 1,
		"\x81\x80\x80\x00": 2 << 20,
	} {
		value := strings.Repeat("\xff", n)
		payload := mustFreeze(t, wire.String(), value, "next")
		if want := header + value + "\x04next"; string(payload) != want {
			t.Errorf("%d: the payload starts with %q", n, payload[:min(8, len(payload))])
		}
		checkThaw(t, wire.String(), payload, value, "next")
	}
	values := []any{"hello", "", "a\x00b", "\xff\xfe", 42, 3.5}
	const want = "\x05hello\x00\x03a\x00b\x02\xff\xfe\x0242\x033.5"
	if got := mustFreeze(t, wire.String(), values...); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := mustFreeze(t, wire.String()); len(got) != 0 {
		t.Errorf("no values are %q", got)
	}
	checkThaw(t, wire.String(), nil)
}

func TestStringFreeze(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value any
		want  string
	}{
		{"text", "text"}, {[]byte("a\xff\x00"), "a\xff\x00"}, {[]byte(nil), ""},
		{true, "true"}, {false, "false"},
		{0, "0"}, {-1, "-1"}, {int8(-128), "-128"}, {int16(-300), "-300"}, {int32(7), "7"}, {int64(math.MinInt64), "-9223372036854775808"},
		{uint(5), "5"}, {uint8(255), "255"}, {uint16(65535), "65535"}, {uint32(1 << 31), "2147483648"}, {uint64(math.MaxUint64), "18446744073709551615"},
		{3.0, "3"}, {-2.5, "-2.5"}, {0.1, "0.1"}, {float32(0.1), "0.1"}, {math.Copysign(0, -1), "-0"},
		{1e6, "1000000"}, {1e20, "100000000000000000000"}, {1e21, "1e+21"}, {-1e21, "-1e+21"}, {float64(1 << 53), "9007199254740992"},
		{1e-7, "1e-07"}, {1.5e300, "1.5e+300"}, {math.MaxFloat64, "1.7976931348623157e+308"},
		{math.NaN(), "NaN"}, {math.Inf(1), "+Inf"}, {math.Inf(-1), "-Inf"},
	}
	for _, test := range tests {
		checkThaw(t, wire.String(), mustFreeze(t, wire.String(), test.value), test.want)
	}
}

func TestStringFreezeErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value  any
		reason string
	}{
		{nil, "nil cannot be carried: use json, cbor or msgpack (Options.Serialiser, --serialiser)"},
		{[]any{}, "an array cannot be carried"},
		{map[string]any{}, "a map cannot be carried"},
		{time.Now(), "a time cannot be carried"},
		{struct{}{}, "struct {}"},
		{[]string{}, "[]string"},
	} {
		dst, err := wire.String().AppendFreeze([]byte("kept"), []any{"a", test.value})
		checkError(t, wire.String(), err, "[1]", test.reason)
		if string(dst) != "kept" {
			t.Errorf("%v: dst is %q after an error", test.value, dst)
		}
	}
}

func TestStringThawErrors(t *testing.T) {
	t.Parallel()
	for payload, reason := range map[string]string{
		"\x01":                     "a length of 1 where 0 bytes are left",
		"\x05hell":                 "a length of 5 where 4 bytes are left",
		"\x81":                     "ends within a length",
		"\x8f\xff\xff\xff":         "ends within a length",
		"\x8f\xff\xff\xff\x7fabc":  "a length of 4294967295 where 3 bytes are left",
		"\x90\x80\x80\x80\x00abc":  "a length of 4294967296, over 4294967295",
		"\xff\xff\xff\xff\x7fabc":  "over 4294967295",
		"\x81\x80\x80\x80\x80\x00": "more than 5 digits",
		"\x80\x01a":                "starts with a zero digit",
		"\x80":                     "starts with a zero digit",
	} {
		got, err := wire.String().Thaw([]byte("\x01a" + payload))
		checkError(t, wire.String(), err, "[1]", reason)
		if got != nil {
			t.Errorf("%q: got %v", payload, got)
		}
	}
}

func TestOctets(t *testing.T) {
	t.Parallel()
	payload := wire.AppendOctets(wire.AppendOctets(nil, "one"), []byte("two"))
	octets, rest, err := wire.NextOctets(payload)
	if err != nil || string(octets) != "one" || string(rest) != "\x03two" {
		t.Fatalf("got %q, %q, %v", octets, rest, err)
	}
	if cap(octets) != len(octets) {
		t.Error("appending to an octet string would write over the payload")
	}
	octets, rest, err = wire.NextOctets(rest)
	if err != nil || string(octets) != "two" || len(rest) != 0 {
		t.Fatalf("got %q, %q, %v", octets, rest, err)
	}
	for _, bad := range []string{"", "\x04two"} {
		octets, rest, err = wire.NextOctets([]byte(bad))
		var se *wire.SerialiseError
		if !errors.As(err, &se) || se.Path != "" || octets != nil || string(rest) != bad {
			t.Errorf("%q: got %q, %q, %v", bad, octets, rest, err)
		}
	}
}

func TestOctetsAllocateNothing(t *testing.T) {
	// Not parallel: AllocsPerRun counts what the whole process allocates.
	dst := make([]byte, 0, 64)
	octets := bytes.Repeat([]byte("x"), 16)
	if n := testing.AllocsPerRun(100, func() {
		payload := wire.AppendOctets(wire.AppendOctets(dst, "text"), octets)
		for len(payload) > 0 {
			_, payload, _ = wire.NextOctets(payload)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
