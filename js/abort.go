package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// makeSignal makes done.signal.
func (s *call) makeSignal() goja.Value {
	signal, abort := s.vm.newSignal()
	if s.isCancelled() {
		abort(goja.FunctionCall{Arguments: []goja.Value{s.vm.cancellation()}})
	} else {
		s.abort = abort
	}
	return signal
}

// newSignal returns an AbortSignal and the function that fires it.
func (v *vm) newSignal() (signal goja.Value, fire callable) {
	pair := function(v.part("abort").Get("make"))(goja.FunctionCall{}).(*goja.Object)
	return pair.Get("0"), function(pair.Get("1"))
}

// cancellation is the reason that a cancelled call's signal gives.
func (v *vm) cancellation() goja.Value {
	reason := v.errorObject(&engine.Error{Kind: engine.KindCancelled, Message: "the call was cancelled"})
	v.hidden(reason, "name", v.text("AbortError"))
	return reason
}
