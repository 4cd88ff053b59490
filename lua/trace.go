package lua

import (
	"sort"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// Bounds of a trace: how many frames it has, and how deep they are looked for.
const (
	maxFrames = 32
	maxLevels = 256
)

// adaptorName is the chunk name of the VM's own Lua functions, which are left
// out of traces and never blamed.
const adaptorName = "[lua]"

// A trace is where an error was raised. It travels as the Cause of an ApiError.
type trace struct {
	frames []engine.Frame
}

// Error implements error.
func (*trace) Error() string { return "raised in Lua" }

// traceOf returns what err carries.
func traceOf(err *glua.ApiError) *trace {
	tr, _ := err.Cause.(*trace)
	return tr
}

// raised is an error and where it was raised.
type raised struct {
	value glua.LValue
	trace *trace
}

// trace returns the stack of what runs on L, and of what called it.
func (v *vm) trace(L *glua.LState) *trace {
	tr := &trace{}
	v.walk(L, 0, func(d *glua.Debug) bool {
		tr.frames = append(tr.frames, v.frame(d))
		return len(tr.frames) < maxFrames
	})
	return tr
}

// frame describes a Lua function that is running.
func (v *vm) frame(d *glua.Debug) engine.Frame {
	name := d.Name
	switch {
	case d.LineDefined == 0:
		name = "main chunk"
	case name == "?" || strings.HasPrefix(name, "<") || name == "corountine" || name == adapted || name == "main chunk":
		name = "<" + d.Source + ":" + strconv.Itoa(d.LineDefined) + ">"
		if d.What == "entry" && v.cur.name != "" {
			name = v.cur.name
		}
	}
	return engine.Frame{Function: name, File: d.Source, Line: d.CurrentLine}
}

// walk calls visit for each Lua function on L from level on, then for those on
// the threads around it, until visit returns false. What is "entry" for the
// function that the task was started with.
func (v *vm) walk(L *glua.LState, level int, visit func(*glua.Debug) bool) {
	th := v.cur.top
	for L != nil {
		protected := th != nil && th.L == L
		if !v.walkThread(L, level, protected && th.parent == nil, visit) {
			return
		}
		level = 0
		if protected {
			L = th.parent
			th = th.outer
		} else {
			L = L.Parent // a coroutine's, while it runs
		}
	}
}

func (v *vm) walkThread(L *glua.LState, level int, base bool, visit func(*glua.Debug) bool) bool {
	var held *glua.Debug // not shown before it is known not to be the last one
	for end := level + maxLevels; level < end; {
		d := debugAt(L, level)
		if d == nil {
			break
		}
		next := level + 1
		if d.What == "tail" {
			next = afterTailCalls(L, next)
		}
		first := d.What == "main"
		if isLua(d) && d.Source != adaptorName && !(first && debugAt(L, level+1) != nil) {
			if held != nil && !visit(held) {
				return false
			}
			held = d
		}
		level = next
	}
	if held == nil {
		return true
	}
	if base && held.What != "tail" {
		held.What = "entry"
	}
	return visit(held)
}

// debugAt describes a level of L, or returns nil if there is none.
func debugAt(L *glua.LState, level int) *glua.Debug {
	d, ok := L.GetStack(level)
	if !ok {
		return nil
	}
	if _, err := L.GetInfo("Sln", d, nil); err != nil {
		return nil
	}
	return d
}

// isLua reports whether d is a Lua function: Go functions have no source.
func isLua(d *glua.Debug) bool { return d.Source != "" }

// afterTailCalls returns the first level from level on that is not a tail call
// that has been forgotten. gopher-lua counts those as levels, of which there
// may be billions, and describes each as the outermost function.
func afterTailCalls(L *glua.LState, level int) int {
	forgotten := func(level int) bool {
		d := debugAt(L, level)
		return d != nil && d.What == "main" && debugAt(L, level+1) != nil
	}
	if !forgotten(level) {
		return level
	}
	step := 1
	for forgotten(level + step) {
		step *= 2
	}
	return level + sort.Search(step, func(n int) bool { return !forgotten(level + n) })
}

// position returns "name:line: " for the function at a level of what runs on
// L, or "" if that is a Go function. Level 0 is the function that runs.
func (v *vm) position(L *glua.LState, level int) string {
	th := v.cur.top
	for L != nil {
		protected := th != nil && th.L == L
		if d := debugAt(L, level); d != nil && !(protected && d.What == "main") {
			return positionOf(d)
		}
		n := 0
		for n < maxLevels && debugAt(L, n) != nil {
			n++
		}
		if protected {
			n-- // th.enter is no level of the script's
			L, th = th.parent, th.outer
		} else {
			L = L.Parent
		}
		level = max(level-n, 0)
	}
	return ""
}

// blame returns the position of the innermost Lua function of what runs on L.
func (v *vm) blame(L *glua.LState) string {
	pos := ""
	v.walk(L, 0, func(d *glua.Debug) bool {
		pos = positionOf(d)
		return false
	})
	return pos
}

func positionOf(d *glua.Debug) string {
	if !isLua(d) || d.Source == adaptorName {
		return ""
	}
	return d.Source + ":" + strconv.Itoa(d.CurrentLine) + ": "
}

// traceback returns what debug.traceback does.
func (v *vm) traceback(L *glua.LState, level int) string {
	var b strings.Builder
	b.WriteString("stack traceback:")
	n := 0
	v.walk(L, level, func(d *glua.Debug) bool {
		f := v.frame(d)
		b.WriteString("\n\t" + f.File + ":" + strconv.Itoa(f.Line) + ": in ")
		switch {
		case f.Function == "main chunk":
			b.WriteString(f.Function)
		case strings.HasPrefix(f.Function, "<"):
			b.WriteString("function " + f.Function)
		default:
			b.WriteString("function '" + f.Function + "'")
		}
		n++
		return n < maxFrames
	})
	return b.String()
}
