package lua

import (
	"math"
	"time"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// A timer is what timer.after and timer.every return.
type timer struct {
	vm    *vm
	call  *call // that made it, or nil
	fn    glua.LValue
	every time.Duration // 0: once
	stop  func()
	over  bool
}

func (v *vm) openTimers() {
	v.library("timer", fields{
		{"after", func(L *glua.LState) int { return v.newTimer(L, false) }},
		{"every", func(L *glua.LState) int { return v.newTimer(L, true) }},
	})
	v.meta.timer = v.metatable("timer", fields{{"__tostring", constant("timer")}})
	methods := v.root.NewTable()
	v.setFields(methods, fields{{"cancel", timerCancel}})
	v.meta.timer.RawSetString("__index", methods)
}

// checkSeconds returns argument n as a duration.
func checkSeconds(L *glua.LState, n int) time.Duration {
	s := float64(L.CheckNumber(n))
	if !(s >= 0) {
		L.ArgError(n, "seconds must not be negative or NaN")
	}
	if s >= math.MaxInt64/float64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(s * float64(time.Second))
}

// sleep waits for a number of seconds.
func (v *vm) sleep(L *glua.LState) int {
	d := checkSeconds(L, 1)
	ec := v.cur.ec()
	stop := func() {}
	err := v.wait(func(wake func()) { stop = v.services.WakeAfter(ec, d, wake) })
	stop()
	if err != nil {
		v.throw(L, asFailure(err))
	}
	return 0
}

func (v *vm) newTimer(L *glua.LState, repeat bool) int {
	d := checkSeconds(L, 1)
	t := &timer{vm: v, call: v.cur.call, fn: L.CheckAny(2)}
	if !v.callable(t.fn) {
		L.TypeError(2, glua.LTFunction)
	}
	if v.isCancelled(t.call) {
		v.throw(L, &engine.Error{Kind: engine.KindCancelled, Message: "the call was cancelled: it can set no more timers"})
	}
	if repeat {
		t.every = max(d, time.Millisecond)
		d = t.every
	}
	if c := t.call; c != nil {
		if c.timers == nil {
			c.timers = make(map[*timer]struct{})
		}
		c.timers[t] = struct{}{}
	}
	t.stop = v.services.After(v.cur.ec(), d, t.fire)
	L.Push(&glua.LUserData{Value: t, Env: v.globals, Metatable: v.meta.timer})
	return 1
}

// isCancelled reports whether c, which may be nil, has been cancelled, also if
// Cancelled has not been called yet.
func (v *vm) isCancelled(c *call) bool {
	return c != nil && (c.cancelled || v.services.Cancelled(c.ec))
}

func timerCancel(L *glua.LState) int {
	t, ok := L.CheckUserData(1).Value.(*timer)
	if !ok {
		L.ArgError(1, "timer expected")
	}
	t.cancel()
	return 0
}

func (t *timer) cancel() {
	if !t.over {
		t.finish()
		t.stop()
	}
}

func (t *timer) finish() {
	t.over = true
	if t.call != nil {
		delete(t.call.timers, t)
	}
}

// fire runs the callback as a task of its own. A repeated timer is set again
// when the callback has returned, so that its runs do not overlap; it goes on
// after an error only if it belongs to no call, which an error would end.
func (t *timer) fire() {
	v := t.vm
	if t.over || v.isCancelled(t.call) {
		return
	}
	if t.every == 0 {
		t.finish()
	}
	task := &task{vm: v, call: t.call, parks: v.cfg.Async}
	th := v.begin(task)
	err := v.run(th, t.fn)
	ec := task.ec()
	if err != nil {
		v.fail(t.call, err)
		if t.call != nil && !t.over {
			t.finish()
		}
	}
	v.end(task, th)
	if t.every > 0 && !t.over {
		t.stop = v.services.After(ec, t.every, t.fire)
	}
}
