package lua

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

var (
	errInterrupted = errors.New("interrupted")
	errBoundary    = errors.New("attempt to yield across metamethod/C-call boundary")
)

// maxStoppedWaits is how often a call that has been cancelled may wait in vain
// before its errors are no longer caught.
const maxStoppedWaits = 100

// throwing is what the hook that raises errors should know of the next one.
type throwing struct {
	trace *trace // where it was raised first; nil to look
	exact bool   // a string that is to be left as it is
}

// A goPanic is a panic of Go's, not the script's doing, that went through Lua.
type goPanic struct {
	value any
	stack []byte // of the goroutine when it panicked; nil if that is not known
}

// Error implements error.
func (p *goPanic) Error() string {
	if p.stack == nil {
		return fmt.Sprintf("panic in the Lua engine: %v", p.value)
	}
	return fmt.Sprintf("panic in the Lua engine: %v\n\n%s", p.value, p.stack)
}

// passOn goes on panicking with r, past every pcall.
func (v *vm) passOn(r any) {
	if v.goPanic == nil {
		p, ok := r.(*goPanic)
		if !ok {
			p = &goPanic{value: r, stack: debug.Stack()}
		}
		v.goPanic = p
	}
	panic(v.goPanic)
}

// mustStop reports whether the script may catch no more errors.
func (v *vm) mustStop() bool {
	return v.interrupt.pending() != nil || v.cur.stoppedWaits > maxStoppedWaits
}

// pcall calls a function on a thread of its own. Raising an error closes the
// upvalues of a whole thread; on one thread that would cut the functions around
// pcall off from closures that share their variables.
func (v *vm) pcall(L *glua.LState) int {
	if fn := L.CheckAny(1); !v.callable(fn) {
		L.Push(glua.LFalse)
		L.Push(glua.LString("attempt to call a " + fn.Type().String() + " value"))
		return 2
	}
	return v.protectedCall(L, nil)
}

// xpcall passes the arguments behind the handler on, as later Luas do.
func (v *vm) xpcall(L *glua.LState) int {
	L.CheckAny(1)
	handler := L.CheckAny(2)
	L.Remove(2)
	return v.protectedCall(L, handler)
}

// protectedCall calls the function at the bottom of L with what is above it.
func (v *vm) protectedCall(L *glua.LState, handler glua.LValue) int {
	t := v.cur
	v.nest(L)
	th := v.acquire(L)
	th.handler = handler
	n := L.GetTop()
	v.reserve(th.L, n)
	th.L.Push(th.enter)
	L.XMoveTo(th.L, n)
	err := v.protect(th, n)
	t.nesting--
	if err == nil {
		L.Push(glua.LTrue)
		n = th.L.GetTop()
		v.reserve(L, n)
		th.L.XMoveTo(L, n)
		v.release(th)
		return n + 1
	}
	late := th.overflow && handler != nil
	v.release(th)
	if v.mustStop() {
		v.rethrow(L, err)
	}
	if late { // there was no room to call it on
		L.Push(handler)
		L.Push(err.Object)
		n := v.protectedCall(L, nil)
		L.Replace(1, glua.LFalse)
		return n
	}
	t.caught = raised{err.Object, traceOf(err)}
	L.Push(glua.LFalse)
	L.Push(err.Object)
	return 2
}

// nest counts a pcall or a coroutine within another one. Each takes a good deal
// of the goroutine's stack.
func (v *vm) nest(L *glua.LState) {
	if v.cur.nesting >= maxNesting {
		L.RaiseError("stack overflow (more than %d nested pcalls and coroutines)", maxNesting)
	}
	v.cur.nesting++
}

// rethrow raises an error again as it was.
func (v *vm) rethrow(L *glua.LState, err *glua.ApiError) {
	v.thrown = throwing{trace: traceOf(err), exact: true}
	L.Error(err.Object, 0)
}

// complain raises a string that blames the innermost Lua function of the
// script's.
func (v *vm) complain(L *glua.LState, message string) {
	v.thrown = throwing{exact: true}
	L.Error(glua.LString(v.blame(L)+message), 0)
}

// error is Lua's error.
func (v *vm) error(L *glua.LState) int {
	value := L.Get(1)
	level := L.OptInt(2, 1)
	if s, ok := value.(glua.LString); ok && level > 0 {
		value = glua.LString(v.position(L, level)) + s
	}
	v.thrown = throwing{exact: true}
	L.Error(value, 0)
	return 0
}

// assert is Lua's assert; a message that is no string is thrown as it is.
func (v *vm) assert(L *glua.LState) int {
	if glua.LVAsBool(L.CheckAny(1)) {
		return L.GetTop()
	}
	switch message := L.Get(2).(type) {
	case *glua.LNilType:
		L.RaiseError("assertion failed!")
	case glua.LString, glua.LNumber:
		L.RaiseError("%s", toString(L, message))
	default:
		v.thrown = throwing{exact: true}
		L.Error(message, 0)
	}
	return 0
}

// throw raises an error of the VM's or of the parent's as a table with the
// fields kind, message and value.
func (v *vm) throw(L *glua.LState, e *engine.Error) {
	L.Error(v.failure(e), 0)
}

// failure returns what a script catches of e.
func (v *vm) failure(e *engine.Error) *glua.LTable {
	tb := v.root.CreateTable(0, 3)
	tb.Metatable = v.meta.failure
	tb.RawSetString("kind", glua.LString(e.Kind))
	tb.RawSetString("message", glua.LString(e.Message))
	if e.HasValue {
		if value, err := v.toLua(e.Value, 0); err == nil {
			tb.RawSetString("value", value)
		}
	}
	return tb
}

func failureString(L *glua.LState) int {
	L.Push(glua.LString(failureText(L, 1)))
	return 1
}

func failureConcat(L *glua.LState) int {
	L.Push(glua.LString(failureText(L, 1) + failureText(L, 2)))
	return 1
}

func failureText(L *glua.LState, n int) string {
	tb, ok := L.Get(n).(*glua.LTable)
	if !ok {
		return toString(L, L.Get(n))
	}
	message := tb.RawGetString("message")
	if glua.LVCanConvToString(message) {
		return message.String()
	}
	return "error of kind " + tb.RawGetString("kind").String()
}

// asFailure returns err as an *engine.Error.
func asFailure(err error) *engine.Error {
	var e *engine.Error
	if errors.As(err, &e) {
		return e
	}
	return &engine.Error{Kind: engine.KindScript, Message: err.Error()}
}

// hasPosition reports whether a message has "name:line:" somewhere, as all
// those have that gopher-lua raises in a Lua function.
func hasPosition(message string) bool {
	for {
		_, rest, found := strings.Cut(message, ":")
		if !found {
			return false
		}
		digits := strings.TrimLeft(rest, "0123456789")
		if len(digits) < len(rest) && strings.HasPrefix(digits, ":") {
			return true
		}
		message = rest
	}
}
