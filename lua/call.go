package lua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// A call is what the VM keeps of a call from the parent. The call's done and
// its first task are part of it, since every call has them.
type call struct {
	vm        *vm
	ec        *engine.Call
	answered  bool
	cancelled bool
	timers    map[*timer]struct{} // made by the call and not over

	task    task
	done    glua.LUserData // what an async function gets first
	methods [3]glua.LValue // of done, made when they are asked for
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
	c.task = task{vm: v, call: c, name: f.name, parks: v.cfg.Async}
	var done glua.LValue
	if v.cfg.Async {
		c.done = glua.LUserData{Value: c, Metatable: v.meta.done, Env: v.globals}
		done = &c.done
	}

	t := &c.task
	th := v.begin(t)
	defer v.end(t, th)
	if err := v.pushArgs(th, args); err != nil {
		v.fail(c, err)
		return
	}
	if err := v.run(th, f.value, done); err != nil {
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
