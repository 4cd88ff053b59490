package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// unnamedCode is how Node calls code that was given no name.
const unnamedCode = "evalmachine.<anonymous>"

// makeVMModule makes the module vm: that part of Node's that compiles a text as a
// script of its own and runs it among the globals. Unlike with eval, what the text
// declares with let, const and class stays, and positions have a name. There is one
// set of globals in a worker, so there are no others to run it among.
func (v *vm) makeVMModule() *goja.Object {
	module := v.rt.NewObject()
	proto := v.rt.NewObject()
	script := v.rt.ToValue(func(call goja.ConstructorCall) *goja.Object {
		program := v.compileCode(call.Argument(0), call.Argument(1))
		o := call.This
		v.hidden(o, "runInThisContext", v.native("runInThisContext", 0, func(goja.FunctionCall) goja.Value {
			return v.runProgram(program)
		}))
		return o
	}).(*goja.Object)
	must(script.DefineDataProperty("name", v.text("Script"), no, yes, no))
	v.hidden(proto, "constructor", script)
	must(script.DefineDataProperty("prototype", proto, no, no, no))
	v.set(module, "Script", script)
	v.set(module, "runInThisContext", v.native("runInThisContext", 2, func(fc goja.FunctionCall) goja.Value {
		return v.runProgram(v.compileCode(fc.Argument(0), fc.Argument(1)))
	}))
	return module
}

// compileCode compiles a text. The options are the name of its file, or an object
// with filename and columnOffset, which is 0 or less: how many octets stand before
// the text in its first line that positions do not count.
func (v *vm) compileCode(code, options goja.Value) *goja.Program {
	text, ok := code.(goja.String)
	if !ok {
		panic(v.rt.NewTypeError("vm: the code must be a string, not %s", v.inspect(code)))
	}
	name, before := unnamedCode, 0
	switch options := options.(type) {
	case goja.String:
		name = options.String()
	case *goja.Object:
		if filename, ok := options.Get("filename").(goja.String); ok {
			name = filename.String()
		}
		if offset := options.Get("columnOffset"); offset != nil && offset.ToInteger() < 0 {
			before = int(min(-offset.ToInteger(), 1<<20))
		}
	}
	name = validText(name)
	source, fault := scriptText(engine.Source{Name: name, Text: []byte(text.String())})
	var program *goja.Program
	if fault == nil {
		program, _, fault = v.compile(name, source, nil)
	}
	if fault != nil {
		if at := &fault.Stack[0]; at.Line == 1 && at.Column > before {
			at.Column -= before
		}
		v.throwSyntax(fault)
	}
	v.unwrapped(name, program, before)
	return program
}
