package js

import (
	_ "embed"
	"sync"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

//go:embed abort.js
var abortSource string

// abortProgram is compiled once for all VMs, when the first one needs it.
var abortProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(ownSource, abortSource, true)
})

// signals are AbortController and AbortSignal, as globals and for done.signal.
type signals struct {
	controller, signal goja.Value
	// make returns [signal, abort]: a signal, and the function that fires it.
	make callable
}

func (v *vm) abortSignals() *signals {
	if v.signals != nil {
		return v.signals
	}
	build, err := v.rt.RunProgram(abortProgram())
	must(err)
	report := v.native("report", 1, func(fc goja.FunctionCall) goja.Value {
		v.fail(v.ctx.call, v.thrown(fc.Argument(0), nil))
		return nil
	})
	made := function(build)(goja.FunctionCall{Arguments: []goja.Value{report, v.known.setTimeout}}).(*goja.Object)
	v.signals = &signals{
		controller: made.Get("AbortController"),
		signal:     made.Get("AbortSignal"),
		make:       function(made.Get("make")),
	}
	return v.signals
}

// makeSignal makes done.signal.
func (s *call) makeSignal() goja.Value {
	pair := s.vm.abortSignals().make(goja.FunctionCall{}).(*goja.Object)
	abort := function(pair.Get("1"))
	if s.isCancelled() {
		abort(goja.FunctionCall{Arguments: []goja.Value{s.vm.cancellation()}})
	} else {
		s.abort = abort
	}
	return pair.Get("0")
}

// cancellation is the reason that a cancelled call's signal gives.
func (v *vm) cancellation() goja.Value {
	reason := v.errorObject(&engine.Error{Kind: engine.KindCancelled, Message: "the call was cancelled"})
	v.hidden(reason, "name", v.text("AbortError"))
	return reason
}
