package js

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// maxNesting is how deep objects and arrays may be nested in a value.
const maxNesting = 512

// maxItems is how many items an array may have: more than any payload can hold.
const maxItems = 1 << 28

// The types by which goja tells its kinds of objects apart.
var (
	typeFunction = reflect.TypeFor[func(goja.FunctionCall) goja.Value]()
	typeClass    = reflect.TypeFor[func(goja.ConstructorCall) *goja.Object]()
	typePromise  = reflect.TypeFor[*goja.Promise]()
	typeProxy    = reflect.TypeFor[goja.Proxy]()
	typeBytes    = reflect.TypeFor[[]byte]()
	typeBuffer   = reflect.TypeFor[goja.ArrayBuffer]()
	typeTime     = reflect.TypeFor[time.Time]()
	typeObject   = reflect.TypeFor[map[string]any]()
	typeArray    = reflect.TypeFor[[]any]()
)

// An exporter turns a script's values into those that codecs carry. It runs
// getters and toJSON methods, so it is used inside the VM only: what they
// throw passes through it.
type exporter struct {
	v      *vm
	binary bool // octets can be carried
	finite bool // NaN and infinities cannot
	// path is what encloses the value being exported, outermost first.
	path []*goja.Object
}

// A valueError is a value that cannot be carried.
type valueError struct {
	what  string   // about the value: "is a function, which cannot be carried"
	where []string // the steps to it, the last one first
	show  int      // how many steps from the root are shown
}

// step adds the step that is the nth one from the root.
func (e *valueError) step(nth int, name string) *valueError {
	if nth <= e.show {
		e.where = append(e.where, name)
	}
	return e
}

// about completes the message for the value that the script calls root.
func (e *valueError) about(root string) string {
	var b strings.Builder
	b.WriteString(root)
	for i := len(e.where) - 1; i >= 0; i-- {
		b.WriteString(e.where[i])
	}
	return b.String() + " " + e.what
}

func (x *exporter) refuse(format string, args ...any) *valueError {
	return &valueError{what: fmt.Sprintf(format, args...), show: math.MaxInt}
}

// export returns value as a nil, bool, int64, uint64, float64, string, []byte,
// []any, map[string]any or time.Time. Octets are the script's own: they may
// change as soon as it runs again.
func (x *exporter) export(value goja.Value) (any, *valueError) {
	switch value := value.(type) {
	case nil:
		return nil, nil
	case goja.String:
		s := value.String()
		if loneSurrogate(value, s) {
			return nil, x.refuse("is a string with half a surrogate pair, which UTF-8 cannot carry")
		}
		return s, nil
	case *goja.Object:
		return x.object(value)
	case *goja.Symbol:
		return nil, x.refuse("is a symbol, which cannot be carried")
	}
	switch n := value.Export().(type) {
	case *big.Int:
		switch {
		case n.IsInt64():
			return n.Int64(), nil
		case n.IsUint64():
			return n.Uint64(), nil
		}
		return nil, x.refuse("is a BigInt of more than 64 bits")
	case float64:
		if x.finite && (math.IsNaN(n) || math.IsInf(n, 0)) {
			return nil, x.refuse("is %v, which cannot be carried", value)
		}
		if n == math.Trunc(n) && math.Abs(n) <= maxSafeInteger && (n != 0 || !math.Signbit(n)) {
			return int64(n), nil
		}
		return n, nil
	default: // nil for null and undefined, bool, int64
		return n, nil
	}
}

func (x *exporter) object(o *goja.Object) (any, *valueError) {
	switch o.ExportType() {
	case typeFunction, typeClass:
		return nil, x.refuse("is a function, which cannot be carried")
	case typeBytes, typeBuffer:
		if !x.binary {
			return nil, x.refuse("is octets, which this serialiser cannot carry: encode them as text, or use cbor or msgpack")
		}
		return x.v.octets(o), nil
	case typeTime:
		t, ok := o.Export().(time.Time)
		if !ok {
			return nil, x.refuse("is an invalid Date")
		}
		return t.UTC(), nil
	case typePromise:
		return nil, x.refuse("is a Promise, which cannot be carried: await it first")
	}
	if len(x.path) == maxNesting {
		return nil, x.tooDeep()
	}
	x.path = append(x.path, o)
	defer func() { x.path = x.path[:len(x.path)-1] }()

	if toJSON := function(o.Get("toJSON")); toJSON != nil {
		value := toJSON(goja.FunctionCall{This: o, Arguments: []goja.Value{x.v.text("")}})
		if value != goja.Value(o) {
			return x.export(value)
		}
	}
	if isArray(o) {
		return x.array(o)
	}
	return x.fields(o)
}

func (x *exporter) array(o *goja.Object) (any, *valueError) {
	items, err := x.v.items(o)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(items))
	for i, item := range items {
		value, err := x.export(item)
		if err != nil {
			return nil, err.step(len(x.path), "["+strconv.Itoa(i)+"]")
		}
		out[i] = value
	}
	return out, nil
}

func (x *exporter) fields(o *goja.Object) (any, *valueError) {
	if err := x.plain(o); err != nil {
		return nil, err
	}
	if unboxed := x.v.unbox(o); unboxed != nil {
		return x.export(unboxed)
	}
	keys := o.Keys()
	out := make(map[string]any, len(keys))
	for _, key := range keys {
		field := o.Get(key)
		if strings.ContainsRune(key, '\uFFFD') { // perhaps it is called something else
			if _, twice := out[key]; twice || field == nil {
				return nil, x.refuse("has a key with half a surrogate pair, which UTF-8 cannot carry")
			}
		}
		if field == nil || goja.IsUndefined(field) {
			continue
		}
		value, err := x.export(field)
		if err != nil {
			return nil, err.step(len(x.path), property(key))
		}
		out[key] = value
	}
	return out, nil
}

// plain refuses objects whose contents are not in their properties.
func (x *exporter) plain(o *goja.Object) *valueError {
	switch o.ExportType() {
	case typeObject, typeProxy:
		switch class := o.ClassName(); class {
		case "Error", "RegExp":
			return x.refuse("is of type %s, which cannot be carried", class)
		case "Function":
			return x.refuse("is a function, which cannot be carried")
		}
		tag, ok := o.GetSymbol(goja.SymToStringTag).(goja.String)
		if ok && opaque[tag.String()] {
			return x.refuse("is of type %s, which cannot be carried", tag)
		}
		return nil
	}
	if x.v.unbox(o) != nil {
		return nil
	}
	if tag, ok := o.GetSymbol(goja.SymToStringTag).(goja.String); ok {
		return x.refuse("is of type %s, which cannot be carried", tag)
	}
	return x.refuse("is an object that cannot be carried")
}

// opaque are the tags of the objects that look plain to goja and are not.
var opaque = map[string]bool{
	"WeakMap": true, "WeakSet": true, "DataView": true, "Generator": true, "Symbol": true,
	"Array Iterator": true, "Map Iterator": true, "Set Iterator": true, "String Iterator": true,
	"RegExp String Iterator": true, "AbortSignal": true, "AbortController": true,
	"PassedFile": true,
}

// unbox returns the value in a Number, String or Boolean object, else nil.
func (v *vm) unbox(o *goja.Object) goja.Value {
	switch o.ClassName() {
	case "String":
		return o.ToString()
	case "Number":
		return o.ToNumber()
	case "Boolean":
		return v.rt.ToValue(o.Export() == true)
	}
	return nil
}

// tooDeep tells a cycle from what is merely nested too deep.
func (x *exporter) tooDeep() *valueError {
	first := make(map[*goja.Object]bool, len(x.path))
	for depth, o := range x.path {
		if first[o] {
			err := x.refuse("contains itself, and a cycle cannot be carried")
			err.show = depth
			return err
		}
		first[o] = true
	}
	err := x.refuse("is nested more than %d levels deep", maxNesting)
	err.show = 8
	return err
}

func isArray(o *goja.Object) bool {
	if o.ExportType() == typeProxy {
		proxy, ok := o.Export().(goja.Proxy)
		return ok && proxy.Target() != nil && isArray(proxy.Target())
	}
	return o.ExportType() == typeArray && o.ClassName() == "Array"
}

// items returns the items of an array. They may be the array's own memory, so
// they can change, but not grow in number, when scripts run.
func (v *vm) items(o *goja.Object) ([]goja.Value, *valueError) {
	// goja takes memory for as many items as the length says.
	if n := o.Get("length").ToInteger(); n > 1<<20 && (n > maxItems || sparse(o, n)) {
		return nil, &valueError{what: "is a sparse or too large array, which cannot be carried", show: math.MaxInt}
	}
	v.known.apply(goja.FunctionCall{This: v.known.collector, Arguments: []goja.Value{goja.Undefined(), o}})
	items := v.known.collected
	v.known.collected = nil
	return items, nil
}

// sparse tells whether most of the n items of o are holes, by samples.
func sparse(o *goja.Object, n int64) bool {
	const samples = 64
	there := 0
	for i := range int64(samples) {
		if o.Get(strconv.FormatInt(i*(n/samples), 10)) != nil {
			there++
		}
	}
	return there < samples/2
}

// octets returns what is in a Uint8Array or ArrayBuffer, not copied.
func (v *vm) octets(o *goja.Object) []byte {
	b, _ := v.viewOf(o)
	if b == nil {
		return []byte{} // codecs may tell nil from no octets
	}
	return b
}

// isOctets tells whether octets may be called.
func isOctets(o *goja.Object) bool {
	t := o.ExportType()
	return t == typeBytes || t == typeBuffer
}

// loneSurrogate tells whether s, made from value, lost half a surrogate pair.
func loneSurrogate(value goja.String, s string) bool {
	if !strings.Contains(s, "\uFFFD") { // several times as fast as ContainsRune
		return false
	}
	const high, low, end = 0xD800, 0xDC00, 0xE000
	for i, n := 0, value.Length(); i < n; i++ {
		switch unit := value.CharAt(i); {
		case unit < high || unit >= end:
		case unit < low && i+1 < n && value.CharAt(i+1) >= low && value.CharAt(i+1) < end:
			i++
		default:
			return true
		}
	}
	return false
}

// property writes a step to a property as a script would.
func property(key string) string {
	for i, r := range key {
		letter := r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	if key == "" {
		return `[""]`
	}
	return "." + key
}
