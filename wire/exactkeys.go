package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// mayFold reports whether package json might take a key of a message for another one
// that it resembles: keys are in lower case, and that does not look at case.
func mayFold(payload []byte) bool {
	for rest := payload; ; {
		at := bytes.IndexByte(rest, '"')
		if at < 0 {
			return false
		}
		rest = rest[at+1:]
		end, odd := 0, false
		for ; end < len(rest) && rest[end] != '"'; end++ {
			switch c := rest[end]; {
			case c == '\\':
				odd = true
				end++
			case 'A' <= c && c <= 'Z', c >= 0x80: // there are other letters for k and s
				odd = true
			}
		}
		if end >= len(rest) {
			return false // it is no JSON
		}
		rest = rest[end+1:]
		if odd && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(":")) {
			return true
		}
	}
}

// exactKeys is a message of type t in which keys that t does not have, exactly as they
// are, resemble none that it has. What is no JSON is returned as it is.
func exactKeys(payload []byte, t reflect.Type) []byte {
	if !json.Valid(payload) {
		return payload
	}
	w := keyWalk{data: bytes.Clone(payload)}
	w.value(t)
	return w.data
}

// A keyWalk goes once through JSON that is valid, and so not nested too deep.
type keyWalk struct {
	data []byte
	pos  int
}

// next skips white space and returns what stands behind it.
func (w *keyWalk) next() byte {
	for strings.IndexByte(" \t\r\n", w.data[w.pos]) >= 0 {
		w.pos++
	}
	return w.data[w.pos]
}

// value goes through a value, for something of type t, or if that is nil for anything.
func (w *keyWalk) value(t reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch w.next() {
	case '{':
		w.list('}', func() {
			w.next()
			start := w.pos
			w.text()
			of, known := fieldOf(t, w.data[start:w.pos])
			if !known && t != nil {
				for i := start + 1; i < w.pos-1; i++ {
					w.data[i] = '?'
				}
			}
			w.next()
			w.pos++ // the colon
			w.value(of)
		})
	case '[':
		var of reflect.Type
		if t != nil && t.Kind() == reflect.Slice {
			of = t.Elem()
		}
		w.list(']', func() { w.value(of) })
	case '"':
		w.text()
	default:
		for w.pos < len(w.data) && strings.IndexByte(",]} \t\r\n", w.data[w.pos]) < 0 {
			w.pos++
		}
	}
}

// list goes through what has commas between its elements, up to end.
func (w *keyWalk) list(end byte, element func()) {
	w.pos++
	if w.next() == end {
		w.pos++
		return
	}
	for {
		element()
		last := w.next() == end
		w.pos++
		if last {
			return
		}
	}
}

func (w *keyWalk) text() {
	for w.pos++; w.data[w.pos] != '"'; w.pos++ {
		if w.data[w.pos] == '\\' {
			w.pos++
		}
	}
	w.pos++
}

// fieldOf is the type of what t has for a key, nil if that can be anything.
func fieldOf(t reflect.Type, key []byte) (of reflect.Type, known bool) {
	var name string
	if t == nil || json.Unmarshal(key, &name) != nil {
		return nil, false
	}
	if t.Kind() != reflect.Struct {
		return nil, true // any keys are as good
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name && name != "" {
			return f.Type, true
		}
	}
	return nil, false
}
