package lua

import (
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// adaptorSource makes the Lua half of the coroutine library. gopher-lua resumes
// a coroutine rightly only where yield is called by a Lua function that takes
// all its results and goes on after it; and it cannot run Go functions as
// coroutines at all. And it decides who raises a coroutine's errors when that
// starts: started changes it then.
const adaptorSource = `
local rawyield, started = ...
local function pass(...) return ... end
local function yield(...) return pass(rawyield(...)) end
local function adapt(` + adapted + `) return function(...) started() return pass(` + adapted + `(...)) end end
return yield, adapt
`

// adapted is what the adaptor calls a coroutine's function, which is no name to
// show.
const adapted = "adapted_function"

// A coroutineLibrary is what the coroutine functions are made of.
type coroutineLibrary struct {
	create, resume glua.LGFunction // gopher-lua's
	adapt          *glua.LFunction // makes what a coroutine runs of a function
}

func (v *vm) openCoroutines() {
	L := v.root
	glua.OpenCoroutine(L)
	lib := v.globals.RawGetString("coroutine").(*glua.LTable)
	v.coroutines.create = lib.RawGetString("create").(*glua.LFunction).GFunction
	v.coroutines.resume = lib.RawGetString("resume").(*glua.LFunction).GFunction

	L.Push(v.mustCompile(adaptorSource))
	L.Push(L.NewFunction(v.yield))
	L.Push(L.NewFunction(func(co *glua.LState) int {
		co.Panic = v.raiseInCoroutine
		return 0
	}))
	L.Call(2, 2)
	lib.RawSetString("yield", L.Get(-2))
	v.coroutines.adapt = L.Get(-1).(*glua.LFunction)
	L.SetTop(0)
	v.setFields(lib, fields{
		{"create", v.coCreate},
		{"resume", v.coResume},
		{"running", v.coRunning},
		{"status", v.coStatus},
		{"wrap", v.coWrap},
	})
}

func (v *vm) coCreate(L *glua.LState) int {
	L.Push(v.newCoroutine(L, L.CheckFunction(1)))
	return 1
}

func (v *vm) newCoroutine(L *glua.LState, fn *glua.LFunction) *glua.LState {
	L.Push(v.coroutines.adapt)
	L.Push(fn)
	L.Call(1, 1)
	L.Replace(1, L.Get(-1))
	L.SetTop(1) // where create looks for it
	// Without a context at this moment the coroutine gets none to cancel.
	L.RemoveContext()
	L.Options.RegistryMaxSize = coroutineRegisters
	v.coroutines.create(L)
	L.Options.RegistryMaxSize = maxRegisters
	L.SetContext(v.interrupt)
	co := L.Get(-1).(*glua.LState)
	co.SetContext(v.interrupt)
	co.Env = L.Env
	return co
}

// raiseInCoroutine is what gopher-lua calls to raise the value on top of a
// coroutine's stack. resume does the rest.
func (v *vm) raiseInCoroutine(co *glua.LState) {
	value := co.Get(-1)
	if s, ok := value.(glua.LString); ok && !v.thrown.exact {
		value = glua.LString(v.explain(co, string(s)))
	}
	panic(newAPIError(value, nil))
}

func (v *vm) coResume(L *glua.LState) int {
	co := L.CheckThread(1)
	n, ok := v.resume(L, co)
	if !ok {
		value := L.Get(-1)
		L.SetTop(0)
		L.Push(glua.LFalse)
		L.Push(value)
		return 2
	}
	return n
}

func (v *vm) coWrap(L *glua.LState) int {
	co := v.newCoroutine(L, L.CheckFunction(1))
	L.Push(L.NewFunction(func(L *glua.LState) int {
		L.Insert(co, 1)
		n, ok := v.resume(L, co)
		if !ok {
			value := L.Get(-1)
			if v.cur.caught.value == nil { // co did not run
				v.complain(L, value.String())
			}
			v.thrown = throwing{exact: true, trace: v.cur.caught.trace}
			L.Error(value, 0)
		}
		return n - 1 // without the true
	}))
	return 1
}

// resume resumes co, which is L's first argument, with the others. It leaves
// true and what co yielded or returned on top of L and their number; or
// false and the error.
func (v *vm) resume(L, co *glua.LState) (n int, ok bool) {
	t := v.cur
	if co.Dead || co.Parent != nil || co == t.co {
		message := "cannot resume non-suspended coroutine"
		switch {
		case co.Dead:
			message = "cannot resume dead coroutine"
		case !v.inside(L, co):
			message += ": it waits in another call or timer"
		}
		t.caught = raised{}
		L.Push(glua.LString(message))
		return 1, false
	}
	v.nest(L)
	outer := t.co
	t.co = co
	top := L.GetTop()
	n, ok = v.switchTo(L, co)
	t.co = outer
	t.nesting--
	if ok {
		return n, true
	}
	thrown := v.thrown
	v.thrown = throwing{}
	value := L.Get(-1)
	if s, isString := value.(glua.LString); isString && !thrown.exact {
		if string(s) == callstackOverflow {
			value = glua.LString("stack overflow")
		} else if !hasPosition(string(s)) {
			v.passOn(string(s)) // gopher-lua recovered from it and left the text
		}
	}
	L.SetTop(top)
	L.Push(value)
	if v.goPanic != nil {
		panic(v.goPanic)
	}
	tr := thrown.trace // if a coroutine inside co failed
	if tr == nil {
		tr = v.traceOfDead(L, co, value)
	}
	t.caught = raised{value, tr}
	if v.mustStop() {
		v.rethrow(L, newAPIError(value, tr))
	}
	return 1, false
}

// inside reports whether what runs on L runs inside co.
func (v *vm) inside(L, co *glua.LState) bool {
	th := v.cur.top
	for L != nil {
		switch {
		case L == co:
			return true
		case th != nil && th.L == L:
			L, th = th.parent, th.outer
		default:
			L = L.Parent
		}
	}
	return false
}

// switchTo runs co until it yields, returns or fails.
func (v *vm) switchTo(L, co *glua.LState) (n int, ok bool) {
	defer func() {
		// After a yield gopher-lua returns from the loop that runs co. If that
		// was not the outermost one, because a Go function or a metamethod
		// stands between, it goes on in a broken coroutine: until the next
		// instruction, which the interrupt stops, or it panics.
		if v.interrupt.yielding() {
			v.interrupt.clearYielding()
			if recover() != nil {
				co.Dead, co.Parent = true, nil
				v.root.G.CurrentThread = L
				v.thrown = throwing{exact: true}
				L.Push(glua.LString(errBoundary.Error()))
				n, ok = 1, false
			}
		}
	}()
	n = v.coroutines.resume(L)
	return n, n > 0 && L.Get(-n) == glua.LTrue
}

// traceOfDead is where a coroutine failed with value, and who had resumed it: L.
// Of the coroutine's levels the innermost is missing; it is known only if the
// message blames it.
func (v *vm) traceOfDead(L, co *glua.LState, value glua.LValue) *trace {
	tr := &trace{}
	v.walkThread(co, 0, false, func(d *glua.Debug) bool {
		tr.frames = append(tr.frames, v.frame(d))
		return len(tr.frames) < maxFrames
	})
	var before *trace // where it was thrown first, if it was caught then
	if v.cur.caught.value == value {
		before = v.cur.caught.trace
	}
	message, isString := value.(glua.LString)
	switch {
	case isString && named(string(message), tr.frames):
	case before != nil && (!isString || named(string(message), before.frames)):
		return before
	case isString:
		if at, ok := v.blamed(string(message)); ok {
			tr.frames = append([]engine.Frame{at}, tr.frames...)
		}
	}
	tr.frames = append(tr.frames, v.trace(L).frames...)
	tr.frames = tr.frames[:min(len(tr.frames), maxFrames)]
	return tr
}

// named reports whether a message starts with the position of one of frames.
func named(message string, frames []engine.Frame) bool {
	_, _, known := cutPosition(message, frames)
	return known
}

// blamed returns the position that a message starts with, if that is in the
// script.
func (v *vm) blamed(message string) (engine.Frame, bool) {
	file, rest, ok := strings.Cut(message, ":")
	if !ok {
		return engine.Frame{}, false
	}
	if file != v.scriptName && !v.files[file] {
		// A name may have colons itself.
		if rest, ok = strings.CutPrefix(message, v.scriptName+":"); !ok {
			return engine.Frame{}, false
		}
		file = v.scriptName
	}
	digits, _, _ := strings.Cut(rest, ":")
	line, err := strconv.Atoi(digits)
	return engine.Frame{Function: "?", File: file, Line: line}, err == nil && line > 0
}

// yield is called by the Lua half's yield.
func (v *vm) yield(L *glua.LState) int {
	switch co := v.cur.co; {
	case co == nil:
		v.complain(L, "attempt to yield from outside a coroutine")
	case co != L:
		v.complain(L, errBoundary.Error())
	}
	v.interrupt.setYielding()
	return -1
}

func (v *vm) coRunning(L *glua.LState) int {
	if v.cur.co == nil {
		L.Push(glua.LNil)
	} else {
		L.Push(v.cur.co)
	}
	return 1
}

func (v *vm) coStatus(L *glua.LState) int {
	co := L.CheckThread(1)
	status := "suspended"
	switch {
	case co == v.cur.co:
		status = "running"
	case co.Dead:
		status = "dead"
	case co.Parent != nil:
		status = "normal"
	}
	L.Push(glua.LString(status))
	return 1
}
