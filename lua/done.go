package lua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// openDone makes event, and the metatable of the done that async functions get.
func (v *vm) openDone() {
	v.setGlobal("event", v.event)
	v.meta.done = v.metatable("done", fields{
		{"__call", v.doneCall},
		{"__index", v.doneIndex},
		{"__tostring", constant("done")},
	})
}

// doneCall is done(...).
func (v *vm) doneCall(L *glua.LState) int {
	c := callOf(L)
	if c.cancelled {
		return 0
	}
	if c.answered {
		L.RaiseError("done was called twice: the call has been answered already")
	}
	if err := v.answer(c, L, 2); err != nil {
		v.throw(L, err)
	}
	return 0
}

// doneIndex makes done.fail, done.event and done.cancelled when they are used.
func (v *vm) doneIndex(L *glua.LState) int {
	c := callOf(L)
	var method func(*glua.LState, *call) int
	i := 0
	switch L.Get(2) {
	case glua.LString("fail"):
		i, method = 0, v.doneFail
	case glua.LString("event"):
		i, method = 1, v.doneEvent
	case glua.LString("cancelled"):
		i, method = 2, v.doneCancelled
	default:
		return 0
	}
	if c.methods == nil {
		c.methods = new([3]glua.LValue)
	}
	if c.methods[i] == nil {
		c.methods[i] = L.NewFunction(func(L *glua.LState) int { return method(L, c) })
	}
	L.Push(c.methods[i])
	return 1
}

// callOf returns the call whose done is the first argument.
func callOf(L *glua.LState) *call {
	if ud, ok := L.Get(1).(*glua.LUserData); ok {
		if c, ok := ud.Value.(*call); ok {
			return c
		}
	}
	L.ArgError(1, "done expected")
	return nil
}

func (v *vm) doneFail(L *glua.LState, c *call) int {
	if c.cancelled {
		return 0
	}
	if c.answered {
		L.RaiseError("done.fail was called, but the call has been answered already")
	}
	var err *engine.Error
	frames := v.trace(L).frames
	if value := L.Get(1); value != glua.LNil {
		err = v.toError(value, frames)
	} else {
		err = &engine.Error{
			Kind: engine.KindScript, Language: language, Stack: frames,
			Message: "done.fail was called without an error",
		}
	}
	v.fail(c, err)
	return 0
}

func (v *vm) doneEvent(L *glua.LState, c *call) int {
	if c.cancelled {
		return 0
	}
	if c.answered {
		L.RaiseError("done.event was called, but the call has been answered already")
	}
	v.sendEvent(L, c.ec)
	return 0
}

func (v *vm) doneCancelled(L *glua.LState, c *call) int {
	L.Push(glua.LBool(v.isCancelled(c)))
	return 1
}

// event is event(...): of the call that is running in sync mode, else of none.
func (v *vm) event(L *glua.LState) int {
	if v.cur.quiet {
		L.RaiseError("events cannot be sent before the worker is ready: neither while loading nor in init")
	}
	var ec *engine.Call
	if c := v.cur.call; c != nil && !v.cfg.Async && !c.answered {
		ec = c.ec
	}
	v.sendEvent(L, ec)
	return 0
}

// sendEvent sends all of L's values as an event of ec, or of no call.
func (v *vm) sendEvent(L *glua.LState, ec *engine.Call) {
	frame, err := v.frozen(L, 1, "argument %d of the event")
	if err != nil {
		v.throw(L, err)
	}
	if err := v.services.Event(ec, frame); errors.Is(err, engine.ErrAnswered) {
		L.RaiseError("the event is late: its call has been answered already")
	} else if err != nil {
		v.throw(L, asFailure(err))
	}
}
