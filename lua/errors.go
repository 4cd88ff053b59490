package lua

import (
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// uncaught turns an error that the script did not catch into one for the
// parent.
func (v *vm) uncaught(err *glua.ApiError) *engine.Error {
	var frames []engine.Frame
	if tr := traceOf(err); tr != nil {
		frames = tr.frames
	}
	if cause := v.interrupt.pending(); cause != nil {
		e := *cause
		e.Language, e.Stack = language, frames
		return &e
	}
	return v.toError(err.Object, frames)
}

// toError describes a value that was thrown where frames says.
func (v *vm) toError(value glua.LValue, frames []engine.Frame) *engine.Error {
	e := &engine.Error{Kind: engine.KindScript, Language: language, Stack: frames}
	var before []engine.Frame // where it was thrown first, if it was caught then
	if caught := v.cur.caught; caught.value == value && caught.trace != nil {
		before = caught.trace.frames
	}
	tb, _ := value.(*glua.LTable)
	if message, ok := value.(glua.LString); ok {
		var found bool
		e.Message, e.Stack, found = cutPosition(string(message), frames)
		if !found {
			if text, stack, found := cutPosition(string(message), before); found {
				e.Message, e.Stack = text, stack
			}
		}
	} else {
		if tb != nil && before != nil {
			e.Stack = before
		}
		if tb != nil && tb.Metatable == v.meta.failure {
			v.fromFailure(e, tb)
		} else {
			e.Message = v.describe(value)
			v.setValue(e, value)
		}
	}
	if e.Message == "" {
		e.Message = "error with an empty message"
	}
	return e
}

// cutPosition takes a position off message if it names one of frames, and cuts
// off those above that one. Otherwise it returns message and frames.
func cutPosition(message string, frames []engine.Frame) (string, []engine.Frame, bool) {
	for i, f := range frames {
		rest, ok := strings.CutPrefix(message, f.File+":"+strconv.Itoa(f.Line)+":")
		if ok {
			return strings.TrimPrefix(rest, " "), frames[i:], true
		}
	}
	return message, frames, false
}

// fromFailure fills e from what failure made of an error.
func (v *vm) fromFailure(e *engine.Error, tb *glua.LTable) {
	if kind, ok := tb.RawGetString("kind").(glua.LString); ok && kind != "" {
		e.Kind = string(kind)
	}
	e.Message = tb.RawGetString("message").String()
	if value := tb.RawGetString("value"); value != glua.LNil {
		v.setValue(e, value)
	}
}

// setValue sets the value that was thrown, if it can be carried.
func (v *vm) setValue(e *engine.Error, value glua.LValue) {
	if x, ok := v.toJSON(value); ok {
		e.Value, e.HasValue = x, true
	}
}

// describe returns a readable form of a thrown value that is no string.
func (v *vm) describe(value glua.LValue) string {
	if n, ok := value.(glua.LNumber); ok {
		return formatNumber(float64(n))
	}
	if tb, ok := value.(*glua.LTable); ok {
		if s, ok := tb.RawGetString("message").(glua.LString); ok && v.root.GetMetaField(tb, "__tostring") == glua.LNil {
			return string(s)
		}
	}
	if fn := v.root.GetMetaField(value, "__tostring"); fn != glua.LNil {
		if s, ok := v.callOne(fn, value).(glua.LString); ok {
			return string(s)
		}
	}
	text := "error object is a " + value.Type().String() + " value"
	if b, ok := value.(glua.LBool); ok {
		text += " (" + b.String() + ")"
	}
	return text
}

// callOne calls fn on a thread of its own and returns its first result, or nil
// if there is none or it failed.
func (v *vm) callOne(fn, arg glua.LValue) glua.LValue {
	th := v.acquire(v.cur.top.L)
	defer v.release(th)
	th.L.Push(th.enter)
	th.L.Push(fn)
	th.L.Push(arg)
	if err := v.protect(th, 2); err != nil {
		return glua.LNil
	}
	return th.L.Get(1)
}
