package lua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// A call is what the VM keeps of a call from the parent. The call's done is part of
// it, since every call has one.
type call struct {
	vm        *vm
	ec        *engine.Call
	answered  bool
	cancelled bool
	timers    map[*timer]struct{} // made by the call and not over

	done    glua.LUserData  // what an async function gets first
	methods *[3]glua.LValue // of done, made when they are asked for
}

// Start implements engine.VM.
func (v *vm) Start(ec *engine.Call, fn engine.Function, args []byte) {
	if tool, ok := fn.(engine.Tool); ok {
		tool.Use(&v.cfg, ec)
		return
	}
	f := fn.(*function)
	c := &call{vm: v, ec: ec}
	ec.Data = c
	t := v.takeTask()
	t.call, t.name, t.parks = c, f.name, v.cfg.Async
	v.startOn(v.begin(t), t, c, f, args)
	v.keepTask(t)
}

// startOn runs a call as task t on the thread that t began with, to its end.
func (v *vm) startOn(th *thread, t *task, c *call, f *function, args []byte) {
	defer v.end(t, th)
	if v.thaw == nil { // else that runs on the thread first
		th.L.Push(th.enter)
		th.L.Push(f.value)
		if v.cfg.Async {
			th.L.Push(c.makeDone())
		}
	}
	if err := v.pushArgs(th, args); err != nil {
		v.fail(c, err)
		return
	}
	if v.thaw != nil {
		if v.cfg.Async {
			th.L.Insert(c.makeDone(), 1)
		}
		th.L.Insert(f.value, 1)
		th.L.Insert(th.enter, 1)
	}
	if err := v.runPushed(th); err != nil {
		if !v.cfg.Async {
			v.hint(f, err)
		}
		v.fail(c, err)
		return
	}
	if v.cfg.Async {
		return
	}
	if err := v.answer(c, th.L, 1); err != nil {
		v.fail(c, err)
	}
}

func (c *call) makeDone() *glua.LUserData {
	c.done = glua.LUserData{Value: c, Metatable: c.vm.meta.done, Env: c.vm.globals}
	return &c.done
}

// Cancelled implements engine.VM.
func (v *vm) Cancelled(ec *engine.Call) {
	c, ok := ec.Data.(*call)
	if !ok {
		return
	}
	c.cancelled = true
	for t := range c.timers {
		t.cancel()
	}
}

// fail ends a call, or no call, with an error.
func (v *vm) fail(c *call, err *engine.Error) {
	var ec *engine.Call
	if c != nil {
		c.answered = true
		ec = c.ec
	}
	// An error after the answer becomes a log record there.
	_ = v.services.Fail(ec, err)
}

// answer answers c with the values on L from index first on.
func (v *vm) answer(c *call, L *glua.LState, first int) *engine.Error {
	frame, err := v.frozen(L, first, "result %d")
	if err != nil {
		return err
	}
	switch err := v.services.Answer(c.ec, frame); {
	case err == nil:
		c.answered = true
		return nil
	case errors.Is(err, engine.ErrAnswered):
		c.answered = true
		return &engine.Error{Kind: engine.KindScript, Message: "the call has been answered already"}
	default:
		return asFailure(err)
	}
}
