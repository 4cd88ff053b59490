package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// startAsync calls f with a done. A promise that f returns may answer too.
func (v *vm) startAsync(s *call, f *scriptFunction, payload []byte) {
	args, fault := v.thaw(s.of, payload, 1)
	if fault != nil {
		v.fail(s.of, fault)
		return
	}
	args[0] = s.makeDone()
	ret, fault := v.enter(s.of, f.fn, goja.FunctionCall{This: f.this, Arguments: args})
	if fault != nil {
		v.fail(s.of, fault)
		v.report()
		return
	}
	p, fault := v.promiseOf(s.of, ret)
	switch {
	case fault != nil:
		v.fail(s.of, fault)
	case p == nil:
	case p.State() == goja.PromiseStateFulfilled:
		if value := p.Result(); !s.answered && !goja.IsUndefined(value) {
			if fault := v.answer(s, value); fault != nil {
				v.fail(s.of, fault)
			}
		}
	case p.State() == goja.PromiseStateRejected:
		stack := v.rejectionStack(p)
		v.handled(p)
		v.fail(s.of, v.thrown(p.Result(), stack))
	default:
		// The two functions are the same ones for every call: which call they
		// are called for, the context tells them.
		if _, fault := v.enter(s.of, v.known.then, goja.FunctionCall{
			This:      v.rt.ToValue(p),
			Arguments: []goja.Value{v.known.onFulfilled, v.known.onRejected},
		}); fault != nil {
			v.fail(s.of, fault)
		}
	}
	v.report()
}

// fulfilled is called with what the promise that an async call returned has
// been fulfilled with.
func (v *vm) fulfilled(fc goja.FunctionCall) goja.Value {
	s, value := stateOf(v.ctx.call), fc.Argument(0)
	if s == nil || s.answered || s.cancelled || goja.IsUndefined(value) {
		return nil
	}
	var refused *engine.Error
	if ex := v.rt.Try(func() { refused = v.send(s, v.results(value)) }); ex != nil {
		refused = v.thrown(ex.Value(), ex.Stack())
	}
	if refused != nil {
		v.fail(s.of, refused)
	}
	return nil
}

// rejected is called with the reason why that promise was rejected.
func (v *vm) rejected(fc goja.FunctionCall) goja.Value {
	v.fail(v.ctx.call, v.thrown(fc.Argument(0), nil))
	return nil
}

// Cancelled implements [engine.VM].
func (v *vm) Cancelled(c *engine.Call) {
	s := stateOf(c)
	if s == nil || s.cancelled {
		return
	}
	s.cancelled = true
	v.disarmAll(c)
	if s.abort != nil {
		v.run(c, s.abort, goja.FunctionCall{Arguments: []goja.Value{v.cancellation()}})
	}
}
