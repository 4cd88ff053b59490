package js

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// A writer writes values for a payload. What is in plain objects and arrays it
// writes as it finds it; all else goes through its exporter, which may run code
// of the script.
type writer struct {
	exporter
	to engine.Writer
	// plainly says that nothing is inherited that plain objects and arrays could
	// have instead of what is in them. Code of the script can change that: then it
	// is to be looked again, if there are more objects. To look may run a getter, so
	// that it must not be done for values that are none: those are written outside
	// the VM as well.
	plainly, looked bool
}

// A field is a property of an object, or an item of an array.
type field struct {
	key   string
	value goja.Value
}

var (
	typeInt   = reflect.TypeFor[int64]()
	typeFloat = reflect.TypeFor[float64]()
	typeBool  = reflect.TypeFor[bool]()
)

// freezeStreamed is freeze without values of Go's in between, for the most part.
func (v *vm) freezeStreamed(role string, values []goja.Value) ([]byte, *engine.Error) {
	w := writer{exporter: exporter{v: v, binary: v.cfg.Binary}, to: v.stream.Writer(v.services.Frame())}
	w.to.Array(len(values))
	for i, value := range values {
		w.to.Next(i)
		if err := w.value(value); err != nil {
			return nil, v.refused(err, role, i)
		}
	}
	w.to.ArrayEnd()
	return w.to.Frozen(), nil
}

// look sets plainly.
func (w *writer) look() {
	w.plainly, w.looked = true, true
	for _, proto := range []*goja.Object{w.v.known.objectProto, w.v.kinds.arrayProto} {
		if proto.Get("toJSON") != nil || proto.GetSymbol(goja.SymToStringTag) != nil {
			w.plainly = false
		}
	}
}

func (w *writer) value(value goja.Value) *valueError {
	switch value := value.(type) {
	case nil:
		w.to.Nil()
		return nil
	case goja.String:
		s := value.String()
		if loneSurrogate(value, s) {
			return w.refuse("is a string with half a surrogate pair, which UTF-8 cannot carry")
		}
		if !w.to.Text(s) {
			return w.refuse("is a string that is not UTF-8, and cannot be carried")
		}
		return nil
	case *goja.Object:
		return w.object(value)
	case *goja.Symbol:
		return w.refuse("is a symbol, which cannot be carried")
	}
	if goja.IsNull(value) || goja.IsUndefined(value) {
		w.to.Nil()
		return nil
	}
	switch value.ExportType() {
	case typeInt:
		w.to.Int(value.ToInteger())
		return nil
	case typeFloat:
		return w.number(value.ToFloat())
	case typeBool:
		w.to.Bool(value.ToBoolean())
		return nil
	}
	return w.exported(value)
}

func (w *writer) number(n float64) *valueError {
	switch {
	case n == math.Trunc(n) && math.Abs(n) <= maxSafeInteger && (n != 0 || !math.Signbit(n)):
		w.to.Int(int64(n))
	case !w.to.Float(n):
		return w.refuse("is %v, which this serialiser cannot carry: use cbor or msgpack", w.v.rt.ToValue(n))
	}
	return nil
}

func (w *writer) object(o *goja.Object) *valueError {
	if !w.looked {
		w.look()
	}
	if w.plainly && len(w.path) < maxNesting {
		from := len(w.v.out)
		defer w.v.cutFields(from)
		if items, ok := w.v.plainItems(o); ok {
			for _, item := range items {
				w.v.out = append(w.v.out, field{value: item})
			}
			return w.items(o, w.v.out[from:])
		}
		if p := w.v.plain(o); p != nil && w.gather(p) {
			return w.fields(o, w.v.out[from:])
		}
	}
	return w.exported(o)
}

// gather puts the properties of a plain object behind vm.out. It reports false if
// they are not that plain.
func (w *writer) gather(p *plainObject) bool {
	v := w.v
	for _, name := range p.propNames {
		value := p.values[name]
		if name == "toJSON" || value == nil || kindOfValue(&value) == v.kinds.accessor {
			return false
		}
		if goja.IsUndefined(value) {
			continue
		}
		key := name.String()
		if strings.ContainsRune(key, '\uFFFD') { // perhaps it is called something else
			return false
		}
		v.out = append(v.out, field{key, value})
	}
	return true
}

// items writes an array. Its items are copies: the script may change it meanwhile.
func (w *writer) items(o *goja.Object, items []field) *valueError {
	w.path = append(w.path, o)
	depth := len(w.path)
	w.to.Array(len(items))
	for i, item := range items {
		w.to.Next(i)
		if err := w.value(item.value); err != nil {
			return err.step(depth, "["+strconv.Itoa(i)+"]")
		}
	}
	w.to.ArrayEnd()
	w.path = w.path[:depth-1]
	return nil
}

func (w *writer) fields(o *goja.Object, fields []field) *valueError {
	w.path = append(w.path, o)
	depth := len(w.path)
	slices.SortFunc(fields, func(a, b field) int { return w.to.CompareKeys(a.key, b.key) })
	w.to.Map(len(fields))
	for i, f := range fields {
		if !w.to.Key(i, f.key) {
			return w.refuse("has the key %q, which is not UTF-8", f.key)
		}
		if err := w.value(f.value); err != nil {
			return err.step(depth, property(f.key))
		}
	}
	w.to.MapEnd()
	w.path = w.path[:depth-1]
	return nil
}

// cutFields lets go of the fields from an index on.
func (v *vm) cutFields(from int) {
	clear(v.out[from:])
	v.out = v.out[:from]
	if from == 0 && cap(v.out) > keepValues {
		v.out = nil
	}
}

// exported writes any value by way of values of Go's.
func (w *writer) exported(value goja.Value) *valueError {
	x, err := w.export(value)
	if err != nil {
		return err
	}
	w.looked = false
	return w.tree(x, len(w.path))
}

// tree writes a value as export returns them, which depth arrays and objects
// enclose.
func (w *writer) tree(x any, depth int) *valueError {
	ok := true
	switch x := x.(type) {
	case nil:
		w.to.Nil()
	case bool:
		w.to.Bool(x)
	case int64:
		w.to.Int(x)
	case uint64:
		w.to.Uint(x)
	case float64:
		return w.number(x)
	case string:
		ok = w.to.Text(x)
	case []byte:
		ok = w.to.Bytes(x)
	case time.Time:
		ok = w.to.Time(x)
	case []any:
		w.to.Array(len(x))
		for i, item := range x {
			w.to.Next(i)
			if err := w.tree(item, depth+1); err != nil {
				return err.step(depth+1, "["+strconv.Itoa(i)+"]")
			}
		}
		w.to.ArrayEnd()
	case map[string]any:
		w.to.Map(len(x))
		for i, key := range slices.SortedFunc(maps.Keys(x), w.to.CompareKeys) {
			if !w.to.Key(i, key) {
				return w.refuse("has the key %q, which is not UTF-8", key)
			}
			if err := w.tree(x[key], depth+1); err != nil {
				return err.step(depth+1, property(key))
			}
		}
		w.to.MapEnd()
	}
	if !ok {
		return w.refuse("is %s, which cannot be carried", unfit(x))
	}
	return nil
}

// unfit says what the serialisers have no room for.
func unfit(x any) string {
	switch x := x.(type) {
	case time.Time:
		return "a Date outside the years 0 to 9999"
	case string:
		return "a string that is not UTF-8"
	case []byte:
		return strconv.Itoa(len(x)) + " octets"
	}
	return "a value"
}
