package js

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

const (
	maxFrames = 64 // of a traceback, innermost first
	maxCauses = 8  // of one error
	// maxDescribing is how many errors are described for one: its causes, and
	// what their getters throw, which may have such getters, too.
	maxDescribing = 16
)

// unreadable is the message of what was thrown where reading that throws.
const unreadable = "an error was thrown whose message cannot be read"

// thrown describes what a script threw. stack is where; it counts only if what
// was thrown does not know better itself. Outside the VM it is as good as in it.
func (v *vm) thrown(value goja.Value, stack []goja.StackFrame) *engine.Error {
	return v.thrownCause(value, stack, 0)
}

func (v *vm) thrownCause(value goja.Value, stack []goja.StackFrame, depth int) *engine.Error {
	e := &engine.Error{Kind: engine.KindScript, Language: language}
	if v.describing == maxDescribing {
		e.Message = unreadable
		return e
	}
	v.describing++
	defer func() { v.describing-- }()
	fault := v.guard(func() {
		if v.isError(value) {
			v.thrownError(e, value.(*goja.Object), depth)
			return
		}
		e.Message = v.thrownText(value)
		x := exporter{v: v, finite: true}
		if exported, err := x.export(value); err == nil {
			e.Value, e.HasValue = exported, true
		}
	})
	if fault != nil && e.Message == "" {
		e.Message = unreadable
		if !strings.HasPrefix(fault.Message, unreadable) {
			e.Message += ": " + fault.Message
		}
	}
	if len(e.Stack) == 0 {
		e.Stack = v.frames(stack)
	}
	return e
}

// thrownError fills in e from an Error.
func (v *vm) thrownError(e *engine.Error, o *goja.Object, depth int) {
	e.Stack = v.stackOf(o)
	if m := v.modules; m != nil && o == m.bad {
		e.Stack = append([]engine.Frame{m.badAt}, e.Stack...)
	}
	e.Message = errorText(o) + v.suggest(o)
	if v.inherits(o, v.known.thrownProto) {
		if kind, ok := o.Get("kind").(goja.String); ok && kind.Length() > 0 {
			e.Kind = kind.String()
		}
		if value := o.Get("value"); value != nil {
			x := exporter{v: v, finite: true}
			if exported, err := x.export(value); err == nil {
				e.Value, e.HasValue = exported, true
			}
		}
	}
	if cause := o.Get("cause"); cause != nil && !goja.IsUndefined(cause) && depth < maxCauses {
		e.Cause = v.thrownCause(cause, nil, depth+1)
	}
}

// errorText is the message of an Error, with its name as JavaScript prints it
// unless that is just Error.
func errorText(o *goja.Object) string {
	name, message := textOf(o.Get("name")), textOf(o.Get("message"))
	switch {
	case name == "" || name == "Error" && message != "", strings.HasPrefix(message, name+": "):
		return message // goja names some of its own errors in the message too
	case message == "":
		return name
	}
	return name + ": " + message
}

// maxSuggested is how many names are looked at for one like another.
const maxSuggested = 1000

// suggest is what to add to a ReferenceError about a name, where one like it is there.
func (v *vm) suggest(o *goja.Object) string {
	if textOf(o.Get("name")) != "ReferenceError" {
		return ""
	}
	missing, ok := strings.CutSuffix(textOf(o.Get("message")), " is not defined")
	if !ok {
		return ""
	}
	var names []string
	for name := range v.declared {
		names = append(names, name)
	}
	for _, name := range v.rt.GlobalObject().GetOwnPropertyNames() {
		if len(names) >= maxSuggested {
			break
		}
		if !strings.HasPrefix(name, "__") {
			names = append(names, name)
		}
	}
	return engine.DidYouMean(missing, names)
}

func textOf(value goja.Value) string {
	if value == nil || goja.IsUndefined(value) {
		return ""
	}
	return value.String()
}

// thrownText says what was thrown where that was not an Error.
func (v *vm) thrownText(value goja.Value) string {
	switch value := value.(type) {
	case goja.String:
		if value.Length() == 0 {
			return "an empty string was thrown"
		}
		return value.String()
	case *goja.Object:
		return v.inspect(value)
	}
	if value == nil || goja.IsUndefined(value) || goja.IsNull(value) {
		return textOr(value, "undefined") + " was thrown"
	}
	return value.String()
}

func textOr(value goja.Value, or string) string {
	if value == nil {
		return or
	}
	return value.String()
}

// isError tells whether value is an Error or inherits from one.
func (v *vm) isError(value goja.Value) bool {
	o, ok := value.(*goja.Object)
	return ok && (o.ClassName() == "Error" || v.inherits(o, v.known.errorProto))
}

func (v *vm) inherits(o, proto *goja.Object) bool {
	for range 1000 { // a proxy's chain may have no end
		if o = o.Prototype(); o == nil {
			return false
		}
		if o == proto {
			return true
		}
	}
	return false
}

// stackOf returns where an Error was made.
func (v *vm) stackOf(o *goja.Object) []engine.Frame {
	if o.ClassName() != "Error" {
		return nil
	}
	// goja keeps an Error's frames to itself, but takes them for the exception
	// when the Error is thrown.
	if ex := v.rt.Try(func() { panic(o) }); ex != nil {
		return v.frames(ex.Stack())
	}
	return nil
}

// frames converts a traceback. Native functions, which have no position, and
// the bindings' own scripts are left out.
func (v *vm) frames(stack []goja.StackFrame) []engine.Frame { return v.framesFrom(stack, false) }

// framesFrom is frames; interrupted says that the innermost level was, which is then
// not where goja says.
func (v *vm) framesFrom(stack []goja.StackFrame, interrupted bool) []engine.Frame {
	var frames []engine.Frame
	for i := range stack {
		pos := stack[i].Position()
		if pos.Line == 0 || pos.Filename == ownSource {
			continue
		}
		if interrupted && i == 0 {
			pos = v.interruptedAt(&stack[i])
		}
		fn := stack[i].FuncName()
		if fn == "<anonymous>" {
			fn = ""
		}
		frame, ok := v.sources.named(engine.Frame{Function: fn, File: pos.Filename, Line: pos.Line, Column: pos.Column})
		if !ok {
			continue
		}
		frames = append(frames, frame)
		if len(frames) == maxFrames {
			break
		}
	}
	return frames
}

// validText is s with octets that are not UTF-8 written out as \xNN.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0])|0x100, 16)[1:])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
