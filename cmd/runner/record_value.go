package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"scripthost.example/wire"
)

// A recordValue is a value of a call or of a host call, exactly, in JSON that people
// can read and change: what JSON has not is an object with one key that starts with
// $. Integers have no point and no exponent, floats have one.
type recordValue struct{ v any }

// Keys of what JSON has not.
const (
	keyText   = "$text"   // text that is not UTF-8, in base64
	keyBytes  = "$bytes"  // octets that are UTF-8
	keyBase64 = "$base64" // other octets
	keyFloat  = "$float"  // NaN, +Inf, -Inf
	keyTime   = "$time"   // as in RFC 3339
	keyObject = "$object" // an object with a key that starts with $
)

// recordValues are a list of them.
func recordValues(list []any) []recordValue {
	out := make([]recordValue, len(list))
	for i, v := range list {
		out[i].v = v
	}
	return out
}

func plainValues(list []recordValue) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v.v
	}
	return out
}

// MarshalJSON implements json.Marshaler.
func (r recordValue) MarshalJSON() ([]byte, error) { return json.Marshal(forRecord(r.v)) }

// UnmarshalJSON implements json.Unmarshaler.
func (r *recordValue) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil {
		r.v, err = fromRecord(v)
	}
	return err
}

// forRecord is v as encoding/json is to write it.
func forRecord(v any) any {
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return map[string]any{keyText: base64.StdEncoding.EncodeToString([]byte(v))}
		}
	case []byte:
		if utf8.Valid(v) {
			return map[string]any{keyBytes: string(v)}
		}
		return map[string]any{keyBase64: base64.StdEncoding.EncodeToString(v)}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return map[string]any{keyFloat: strconv.FormatFloat(v, 'g', -1, 64)}
		}
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return json.RawMessage(text)
	case time.Time:
		return map[string]any{keyTime: v.Format(time.RFC3339Nano)}
	case []any:
		return recordValues(v)
	case map[string]any:
		out := make(map[string]recordValue, len(v))
		special := false
		for key, value := range v {
			out[key] = recordValue{value}
			special = special || strings.HasPrefix(key, "$")
		}
		if special {
			return map[string]any{keyObject: out}
		}
		return out
	}
	return v // nil, booleans and integers
}

// fromRecord is the value that encoding/json has read.
func fromRecord(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return recordNumber(string(v))
	case []any:
		for i := range v {
			var err error
			if v[i], err = fromRecord(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if len(v) == 1 {
			for key, value := range v {
				if strings.HasPrefix(key, "$") {
					return fromSpecial(key, value)
				}
			}
		}
		return v, fromObject(v)
	}
	return v, nil
}

func fromObject(v map[string]any) error {
	for key := range v {
		var err error
		if v[key], err = fromRecord(v[key]); err != nil {
			return err
		}
	}
	return nil
}

// fromSpecial is the value of an object that stands for what JSON has not.
func fromSpecial(key string, value any) (any, error) {
	if object, ok := value.(map[string]any); ok && key == keyObject {
		return object, fromObject(object)
	}
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("a value with the key %s that is not text", key)
	}
	var err error
	switch key {
	case keyBytes:
		return []byte(text), nil
	case keyText, keyBase64:
		var octets []byte
		if octets, err = base64.StdEncoding.DecodeString(text); err == nil {
			if key == keyText {
				return string(octets), nil
			}
			return octets, nil
		}
	case keyFloat:
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil {
			return f, nil
		}
	case keyTime:
		var at time.Time
		if at, err = time.Parse(time.RFC3339Nano, text); err == nil {
			return at, nil
		}
	default:
		err = errors.New("there is no such key")
	}
	return nil, fmt.Errorf("a value with the key %s: %w", key, err)
}

func recordNumber(text string) (any, error) {
	if strings.ContainsAny(text, ".eE") {
		return strconv.ParseFloat(text, 64)
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	u, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("the integer %s has more than 64 bits", text)
	}
	return u, nil
}

// sameValues compares two lists as a record has them.
func sameValues(a, b []any) bool {
	x, errX := json.Marshal(recordValues(a))
	y, errY := json.Marshal(recordValues(b))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// maxShownValue is how many bytes of one value are shown.
const maxShownValue = 60

// shown are values as people read them: JSON, and of long ones the beginning and
// the size.
func shown(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = shownValue(v)
	}
	return printable(strings.Join(parts, ", "))
}

func shownValue(v any) string {
	switch v := v.(type) {
	case []byte:
		if !utf8.Valid(v) {
			return fmt.Sprintf("<%d octets>", len(v))
		}
		return shownText(string(v))
	case string:
		return shownText(v)
	}
	text, err := json.Marshal(recordValue{v})
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > maxShownValue {
		return wire.ValidText(string(text[:maxShownValue])) + "…"
	}
	return string(text)
}

func shownText(s string) string {
	if len(s) <= maxShownValue {
		return quoteJSON(s)
	}
	cut := maxShownValue
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return quoteJSON(s[:cut]) + fmt.Sprintf("… (%d octets)", len(s))
}

func quoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(wire.ValidText(s)) // a string can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}
