//go:build unix

package main

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

// A value is the same when it comes out of a record.
func TestRecordValue(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		nil, true, int64(0), int64(-1 << 63), uint64(1<<64 - 1), 1.5, 3.0, math.Copysign(0, -1), 1e300, math.Inf(-1), math.NaN(),
		"", "text", "\x00\xff", []byte{}, []byte("text"), []byte{0xff},
		time.Date(2024, 2, 29, 12, 0, 0, 5, time.UTC),
		[]any{}, []any{int64(1), []any{nil}, 2.0},
		map[string]any{}, map[string]any{"a": []byte("x")}, map[string]any{"$text": "x"}, map[string]any{"$a": int64(1), "b": 1.0},
	} {
		text, err := json.Marshal(recordValue{v})
		if err != nil {
			t.Fatalf("%#v: %v", v, err)
		}
		var got recordValue
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		f, isFloat := v.(float64)
		g, _ := got.v.(float64)
		if isFloat && math.Float64bits(f) == math.Float64bits(g) || isFloat && f != f && g != g {
			continue
		}
		if !reflect.DeepEqual(got.v, v) {
			t.Errorf("%#v is %s, and that %#v", v, text, got.v)
		}
	}
	for _, text := range []string{`18446744073709551616`, `{"$what":"x"}`, `{"$bytes":1}`, `{"$base64":"?"}`, `{"$time":"noon"}`, `{"$float":"x"}`, `[{"$object":{"a":{"$text":"?"}}}]`, `1e999`} {
		if err := json.Unmarshal([]byte(text), new(recordValue)); err == nil {
			t.Errorf("%s is no error", text)
		}
	}
}
