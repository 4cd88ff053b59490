package js

import (
	"reflect"

	"github.com/dop251/goja"
)

// reportNative fails the running call with what a listener has thrown.
func (v *vm) reportNative(fc goja.FunctionCall) goja.Value {
	v.fail(v.ctx.call, v.thrown(fc.Argument(0), nil))
	return nil
}

// nowNative returns the milliseconds since the VM was made.
func (v *vm) nowNative(goja.FunctionCall) goja.Value {
	return v.rt.ToValue(float64(v.now().Sub(v.began).Microseconds()) / 1000)
}

func (v *vm) timeOriginNative(goja.FunctionCall) goja.Value {
	return v.rt.ToValue(float64(v.began.UnixMicro()) / 1000)
}

var (
	typeMap = reflect.TypeFor[[][2]any]()
	typeSet = reflect.TypeFor[[]any]() // and of arrays
)

// classNameNative returns what an object is for Go. An "Instance" and "Octets" may
// be something that only the language tells apart.
func (v *vm) classNameNative(fc goja.FunctionCall) goja.Value {
	o := fc.Argument(0).(*goja.Object)
	name := o.ClassName()
	switch o.ExportType() {
	case typeProxy:
		name = "Proxy"
	case typePromise:
		name = "Promise"
	case typeFunction, typeClass:
		name = "Function"
	case typeMap:
		name = "Map"
	case typeSet:
		if name == "Object" {
			name = "Set"
		}
	case typeObject:
		if proto := o.Prototype(); proto == nil || proto == v.known.objectProto {
			return v.text(name) // not worth to look further
		}
		if name == "Object" {
			name = "Instance"
		}
	default:
		if name == "Object" {
			name = "Octets"
		}
	}
	return v.text(name)
}

func (v *vm) unboxNative(fc goja.FunctionCall) goja.Value {
	return v.unbox(fc.Argument(0).(*goja.Object))
}

func (v *vm) inspectNative(fc goja.FunctionCall) goja.Value {
	depth := inspectDepth
	if len(fc.Arguments) > 1 {
		depth = int(fc.Argument(1).ToInteger())
	}
	return v.text(validText(v.inspectTo(fc.Argument(0), depth)))
}

// cwdNative is the folder that relative paths begin at, as the parent has it.
func (v *vm) cwdNative(goja.FunctionCall) goja.Value {
	results, err := v.hostWait("runner.fs.cwd", nil)
	if err != nil {
		v.throw(err)
	}
	return v.text(validText(string(octetsOf(first(results)))))
}

func isDetached(buffer goja.Value) bool {
	b, ok := buffer.Export().(goja.ArrayBuffer)
	return ok && b.Detached()
}

// cloneNatives are what structuredClone is made of.
func (v *vm) cloneNatives() natives {
	return natives{
		"inspect": v.inspectNative, "unbox": v.unboxNative,
		"isDetached": func(fc goja.FunctionCall) goja.Value { return v.rt.ToValue(isDetached(fc.Argument(0))) },
		"detach": func(fc goja.FunctionCall) goja.Value {
			if b, ok := fc.Argument(0).Export().(goja.ArrayBuffer); ok {
				detach(b)
			}
			return nil
		},
	}
}
