package js

import (
	"fmt"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// What the script of tests finds is the part "test" of the library: as globals, and
// as the module testModule.
const testModule = "runner:test"

// testGlobals are the globals.
var testGlobals = []string{"describe", "suite", "it", "test", "expect", "vi", "beforeAll", "afterAll", "beforeEach", "afterEach"}

func (v *vm) openTest() {
	for _, name := range testGlobals {
		v.lazy(v.rt.GlobalObject(), name, func() goja.Value { return v.testAPI().Get(name) })
	}
}

func (v *vm) testAPI() *goja.Object { return v.part("test").Get("api").(*goja.Object) }

// testTool returns one of the functions that list and run the tests, nil if there
// is none of that name.
func (v *vm) testTool(name string) engine.Function {
	name, ok := strings.CutPrefix(name, engine.TestTools)
	if !ok {
		return nil
	}
	tools := v.part("test").Get("tools").(*goja.Object)
	value := tools.Get(name)
	if !isFunction(value) {
		return nil
	}
	return &scriptFunction{name: name, value: value, fn: function(value), this: goja.Undefined()}
}

// testNatives are for the parts of the library whose names begin with "test".
func (v *vm) testNatives(part string) natives {
	switch part {
	case "test":
		return natives{"where": v.testWhere, "failure": v.testFailure}
	case "test_show":
		return natives{"inspect": v.inspectNative}
	case "test_worker":
		return natives{"callers": v.testCallers, "hostCall": func(fc goja.FunctionCall) goja.Value {
			name := engine.TestTools + fc.Argument(0).String()
			return v.hostFunctionFor(name, "runner.test")(goja.FunctionCall{Arguments: fc.Arguments[1:]})
		}}
	}
	return nil
}

// testWhere is the place in the script that calls: {file, line, column}.
func (v *vm) testWhere(goja.FunctionCall) goja.Value {
	o := v.rt.NewObject()
	if frames := v.frames(v.rt.CaptureCallStack(maxFrames, nil)); len(frames) > 0 {
		v.setFrame(o, frames[0])
	}
	return o
}

// testCallers are the levels of the script's that call, innermost first:
// {function, file, line, column, at} each.
func (v *vm) testCallers(goja.FunctionCall) goja.Value {
	var levels []any
	var before engine.Frame
	for _, f := range v.frames(v.rt.CaptureCallStack(maxFrames, nil)) {
		// An async function of the tools' own is a level more at the same place.
		if f.File == "" || f == before {
			continue
		}
		before = f
		o := v.rt.NewObject()
		v.setFrame(o, f)
		v.set(o, "at", v.text(validText(fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column))))
		levels = append(levels, o)
	}
	return v.rt.NewArray(levels...)
}

func (v *vm) setFrame(o *goja.Object, f engine.Frame) {
	v.set(o, "function", v.text(validText(f.Function)))
	v.set(o, "file", v.text(validText(f.File)))
	v.set(o, "line", v.rt.ToValue(f.Line))
	v.set(o, "column", v.rt.ToValue(f.Column))
}

// testFailure describes what a test has thrown, as the parent shows it.
func (v *vm) testFailure(fc goja.FunctionCall) goja.Value {
	value := fc.Argument(0)
	e := v.thrown(value, nil)
	o := v.rt.NewObject()
	v.set(o, "kind", v.text(validText(e.Kind)))
	v.set(o, "message", v.text(validText(e.Message)))
	var stack []any
	thrown, _ := value.(*goja.Object)
	if thrown != nil && v.isError(thrown) {
		if frames, ok := thrown.Get("frames").(*goja.Object); ok && isArray(frames) { // of the worker under test
			for i := range int(frames.Get("length").ToInteger()) {
				stack = append(stack, frames.Get(v.rt.ToValue(i).String()))
			}
		}
		if compared := thrown.Get("compared"); compared != nil && compared.ToBoolean() {
			v.set(o, "expected", thrown.Get("expected"))
			v.set(o, "actual", thrown.Get("actual"))
		}
	}
	for _, f := range e.Stack {
		frame := v.rt.NewObject()
		v.setFrame(frame, f)
		stack = append(stack, frame)
	}
	v.set(o, "stack", v.rt.NewArray(stack...))
	if e.Cause != nil {
		v.set(o, "cause", v.text(validText(e.Cause.Error())))
	}
	return o
}
