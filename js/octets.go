package js

import (
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// maxOctets is how many octets a Buffer may have, as in Node.
const maxOctets = 1 << 32

// maxString is how many UTF-16 units a string made of octets may have, as in
// Node. goja itself would go on until there is no memory left.
const maxString = 1<<29 - 24

// chunk is how many octets are worked on between two looks at whether the script
// is to be stopped: some milliseconds' worth.
const chunk = 1 << 20

// viewOf returns the octets of a typed array or ArrayBuffer, not copied, and
// whether value is one. Those of a detached one are none.
func (v *vm) viewOf(value goja.Value) (octets []byte, ok bool) {
	o, isObject := value.(*goja.Object)
	if !isObject || !isView(o.ExportType()) {
		return nil, false
	}
	if o.ExportType() == typeBuffer {
		if isDetached(o) {
			return nil, true
		}
	} else if o.Get("0") == nil {
		// It is empty, or its ArrayBuffer is detached. Nothing that a script can
		// define gets between this and the octets.
		return nil, true
	}
	if err := v.rt.ExportTo(o, &octets); err != nil {
		return nil, false
	}
	return octets, true
}

// isView tells whether t is the type that goja gives to typed arrays and
// ArrayBuffers, and to nothing else that scripts can get hold of.
func isView(t reflect.Type) bool {
	switch t {
	case typeBytes, typeBuffer:
		return true
	case nil:
		return false
	}
	if t.Kind() != reflect.Slice || t.Name() != "" {
		return false
	}
	switch t.Elem().Kind() {
	case reflect.Int8, reflect.Int16, reflect.Uint16, reflect.Int32, reflect.Uint32,
		reflect.Float32, reflect.Float64, reflect.Int64, reflect.Uint64:
		return true
	}
	return false
}

// uint8s returns the octets of a Uint8Array, or throws a TypeError that names
// the argument.
func (v *vm) uint8s(argument string, value goja.Value) []byte {
	if o, ok := value.(*goja.Object); ok && o.ExportType() == typeBytes {
		octets, _ := v.viewOf(value)
		return octets
	}
	panic(v.invalidType(argument, "an instance of Buffer or Uint8Array", value))
}

// stoppable stops the script here if it is to be stopped.
func (v *vm) stoppable() {
	if cause := v.stop.Load(); cause != nil {
		v.abort(cause)
	}
}

// coded returns an error as Node's libraries throw them: of a class of errors,
// with a code.
func (v *vm) coded(class, code, message string) *goja.Object {
	o := v.newError(message)
	if c, ok := v.rt.Get(class).(*goja.Object); ok {
		if proto, ok := c.Get("prototype").(*goja.Object); ok {
			_ = o.SetPrototype(proto) // or a script has put something else there
		}
	}
	v.set(o, "code", v.text(code))
	return o
}

func (v *vm) invalidType(argument, want string, value goja.Value) *goja.Object {
	if !strings.HasSuffix(argument, " argument") {
		argument = `"` + argument + `" argument`
	}
	return v.coded("TypeError", "ERR_INVALID_ARG_TYPE", "The "+argument+" must be "+want+". Received "+v.given(value))
}

func (v *vm) outOfRange(argument, want string, value goja.Value) *goja.Object {
	return v.coded("RangeError", "ERR_OUT_OF_RANGE",
		`The value of "`+argument+`" is out of range. It must be `+want+". Received "+v.givenNumber(value))
}

func (v *vm) outOfBounds(message string) *goja.Object {
	return v.coded("RangeError", "ERR_BUFFER_OUT_OF_BOUNDS", message)
}

// given describes an argument of the wrong type, like Node.
func (v *vm) given(value goja.Value) string {
	if goja.IsUndefined(value) || goja.IsNull(value) {
		return value.String()
	}
	if o, ok := value.(*goja.Object); ok {
		if isFunction(o) {
			return "function " + textOf(o.Get("name"))
		}
		if class, ok := o.Get("constructor").(*goja.Object); ok {
			if name := textOf(class.Get("name")); name != "" {
				return "an instance of " + name
			}
		}
		return v.inspectTo(o, -1)
	}
	shown := []rune(v.inspect(value))
	if len(shown) > 28 {
		shown = append(shown[:25], []rune("...")...)
	}
	return "type " + typeOf(value) + " (" + string(shown) + ")"
}

func typeOf(value goja.Value) string {
	switch value.(type) {
	case goja.String:
		return "string"
	case *goja.Symbol:
		return "symbol"
	}
	switch value.Export().(type) {
	case bool:
		return "boolean"
	case *big.Int:
		return "bigint"
	}
	return "number"
}

// givenNumber describes a number out of range, like Node.
func (v *vm) givenNumber(value goja.Value) string {
	text := v.inspect(value)
	switch n := value.Export().(type) {
	case *big.Int:
		if n.CmpAbs(big.NewInt(1<<32)) > 0 {
			return separated(n.String()) + "n"
		}
	case int64, float64:
		if f := value.ToFloat(); f == math.Trunc(f) && math.Abs(f) > 1<<32 && !math.IsInf(f, 0) {
			return separated(text)
		}
	}
	return text
}

// separated puts a _ before every third digit from the right, as Node does.
func separated(digits string) string {
	var parts []string
	start := 0
	if strings.HasPrefix(digits, "-") {
		start = 1
	}
	i := len(digits)
	for ; i >= start+4; i -= 3 {
		parts = append([]string{"_" + digits[i-3:i]}, parts...)
	}
	return digits[:i] + strings.Join(parts, "")
}

// number returns an argument that has to be a number.
func (v *vm) number(argument string, value goja.Value) float64 {
	if !isNumber(value) {
		panic(v.invalidType(argument, "of type number", value))
	}
	return value.ToFloat()
}

func isNumber(value goja.Value) bool {
	if isPrimitive(value) {
		switch value.Export().(type) {
		case int64, float64:
			return true
		}
	}
	return false
}

func isPrimitive(value goja.Value) bool {
	_, isObject := value.(*goja.Object)
	return !isObject
}

// offset returns an argument that has to be a whole number from 0 to most, or
// the default if it is undefined.
func (v *vm) offset(argument string, value goja.Value, byDefault, most int) int {
	if goja.IsUndefined(value) {
		return byDefault
	}
	n := v.number(argument, value)
	if n != math.Trunc(n) || math.IsInf(n, 0) {
		panic(v.outOfRange(argument, "an integer", value))
	}
	if n < 0 || n > float64(most) {
		panic(v.outOfRange(argument, ">= 0 && <= "+strconv.Itoa(most), value))
	}
	return int(n)
}

// unitsOf returns value as a string, as the language makes one of it.
func (v *vm) unitsOf(value goja.Value) goja.String {
	switch s := value.ToString().(type) {
	case goja.String:
		return s
	case *goja.Symbol:
		panic(v.rt.NewTypeError("Cannot convert a Symbol value to a string"))
	default: // null and undefined
		return v.text(s.String()).(goja.String)
	}
}
