package wire_test

import (
	"encoding/hex"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"scripthost.example/wire"
)

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Most of the vectors are from appendix A of RFC 8949.
func TestCBORGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value any
		want  string
	}{
		{nil, "f6"}, {false, "f4"}, {true, "f5"},
		{0, "00"}, {23, "17"}, {24, "1818"}, {1000, "1903e8"}, {1000000, "1a000f4240"}, {int64(1000000000000), "1b000000e8d4a51000"},
		{uint64(math.MaxUint64), "1bffffffffffffffff"}, {-1, "20"}, {-100, "3863"}, {-1000, "3903e7"}, {int64(math.MinInt64), "3b7fffffffffffffff"},
		{0.0, "f90000"}, {math.Copysign(0, -1), "f98000"}, {1.0, "f93c00"}, {1.1, "fb3ff199999999999a"}, {1.5, "f93e00"}, {65504.0, "f97bff"},
		{100000.0, "fa47c35000"}, {3.4028234663852886e+38, "fa7f7fffff"}, {1e300, "fb7e37e43c8800759c"},
		{5.960464477539063e-8, "f90001"}, {0.00006103515625, "f90400"}, {-4.0, "f9c400"}, {-4.1, "fbc010666666666666"},
		{math.Ldexp(1023, -24), "f903ff"}, {math.Ldexp(1, -25), "fa33000000"}, {math.Ldexp(3, -25), "fa33c00000"}, {float32(0.1), "fa3dcccccd"},
		{math.Inf(1), "f97c00"}, {math.Inf(-1), "f9fc00"}, {math.NaN(), "f97e00"},
		{"", "60"}, {"IETF", "6449455446"}, {"\"\\", "62225c"}, {"ü", "62c3bc"}, {[]byte{}, "40"}, {[]byte{1, 2, 3, 4}, "4401020304"},
		{[]any{}, "80"}, {[]any{1, []any{2, 3}}, "8201820203"},
		{map[string]any{}, "a0"}, {map[string]any{"a": 1, "b": []any{2, 3}}, "a26161016162820203"},
		// Shorter keys stand before longer ones.
		{map[string]any{"aa": 1, "b": 2, "": 3}, "a360036162026261" + "6101"},
		{time.Date(2013, 3, 21, 20, 4, 0, 0, time.UTC), "c074323031332d30332d32315432303a30343a30305a"},
		{time.Date(2013, 3, 21, 21, 4, 0, 5e8, time.FixedZone("", 3600)), "c076323031332d30332d32315432303a30343a30302e355a"},
	}
	for _, test := range tests {
		if got := hex.EncodeToString(mustFreeze(t, wire.CBOR(), test.value)); got != "81"+test.want {
			t.Errorf("%v: got %s, want 81%s", test.value, got, test.want)
		}
	}
	if got := mustFreeze(t, wire.CBOR()); string(got) != "\x80" {
		t.Errorf("no values are %x", got)
	}
}

func TestCBORThaw(t *testing.T) {
	t.Parallel()
	date := time.Date(2013, 3, 21, 20, 4, 0, 0, time.UTC)
	for payload, want := range map[string][]any{
		"80": {}, "9fff": {}, "9f01820203ff": {int64(1), []any{int64(2), int64(3)}},
		"9b000000000000000101": {int64(1)}, // lengths and integers need not be in their shortest form
		"811b0000000000000007": {int64(7)}, "813b7fffffffffffffff": {int64(math.MinInt64)}, "811b8000000000000000": {uint64(1 << 63)},
		"81f7":                       {nil},
		"83f90001f903fff90400":       {math.Ldexp(1, -24), math.Ldexp(1023, -24), math.Ldexp(1, -14)},
		"83f97c00f9fc00f97e00":       {math.Inf(1), math.Inf(-1), math.NaN()},
		"82fa3fc00000fa7fc00000":     {1.5, math.NaN()},
		"82f98000fb8000000000000000": {math.Copysign(0, -1), math.Copysign(0, -1)},
		"815f42010243030405ff":       {[]byte{1, 2, 3, 4, 5}}, "815fff": {[]byte{}},
		"817f657374726561646d696e67ff": {"streaming"}, "817fff": {""},
		"81bf61610161629f0203ffff": {map[string]any{"a": int64(1), "b": []any{int64(2), int64(3)}}},
		"81bfff":                   {map[string]any{}},
		"81a17f61616162ff01":       {map[string]any{"ab": int64(1)}},
		"81c074323031332d30332d32315432303a30343a30305a":             {date},
		"81c07f74323031332d30332d32315432303a30343a30305aff":         {date},
		"81c07819323031332d30332d32315432323a30343a30302b30323a3030": {date},
		"81c11a514b67b0": {date}, "81c1fb41d452d9ec200000": {date.Add(500 * time.Millisecond)}, "81c120": {time.Unix(-1, 0)},
		"81c1fbbddb7cdfd9d7bdbb":                       {time.Unix(0, 0)}, // -1e-10 s
		"81c1f9b800":                                   {time.Unix(-1, 5e8)},
		"83c24101c240c3480000000000000000":             {int64(1), int64(0), int64(-1)},
		"82c24900ffffffffffffffffc3487fffffffffffffff": {uint64(math.MaxUint64), int64(math.MinInt64)},
		"81c25f41014100ff":                             {int64(256)},
	} {
		checkThaw(t, wire.CBOR(), fromHex(t, payload), want...)
	}
}

func TestCBORThawErrors(t *testing.T) {
	t.Parallel()
	const twice = "the key occurs twice"
	for _, test := range []struct{ payload, path, reason string }{
		{"", "", "ends at byte 0"},
		{"a0", "", "the payload is not an array"}, {"01", "", "not an array"}, {"f6", "", "not an array"}, {"d9d9f780", "", "not an array"},
		{"8001", "", "1 bytes follow the array, at byte 1"}, {"9fff00", "", "1 bytes follow"},
		{"8201", "[1]", "ends at byte 2"}, {"83", "", "ends at byte 1"}, {"9f", "", "ends at byte 1"}, {"9f01", "", "ends at byte 2"},
		{"8119", "[0]", "ends"}, {"811900", "[0]", "ends"}, {"816261", "[0]", "ends"}, {"814261", "[0]", "ends"}, {"81fb00", "[0]", "ends"},
		{"81a1", "[0]", "ends"}, {"81a16161", "[0].a", "ends"}, {"815f", "[0]", "ends"}, {"817f6161", "[0]", "ends"}, {"81c0", "[0]", "ends"}, {"81c2", "[0]", "ends"},
		{"811c", "[0]", "no value starts with the octet 0x1c, at byte 1"}, {"813d", "[0]", "0x3d"}, {"815e", "[0]", "0x5e"}, {"811f", "[0]", "0x1f"},
		{"813f", "[0]", "0x3f"}, {"81df", "[0]", "0xdf"}, {"81fc", "[0]", "0xfc"}, {"81ff", "[0]", "0xff, at byte 1"}, {"9c", "", "0x9c"},
		{"81a1ff", "[0]", "a key that is not text"}, {"81bf6161ff", "[0].a", "0xff"},
		{"815f6161ff", "[0]", "part of a string"}, {"817f4161ff", "[0]", "part of a string"}, {"817f7f6161ffff", "[0]", "part of a string"}, {"815f01ff", "[0]", "part of a string"},
		{"8161ff", "[0]", "text that is not UTF-8, at byte 2"}, {"817f61c361bcff", "[0]", "not UTF-8"}, {"81a161ff01", "[0]", "a key that is not UTF-8, at byte 3"},
		{"81a10102", "[0]", "a key that is not text, at byte 2"}, {"81a1416101", "[0]", "a key that is not text"}, {"81a1f601", "[0]", "a key that is not text"},
		{"81a1c0616101", "[0]", "a key that is not text"}, {"81a18001", "[0]", "a key that is not text"},
		{"81a2616101616102", "[0].a", twice}, {"81bf6178017f6178ff02ff", "[0].x", twice},
		{"813bffffffffffffffff", "[0]", "does not fit into 64 bits"}, {"813b8000000000000000", "[0]", "does not fit into 64 bits"},
		{"81c249010000000000000000", "[0]", "does not fit into 64 bits"}, {"81c3488000000000000000", "[0]", "does not fit into 64 bits"},
		{"81c201", "[0]", "the tag 2 before something"}, {"81c26161", "[0]", "the tag 2"}, {"81c3c24101", "[0]", "the tag 3"},
		{"81c001", "[0]", "the tag 0"}, {"81c04161", "[0]", "the tag 0"}, {"81c0f6", "[0]", "the tag 0"}, {"81c16161", "[0]", "the tag 1"}, {"81c1f6", "[0]", "the tag 1"}, {"81c1c100", "[0]", "the tag 1"},
		{"81c06161", "[0]", "RFC 3339"}, {"81c06a323031332d30332d3231", "[0]", "RFC 3339"},
		{"81c07819303030302d30312d30315430303a30303a30302b30313a3030", "[0]", "years 0 to 9999"},
		{"81c11b7fffffffffffffff", "[0]", "years 0 to 9999"}, {"81c13b7fffffffffffffff", "[0]", "years 0 to 9999"}, {"81c11b8000000000000000", "[0]", "the tag 1"},
		{"81c1f97e00", "[0]", "years 0 to 9999"}, {"81c1f97c00", "[0]", "years 0 to 9999"}, {"81c1fb7e37e43c8800759c", "[0]", "years 0 to 9999"},
		{"81c401", "[0]", "the tag 4 cannot be carried"}, {"8201d9d9f701", "[1]", "the tag 55799 cannot be carried"}, {"81a16162c801", "[0].b", "the tag 8"},
		{"81e0", "[0]", "the simple value 0 cannot be carried"}, {"81f8ff", "[0]", "the simple value 255"}, {"81f3", "[0]", "the simple value 19"},
	} {
		got, err := wire.CBOR().Thaw(fromHex(t, test.payload))
		if err == nil {
			t.Errorf("%s: got %v, want the error %q", test.payload, got, test.reason)
			continue
		}
		checkError(t, wire.CBOR(), err, test.path, test.reason)
		if t.Failed() {
			t.Fatalf("payload %s", test.payload)
		}
		if got != nil {
			t.Errorf("%s: got %v with an error", test.payload, got)
		}
	}
}

// peerCBOR is another implementation of CBOR, set to this one's rules as far as
// it has them.
func peerCBOR(t testing.TB) (cbor.EncMode, cbor.DecMode) {
	t.Helper()
	e := cbor.CoreDetEncOptions()
	e.Time, e.TimeTag = cbor.TimeRFC3339NanoUTC, cbor.EncTagRequired
	enc, err := e.EncMode()
	if err != nil {
		t.Fatal(err)
	}
	dec, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:  wire.MaxDepth + 2, // the list, and a tag
		MaxArrayElements: math.MaxInt32,
		MaxMapPairs:      math.MaxInt32,
		IntDec:           cbor.IntDecConvertSignedOrBigInt,
		BigIntDec:        cbor.BigIntDecodePointer,
	}.DecMode()
	if err != nil {
		t.Fatal(err)
	}
	return enc, dec
}

// fromPeer turns what another implementation made of a payload into the types
// that Thaw returns.
func fromPeer(v any) any {
	switch v := v.(type) {
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v)
		}
	case *big.Int:
		if v.IsInt64() {
			return v.Int64()
		}
		return v.Uint64()
	case float32:
		return float64(v)
	case time.Time:
		return v.UTC()
	case []any:
		for i := range v {
			v[i] = fromPeer(v[i])
		}
	case map[any]any:
		m := map[string]any{}
		for key := range v {
			m[key.(string)] = fromPeer(v[key])
		}
		return m
	}
	return v
}

func TestCBORPeer(t *testing.T) {
	t.Parallel()
	enc, dec := peerCBOR(t)
	values := peerValues()
	payload := mustFreeze(t, wire.CBOR(), values...)
	if want, err := enc.Marshal(values); err != nil || string(payload) != string(want) {
		t.Errorf("the peer writes %x (%v), not %x", want, err, payload)
	}
	var got []any
	if err := dec.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	if !sameValue(fromPeer(got), values) {
		t.Errorf("the peer reads %v", got)
	}
}

// peerValues are values that every implementation of cbor and msgpack has.
func peerValues() []any {
	values := []any{
		nil, true, false, "", "ä€😀", []byte{}, []byte("\x00\xff"), make([]byte, 70000),
		[]any{}, []any{[]any{nil}, "x"}, map[string]any{"b": int64(1), "aa": []any{map[string]any{}}, "": "y"},
		math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 0.1, 1e300,
		time.Unix(0, 0).UTC(), time.Unix(-5, 7).UTC(), time.Unix(1<<33, 1).UTC(), time.Unix(1<<35, 1).UTC(),
	}
	for shift := range 64 {
		values = append(values, int64(1)<<shift, int64(-1)<<shift, int64(1)<<shift-1, int64(-1)<<shift-1)
		values = append(values, math.Ldexp(1, shift-40), -math.Ldexp(1+1.0/1024, shift-40), math.Ldexp(1+1.0/2048, shift-40))
	}
	return append(values, uint64(1<<63), uint64(math.MaxUint64))
}
