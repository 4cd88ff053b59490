package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"scripthost.example/wire"
)

// normalise returns values as the serialisers take them: what they do not know
// goes through encoding/json. The list is copied only if it has to be.
func normalise(values []any) ([]any, error) {
	for i, v := range values {
		if plain(v, 0) {
			continue
		}
		out := append([]any(nil), values...)
		for j := i; j < len(out); j++ {
			if plain(out[j], 0) {
				continue
			}
			n, err := throughJSON(out[j])
			if err != nil {
				return nil, &SerialiseError{outcome: outcome(NotSent), Message: fmt.Sprintf("value %d (a %T): %v", j+1, out[j], err)}
			}
			out[j] = n
		}
		return out, nil
	}
	return values, nil
}

// plain reports whether the serialisers know v as it is, or can say themselves
// that it is nested too deep: a value that is in itself always is.
func plain(v any, depth int) bool {
	known, deep := kind(v, depth)
	return known || deep
}

// kind reports whether the serialisers know v, as far as it has been looked at:
// not beyond the first of what is nested too deep.
func kind(v any, depth int) (known, deep bool) {
	switch v := v.(type) {
	case nil, bool, string, []byte, int, int64, uint64, float64, time.Time,
		int8, int16, int32, uint, uint8, uint16, uint32, float32:
		return true, false
	case []any:
		if depth > wire.MaxDepth {
			return false, true
		}
		for _, e := range v {
			if known, deep := kind(e, depth+1); !known {
				return false, deep
			}
		}
		return true, false
	case map[string]any:
		if depth > wire.MaxDepth {
			return false, true
		}
		for _, e := range v {
			if known, deep := kind(e, depth+1); !known {
				return false, deep
			}
		}
		return true, false
	}
	return false, false
}

// throughJSON is v as encoding/json sees it.
func throughJSON(v any) (any, error) {
	b, err := marshal(v)
	if err != nil {
		return nil, err
	}
	list, err := wire.JSON().Thaw(append(append([]byte{'['}, b...), ']'))
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// errNotUTF8 is a text that encoding/json would change.
var errNotUTF8 = errors.New("it holds a text that is not UTF-8: use []byte")

// marshal is json.Marshal, but for what that changes without saying so: octets
// of a text that are not UTF-8. It writes \ufffd for each, and for nothing else
// that a type without a method of its own can hold.
func marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if _, ok := v.(json.Marshaler); ok {
		return b, nil
	}
	const replaced = `\ufffd`
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(replaced))
		if i < 0 {
			return b, nil
		}
		before := bytes.TrimRight(b[from:from+i], `\`)
		if (i-len(before))%2 == 0 { // else the backslash is itself escaped
			return nil, errNotUTF8
		}
		from += i + len(replaced)
	}
}

// octetsAsList returns v with each []byte as a list of numbers. Encoding/json
// reads that into a []byte as it is, and into no text: the base64 text that it
// makes of a []byte itself would fit a string, and be wrong.
func octetsAsList(v any) any {
	switch v := v.(type) {
	case []byte:
		list := make([]uint16, len(v))
		for i, b := range v {
			list[i] = uint16(b)
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = octetsAsList(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = octetsAsList(e)
		}
		return m
	}
	return v
}

// assign stores a value that was received in what dst points to.
func assign(v any, dst any) error {
	switch d := dst.(type) {
	case *any:
		*d = v
		return nil
	case *string:
		switch s := v.(type) {
		case string:
			*d = s
			return nil
		case []byte: // what a script's string is that is not UTF-8
			*d = string(s)
			return nil
		}
	case *[]byte:
		switch s := v.(type) {
		case []byte:
			*d = s
			return nil
		case string:
			*d = []byte(s)
			return nil
		}
	case *int64:
		if n, ok := v.(int64); ok {
			*d = n
			return nil
		}
	case *float64:
		switch n := v.(type) {
		case float64:
			*d = n
			return nil
		case int64:
			*d = float64(n)
			return nil
		}
	case *time.Time:
		if t, ok := v.(time.Time); ok {
			*d = t
			return nil
		}
	case *[]any:
		if l, ok := v.([]any); ok {
			*d = l
			return nil
		}
	case *map[string]any:
		if m, ok := v.(map[string]any); ok {
			*d = m
			return nil
		}
	}
	b, err := marshal(octetsAsList(v))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, dst); err != nil {
		return fmt.Errorf("%s does not fit: %w", describe(v), err)
	}
	return nil
}

func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing (nil)"
	case string:
		return "a string"
	case []byte:
		return "a list of octets"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprint(v)
	}
}
