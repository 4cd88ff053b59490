package js

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// Objects that goja has otherwise than this package knows are noticed.
func TestSameFields(t *testing.T) {
	t.Parallel()
	structure := func(fields ...reflect.StructField) reflect.Type { return reflect.StructOf(fields) }
	class := reflect.StructField{Name: "Class", Type: reflect.TypeFor[string]()}
	pointer := reflect.StructField{Name: "P", Type: reflect.TypeFor[unsafe.Pointer]()}
	aMap := reflect.StructField{Name: "P", Type: reflect.TypeFor[map[string]int]()}
	more := reflect.StructField{Name: "More", Type: reflect.TypeFor[int]()}
	known := structure(class, pointer)
	if !sameFields(structure(class, aMap, more), known) {
		t.Error("a struct with the same fields and more is refused")
	}
	for name, theirs := range map[string]reflect.Type{
		"renamed": structure(reflect.StructField{Name: "Name", Type: class.Type}, aMap),
		"swapped": structure(aMap, class),
		"other":   structure(class, reflect.StructField{Name: "P", Type: reflect.TypeFor[int]()}),
		"smaller": structure(class, reflect.StructField{Name: "P", Type: reflect.TypeFor[bool]()}),
		"fewer":   structure(class),
		"none":    reflect.TypeFor[int](),
	} {
		if sameFields(theirs, known) {
			t.Errorf("%s: %s is taken for %s", name, theirs, known)
		}
	}
}

// What is made from inside is as what a script would make, also for what is done
// with it later.
func TestMadeInside(t *testing.T) {
	t.Parallel()
	v, err := newVM(engine.Config{Services: new(bare)})
	if err != nil {
		t.Fatal(err)
	}
	num := func(n int) goja.Value { return v.rt.ToValue(n) }
	object := func(keys ...string) *goja.Object {
		values := []goja.Value{}
		for i := range keys {
			values = append(values, num(i))
		}
		o, ok := v.newObject(keys, values)
		if !ok {
			t.Error("the keys are not told apart")
		}
		return o
	}
	if _, ok := v.newObject([]string{"ä", "ä"}, []goja.Value{num(1), num(2)}); ok {
		t.Error("a key that occurs twice is not noticed")
	}
	for name, o := range map[string]*goja.Object{
		"few":  object("b", "ä", "a", "2", "1", "__proto__"),
		"many": object("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"),
		"none": object(),
		"list": v.newArray([]goja.Value{num(1), num(2)}),
	} {
		v.rt.Set(name, o)
	}
	for _, test := range []struct{ script, want string }{
		{`Object.keys(few).join()`, "1,2,b,ä,a,__proto__"},
		{`Object.getPrototypeOf(few) === Object.prototype && few["__proto__"]`, "5"},
		{`JSON.stringify(Object.getOwnPropertyDescriptor(few, "a"))`, `{"value":2,"writable":true,"enumerable":true,"configurable":true}`},
		{`for (const k in many) { if (k === "c") { delete many.d; many.z = 1 } }; Object.keys(many).join()`, "a,b,c,e,f,g,h,i,j,z"},
		{`none.x = 1; Object.keys(none).join()`, "x"},
		{`list.push(3); list[5] = 6; list.foo = 7; list.length + Object.keys(list).join()`, "60,1,2,5,foo"},
		{`Array.isArray(list) && list.map(x => x * 2).concat(list.slice(1, 2)).join()`, "2,4,6,,,12,2"},
		{`Object.isFrozen(Object.freeze(many))`, "true"},
	} {
		got, err := v.rt.RunString(test.script)
		if err != nil || got.String() != test.want {
			t.Errorf("%s: %v, %v, want %s", test.script, got, err, test.want)
		}
	}
}
