package wire_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"scripthost.example/wire"
)

// structured are the serialisers that carry more than octet strings.
func structured() []wire.Serialiser {
	return []wire.Serialiser{wire.JSON(), wire.CBOR(), wire.MsgPack()}
}

func binary() []wire.Serialiser {
	return []wire.Serialiser{wire.CBOR(), wire.MsgPack()}
}

// sameValue reports whether Thaw returned what it should: the same types, the
// same bits of floats but for NaN, the same instants, all of them in UTC.
func sameValue(got, want any) bool { return sameWithin(0, got, want) }

// sameWithin allows for so much of a difference between times.
func sameWithin(slack time.Duration, got, want any) bool {
	switch want := want.(type) {
	case []any:
		got, ok := got.([]any)
		if !ok || got == nil || len(got) != len(want) {
			return false
		}
		for i := range want {
			if !sameWithin(slack, got[i], want[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || got == nil || len(got) != len(want) {
			return false
		}
		for key := range want {
			v, ok := got[key]
			if !ok || !sameWithin(slack, v, want[key]) {
				return false
			}
		}
		return true
	case []byte:
		got, ok := got.([]byte)
		return ok && got != nil && string(got) == string(want)
	case time.Time:
		got, ok := got.(time.Time)
		return ok && got.Sub(want).Abs() <= slack && got.Location() == time.UTC
	case float64:
		got, ok := got.(float64)
		return ok && (got != got && want != want || math.Float64bits(got) == math.Float64bits(want))
	}
	return got == want
}

func mustFreeze(t testing.TB, s wire.Serialiser, values ...any) []byte {
	t.Helper()
	payload, err := s.AppendFreeze(nil, values)
	if err != nil {
		t.Fatalf("%s: freezing %v: %v", s.Name(), values, err)
	}
	return payload
}

func checkThaw(t *testing.T, s wire.Serialiser, payload []byte, want ...any) {
	t.Helper()
	got, err := s.Thaw(payload)
	if err != nil {
		t.Fatalf("%s: thawing %q: %v", s.Name(), payload, err)
	}
	if !sameValue(got, want) {
		t.Fatalf("%s: thawing %q: got %#v, want %#v", s.Name(), payload, got, want)
	}
}

// checkError checks that err is a SerialiseError of s at the path, and that its
// text has the serialiser, the path and the reason in it.
func checkError(t *testing.T, s wire.Serialiser, err error, path, reason string) {
	t.Helper()
	var se *wire.SerialiseError
	if !errors.As(err, &se) {
		t.Fatalf("%s: got error %v (%T), want a SerialiseError with %q", s.Name(), err, err, reason)
	}
	if se.Serialiser != s.Name() || se.Path != path || !strings.Contains(se.Reason, reason) {
		t.Errorf("got %#v, want one of %s at %q with %q", se, s.Name(), path, reason)
	}
	for _, part := range []string{se.Serialiser, se.Path, se.Reason} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q does not say %q", err, part)
		}
	}
}

func TestSerialiserByName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "string", "string": "string", "json": "json", "cbor": "cbor", "msgpack": "msgpack",
	} {
		s, err := wire.SerialiserByName(name)
		if err != nil || s.Name() != want {
			t.Errorf("%q: got %v, %v", name, s, err)
		}
	}
	for name, want := range map[string]string{
		"storable":  "use cbor",
		"nstorable": "use cbor",
		"yaml":      "use string, json, cbor or msgpack",
		"JSON":      "use string, json, cbor or msgpack",
	} {
		s, err := wire.SerialiserByName(name)
		var unknown *wire.UnknownSerialiserError
		if s != nil || !errors.As(err, &unknown) || unknown.Name != name {
			t.Errorf("%q: got %v, %v", name, s, err)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("%q: the error %q does not say %q", name, err, want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 7000)
	many := make([]any, 70000)
	wide := map[string]any{}
	for i := range many {
		many[i] = int64(i)
		if i < 300 {
			wide[fmt.Sprintf("key %d", i)] = int64(i)
		}
	}
	values := []any{
		nil, true, false,
		int64(0), int64(1), int64(-1), int64(23), int64(24), int64(127), int64(128), int64(255), int64(256),
		int64(-24), int64(-25), int64(-32), int64(-33), int64(-128), int64(-129), int64(-256), int64(-257),
		int64(math.MaxInt16), int64(math.MaxInt16 + 1), int64(math.MinInt16), int64(math.MinInt16 - 1),
		int64(math.MaxUint16), int64(math.MaxUint16 + 1),
		int64(math.MaxInt32), int64(math.MaxInt32 + 1), int64(math.MinInt32), int64(math.MinInt32 - 1),
		int64(math.MaxUint32), int64(math.MaxUint32 + 1),
		int64(1<<53 - 1), int64(1<<53 + 1), int64(-1<<53 - 1),
		int64(math.MaxInt64), int64(math.MinInt64), uint64(math.MaxInt64 + 1), uint64(math.MaxUint64),
		0.0, math.Copysign(0, -1), 1.0, -5.0, 0.5, 0.1, -1.5e-7, 1e-6, 1e-5, 65504.0, 65505.0, 1e20, 1e21, -1e300,
		5.960464477539063e-8, 6.103515625e-05, 3.4028234663852886e38, math.MaxFloat64, math.SmallestNonzeroFloat64,
		float64(1 << 53), float64(1<<53 + 2), float64(1 << 63), float64(math.MaxInt64), 123456789.125,
		"", "a", "ä€😀", "\x00\x01\x1f\x7f\"\\/\b\f\n\r\t<>&\u2028\u2029", "\ufffd", long[:31], long[:32], long[:255], long[:256], long,
		[]any{}, []any{nil}, []any{[]any{[]any{}}, int64(2)}, many[:15], many[:16], many[:24], many[:300], many,
		map[string]any{}, map[string]any{"": nil}, map[string]any{"b": int64(1), "a": []any{map[string]any{"ä": "x"}}}, wide,
	}
	for _, s := range structured() {
		t.Run(s.Name(), func(t *testing.T) {
			t.Parallel()
			for _, v := range values {
				checkThaw(t, s, mustFreeze(t, s, v), v)
			}
			checkThaw(t, s, mustFreeze(t, s, values...), values...)
			checkThaw(t, s, mustFreeze(t, s))
		})
	}
}

func TestRoundTripBinary(t *testing.T) {
	t.Parallel()
	values := []any{
		math.NaN(), math.Inf(1), math.Inf(-1),
		[]byte{}, []byte("\x00\xff"), make([]byte, 255), make([]byte, 256), make([]byte, 65535), make([]byte, 65536),
		time.Unix(0, 0).UTC(), time.Unix(0, 1).UTC(), time.Unix(-1, 999_999_999).UTC(),
		time.Unix(1<<32-1, 0).UTC(), time.Unix(1<<32, 0).UTC(), time.Unix(1<<34-1, 5).UTC(), time.Unix(1<<34, 5).UTC(),
		time.Date(2024, 2, 29, 23, 59, 59, 123456789, time.UTC), time.Time{},
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		// RFC 3339 has no seconds in a zone, so this must not be written with it.
		time.Date(1850, 1, 1, 12, 0, 0, 0, time.FixedZone("LMT", 53*60+28)),
	}
	for _, s := range binary() {
		for _, v := range values {
			checkThaw(t, s, mustFreeze(t, s, v, map[string]any{"k": v}), v, map[string]any{"k": v})
		}
	}
}

// What Freeze takes and Thaw does not return.
func TestFreezeOtherTypes(t *testing.T) {
	t.Parallel()
	given := []any{
		int(-7), int8(-7), int16(-700), int32(-70000), uint(7), uint8(200), uint16(60000), uint32(4e9), uint64(7),
		float32(0.1), float32(2), []any(nil), map[string]any(nil),
	}
	want := []any{
		int64(-7), int64(-7), int64(-700), int64(-70000), int64(7), int64(200), int64(60000), int64(4e9), int64(7),
		float64(float32(0.1)), 2.0, []any{}, map[string]any{},
	}
	for _, s := range structured() {
		checkThaw(t, s, mustFreeze(t, s, given...), want...)
		checkThaw(t, s, mustFreeze(t, s, []any(nil)...))
	}
	for _, s := range binary() {
		checkThaw(t, s, mustFreeze(t, s, []byte(nil)), []byte{})
	}
}

func TestFreezeErrors(t *testing.T) {
	t.Parallel()
	type point struct{ X, Y int }
	x := 1
	tests := []struct {
		value        any
		path, reason string
	}{
		{"a\xff", "[1]", "not UTF-8"},
		{"\xed\xa0\x80", "[1]", "not UTF-8"}, // a surrogate
		{map[string]any{"k\xff": 1}, `[1]["k\xff"]`, "not UTF-8"},
		{point{1, 2}, "[1]", "wire_test.point"},
		{&x, "[1]", "*int"},
		{[]string{"a"}, "[1]", "[]string"},
		{map[string]int{}, "[1]", "map[string]int"},
		{make(chan int), "[1]", "chan int"},
		{errors.New("x"), "[1]", "*errors.errorString"},
		{map[string]any{"name": []any{0, 1, 2, 'x', point{}}}, "[1].name[4]", "wire_test.point"},
		{map[string]any{"two words": []any{&x}}, `[1]["two words"][0]`, "*int"},
		{map[string]any{"": &x}, `[1][""]`, "*int"},
		{map[string]any{strings.Repeat("k", 99): &x}, `[1]["` + strings.Repeat("k", 40) + `"…]`, "*int"},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "[1]", "years 0 to 9999"},
		{time.Date(9999, 12, 31, 23, 59, 0, 0, time.FixedZone("", -3600)), "[1]", "years 0 to 9999"},
		{time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), "[1]", "years 0 to 9999"},
	}
	for _, s := range structured() {
		for _, test := range tests {
			dst, err := s.AppendFreeze([]byte("kept"), []any{"fine", test.value})
			checkError(t, s, err, test.path, test.reason)
			if string(dst) != "kept" {
				t.Errorf("%s: %v: dst is %q after an error", s.Name(), test.value, dst)
			}
		}
	}
}

func TestFreezeAppends(t *testing.T) {
	t.Parallel()
	for _, s := range append(structured(), wire.String()) {
		dst := append(make([]byte, 0, 64), "header"...)
		got, err := s.AppendFreeze(dst, []any{"a", "b"})
		if err != nil || string(got) != "header"+string(mustFreeze(t, s, "a", "b")) {
			t.Errorf("%s: got %q, %v", s.Name(), got, err)
		}
		if &got[0] != &dst[0] {
			t.Errorf("%s: did not use the room in dst", s.Name())
		}
	}
}

func nested(depth int, asMap bool) any {
	var v any = "x"
	for range depth {
		if asMap {
			v = map[string]any{"k": v}
		} else {
			v = []any{v}
		}
	}
	return v
}

func TestDepth(t *testing.T) {
	t.Parallel()
	const tooDeep = "nested deeper than 512"
	for _, s := range structured() {
		for asMap, step := range map[bool]string{false: "[0]", true: ".k"} {
			deepest := nested(wire.MaxDepth, asMap)
			payload := mustFreeze(t, s, deepest)
			checkThaw(t, s, payload, deepest)

			path := "[0]" + strings.Repeat(step, 7) + "…" + strings.Repeat(step, 8)
			_, err := s.AppendFreeze(nil, []any{nested(wire.MaxDepth+1, asMap)})
			checkError(t, s, err, path, tooDeep)

			// Put one more around the value: the list's own head is one octet.
			more := map[string][2]string{
				"json[0]": {"[[", "]]"}, "json.k": {`[{"k":`, "}]"},
				"cbor[0]": {"\x81\x81", ""}, "cbor.k": {"\x81\xa1\x61k", ""},
				"msgpack[0]": {"\x91\x91", ""}, "msgpack.k": {"\x91\x81\xa1k", ""},
			}[s.Name()+step]
			value := string(payload[1:])
			if s.Name() == "json" {
				value = strings.TrimSuffix(value, "]")
			}
			_, err = s.Thaw([]byte(more[0] + value + more[1]))
			checkError(t, s, err, path, tooDeep)
		}
	}
}

func TestCycles(t *testing.T) {
	t.Parallel()
	slice := []any{nil, nil}
	slice[0], slice[1] = slice, slice
	object := map[string]any{}
	object["self"] = []any{object}
	for _, s := range structured() {
		for _, v := range []any{slice, object} {
			_, err := s.AppendFreeze(nil, []any{v})
			var se *wire.SerialiseError
			if !errors.As(err, &se) || se.Reason != "nested deeper than 512" {
				t.Errorf("%s: got %v", s.Name(), err)
			}
		}
	}
}

func TestThawKeepsNoReference(t *testing.T) {
	t.Parallel()
	values := []any{"text", map[string]any{"key": "value", "k\"": "v\""}}
	for _, s := range structured() {
		want := values
		if s.Name() != "json" {
			want = append(want, []byte("bytes"))
		}
		payload := mustFreeze(t, s, want...)
		got, err := s.Thaw(payload)
		if err != nil {
			t.Fatal(err)
		}
		clear(payload)
		if !sameValue(got, want) {
			t.Errorf("%s: the values changed with the payload: %v", s.Name(), got)
		}
	}
}

func TestThawTruncated(t *testing.T) {
	t.Parallel()
	values := []any{nil, true, int64(1 << 40), -1.1, "text", []any{int64(300), "x"}, map[string]any{"key": "value"}}
	for _, s := range structured() {
		given := values
		if s.Name() != "json" {
			given = append(given, []byte("bytes"), time.Unix(1<<33, 7))
		}
		payload := mustFreeze(t, s, given...)
		for n := range payload {
			if got, err := s.Thaw(payload[:n]); !isSerialiseError(err) || got != nil {
				t.Errorf("%s: %q: got %v, %v", s.Name(), payload[:n], got, err)
			}
		}
		if got, err := s.Thaw(append(payload, payload...)); !isSerialiseError(err) || got != nil {
			t.Errorf("%s: trailing data: got %v, %v", s.Name(), got, err)
		}
	}
}

func isSerialiseError(err error) bool {
	var se *wire.SerialiseError
	return errors.As(err, &se)
}
