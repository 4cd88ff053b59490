package lua

import (
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// A task is something that runs in the VM from its start until its function
// returns: a call's function, a timer's, a chunk, init.
type task struct {
	vm    *vm
	call  *call  // nil: of no call
	name  string // of the function, if it was looked up
	quiet bool   // loading or init: it can send no events
	parks bool   // others may run while it waits

	top     *thread      // the innermost protected thread
	co      *glua.LState // the innermost coroutine, or nil
	nesting int          // pcalls and coroutines within one another
	caught  raised       // the error caught last, in case it is thrown again

	loading *module // the innermost one that it loads
	awaits  *module // that it waits for

	unflushed []*file // with something gathered by the task

	stoppedWaits int    // waits that failed because the call was stopped
	line         []byte // written to standard output without an end of line
	errLine      []byte // to standard error
}

// ec returns the call as the worker end knows it.
func (t *task) ec() *engine.Call {
	if t.call == nil {
		return nil
	}
	return t.call.ec
}

// begin makes t the current task and returns the thread that it starts on.
func (v *vm) begin(t *task) *thread {
	v.cur = t
	th := v.acquire(nil)
	v.root.G.CurrentThread = th.L
	return th
}

// end is called when t has returned.
func (v *vm) end(t *task, th *thread) {
	v.release(th)
	v.cur = nil
}

// takeTask returns a task for a call, and keepTask keeps it for the next one when it has
// ended. Calls are short, and many.
func (v *vm) takeTask() *task {
	t := v.spareTask
	v.spareTask = nil
	if t == nil {
		t = &task{vm: v}
	}
	return t
}

func (v *vm) keepTask(t *task) {
	*t = task{vm: v}
	v.spareTask = t
}

// run calls a function on the thread that a task began with, where arguments
// may have been pushed. The results are then on the thread.
func (v *vm) run(th *thread, fn glua.LValue) *engine.Error {
	th.L.Insert(fn, 1)
	th.L.Insert(th.enter, 1)
	return v.runPushed(th)
}

// runPushed is run where th.enter and the function were pushed first.
func (v *vm) runPushed(th *thread) *engine.Error {
	v.sampler.resume()
	err := v.protect(th, th.L.GetTop()-1)
	v.sampler.pause()
	var failure *engine.Error
	if err != nil {
		failure = v.uncaught(err)
	}
	v.flushLines(v.cur)
	v.flushFiles(v.cur)
	return failure
}

// wait blocks until wake has been called, or the task is to go no further. It
// lets other tasks run where that is possible.
func (v *vm) wait(start func(wake func())) error {
	t, running := v.cur, v.root.G.CurrentThread
	v.sampler.pause()
	var err error
	if t.parks {
		err = v.services.Park(t.ec(), start)
	} else {
		err = v.services.Wait(t.ec(), start)
	}
	v.sampler.resume()
	v.cur, v.root.G.CurrentThread = t, running
	if err != nil {
		t.stoppedWaits++
		if c := t.call; c != nil && v.services.Cancelled(c.ec) {
			c.cancelled = true // known here before Cancelled is called
		}
	}
	return err
}

// hostCall has the parent run a function and waits for it. The error is a
// *engine.Error. Strings among args may be any octets, as names of files are.
func (v *vm) hostCall(name string, args ...any) ([]any, error) {
	for i, x := range args {
		if s, ok := x.(string); ok && !utf8.ValidString(s) {
			args[i] = []byte(s)
		}
	}
	var reply struct {
		results []any
		err     error
	}
	ec := v.cur.ec()
	err := v.wait(func(wake func()) {
		v.services.HostCall(ec, name, args, func(results []any, err error) {
			reply.results, reply.err = results, err
			wake()
		})
	})
	if err == nil {
		err = reply.err // not to be read if the wait was cut short
	}
	if err != nil {
		return nil, asFailure(err)
	}
	return reply.results, nil
}
