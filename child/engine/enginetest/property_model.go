package enginetest

import (
	"math"
	"time"
	"unicode/utf8"

	"scripthost.example/wire"
)

// maxExact is the greatest number up to which a float64 holds every integer.
const maxExact = 1 << 53

// A model says what becomes of values in one language and serialiser, as the
// table of values in the description of scripts has it.
type model struct {
	language, serialiser string
}

// echo is what becomes of a value that the parent sends and the script returns.
func (m model) echo(v any) expectation {
	if m.serialiser == "string" {
		return m.echoText(v)
	}
	if levels(v) > wire.MaxDepth {
		return expectation{stage: "parent", path: []location{somewhere}}
	}
	var bad []location
	if m.unsent(v, nil, &bad); bad != nil {
		return expectation{stage: "parent", path: bad}
	}
	var in, out []location
	value := m.through(v, nil, &in, &out)
	switch {
	case len(in) > 0:
		return expectation{stage: "argument", path: in}
	case len(out) > 0:
		return expectation{stage: "result", path: out}
	}
	return expectation{value: value}
}

// echoText is echo for the serialiser string: all that can be sent comes back as
// the text that it is on the wire.
func (m model) echoText(v any) expectation {
	payload, err := wire.String().AppendFreeze(nil, []any{v})
	switch v.(type) {
	case nil, []any, map[string]any, time.Time:
		return expectation{stage: "parent", path: []location{{}}}
	}
	if err != nil {
		panic(err)
	}
	sent, err := wire.String().Thaw(payload)
	if err != nil {
		panic(err)
	}
	return expectation{value: sent[0]}
}

// unsent adds to bad the places of the values that the parent's serialiser
// refuses.
func (m model) unsent(v any, at location, bad *[]location) {
	here := append(location{}, at...)
	switch v := v.(type) {
	case float64:
		if m.serialiser == "json" && (math.IsNaN(v) || math.IsInf(v, 0)) {
			*bad = append(*bad, here)
		}
	case []byte:
		if m.serialiser == "json" {
			*bad = append(*bad, here)
		}
	case []any:
		for i, item := range v {
			m.unsent(item, append(here, i), bad)
		}
	case map[string]any:
		for key, item := range v {
			m.unsent(item, append(here, key), bad)
		}
	}
}

// through is v after it has been to the script and back. What the script cannot
// get is added to in, and what it cannot send to out.
func (m model) through(v any, at location, in, out *[]location) any {
	here := append(location{}, at...)
	switch v := v.(type) {
	case int64:
		if m.language == lua && (v > maxExact || v < -maxExact) {
			*in = append(*in, here)
		}
	case uint64:
		if m.language == lua && v > maxExact {
			*in = append(*in, here)
		}
		if v <= math.MaxInt64 {
			return int64(v)
		}
	case float64:
		return m.number(v, here, out)
	case []byte:
		if m.language == lua && utf8.Valid(v) {
			return string(v)
		}
	case time.Time:
		switch {
		case m.language == lua || m.serialiser == "json":
			return v.Format(time.RFC3339Nano)
		default: // a Date has milliseconds
			return v.Truncate(time.Millisecond)
		}
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = m.through(item, append(here, i), in, out)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, item := range v {
			object[key] = m.through(item, append(here, key), in, out)
		}
		return object
	}
	return v
}

// number is a number of a script's as it arrives in the parent.
func (m model) number(n float64, at location, out *[]location) any {
	whole := n == math.Trunc(n) && !math.IsInf(n, 0)
	switch {
	case !whole && (math.IsNaN(n) || math.IsInf(n, 0)) && m.serialiser == "json":
		*out = append(*out, at)
	case whole && math.Abs(n) <= maxExact:
		if m.language == js && n == 0 && math.Signbit(n) {
			return n
		}
		return int64(n)
	case whole && m.language == lua:
		*out = append(*out, at)
	}
	return n
}
