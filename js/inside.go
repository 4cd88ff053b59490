package js

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// What is inside goja's objects and arrays. By its API each property that is set
// or read goes through a frame that catches exceptions, a closure and, where it is
// defined, a descriptor; arguments and results are mostly that.
//
// Like [internals] this depends on the layout of goja's structs, which go.mod pins,
// and which is checked when a VM is made.

// An insideObject is a goja.Object. Two of the same kind have the same kind.
type insideObject struct {
	kind unsafe.Pointer // of self, an interface
	self unsafe.Pointer
}

// A plainObject is what is in an object of no special kind.
type plainObject struct {
	class      string
	val        *goja.Object
	prototype  *goja.Object
	extensible bool
	values     map[unistring.String]goja.Value // or accessors and the like in between
	propNames  []unistring.String              // in the order in which they were set

	lastSortedPropLen, idxPropCount int

	symValues       unsafe.Pointer
	privateElements unsafe.Pointer // a map
}

// A plainArray is what is in an array.
type plainArray struct {
	baseObject     plainObject
	values         []goja.Value // nil is a hole
	length         uint32
	objCount       int // how many are no holes
	propValueCount int // how many are accessors and the like
}

// kinds are those of objects and of values that the bindings can look into.
type kinds struct {
	object, array unsafe.Pointer
	accessor      unsafe.Pointer // of a property that is not a value, writable and so on
	arrayProto    *goja.Object
}

func insideOf(o *goja.Object) *insideObject { return (*insideObject)(unsafe.Pointer(o)) }

// kindOfValue returns the same for values of the same type.
func kindOfValue(v *goja.Value) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(v)) }

// openKinds makes one of each and looks.
func (v *vm) openKinds() error {
	o, a := v.rt.NewObject(), v.rt.NewArray()
	if err := insideError(o, a); err != nil {
		return err
	}
	k := &v.kinds
	k.object, k.array, k.arrayProto = insideOf(o).kind, insideOf(a).kind, a.Prototype()
	must(o.DefineDataProperty("x", goja.Null(), no, yes, yes))
	hidden := (*plainObject)(insideOf(o).self).values["x"]
	k.accessor = kindOfValue(&hidden)
	return nil
}

var (
	insideChecked sync.Once
	insideFault   error
)

// insideError is nil if goja's objects look as this file says.
func insideError(object, array *goja.Object) error {
	insideChecked.Do(func() {
		self := func(o *goja.Object) reflect.Type {
			return reflect.ValueOf(o).Elem().FieldByName("self").Elem().Type().Elem()
		}
		theirs := reflect.TypeFor[goja.Object]()
		if f, ok := theirs.FieldByName("self"); !ok || f.Offset != 0 || f.Type.Kind() != reflect.Interface {
			insideFault = otherLayout(theirs)
			return
		}
		for theirs, known := range map[reflect.Type]reflect.Type{
			self(object): reflect.TypeFor[plainObject](),
			self(array):  reflect.TypeFor[plainArray](),
		} {
			if !sameFields(theirs, known) {
				insideFault = otherLayout(theirs)
				return
			}
		}
	})
	return insideFault
}

// sameFields reports whether theirs starts with the fields of known. Those that
// known has as an unsafe.Pointer are pointers or maps.
func sameFields(theirs, known reflect.Type) bool {
	if theirs.Kind() != reflect.Struct || theirs.NumField() < known.NumField() {
		return false
	}
	for i := range known.NumField() {
		a, b := theirs.Field(i), known.Field(i)
		if a.Name != b.Name || a.Offset != b.Offset || a.Type.Size() != b.Type.Size() {
			return false
		}
		switch {
		case a.Type == b.Type:
		case b.Type == reflect.TypeFor[unsafe.Pointer]() && (a.Type.Kind() == reflect.Pointer || a.Type.Kind() == reflect.Map):
		case b.Type == reflect.TypeFor[plainObject]() && sameFields(a.Type, b.Type):
		default:
			return false
		}
	}
	return true
}

func otherLayout(theirs reflect.Type) error {
	return fmt.Errorf("js: this version of goja has another %s than package js knows", theirs)
}

// newArray returns an array of the values, which it copies.
func (v *vm) newArray(values []goja.Value) *goja.Object {
	o := v.rt.NewArray()
	a := (*plainArray)(insideOf(o).self)
	a.values = append(make([]goja.Value, 0, len(values)), values...)
	a.length, a.objCount = uint32(len(values)), len(values)
	return o
}

// newObject returns an object with the values as properties, in their order. It
// reports false if two of the keys are the same.
func (v *vm) newObject(keys []string, values []goja.Value) (*goja.Object, bool) {
	o := v.rt.NewObject()
	if len(keys) == 0 {
		return o, true
	}
	p := (*plainObject)(insideOf(o).self)
	if len(keys) > 8 { // else there is room in the map that is there
		p.values = make(map[unistring.String]goja.Value, len(keys))
	}
	// goja copies the names when they are enumerated, but for one more that there
	// is room for.
	p.propNames = make([]unistring.String, 0, len(keys)+1)
	for i, key := range keys {
		name := unistring.NewFromString(key)
		p.values[name] = values[i]
		p.propNames = append(p.propNames, name)
	}
	return o, len(p.values) == len(keys)
}

// plain returns what is in o if it is an object of no special kind, whose contents
// are in its properties.
func (v *vm) plain(o *goja.Object) *plainObject {
	if in := insideOf(o); in.kind == v.kinds.object {
		if p := (*plainObject)(in.self); p.class == "Object" && p.prototype == v.known.objectProto && p.symValues == nil {
			return p
		}
	}
	return nil
}

// plainItems returns the items of o if it is an array that has nothing else, and
// no holes.
func (v *vm) plainItems(o *goja.Object) ([]goja.Value, bool) {
	in := insideOf(o)
	if in.kind != v.kinds.array {
		return nil, false
	}
	a := (*plainArray)(in.self)
	b := &a.baseObject
	ok := b.class == "Array" && b.prototype == v.kinds.arrayProto && b.symValues == nil && len(b.propNames) == 1 &&
		a.propValueCount == 0 && a.objCount == len(a.values) && uint64(a.length) == uint64(len(a.values))
	return a.values, ok
}
