package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// explain returns a message that gopher-lua itself is raising in a Lua function
// in the words of Lua 5.1, which say what was to blame; any other as it is. It is
// called with the stack as it was when the error was made.
func (v *vm) explain(L *glua.LState, message string) string {
	d := debugAt(L, 0)
	if d == nil || !isLua(d) {
		return message
	}
	position := positionOf(d)
	text, ok := strings.CutPrefix(message, position)
	if !ok || position == "" {
		return message
	}
	f, ok := faultAt(L, d)
	if !ok {
		return message
	}
	if better := f.explain(text); better != "" {
		return position + better + v.suggest(f.missing)
	}
	return message
}

// explain returns "" where text has nothing to do with the instruction.
func (f *fault) explain(text string) string {
	i := f.instruction()
	switch i.op() {
	case glua.OP_CALL, glua.OP_TAILCALL:
		if text == "attempt to call a non-function object" {
			return f.blame("call", i.a(), "")
		}
	case glua.OP_TFORLOOP:
		if text == "attempt to call a non-function object" {
			return f.iterator(i.a())
		}
	case glua.OP_GETTABLE, glua.OP_GETTABLEKS, glua.OP_SELF:
		return f.index(text, i.b())
	case glua.OP_SETTABLE, glua.OP_SETTABLEKS:
		return f.index(text, i.a())
	case glua.OP_ADD, glua.OP_SUB, glua.OP_MUL, glua.OP_DIV, glua.OP_MOD, glua.OP_POW:
		if strings.HasPrefix(text, "cannot perform ") {
			culprit := i.b()
			if isNumber(f.value(culprit)) {
				culprit = i.c()
			}
			return f.blame("perform arithmetic on", culprit, "")
		}
	case glua.OP_UNM:
		if text == "__unm undefined" {
			return f.blame("perform arithmetic on", i.b(), "")
		}
	case glua.OP_LEN:
		if text == "__len undefined" {
			return f.blame("get length of", i.b(), "")
		}
	case glua.OP_CONCAT:
		if strings.HasPrefix(text, "cannot perform concat ") {
			return f.concatenation(text, i.b(), i.c())
		}
	case glua.OP_LT, glua.OP_LE:
		if rest, ok := strings.CutPrefix(text, "attempt to compare "); ok {
			if left, right, _ := strings.Cut(rest, " with "); left == right {
				return "attempt to compare two " + left + " values"
			}
		}
	case glua.OP_FORPREP, glua.OP_FORLOOP:
		if what, ok := strings.CutPrefix(text, "for statement "); ok {
			return "'for' " + strings.Replace(what, "init must", "initial value must", 1)
		}
	}
	return ""
}

// blame says which operand could not be used for what was attempted. It returns
// "" if that is not known.
func (f *fault) blame(attempt string, operand int, then string) string {
	value := f.value(operand)
	if value == nil {
		return ""
	}
	then += whatFor(value)
	kind := "a " + value.Type().String() + " value"
	if operand&constantBit != 0 {
		return "attempt to " + attempt + " " + kind + then
	}
	o := f.origin(operand, f.pc)
	if o.kind == "" {
		return "attempt to " + attempt + " " + kind + then
	}
	text := "attempt to " + attempt + " " + o.kind + " '" + o.name + "' (" + kind + ")" + then
	if value == glua.LNil && (o.in != "" || o.kind == "global") {
		if why := notThere(o.in, o.name); why != "" {
			return text + ": " + why
		}
	}
	if value == glua.LNil {
		f.missing = o
	}
	return text
}

// maxSuggested is how many names are looked at for one like another: a table may have
// millions.
const maxSuggested = 1000

// suggest is what to add to an error about a value that is not there, where a name
// like it is: of a global, or of what is in one.
func (v *vm) suggest(missing origin) string {
	in := v.globals
	switch {
	case missing.in != "":
		in, _ = v.globals.RawGetString(missing.in).(*glua.LTable)
	case missing.kind != "global":
		return ""
	}
	if in == nil {
		return ""
	}
	var names []string
	for key, _ := in.Next(glua.LNil); key != glua.LNil && len(names) < maxSuggested; key, _ = in.Next(key) {
		if name, ok := key.(glua.LString); ok {
			names = append(names, string(name))
		}
	}
	if in == v.globals {
		names = append(names, v.demanded()...)
	}
	return engine.DidYouMean(missing.name, names)
}

// whatFor adds to what is wrong with a value, if it is the done of a call, which a
// function of the sync mode would not get.
func whatFor(value glua.LValue) string {
	if ud, ok := value.(*glua.LUserData); ok {
		if _, ok := ud.Value.(*call); ok {
			return engine.WrittenForSync
		}
	}
	return ""
}

// hint adds to the error of a sync call that the function seems to be written
// for the async mode. What scripts raise themselves is left alone.
func (v *vm) hint(f *function, e *engine.Error) {
	switch {
	case e.Kind == engine.KindSerialise && v.cfg.Serialiser == nil: // an argument may be missing, which done has the place of
	case e.Kind != engine.KindScript,
		!strings.HasPrefix(e.Message, "attempt to ") && !strings.HasPrefix(e.Message, "bad argument "):
		return
	}
	fn, ok := f.value.(*glua.LFunction)
	if ok && !fn.IsG && fn.Proto.NumParameters > 0 && len(fn.Proto.DbgLocals) > 0 && fn.Proto.DbgLocals[0].Name == "done" {
		e.Message += engine.WrittenForAsync
	}
}

// index explains that something else than a table was indexed. The key is worth
// keeping, although Lua does not tell it.
func (f *fault) index(text string, operand int) string {
	rest, ok := strings.CutPrefix(text, "attempt to index a non-table object(")
	if !ok {
		return ""
	}
	kind, key, _ := strings.Cut(rest, ")")
	if value := f.value(operand); value == nil || value.Type().String() != kind {
		return "" // it was something that __index led to
	}
	return f.blame("index", operand, key)
}

// iterator explains that the iterator of a for loop is none.
func (f *fault) iterator(register int) string {
	value := f.value(register)
	if value == nil {
		return ""
	}
	text := "attempt to call a " + value.Type().String() + " value, as the iterator of 'for'"
	if value.Type() == glua.LTTable {
		text += ": write pairs(t) or ipairs(t) for what is in a table"
	}
	return text
}

// concatenation finds the operand of .. that is neither text nor a number. It
// is worked out from the last one on.
func (f *fault) concatenation(text string, first, last int) string {
	for operand := last; operand >= first; operand-- {
		value := f.value(operand)
		if value == nil {
			return ""
		}
		if !glua.LVCanConvToString(value) {
			if !strings.Contains(text, value.Type().String()) {
				return "" // one with __concat, which returned something else
			}
			return f.blame("concatenate", operand, "")
		}
	}
	return ""
}

// isNumber tells whether arithmetic takes value for a number.
func isNumber(value glua.LValue) bool {
	switch value := value.(type) {
	case glua.LNumber:
		return true
	case glua.LString:
		_, ok := parseNumber(string(value))
		return ok
	}
	return false
}

// notThere says why Lua's library functions that scripts do not have are missing.
func notThere(library, name string) string {
	whole := strings.TrimPrefix(library+"."+name, ".")
	why := ""
	switch whole {
	case "os.exit":
		why = "a script cannot end its process; return, or raise an error"
	case "os.execute", "io.popen":
		why = "a script can start no programs; the parent can offer a host function for it"
	case "io.tmpfile":
		why = "use os.tmpname and io.open"
	case "os.setlocale":
		why = "the locale is always C"
	case "package.loadlib":
		why = "libraries in C cannot be loaded"
	default:
		why = laterLibrary(whole)
		if library == "debug" {
			why = "of debug there is traceback only"
		}
		if why == "" {
			return ""
		}
	}
	return whole + " is not there: " + why
}
