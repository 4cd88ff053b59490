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
	text, m, err := cutSourceMap(src.Name, text)
	if err != nil {
		v.services.Log(nil, engine.LevelWarn, "the source map of "+src.Name+" cannot be read, and positions are those in its text: "+err.Error(), nil)
	}
	v.sources = m
	program, names, fault := v.compile(src.Name, text, m)
	if fault != nil {
		return fault
	}
	v.declared = names
	v.scriptName = src.Name
	v.module = v.newModule()
	v.set(v.module, "id", v.text("."))
	v.set(v.module, "path", v.text(folderOf(src.Name)))
	v.set(v.module, "filename", v.text(src.Name))
	v.hidden(v.rt.GlobalObject(), "module", v.module)
	v.hidden(v.rt.GlobalObject(), "exports", v.module.Get("exports"))
	v.hidden(v.rt.GlobalObject(), "__filename", v.text(src.Name))
	v.hidden(v.rt.GlobalObject(), "__dirname", v.text(folderOf(src.Name)))
	// What nobody catches in this entry fails the script, if only behind an await.
	v.begun = new(beginning)
	defer func() { v.begun = nil }()
	fault = v.do(nil, func() { v.runProgram(program) })
	if fault != nil {
		v.fail(nil, fault)
	}
	v.report()
	return v.begun.fault
}

// A beginning is a script's top level or its init, which belong to no call.
type beginning struct {
	fault *engine.Error // what failed it first; the rest is logged
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
