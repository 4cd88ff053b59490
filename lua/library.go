package lua

import (
	"runtime"
	"runtime/metrics"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// fields are functions to be put into a table.
type fields []struct {
	name string
	fn   glua.LGFunction
}

// openLibraries defines all that a script finds.
func (v *vm) openLibraries() {
	L := v.root
	glua.OpenBase(L)
	glua.OpenTable(L)
	glua.OpenString(L)
	L.SetTop(0)
	v.openFailures()
	v.openBase()
	v.openStrings()
	v.openDone()
	v.openHost()
	v.openMarks()
	v.setGlobal("sleep", v.sleep)
	v.openPackage()

	v.builtins = make(map[string]glua.LValue, 64)
	v.globals.ForEach(func(key, value glua.LValue) {
		v.builtins[key.String()] = value
	})
	v.openOnDemand()
}

// absent are the functions of gopher-lua's base library that scripts do not
// get: this one writes to the worker's stderr.
var absent = []string{"_printregs"}

func (v *vm) openBase() {
	for _, name := range absent {
		v.globals.RawSetString(name, glua.LNil)
	}
	rawset := v.globals.RawGetString("rawset").(*glua.LFunction).GFunction
	setmetatable := v.globals.RawGetString("setmetatable").(*glua.LFunction).GFunction
	tostring := v.globals.RawGetString("tostring").(*glua.LFunction).GFunction
	v.setFields(v.globals, fields{
		{"assert", v.assert},
		{"collectgarbage", collectGarbage},
		{"dofile", v.doFile},
		{"error", v.error},
		{"load", v.load},
		{"loadfile", v.loadFile},
		{"loadstring", v.loadString},
		{"pcall", v.pcall},
		{"print", v.print},
		{"require", v.require},
		{"rawset", func(L *glua.LState) int {
			rawset(L)
			L.SetTop(1)
			return 1
		}},
		{"setmetatable", func(L *glua.LState) int {
			L.CheckTable(1) // gopher-lua's sets it for all values of a type
			return setmetatable(L)
		}},
		{"tonumber", toNumber},
		{"tostring", func(L *glua.LState) int {
			if n, ok := L.Get(1).(glua.LNumber); ok {
				L.Push(glua.LString(formatNumber(float64(n))))
				return 1
			}
			return tostring(L)
		}},
		{"unpack", v.unpack},
		{"xpcall", v.xpcall},
	})
	v.library("debug", fields{{"traceback", v.debugTraceback}})
}

func (v *vm) openFailures() {
	v.meta.failure = v.metatable("error", fields{
		{"__tostring", failureString},
		{"__concat", failureConcat},
	})
}

func (v *vm) openWorker() {
	lib := v.library("worker", fields{{"retire", v.retire}})
	lib.RawSetString("pid", glua.LNumber(v.cfg.PID))
	lib.RawSetString("name", glua.LString(v.cfg.Name))
	mode := "sync"
	if v.cfg.Async {
		mode = "async"
	}
	lib.RawSetString("mode", glua.LString(mode))
}

func (v *vm) retire(L *glua.LState) int {
	v.services.Retire()
	return 0
}

// unpack is Lua's unpack.
func (v *vm) unpack(L *glua.LState) int {
	tb := L.CheckTable(1)
	first, last := L.OptInt(2, 1), L.OptInt(3, tb.Len())
	if first > last {
		return 0
	}
	n := uint(last) - uint(first) + 1 // which does not overflow
	if n == 0 || n > maxRegisters-1024 {
		L.RaiseError("too many results to unpack")
	}
	v.reserve(L, int(n))
	for i := first; ; i++ {
		L.Push(tb.RawGet(glua.LNumber(i)))
		if i == last {
			return int(n)
		}
	}
}

// heapMetric is what collectgarbage("count") reads. Unlike runtime.MemStats it
// does not stop the world.
const heapMetric = "/memory/classes/heap/objects:bytes"

// collectGarbage is Lua's collectgarbage. Go's collector is not to be tuned by
// a script.
func collectGarbage(L *glua.LState) int {
	result := glua.LNumber(0)
	switch option := L.OptString(1, "collect"); option {
	case "collect", "step":
		runtime.GC()
	case "count":
		sample := []metrics.Sample{{Name: heapMetric}}
		metrics.Read(sample)
		result = glua.LNumber(sample[0].Value.Uint64()) / 1024
	case "stop", "restart", "setpause", "setstepmul":
	default:
		L.ArgError(1, "invalid option '"+option+"'")
	}
	L.Push(result)
	return 1
}

// debugTraceback is debug.traceback([thread,] [message [, level]]).
func (v *vm) debugTraceback(L *glua.LState) int {
	of, arg := L, 1
	if co, ok := L.Get(1).(*glua.LState); ok {
		of, arg = co, 2
	}
	message := L.Get(arg)
	if message != glua.LNil && !glua.LVCanConvToString(message) {
		L.Push(message)
		return 1
	}
	level := 0
	if of == L {
		level = 1
	}
	text := v.traceback(of, L.OptInt(arg+1, level))
	if message != glua.LNil {
		text = toString(L, message) + "\n" + text
	}
	L.Push(glua.LString(text))
	return 1
}

// tostrings is what print writes: the arguments from the first-th on with tabs
// between.
func tostrings(L *glua.LState, first int) string {
	var b strings.Builder
	top := L.GetTop()
	for i := first; i <= top; i++ {
		if i > first {
			b.WriteByte('\t')
		}
		b.WriteString(toString(L, L.Get(i)))
	}
	return b.String()
}

func (v *vm) setGlobal(name string, fn glua.LGFunction) {
	v.globals.RawSetString(name, v.root.NewFunction(fn))
}

// library makes a global table of functions.
func (v *vm) library(name string, funcs fields) *glua.LTable {
	lib := v.root.CreateTable(0, len(funcs))
	v.setFields(lib, funcs)
	v.globals.RawSetString(name, lib)
	return lib
}

// metatable makes one that scripts cannot get at.
func (v *vm) metatable(name string, funcs fields) *glua.LTable {
	meta := v.root.CreateTable(0, len(funcs)+1)
	v.setFields(meta, funcs)
	meta.RawSetString("__metatable", glua.LString(name))
	return meta
}

func (v *vm) setFields(tb *glua.LTable, funcs fields) {
	for _, f := range funcs {
		tb.RawSetString(f.name, v.root.NewFunction(f.fn))
	}
}

// constant returns a function that returns text.
func constant(text string) glua.LGFunction {
	return func(L *glua.LState) int {
		L.Push(glua.LString(text))
		return 1
	}
}

// mustCompile compiles the VM's own source.
func (v *vm) mustCompile(source string) *glua.LFunction {
	fn, err := v.root.Load(strings.NewReader(source), adaptorName)
	if err != nil {
		panic(err)
	}
	return fn
}
