package js

import (
	"embed"
	"sync"

	"github.com/dop251/goja"
)

// library are the bindings that are JavaScript, by the name of the part. Each is
// a function of use, which returns another part, and of the few functions that
// the part needs of Go; it returns what the part offers.
//
//go:embed lib/*.js
var library embed.FS

// libraryPrograms are the parts that some VM has used, compiled.
var libraryPrograms sync.Map // of string to *goja.Program

// part returns what a part of the library offers. It is compiled once for all
// VMs, and run in the first use of a VM.
func (v *vm) part(name string) *goja.Object {
	return v.once("lib/"+name, func() *goja.Object {
		program, found := libraryPrograms.Load(name)
		if !found {
			text, err := library.ReadFile("lib/" + name + ".js")
			must(err)
			program, _ = libraryPrograms.LoadOrStore(name, goja.MustCompile(ownSource, string(text), true))
		}
		build, err := v.rt.RunProgram(program.(*goja.Program))
		must(err)
		native := v.rt.CreateObject(nil)
		for name, fn := range v.partNatives(name) {
			v.method(native, name, 0, fn)
		}
		use := v.native("use", 1, func(fc goja.FunctionCall) goja.Value { return v.part(fc.Argument(0).String()) })
		return function(build)(goja.FunctionCall{This: goja.Undefined(), Arguments: []goja.Value{use, native}}).(*goja.Object)
	})
}

// lazyParts defines globals that a part of the library offers.
func (v *vm) lazyParts(part string, names ...string) {
	for _, name := range names {
		v.lazy(v.rt.GlobalObject(), name, func() goja.Value { return v.part(part).Get(name) })
	}
}

// natives are functions for a part of the library.
type natives map[string]func(goja.FunctionCall) goja.Value

func (v *vm) partNatives(part string) natives {
	switch part {
	case "buffer":
		return v.bufferNatives()
	case "encoding":
		return v.encodingNatives()
	case "crypto", "string_decoder":
		return v.cryptoNatives()
	}
	return nil
}
