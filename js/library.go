package js

import (
	"embed"
	"strings"
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
	case "url":
		return v.urlNatives()
	case "event":
		return natives{"report": v.reportNative, "now": v.nowNative}
	case "performance":
		return natives{"now": v.nowNative, "timeOrigin": v.timeOriginNative}
	case "abort":
		return natives{"setTimeout": function(v.known.setTimeout)}
	case "kind":
		return natives{"className": v.classNameNative}
	case "util":
		return natives{
			"inspect":    v.inspectNative,
			"format":     func(fc goja.FunctionCall) goja.Value { return v.text(validText(v.format(fc.Arguments))) },
			"wellFormed": v.wellFormedNative,
		}
	case "console":
		return natives{
			"now":     v.nowNative,
			"inspect": v.inspectNative,
			"indent": func(fc goja.FunctionCall) goja.Value {
				v.indent = strings.Repeat(" ", int(min(max(fc.Argument(0).ToInteger(), 0), 1000)))
				return nil
			},
			"format": func(fc goja.FunctionCall) goja.Value { return v.text(validText(v.format(fc.Arguments))) },
		}
	case "assert":
		return natives{"inspect": v.inspectNative}
	case "path":
		return natives{"cwd": v.cwdNative}
	case "clone":
		return v.cloneNatives()
	case "buffer":
		return v.bufferNatives()
	case "encoding":
		return v.encodingNatives()
	case "crypto", "string_decoder":
		return v.cryptoNatives()
	}
	if v.cfg.Tools != nil && v.cfg.Tools.Test {
		return v.testNatives(part)
	}
	return nil
}
