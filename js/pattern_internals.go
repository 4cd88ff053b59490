package js

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
)

// What \p{…} becomes is compiled, and what the script has written is shown. goja
// keeps both in a regular expression, but its API can set only both at once. So
// this file reaches three things inside it, as internals.go does: what RegExp
// calls, the source of a regular expression, and that in a compiled script.

// regExpCode is the inside of a native function.
type regExpCode struct {
	call      *func(goja.FunctionCall) goja.Value
	construct *func([]goja.Value, *goja.Object) *goja.Object
}

// inside returns the struct that makes an object what it is.
func inside(o *goja.Object) reflect.Value {
	return reflect.ValueOf(o).Elem().FieldByName("self").Elem().Elem()
}

// codeOf returns what a native function of goja's calls, to be replaced.
func codeOf(o *goja.Object) regExpCode {
	native := inside(o)
	return regExpCode{
		call:      fieldOf[func(goja.FunctionCall) goja.Value](native, "f"),
		construct: fieldOf[func([]goja.Value, *goja.Object) *goja.Object](native, "construct"),
	}
}

// sourceOf returns where a regular expression has its source.
func sourceOf(o *goja.Object) *goja.String {
	return fieldOf[goja.String](inside(o), "source")
}

// isRegExp tells whether it is one itself, and not something like one.
func isRegExp(value goja.Value) bool {
	o, ok := value.(*goja.Object)
	return ok && inside(o).Type().Name() == "regexpObject"
}

// fieldOf returns where a field is. It panics if there is none of that type,
// which a test finds after an upgrade of goja.
func fieldOf[T any](in reflect.Value, name string) *T {
	field := in.FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[T]() {
		panic(fmt.Sprintf("js: this version of goja has another %s.%s than package js knows", in.Type(), name))
	}
	return (*T)(unsafe.Pointer(field.UnsafeAddr()))
}

// restoreSources gives the literals of a compiled script the sources that these
// have by what was compiled. It follows the functions and classes that are in the
// script's instructions.
func restoreSources(part reflect.Value, sources map[string]string, rt *goja.Runtime) {
	switch part.Kind() {
	case reflect.Pointer:
		if part.Type() == reflect.TypeFor[*goja.Program]() && !part.IsNil() {
			code := part.Elem().FieldByName("code")
			for i := range code.Len() {
				if instruction := code.Index(i).Elem(); instruction.Kind() == reflect.Pointer {
					restoreSources(instruction.Elem(), sources, rt)
				}
			}
		}
	case reflect.Struct:
		if part.Type().Name() == "newRegexp" {
			source := fieldOf[goja.String](part, "src")
			if text, ok := sources[(*source).String()]; ok {
				*source = rt.ToValue(text).(goja.String)
			}
			return
		}
		for i := range part.NumField() {
			restoreSources(part.Field(i), sources, rt)
		}
	}
}
