package js

import (
	_ "embed"
	"sync"

	"github.com/dop251/goja"
)

// The globals of HTTP are JavaScript, around the few functions of httpNative. The
// parent makes the requests, if it was granted.

var (
	//go:embed http_headers.js
	headersSource string
	//go:embed http_body.js
	bodySource string
	//go:embed http_fetch.js
	fetchSource string
)

// httpPrograms are compiled once for all VMs, when the first one needs them.
var httpPrograms = sync.OnceValue(func() []*goja.Program {
	return []*goja.Program{
		goja.MustCompile(ownSource, headersSource, true),
		goja.MustCompile(ownSource, bodySource, true),
		goja.MustCompile(ownSource, fetchSource, true),
	}
})

// httpGlobals are the names of what makeHTTP makes.
var httpGlobals = []string{"fetch", "Headers", "Request", "Response"}

// openHTTP defines the globals, which are made together when one is touched.
func (v *vm) openHTTP() {
	for _, name := range httpGlobals {
		v.lazy(v.rt.GlobalObject(), name, func() goja.Value { return v.once("http", v.makeHTTP).Get(name) })
	}
}

// makeHTTP returns an object with the globals.
func (v *vm) makeHTTP() *goja.Object {
	var parts [3]callable
	for i, program := range httpPrograms() {
		build, err := v.rt.RunProgram(program)
		must(err)
		parts[i] = function(build)
	}
	call := func(part callable, args ...goja.Value) *goja.Object {
		return part(goja.FunctionCall{This: goja.Undefined(), Arguments: args}).(*goja.Object)
	}
	native := v.httpNative()
	headers := call(parts[0])
	made := call(parts[2], native, headers, call(parts[1], native))
	v.set(made, "Headers", headers.Get("Headers"))
	return made
}
