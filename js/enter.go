package js

import (
	"errors"
	"slices"
	"sync"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// context says which call the running code belongs to; a nil call is none. It
// is goja's async context tracker: what follows an await, and the callback of
// a then, belong to the call that was running when they were written down.
type context struct {
	call   *engine.Call
	outer  *engine.Call // what call was before the promise job that runs
	exited *engine.Call // the call of the promise job that ran last
	// settling tells that the handler of a job has returned and goja settles
	// the promise that depends on it, which is the doing of exited.
	settling bool
	forsaken []*engine.Call // whose jobs are not run; see vm.forsake
}

// Grab is called when something is to run later.
func (x *context) Grab() any { return x.call }

// Resumed is called when it is about to run.
func (x *context) Resumed(grabbed any) {
	call, _ := grabbed.(*engine.Call)
	if len(x.forsaken) > 0 && slices.Contains(x.forsaken, call) {
		panic(forsaken{})
	}
	x.outer, x.call, x.settling = x.call, call, false
}

// Exited is called when it has run.
func (x *context) Exited() {
	x.exited, x.call, x.settling = x.call, x.outer, true
}

// blame returns the call to which a promise rejected right now belongs.
func (x *context) blame() *engine.Call {
	if x.settling {
		return x.exited
	}
	return x.call
}

// entry is one call into the VM from outside.
type entry struct {
	fn     callable
	call   goja.FunctionCall
	ret    goja.Value
	thrown *goja.Exception
}

// entrance is the bottom of every stack. It is JavaScript so that whatever runs
// above it runs inside a script, as goja wants it for most of its API.
var entrance = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(ownSource, "(function (enter) { enter() })", true)
})

// ownSource is the file name of the bindings' own JavaScript, which tracebacks
// leave out.
const ownSource = "<worker>"

func (v *vm) openEntry() {
	bottom, err := v.rt.RunProgram(entrance())
	must(err)
	call, _ := goja.AssertFunction(bottom)
	v.callEntry = func() {
		ret := v.entry.fn(v.entry.call)
		v.entry.ret = ret
	}
	top := v.native("", 0, func(goja.FunctionCall) goja.Value {
		finished := false
		defer func() {
			if !finished {
				v.spareRest()
			}
		}()
		thrown := v.rt.Try(v.callEntry)
		v.entry.thrown = thrown
		v.drain()
		v.stackWas = *v.in.stack
		finished = true
		return nil
	})
	args := []goja.Value{top}
	v.runEntry = func() error {
		lent := v.lendStack()
		_, err := call(goja.Undefined(), args...)
		if lent {
			v.keepStack(err == nil)
		}
		return err
	}
}

// enter calls a function on account of c and then runs the microtasks until
// none are left. The error is what the function threw, or why it was stopped.
// The caller calls report after it, once it has looked at what was returned.
func (v *vm) enter(c *engine.Call, fn callable, fc goja.FunctionCall) (goja.Value, *engine.Error) {
	if fc.This == nil {
		fc.This = goja.Undefined()
	}
	outer := v.entry
	v.entry = entry{fn: fn, call: fc}
	fault := v.within(c, v.runEntry)
	ret, thrown := v.entry.ret, v.entry.thrown
	v.entry = outer
	if fault == nil && thrown != nil {
		fault = v.thrown(thrown.Value(), thrown.Stack())
	}
	if ret == nil {
		ret = goja.Undefined()
	}
	return ret, fault
}

// do is enter for a Go function, which may use everything that a binding may.
func (v *vm) do(c *engine.Call, fn func()) *engine.Error {
	_, fault := v.enter(c, func(goja.FunctionCall) goja.Value { fn(); return nil }, goja.FunctionCall{})
	return fault
}

// run is enter for a callback: what it throws is the error of c.
func (v *vm) run(c *engine.Call, fn callable, fc goja.FunctionCall) {
	if _, fault := v.enter(c, fn, fc); fault != nil {
		v.fail(c, fault)
	}
	v.report()
}

// within runs enter, which enters the VM, on account of c, and makes the VM
// fit for the next entry if it was stopped in this one.
func (v *vm) within(c *engine.Call, enter func() error) *engine.Error {
	if cause := v.stop.Load(); cause != nil {
		return stopped(cause, nil)
	}
	outer := v.ctx
	v.ctx = context{call: c}
	v.depth++
	err := enter()
	v.depth--
	at := v.ctx.call
	v.ctx = outer
	if err == nil {
		return nil
	}
	if ex, ok := err.(*goja.Exception); ok {
		return v.thrown(ex.Value(), ex.Stack())
	}
	if v.depth == 0 {
		v.in.repair()
		if v.stop.Load() != nil {
			v.forsake(c, at)
		}
		v.resumeSpared()
	}
	fault := v.halted(err)
	if at == c {
		return fault
	}
	// It hit a microtask of another call, or of none, which is gone now. A
	// script that overran its stack has harmed that call alone; an interrupt
	// was meant for this one.
	v.fail(at, fault)
	if overflow := (*goja.StackOverflowError)(nil); errors.As(err, &overflow) && v.stop.Load() == nil {
		return nil
	}
	return fault
}

// lendStack gives goja a stack if it has none: then nothing runs.
func (v *vm) lendStack() bool {
	if *v.in.stack != nil {
		return false
	}
	*v.in.stack, v.stack = v.stack, nil
	return true
}

// maxStack is how many values goja's stack may have room for to be kept: all of that is
// cleared each time.
const maxStack = 256

// keepStack keeps the memory of the stack that goja had, and nothing that was on it, for
// the next time. Only where goja has come to a regular end, and has let go of its stack,
// does nobody else have it.
func (v *vm) keepStack(regular bool) {
	was := v.stackWas
	v.stackWas = nil
	if regular && *v.in.stack == nil && cap(was) <= maxStack {
		clear(was[:cap(was)])
		v.stack = was[:0]
	}
}

// guard runs f, which only reads from the script's values, in the VM or outside
// of it. That may run getters, but no microtasks, and is not refused while the
// VM is being stopped.
func (v *vm) guard(f func()) (fault *engine.Error) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case error:
			if !errors.As(x, new(*goja.InterruptedError)) && !errors.As(x, new(*goja.StackOverflowError)) {
				panic(x)
			}
			if v.depth == 0 {
				v.in.repair()
			}
			fault = v.halted(x)
		default:
			panic(x)
		}
	}()
	if ex := v.rt.Try(f); ex != nil {
		return v.thrown(ex.Value(), ex.Stack())
	}
	return nil
}
