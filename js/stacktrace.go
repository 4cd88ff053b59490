package js

import (
	"strings"

	"github.com/dop251/goja"
)

// captureStackTrace is V8's Error.captureStackTrace, which errors of many npm
// packages call in their constructors: it gives an object a stack. An Error has
// one, of the place where it was made, and keeps that. The second argument, a
// function whose frame and those above it are left out, does not count.
func (v *vm) captureStackTrace(fc goja.FunctionCall) goja.Value {
	o, ok := fc.Argument(0).(*goja.Object)
	if !ok {
		panic(v.rt.NewTypeError("Error.captureStackTrace: the first argument must be an object"))
	}
	if v.own(o, "stack") != nil {
		return goja.Undefined()
	}
	_, frames, _ := strings.Cut(textOf(v.newError("").Get("stack")), "\n")
	_, frames, _ = strings.Cut(frames, "\n") // but for this function
	v.hidden(o, "stack", v.text(validText(o.String()+"\n"+frames)))
	return goja.Undefined()
}
