package js

import (
	"slices"
	"time"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// maxDelay is the longest delay of a timer, in milliseconds. Longer ones are
// taken for 1 ms, as in Node and in browsers.
const maxDelay = 1<<31 - 1

// timers are those that have not fired, by the number that scripts know them by.
type timers struct {
	last  int64
	armed map[int64]*timer
}

type timer struct {
	id    int64
	call  *engine.Call // that made it
	fn    callable
	args  []goja.Value
	every time.Duration // 0: fires once
	stop  func()
}

func (v *vm) openTimers() {
	v.timers.armed = make(map[int64]*timer)
	v.global("setTimeout", 2, func(fc goja.FunctionCall) goja.Value {
		return v.startTimer("setTimeout", fc, 2, false)
	})
	v.global("setInterval", 2, func(fc goja.FunctionCall) goja.Value {
		return v.startTimer("setInterval", fc, 2, true)
	})
	v.global("setImmediate", 1, func(fc goja.FunctionCall) goja.Value {
		return v.startTimer("setImmediate", fc, 1, false)
	})
	v.known.setTimeout = v.rt.GlobalObject().Get("setTimeout")
	for _, name := range []string{"clearTimeout", "clearInterval", "clearImmediate"} {
		v.global(name, 1, v.clearTimer)
	}
}

// isCancelled tells whether c, which may be nil, has been cancelled, also if
// Cancelled has not been called yet. Nothing of it is to run any more.
func (v *vm) isCancelled(c *engine.Call) bool {
	s := stateOf(c)
	return s != nil && s.isCancelled()
}

// startTimer makes a timer of the running call. The callback's arguments
// follow the first skip arguments; the second of those is the delay.
func (v *vm) startTimer(who string, fc goja.FunctionCall, skip int, repeat bool) goja.Value {
	v.timers.last++
	t := &timer{id: v.timers.last, call: v.ctx.call, fn: v.callback(who, fc.Argument(0))}
	if v.isCancelled(t.call) {
		v.throw(&engine.Error{Kind: engine.KindCancelled, Message: who + ": the call was cancelled: it can set no more timers"})
	}
	if len(fc.Arguments) > skip {
		t.args = slices.Clone(fc.Arguments[skip:])
	}
	var delay time.Duration
	if skip > 1 {
		delay = milliseconds(fc.Argument(1))
	}
	if repeat {
		t.every = delay
	}
	v.timers.armed[t.id] = t
	v.arm(t, delay)
	return v.rt.ToValue(t.id)
}

// milliseconds is the delay that a script asks for.
func milliseconds(value goja.Value) time.Duration {
	ms := value.ToFloat()
	if !(ms >= 1 && ms <= maxDelay) { // NaN too
		ms = 1
	}
	return time.Duration(ms) * time.Millisecond
}

func (v *vm) arm(t *timer, delay time.Duration) {
	if delay == 0 {
		v.services.Post(t.call, func() { v.fire(t) })
		return
	}
	t.stop = v.services.After(t.call, delay, func() { v.fire(t) })
}

func (v *vm) fire(t *timer) {
	if v.timers.armed[t.id] != t {
		return // cleared after it was due
	}
	cancelled := v.isCancelled(t.call)
	if t.every == 0 || cancelled {
		delete(v.timers.armed, t.id)
	}
	if cancelled {
		return
	}
	_, fault := v.enter(t.call, t.fn, goja.FunctionCall{Arguments: t.args})
	if fault != nil {
		v.fail(t.call, fault)
		if t.call != nil { // which has been answered with that now
			delete(v.timers.armed, t.id)
		}
	}
	v.report()
	if t.every != 0 && v.timers.armed[t.id] == t {
		v.arm(t, t.every)
	}
}

func (v *vm) clearTimer(fc goja.FunctionCall) goja.Value {
	id := fc.Argument(0)
	if goja.IsUndefined(id) || goja.IsNull(id) {
		return nil
	}
	if t := v.timers.armed[id.ToInteger()]; t != nil {
		v.disarm(t)
	}
	return nil
}

func (v *vm) disarm(t *timer) {
	delete(v.timers.armed, t.id)
	if t.stop != nil {
		t.stop()
	}
}

// disarmAll clears the timers of a call that has been cancelled.
func (v *vm) disarmAll(c *engine.Call) {
	for _, t := range v.timers.armed {
		if t.call == c {
			v.disarm(t)
		}
	}
}
