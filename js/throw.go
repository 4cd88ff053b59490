package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// throw throws err in the script. It does not return.
func (v *vm) throw(err *engine.Error) {
	panic(v.errorObject(err))
}

// newError returns an Error. It remembers where the script is.
func (v *vm) newError(message string) *goja.Object {
	return v.construct(v.known.newError, v.text(validText(message)))
}

// errorObject returns err as an Error with the own properties kind, value and
// cause, as far as err has them. Uncaught, it becomes err again.
func (v *vm) errorObject(err *engine.Error) *goja.Object {
	o := v.newError("")
	v.fill(o, err)
	return o
}

// fill makes o, which newError made, into the Error for err.
func (v *vm) fill(o *goja.Object, err *engine.Error) {
	must(o.SetPrototype(v.known.thrownProto))
	v.hidden(o, "message", v.text(validText(err.Message)))
	if err.Kind != "" {
		v.set(o, "kind", v.text(err.Kind))
	}
	if err.HasValue {
		v.set(o, "value", v.toJS(err.Value))
	}
	if err.Cause != nil {
		v.hidden(o, "cause", v.errorObject(err.Cause))
	}
}
