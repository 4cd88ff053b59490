package main

import (
	"encoding/base64"
	"math"
	"unicode/utf8"

	"scripthost.example/host"
)

// appendJSON appends the JSON array of values. What JSON lacks is written as an
// object that says what it is: octets that are not UTF-8 as {"base64": …}, and
// the numbers that are none as {"number": "NaN"}.
func appendJSON(dst []byte, values []any) ([]byte, error) {
	out, err := host.JSON.AppendFreeze(dst, values)
	if err == nil {
		return out, nil
	}
	return host.JSON.AppendFreeze(dst, forJSON(values).([]any))
}

// appendOneJSON appends the JSON of one value.
func appendOneJSON(dst []byte, value any) ([]byte, error) {
	list, err := appendJSON(nil, []any{value})
	if err != nil {
		return dst, err
	}
	return append(dst, list[1:len(list)-1]...), nil
}

// forJSON is v without what JSON lacks.
func forJSON(v any) any {
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return octets([]byte(v))
		}
	case []byte:
		if !utf8.Valid(v) {
			return octets(v)
		}
		return string(v)
	case float64:
		switch {
		case math.IsNaN(v):
			return map[string]any{"number": "NaN"}
		case math.IsInf(v, 1):
			return map[string]any{"number": "Infinity"}
		case math.IsInf(v, -1):
			return map[string]any{"number": "-Infinity"}
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = forJSON(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key := range v {
			out[key] = forJSON(v[key])
		}
		return out
	}
	return v
}

func octets(b []byte) any {
	return map[string]any{"base64": base64.StdEncoding.EncodeToString(b)}
}
