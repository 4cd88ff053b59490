package lua

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// maxDepth is how deep tables may be nested.
const maxDepth = 512

// keepScratch is how many values there is room kept for.
const keepScratch = 1024

// rules are what a serialiser can carry.
type rules struct {
	text   bool // nothing but octet strings
	binary bool // octets apart from text
	finite bool // no NaN and no infinities (codecs see to that themselves)
}

// frozen returns a frame with the values on L from index first on. what names
// a value in errors, with %d for its number.
func (v *vm) frozen(L *glua.LState, first int, what string) ([]byte, *engine.Error) {
	if v.freeze != nil {
		return v.frozenByScript(L, first)
	}
	if v.stream != nil {
		return v.frozenStreamed(L, first, what)
	}
	frame := v.services.Frame()
	if v.octets != nil {
		if frame, ok := v.appendOctets(frame, L, first); ok {
			return frame, nil
		}
	}
	values := v.scratch[:0]
	defer func() {
		clear(values)
		if cap(values) <= keepScratch {
			v.scratch = values[:0]
		}
	}()
	r := rules{text: v.cfg.Text, binary: v.cfg.Binary}
	top := L.GetTop()
	for i := first; i <= top; i++ {
		x, bad := v.freezeValue(L.Get(i), r)
		if bad != nil {
			return nil, bad.named(fmt.Sprintf(what, i-first+1))
		}
		values = append(values, x)
	}
	frame, err := v.cfg.Codec.AppendFreeze(frame, values)
	if err != nil {
		return nil, codecFailure(err)
	}
	return frame, nil
}

// appendOctets is frozen for octet strings, and what is written out as such. It reports
// false, and appends nothing, if that is not for the codec to do one by one.
func (v *vm) appendOctets(frame []byte, L *glua.LState, first int) ([]byte, bool) {
	appended := frame
	top := L.GetTop()
	for i := first; i <= top; i++ {
		var s string
		switch value := L.Get(i).(type) {
		case glua.LString:
			s = string(value)
		case glua.LNumber:
			s = formatNumber(float64(value))
		case glua.LBool:
			s = value.String()
		default:
			return frame, false
		}
		var ok bool
		if appended, ok = v.octets.AppendOctets(appended, s); !ok {
			return frame, false
		}
	}
	return appended, true
}

// freezeArgs returns the values on L from index first on as arguments of a host
// function, which can be anything that is a value.
func (v *vm) freezeArgs(L *glua.LState, first int, function string) ([]any, *engine.Error) {
	top := L.GetTop()
	if top < first {
		return nil, nil
	}
	args := make([]any, 0, top-first+1)
	for i := first; i <= top; i++ {
		x, bad := v.freezeValue(L.Get(i), rules{binary: true})
		if bad != nil {
			return nil, bad.named("argument " + strconv.Itoa(i-first+1) + " of " + function)
		}
		args = append(args, x)
	}
	return args, nil
}

// toJSON converts a value for an error or a log record. It reports false if
// JSON cannot carry the value.
func (v *vm) toJSON(value glua.LValue) (any, bool) {
	x, bad := v.freezeValue(value, rules{finite: true})
	return x, bad == nil
}

// freezeValue converts a value that is not inside a table.
func (v *vm) freezeValue(value glua.LValue, r rules) (any, *badValue) {
	if r.text {
		switch value := value.(type) {
		case glua.LString:
			return string(value), nil
		case glua.LNumber:
			return formatNumber(float64(value)), nil
		case glua.LBool:
			return value.String(), nil
		case *glua.LFunction, *glua.LState, *glua.LUserData:
			return nil, badf("is %s, which no serialiser carries", v.typeName(value))
		}
		return nil, badf("is %s: the serialiser \"string\" carries strings, numbers and booleans only; use json, cbor or msgpack for more", v.typeName(value))
	}
	return v.freezeNested(value, r, 0)
}

func (v *vm) freezeNested(value glua.LValue, r rules, depth int) (any, *badValue) {
	switch value := value.(type) {
	case glua.LString:
		return freezeString(string(value), r)
	case glua.LNumber:
		n := float64(value)
		if !isWhole(n) {
			if r.finite && (math.IsNaN(n) || math.IsInf(n, 0)) {
				return nil, badf("is %s", nameNumber(n))
			}
			return n, nil
		}
		if math.Abs(n) > maxExact {
			return nil, inexact(n)
		}
		return int64(n), nil
	case glua.LBool:
		return bool(value), nil
	case *glua.LNilType:
		return nil, nil
	case *glua.LTable:
		return v.freezeTable(value, r, depth+1)
	case *glua.LUserData:
		if value == v.null {
			return nil, nil
		}
	}
	return nil, badf("is %s, which cannot be carried", v.typeName(value))
}

func freezeString(s string, r rules) (any, *badValue) {
	switch {
	case utf8.ValidString(s):
		return s, nil
	case r.binary:
		return []byte(s), nil
	}
	return nil, octetText()
}

func (v *vm) freezeTable(tb *glua.LTable, r rules, depth int) (any, *badValue) {
	if depth > maxDepth {
		return nil, tooDeep(tb)
	}
	n := tb.Len()
	last := glua.LNil
	if n > 0 {
		last = glua.LNumber(n)
	}
	key, value := tb.Next(last)
	switch {
	case key == glua.LNil && n == 0:
		if tb.Metatable == v.meta.object {
			return map[string]any{}, nil
		}
		return []any{}, nil
	case key == glua.LNil:
		return v.freezeArray(tb, n, r, depth)
	case n > 0:
		return nil, v.neither(key)
	}
	object := make(map[string]any)
	for ; key != glua.LNil; key, value = tb.Next(key) {
		name, ok := key.(glua.LString)
		if !ok {
			return nil, v.badKey(key)
		}
		if !utf8.ValidString(string(name)) {
			return nil, octetKey(string(name))
		}
		x, bad := v.freezeNested(value, r, depth)
		if bad != nil {
			return nil, bad.in(tb, fieldName(string(name)))
		}
		object[string(name)] = x
	}
	return object, nil
}

func (v *vm) freezeArray(tb *glua.LTable, n int, r rules, depth int) (any, *badValue) {
	list := make([]any, n)
	for i := range list {
		item := tb.RawGetInt(i + 1)
		if item == glua.LNil {
			return nil, hole(i+1, n)
		}
		x, bad := v.freezeNested(item, r, depth)
		if bad != nil {
			return nil, bad.in(tb, "["+strconv.Itoa(i+1)+"]")
		}
		list[i] = x
	}
	return list, nil
}

// typeName is "a table", "nil" and so on.
func (v *vm) typeName(value glua.LValue) string {
	switch {
	case value == glua.LNil:
		return "nil"
	case value == v.null:
		return "json.null"
	}
	return "a " + value.Type().String()
}

func (v *vm) keyName(key glua.LValue) string {
	switch key := key.(type) {
	case glua.LString:
		return strconv.Quote(string(key))
	case glua.LNumber:
		return formatNumber(float64(key))
	case glua.LBool:
		return key.String()
	}
	return "that is " + v.typeName(key)
}

// fieldName is name as it would be written behind a table.
func fieldName(name string) string {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return "[" + strconv.Quote(name) + "]"
		}
	}
	if name == "" {
		return `[""]`
	}
	return "." + name
}

// A badValue is a value that cannot be carried: where it is, innermost first,
// and why not.
type badValue struct {
	path []string
	why  string
	// deepest is the table at which the depth was exceeded. If the value is
	// inside that very table, it is not deep but endless.
	deepest *glua.LTable
}

func badf(format string, args ...any) *badValue {
	return &badValue{why: fmt.Sprintf(format, args...)}
}

// What may be wrong with a value.

func inexact(n float64) *badValue {
	return badf("is %s: whole numbers beyond 2^53 are not exact in Lua; send it as a string", strconv.FormatFloat(n, 'g', -1, 64))
}

func octetText() *badValue {
	return badf("is a string that is not UTF-8: use cbor or msgpack for octets")
}

func tooDeep(tb *glua.LTable) *badValue {
	bad := badf("is nested deeper than %d tables", maxDepth)
	bad.deepest = tb
	return bad
}

func (v *vm) neither(key glua.LValue) *badValue {
	return badf("has both items 1 to n and the key %s: it is neither an array nor an object", v.keyName(key))
}

func (v *vm) badKey(key glua.LValue) *badValue {
	return badf("has the key %s: keys must be strings, or 1 to n", v.keyName(key))
}

func octetKey(name string) *badValue {
	return badf("has the key %q, which is not UTF-8", name)
}

func hole(i, n int) *badValue {
	return badf("has a hole: item %d is nil and item %d is not; use json.null", i, n)
}

// in adds the key of the table, if the value is in one of Lua's, to the path.
func (b *badValue) in(tb *glua.LTable, key string) *badValue {
	b.path = append(b.path, key)
	if tb != nil && tb == b.deepest {
		b.path = b.path[:0]
		b.why = "contains itself"
	}
	return b
}

// maxPath is how many keys of a path are shown.
const maxPath = 16

// named makes an error that starts with what the outermost value is.
func (b *badValue) named(name string) *engine.Error {
	path := b.path
	omitted := ""
	if len(path) > maxPath {
		path = path[len(path)-maxPath:]
		omitted = "..."
	}
	for i := range path {
		name += path[len(path)-1-i]
	}
	return &engine.Error{Kind: engine.KindSerialise, Language: language, Message: name + omitted + " " + b.why}
}
