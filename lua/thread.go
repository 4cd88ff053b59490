package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// Sizes of Lua threads. Call stacks and registers start small and grow; a call
// stack's index is made at once and costs a byte for each possible call.
const (
	threadCalls    = 16384   // nested calls of a task, or of a function under pcall
	coroutineCalls = 4096    // nested calls of a coroutine, or under many pcalls
	manyNested     = 8       // pcalls around one another that are many
	maxRegisters   = 1 << 18 // of a thread: what unpack can spread out
	// A coroutine's arguments are those of the adaptor, too, which it starts in.
	coroutineRegisters = 2 * maxRegisters
	firstRegisters     = 256
	rootRegisters      = 128
	registerStep       = 2048
	maxNesting         = 200 // pcalls and coroutines within one another, as Lua's LUAI_MAXCCALLS
	keepThreads        = 32  // kept for use by later tasks
)

// callstackOverflow is what gopher-lua panics with when a growing call stack
// is full.
const callstackOverflow = "lua callstack overflow"

// A thread is a Lua thread on which functions run under protection: the base
// of a task, or a function called by pcall. Threads are kept and used again.
type thread struct {
	vm     *vm
	L      *glua.LState
	enter  *glua.LFunction // calls its first argument with the others
	raise  func(*glua.LState)
	small  bool         // it has room for coroutineCalls only
	next   *thread      // in a pool
	parent *glua.LState // the thread that called pcall, or nil
	outer  *thread      // the protected thread around this one

	handler  glua.LValue // xpcall's, or nil
	handling bool        // the handler is running
	finished bool        // the function has returned
	raised   bool        // an error is on its way out
	overflow bool        // the call stack was full
	large    bool        // its registers have grown a lot
}

// A pool keeps threads to be used again.
type pool struct {
	first *thread
	n     int
}

// pool returns the one for threads of a size. Calls through metamethods take
// much more of the goroutine's stack, which is bounded, than of Lua's.
func (v *vm) pool(small bool) *pool {
	if small {
		return &v.smallThreads
	}
	return &v.threads
}

// acquire returns a thread for what parent calls, and makes it the innermost
// one of the current task.
func (v *vm) acquire(parent *glua.LState) *thread {
	small := v.cur.nesting > manyNested
	p := v.pool(small)
	th := p.first
	if th == nil {
		th = v.newThread(small)
	} else {
		p.first, p.n = th.next, p.n-1
		th.next = nil
	}
	th.parent = parent
	th.outer = v.cur.top
	v.cur.top = th
	env := v.globals
	if parent != nil {
		env = parent.Env
	}
	th.L.Env = env
	return th
}

// release takes back the innermost thread of the current task.
func (v *vm) release(th *thread) {
	v.cur.top = th.outer
	th.parent, th.outer, th.handler = nil, nil, nil
	p := v.pool(th.small)
	if th.overflow || th.large || p.n >= keepThreads {
		return
	}
	th.L.SetTop(0)
	th.next = p.first
	p.first, p.n = th, p.n+1
}

func (v *vm) newThread(small bool) *thread {
	calls := threadCalls
	if small {
		calls = coroutineCalls
	}
	v.root.Options = glua.Options{
		CallStackSize:       calls,
		RegistrySize:        firstRegisters,
		RegistryMaxSize:     maxRegisters,
		RegistryGrowStep:    registerStep,
		MinimizeStackMemory: true,
	}
	L, _ := v.root.NewThread()
	L.SetContext(v.interrupt)
	L.Options.CallStackSize = coroutineCalls // for those made from it
	th := &thread{vm: v, L: L, small: small}
	th.enter = L.NewFunction(th.run)
	th.raise = th.raiseError
	return th
}

// protect calls a function on th, where th.enter, the function and its
// arguments have been pushed; n counts the latter two. The results are then
// all that is on th. An error has its trace as the Cause.
func (v *vm) protect(th *thread, n int) *glua.ApiError {
	th.handling, th.finished, th.raised = false, false, false
	err := th.L.PCall(n, glua.MultRet, nil)
	if v.goPanic != nil {
		panic(v.goPanic)
	}
	if err != nil {
		return err.(*glua.ApiError)
	}
	return nil
}

// largeMove is how many values at once make a thread too large to be kept.
const largeMove = 4096

// reserve makes room for n more values at once. Pushed one by one they would
// make the registers grow in many small steps.
func (v *vm) reserve(L *glua.LState, n int) {
	if n <= registerStep {
		return
	}
	if n > largeMove {
		v.cur.top.large = true
	}
	top := L.GetTop()
	L.SetTop(top + n)
	L.SetTop(top)
}

// run is th.enter. It runs under PCall and puts itself between gopher-lua and
// whatever goes wrong.
func (th *thread) run(L *glua.LState) int {
	L.Panic = th.raise // PCall restores it
	defer th.rescue()
	L.Call(L.GetTop()-1, glua.MultRet)
	th.finished = true
	return L.GetTop()
}

// rescue tells Go panics from errors of the script.
func (th *thread) rescue() {
	if th.finished || th.raised {
		return
	}
	switch r := recover().(type) {
	case nil:
	case *glua.ApiError:
		panic(r)
	case string:
		if r != callstackOverflow {
			th.vm.passOn(r)
		}
		th.overflow = true
		th.L.RaiseError("stack overflow")
	default:
		th.vm.passOn(r)
	}
}

// raiseError is what gopher-lua calls to raise the value on top of the stack,
// with the stack still as it was.
func (th *thread) raiseError(L *glua.LState) {
	v := th.vm
	value := L.Get(-1)
	thrown := v.thrown
	v.thrown = throwing{}
	if th.handling {
		panic(newAPIError(glua.LString("error in error handling"), thrown.trace))
	}
	if s, ok := value.(glua.LString); ok && !thrown.exact {
		message := v.named(L, string(s))
		if strings.HasPrefix(message, " ") {
			// gopher-lua found no Lua function on this thread to blame.
			message = v.blame(L) + message[1:]
		} else {
			message = v.explain(L, message)
		}
		value = glua.LString(message)
	}
	tr := thrown.trace
	if tr == nil {
		tr = v.trace(L)
	}
	if th.handler != nil && !th.overflow && !v.mustStop() {
		th.handling = true
		L.Push(th.handler)
		L.Push(value)
		L.Call(1, 1)
		value = L.Get(-1)
	}
	th.raised = true
	panic(newAPIError(value, tr))
}

func newAPIError(value glua.LValue, tr *trace) *glua.ApiError {
	// With a StackTrace gopher-lua makes none.
	return &glua.ApiError{Type: glua.ApiErrorRun, Object: value, StackTrace: "-", Cause: tr}
}
