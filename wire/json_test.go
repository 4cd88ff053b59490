package wire_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"scripthost.example/wire"
)

func TestJSONGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value any
		want  string
	}{
		{nil, "null"}, {true, "true"}, {false, "false"},
		{0, "0"}, {int64(math.MinInt64), "-9223372036854775808"}, {uint64(math.MaxUint64), "18446744073709551615"},
		{0.0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {5.0, "5.0"}, {-0.25, "-0.25"}, {0.1, "0.1"},
		{float64(1 << 53), "9007199254740992.0"}, {1e20, "100000000000000000000.0"}, {1e21, "1e+21"}, {1e-6, "0.000001"}, {1e-7, "1e-07"},
		{"", `""`}, {"ä€😀", `"ä€😀"`}, {"<a>&\u2028", "\"<a>&\u2028\""}, {"\"\\/", `"\"\\/"`},
		{"\x00\b\t\n\f\r\x1f\x7f", `"\u0000\u0008\t\n\u000c\r\u001f` + "\x7f\""},
		{[]any{}, "[]"}, {[]any{1, "a", nil}, `[1,"a",null]`},
		{map[string]any{}, "{}"}, {map[string]any{"b": 1, "a": []any{}, "aa": 2, "": 3}, `{"":3,"a":[],"aa":2,"b":1}`},
		{time.Unix(0, 0), `"1970-01-01T00:00:00Z"`},
		{time.Date(2024, 2, 29, 1, 0, 0, 120_000_000, time.FixedZone("", 3600)), `"2024-02-29T00:00:00.12Z"`},
	}
	for _, test := range tests {
		if got := mustFreeze(t, wire.JSON(), test.value); string(got) != "["+test.want+"]" {
			t.Errorf("%v: got %s, want [%s]", test.value, got, test.want)
		}
	}
	if got := mustFreeze(t, wire.JSON(), 1, "a"); string(got) != `[1,"a"]` {
		t.Errorf("got %s", got)
	}
	if got := mustFreeze(t, wire.JSON()); string(got) != "[]" {
		t.Errorf("got %s", got)
	}
}

func TestJSONFreezeErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value        any
		path, reason string
	}{
		{math.NaN(), "[0]", "the number NaN cannot be carried: use cbor or msgpack"},
		{math.Inf(1), "[0]", "+Inf"},
		{[]any{1, float32(math.Inf(-1))}, "[0][1]", "-Inf"},
		{map[string]any{"b": []byte("x")}, "[0].b", "bytes cannot be carried: use cbor or msgpack, or text"},
		{[]byte(nil), "[0]", "bytes"},
	} {
		dst, err := wire.JSON().AppendFreeze([]byte("kept"), []any{test.value})
		checkError(t, wire.JSON(), err, test.path, test.reason)
		if string(dst) != "kept" {
			t.Errorf("%v: dst is %q after an error", test.value, dst)
		}
	}
}

func TestJSONThaw(t *testing.T) {
	t.Parallel()
	minusZero := math.Copysign(0, -1)
	for payload, want := range map[string][]any{
		" [ ] ":                       {},
		"\t[\r\n1 , 2\n]\n":           {int64(1), int64(2)},
		"[0,-1,10]":                   {int64(0), int64(-1), int64(10)},
		"[9223372036854775807]":       {int64(math.MaxInt64)},
		"[9223372036854775808]":       {uint64(math.MaxInt64 + 1)},
		"[18446744073709551615]":      {uint64(math.MaxUint64)},
		"[-9223372036854775808]":      {int64(math.MinInt64)},
		"[-0,-0.0,-0e5,0.0,0e1]":      {minusZero, minusZero, minusZero, 0.0, 0.0},
		"[1.0,1e0,1E+2,-1.5e-1]":      {1.0, 1.0, 100.0, -0.15},
		"[1e-400]":                    {0.0},
		`["","a","\"\\\/\b\f\n\r\t"]`: {"", "a", "\"\\/\b\f\n\r\t"},
		`["\u0000\u00e4\u20AC\uD83D\ude00x\ufffd\uFFFF"]`:     {"\x00ä€😀x\ufffd\uffff"},
		"[\"\x7f\u2028ä€😀\"]":                                 {"\x7f\u2028ä€😀"},
		`[true,false,null,[[]],{}]`:                           {true, false, nil, []any{[]any{}}, map[string]any{}},
		`[{"a":1,"b":{"a":[2]},"":null,"\u0061b":"x"}, "y" ]`: {map[string]any{"a": int64(1), "b": map[string]any{"a": []any{int64(2)}}, "": nil, "ab": "x"}, "y"},
		`["` + strings.Repeat(`\\a`, 100) + `"]`:              {strings.Repeat(`\a`, 100)},
	} {
		checkThaw(t, wire.JSON(), []byte(payload), want...)
	}
}

func TestJSONThawErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ payload, path, reason string }{
		{"", "", "not an array"},
		{"  ", "", "not an array"},
		{"{}", "", "not an array"},
		{"\ufeff[]", "", "not an array"},
		{"null", "", "not an array"},
		{"[\"\xff\"]", "", "not UTF-8"},
		{"[\"\xed\xa0\x80\"]", "", "not UTF-8"},
		{"[] x", "", "1 bytes follow the array, at byte 3"},
		{"[][]", "", "2 bytes follow the array, at byte 2"},
		{"[", "[0]", "ends at byte 1, before a value"},
		{"[1", "", "ends at byte 2, before a comma or the array's end"},
		{"[1,]", "[1]", `']' at byte 3, instead of a value`},
		{"[,1]", "[0]", `',' at byte 1`},
		{"[1 2]", "", `'2' at byte 3, instead of a comma`},
		{"[1}", "", `'}' at byte 2`},
		{"[nul]", "[0]", "instead of null"},
		{"[tru", "[0]", "instead of true"},
		{"[False]", "[0]", `'F' at byte 1, instead of a value`},
		{"[NaN]", "[0]", `'N'`},
		{"[ä]", "[0]", `'ä' at byte 1`},
		{"['a']", "[0]", "instead of a value"},
		{"[+1]", "[0]", "instead of a value"},
		{"[.5]", "[0]", "instead of a value"},
		{"[-]", "[0]", "instead of a digit"},
		{"[1.]", "[0]", "instead of a digit"},
		{"[1.e1]", "[0]", "instead of a digit"},
		{"[1e]", "[0]", "instead of a digit"},
		{"[1e+", "[0]", "before a digit"},
		{"[01]", "[0]", "a zero before it, at byte 1"},
		{"[-00.5]", "[0]", "a zero before it, at byte 1"},
		{"[0x1]", "", `'x' at byte 2`},
		{"[0,[1e999]]", "[1][0]", "beyond the floats, at byte 4"},
		{"[18446744073709551616]", "[0]", "does not fit into 64 bits"},
		{"[-9223372036854775809]", "[0]", "does not fit into 64 bits"},
		{"[99999999999999999999]", "[0]", "does not fit into 64 bits"},
		{"[184467440737095516150]", "[0]", "does not fit into 64 bits"},
		{`["a`, "[0]", "before the string's end"},
		{`["\"]`, "[0]", "before the string's end"},
		{`["\`, "[0]", "before the string's end"},
		{`["\x41"]`, "[0]", "instead of an escape"},
		{"[\"a\nb\"]", "[0]", "must be escaped"},
		{"[\"\\n\x00\"]", "[0]", "must be escaped"},
		{`["\u12g4"]`, "[0]", "without 4 hexadecimal digits"},
		{`["\u12`, "[0]", "without 4 hexadecimal digits"},
		{`["\ud800"]`, "[0]", "at byte 2 that is half of a surrogate pair"},
		{`["\udc00\ud800"]`, "[0]", "half of a surrogate pair"},
		{`["\ud800x"]`, "[0]", "half of a surrogate pair"},
		{`["\ud800\u0041"]`, "[0]", "half of a surrogate pair"},
		{`["\ud800\ud800"]`, "[0]", "half of a surrogate pair"},
		{`["\ud83d\n"]`, "[0]", "half of a surrogate pair"},
		{`[{"a":1,"b":2,"a":3}]`, "[0].a", "the key occurs twice"},
		{`[{"x":{"a":1,"\u0061":3}}]`, "[0].x.a", "the key occurs twice"},
		{`[{a:1}]`, "[0]", "instead of a key"},
		{`[{"a"}]`, "[0]", "instead of a colon"},
		{`[{"a":}]`, "[0].a", "instead of a value"},
		{`[{"a":1,}]`, "[0]", "instead of a key"},
		{`[{"a":1`, "[0]", "before a comma or the object's end"},
		{`[{"a":1]`, "[0]", "instead of a comma or the object's end"},
		{`[{"a b":[{"c":?}]}]`, `[0]["a b"][0].c`, `'?'`},
		{"[1/*x*/]", "", `'/'`},
	} {
		got, err := wire.JSON().Thaw([]byte(test.payload))
		if err == nil {
			t.Errorf("%s: got %v, want the error %q", test.payload, got, test.reason)
			continue
		}
		checkError(t, wire.JSON(), err, test.path, test.reason)
		if got != nil {
			t.Errorf("%s: got %v with an error", test.payload, got)
		}
	}
}
