package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// Load implements [engine.VM].
func (v *vm) Load(src engine.Source) error {
	v.starting = "while the script is loading"
	defer func() { v.starting = "" }()
	if v.cfg.Serialiser != nil {
		if fault := v.loadSerialiser(*v.cfg.Serialiser); fault != nil {
			return fault
		}
	}
	if fault := v.loadScript(src); fault != nil {
		return fault
	}
	return nil
}

func (v *vm) loadScript(src engine.Source) *engine.Error {
	text, fault := scriptText(src)
	if fault != nil {
		return fault
	}
	program, names, fault := compile(src.Name, text)
	if fault != nil {
		return fault
	}
	delete(v.columns, src.Name) // of a serialiser that has the same name
	v.declared = names
	v.module = v.newModule()
	v.hidden(v.rt.GlobalObject(), "module", v.module)
	v.hidden(v.rt.GlobalObject(), "exports", v.module.Get("exports"))
	if fault := v.do(nil, func() { v.runProgram(program) }); fault != nil {
		return fault
	}
	if len(v.rejections) > 0 {
		// The script's top level has failed, if only behind an await.
		fault := v.thrown(v.rejections[0].promise.Result(), nil)
		v.rejections = v.rejections[1:]
		v.report()
		return fault
	}
	return nil
}

// runProgram runs a script's top level inside the VM.
func (v *vm) runProgram(program *goja.Program) goja.Value {
	value, err := v.rt.RunProgram(program)
	if err != nil {
		panic(err)
	}
	return value
}

// newModule returns an object {exports: {}}.
func (v *vm) newModule() *goja.Object {
	module := v.rt.NewObject()
	v.set(module, "exports", v.rt.NewObject())
	return module
}

// require is the global function of that name.
func (v *vm) require(fc goja.FunctionCall) goja.Value {
	switch name := v.display(fc.Argument(0)); name {
	case "fs", "node:fs":
		return v.once("fs", v.makeFS)
	case "fs/promises", "node:fs/promises":
		return v.once("fs/promises", v.makeFSPromises)
	case "process", "node:process":
		return v.once("process", v.makeProcess)
	case "buffer", "node:buffer":
		return v.once("buffer", v.makeBufferModule)
	case "crypto", "node:crypto":
		return v.once("crypto", func() *goja.Object { return v.part("crypto").Get("crypto").(*goja.Object) })
	case "string_decoder", "node:string_decoder":
		return v.part("string_decoder")
	default:
		o := v.newError("require: there is no module " + quote(name) + " in this worker: 'fs' and 'process' are built in," +
			" any other must be bundled into the script")
		v.set(o, "code", v.text("MODULE_NOT_FOUND"))
		panic(o)
	}
}
