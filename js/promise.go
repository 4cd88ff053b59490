package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// rejection is a promise that has been rejected and that nobody has looked at.
type rejection struct {
	promise *goja.Promise
	call    *engine.Call      // that rejected it
	stack   []goja.StackFrame // where, unless the reason knows that itself
}

func (v *vm) openPromises() {
	k := &v.known
	k.resolve = function(k.newPromise.Get("resolve"))
	k.settled = k.resolve(goja.FunctionCall{This: k.newPromise}).(*goja.Object)
	k.onFulfilled = v.native("", 1, v.fulfilled)
	k.onRejected = v.native("", 1, v.rejected)
	k.rethrow = v.native("", 1, func(fc goja.FunctionCall) goja.Value { panic(fc.Argument(0)) })

	// goja tells its context tracker of reactions that have a handler only. A
	// then without a second argument has none for rejections, and the promise
	// that it returns would be rejected on account of nobody.
	proto := k.newPromise.Get("prototype").(*goja.Object)
	k.then = function(proto.Get("then"))
	v.method(proto, "then", 2, func(fc goja.FunctionCall) goja.Value {
		if isFunction(fc.Argument(1)) {
			return k.then(fc)
		}
		return k.then(goja.FunctionCall{This: fc.This, Arguments: []goja.Value{fc.Argument(0), k.rethrow}})
	})
}

// trackRejection is goja's rejection tracker.
func (v *vm) trackRejection(p *goja.Promise, operation goja.PromiseRejectionOperation) {
	if operation == goja.PromiseRejectionHandle {
		v.handled(p)
		return
	}
	r := rejection{promise: p, call: v.ctx.blame()}
	if !v.isError(p.Result()) {
		r.stack = v.rt.CaptureCallStack(maxFrames, nil)
	}
	v.rejections = append(v.rejections, r)
}

// handled tells that somebody looks at p, which may have been rejected.
func (v *vm) handled(p *goja.Promise) {
	for i := range v.rejections {
		if v.rejections[i].promise == p {
			v.rejections = append(v.rejections[:i], v.rejections[i+1:]...)
			return
		}
	}
}

// report fails the calls whose promises were rejected in the entry that has
// just ended, and are unhandled now that all microtasks have run.
func (v *vm) report() {
	for v.depth == 0 && len(v.rejections) > 0 {
		next := 0
		if v.rejections[0].promise == v.awaiting {
			if next++; len(v.rejections) == 1 {
				return
			}
		}
		r := v.rejections[next]
		v.handled(r.promise)
		v.fail(r.call, v.thrown(r.promise.Result(), r.stack))
	}
}

// rejectionStack returns the stack of a rejection that nobody has looked at yet.
func (v *vm) rejectionStack(p *goja.Promise) []goja.StackFrame {
	for _, r := range v.rejections {
		if r.promise == p {
			return r.stack
		}
	}
	return nil
}

// promiseOf returns value as a promise, nil if it is not one and has no then.
func (v *vm) promiseOf(c *engine.Call, value goja.Value) (*goja.Promise, *engine.Error) {
	o, ok := value.(*goja.Object)
	if !ok {
		return nil, nil
	}
	if o.ExportType() == typePromise {
		return o.Export().(*goja.Promise), nil
	}
	thenable := false
	if fault := v.guard(func() { thenable = isFunction(o.Get("then")) }); fault != nil || !thenable {
		return nil, fault
	}
	var p *goja.Promise
	fault := v.do(c, func() {
		p = v.known.resolve(goja.FunctionCall{This: v.known.newPromise, Arguments: []goja.Value{o}}).Export().(*goja.Promise)
	})
	return p, fault
}

// queueMicrotask is the global function of that name.
func (v *vm) queueMicrotask(fc goja.FunctionCall) goja.Value {
	fn := v.callback("queueMicrotask", fc.Argument(0))
	job := v.native("", 0, func(goja.FunctionCall) goja.Value {
		c := v.ctx.call
		if ex := v.rt.Try(func() { fn(goja.FunctionCall{This: goja.Undefined()}) }); ex != nil {
			v.fail(c, v.thrown(ex.Value(), ex.Stack()))
		}
		return nil
	})
	v.known.then(goja.FunctionCall{This: v.known.settled, Arguments: []goja.Value{job}})
	return nil
}

// callback returns the Go side of a function that the script passes to the
// binding who, and throws a TypeError for any other value.
func (v *vm) callback(who string, value goja.Value) callable {
	fn := function(value)
	if fn == nil {
		panic(v.rt.NewTypeError("%s: the callback must be a function, not %s", who, v.inspect(value)))
	}
	return fn
}

// A settler settles a promise that the script waits for. It is used by the
// holder of the VM, from outside.
type settler struct {
	v               *vm
	call            *engine.Call
	resolve, reject func(any) error
	// failure says where the promise was made, should it come to that.
	failure *goja.Object
}

// promise returns a new promise of the running call.
func (v *vm) promise() (goja.Value, *settler) {
	p, resolve, reject := v.rt.NewPromise()
	return v.rt.ToValue(p), &settler{v: v, call: v.ctx.call, resolve: resolve, reject: reject, failure: v.newError("")}
}

// settle calls outcome inside the VM and fulfils the promise with what it
// returns; what it throws rejects the promise.
func (s *settler) settle(outcome func() goja.Value) {
	s.v.run(s.call, func(goja.FunctionCall) goja.Value {
		var value goja.Value
		var err error
		if ex := s.v.rt.Try(func() { value = outcome() }); ex != nil {
			err = s.reject(ex.Value())
		} else {
			err = s.resolve(value)
		}
		if err != nil {
			panic(err)
		}
		return nil
	}, goja.FunctionCall{})
}
