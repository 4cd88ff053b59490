package js

import (
	"fmt"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// call is what the VM knows of a call, in engine.Call.Data.
type call struct {
	vm *vm
	of *engine.Call
	// answered: with results or an error, as far as the VM knows.
	answered  bool
	cancelled bool

	// Async mode: the members of done, made when the script asks for them.
	members map[string]goja.Value
	abort   callable // fires done.signal; nil until the script has that
}

// stateOf returns nil for no call.
func stateOf(c *engine.Call) *call {
	if c == nil {
		return nil
	}
	s, _ := c.Data.(*call)
	return s
}

// Start implements [engine.VM].
func (v *vm) Start(c *engine.Call, fn engine.Function, payload []byte) {
	if tool, ok := fn.(engine.Tool); ok {
		tool.Use(&v.cfg, c)
		return
	}
	s := &call{vm: v, of: c}
	c.Data = s
	f := fn.(*scriptFunction)
	if v.cfg.Async {
		v.startAsync(s, f, payload)
		return
	}
	v.running = c
	v.startSync(s, f, payload)
	v.running = nil
}

// fail ends c, which may be nil, with an error. If it has ended already, the
// worker end logs the error. The error of no call fails what the worker begins
// with, while that runs.
func (v *vm) fail(c *engine.Call, err *engine.Error) {
	if c == nil && v.begun != nil && v.begun.fault == nil {
		v.begun.fault = err
		return
	}
	if s := stateOf(c); s != nil {
		if s.cancelled && err.Kind == engine.KindCancelled {
			return // it does what it was told
		}
		s.answered = true
	}
	_ = v.services.Fail(c, err) // ErrAnswered, which is the log record
}

// startSync calls f and answers with what it returns, or what the promise that
// it returned comes to.
func (v *vm) startSync(s *call, f *scriptFunction, payload []byte) {
	args, fault := v.thaw(s.of, payload, 0)
	if fault == nil {
		var ret goja.Value
		if ret, fault = v.enter(s.of, f.fn, goja.FunctionCall{This: f.this, Arguments: args}); fault == nil {
			ret, fault = v.await(s, f.name, ret)
		}
		v.report()
		if fault == nil && !s.answered {
			v.hintOfNothing(s, f, ret)
			fault = v.answer(s, ret)
		}
	}
	if fault != nil {
		v.fail(s.of, v.hint(f, fault))
	}
}

// answer freezes ret and sends it. An error leaves the call unanswered.
func (v *vm) answer(s *call, ret goja.Value) *engine.Error {
	if _, isObject := ret.(*goja.Object); !isObject && v.freezer == nil {
		return v.send(s, v.results(ret)) // which runs no script
	}
	var refused *engine.Error
	if fault := v.do(s.of, func() { refused = v.send(s, v.results(ret)) }); fault != nil {
		return fault
	}
	return refused
}

// send is answer inside the VM.
func (v *vm) send(s *call, values []goja.Value) *engine.Error {
	frame, fault := v.freeze("result", values)
	if fault != nil {
		return fault
	}
	if err := v.services.Answer(s.of, frame); err != nil && err != engine.ErrAnswered {
		return asError(err)
	}
	s.answered = true
	return nil
}

// await returns what the promise that fn returned is fulfilled with; values
// other than promises it returns as they are. While it waits, timers and host
// calls of the script go on, but no other call is started. s is nil in Init.
func (v *vm) await(s *call, fn string, ret goja.Value) (goja.Value, *engine.Error) {
	var c *engine.Call
	if s != nil {
		c = s.of
	}
	p, fault := v.promiseOf(c, ret)
	if p == nil || fault != nil {
		return ret, fault
	}
	if p.State() == goja.PromiseStatePending {
		v.awaiting = p
		err := v.services.RunUntil(c, func() bool {
			return p.State() != goja.PromiseStatePending || s != nil && s.answered || v.begun != nil && v.begun.fault != nil
		})
		v.awaiting = nil
		switch {
		case err == engine.ErrStalled:
			return nil, &engine.Error{
				Kind: engine.KindScript, Language: language,
				Message: fmt.Sprintf("the promise that %s returned can never settle: it waits for something,"+
					" but no timer and no host call is left", fn),
			}
		case err != nil:
			return nil, asError(err)
		}
	}
	switch p.State() {
	case goja.PromiseStateRejected:
		stack := v.rejectionStack(p)
		v.handled(p)
		return nil, v.thrown(p.Result(), stack)
	case goja.PromiseStateFulfilled:
		return p.Result(), nil
	}
	return goja.Undefined(), nil // the call was answered otherwise
}

// Init implements [engine.VM].
func (v *vm) Init(fn engine.Function, payload []byte) error {
	v.starting = "by init"
	defer func() { v.starting = "" }()
	f := fn.(*scriptFunction)
	v.begun = new(beginning)
	defer func() { v.begun = nil }()
	var args []goja.Value
	var fault *engine.Error
	if len(payload) > 0 { // which BOOT may leave out
		args, fault = v.thaw(nil, payload, 0)
	}
	if fault == nil {
		var ret goja.Value
		if ret, fault = v.enter(nil, f.fn, goja.FunctionCall{This: f.this, Arguments: args}); fault == nil {
			_, fault = v.await(nil, f.name, ret)
		}
	}
	if fault != nil {
		v.fail(nil, fault)
	}
	v.report()
	if v.begun.fault != nil {
		return v.begun.fault
	}
	return nil
}

// event is the global function of that name.
func (v *vm) event(fc goja.FunctionCall) goja.Value {
	if v.starting != "" {
		v.throw(&engine.Error{Kind: engine.KindScript, Message: "event: no events can be sent " + v.starting})
	}
	v.sendEvent(v.running, fc.Arguments) // nil in async mode
	return nil
}

func (v *vm) sendEvent(c *engine.Call, values []goja.Value) {
	frame, fault := v.freeze("argument", values)
	if fault != nil {
		v.throw(fault)
	}
	switch err := v.services.Event(c, frame); err {
	case nil:
	case engine.ErrAnswered:
		v.throw(&engine.Error{Kind: engine.KindScript, Message: "event: the call has been answered already"})
	default:
		v.throw(asError(err))
	}
}
