package lua

import (
	glua "github.com/yuin/gopher-lua"
)

// onDemand are the globals that are made when a script first uses them, since
// most scripts use few of them and every start would pay for all. Each sets the
// global of its name.
var onDemand = [...]struct {
	name string
	open func(*vm)
}{
	{"base64", (*vm).openBase64},
	{"coroutine", (*vm).openCoroutines},
	{"files", (*vm).openFiles},
	{"hash", (*vm).openHash},
	{"io", (*vm).openIO},
	{"json", (*vm).openJSON},
	{"lfs", (*vm).openLFS},
	{"log", (*vm).openLog},
	{"math", (*vm).openMath},
	{"os", (*vm).openOS},
	{"time", (*vm).openTime},
	{"timer", (*vm).openTimers},
	{"uuid", (*vm).openUUID},
	{"worker", (*vm).openWorker},
}

// looksInside are the functions of the base library that would show a script
// that a global is not there yet, or that _G has a metatable.
var looksInside = [...]string{"getmetatable", "next", "pairs", "rawget", "rawset", "setmetatable"}

// openOnDemand has a metatable of _G make the globals of onDemand. It is gone as
// soon as a script could notice it: the functions that look inside have all
// globals made first. What the script sets itself is not made any more, also if
// it sets nil.
func (v *vm) openOnDemand() {
	v.unmade = 1<<len(onDemand) - 1
	meta := v.root.CreateTable(0, 2)
	v.setFields(meta, fields{
		{"__index", func(L *glua.LState) int {
			name := L.Get(2).String()
			if i := onDemandIndex(name); i >= 0 && v.unmade&(1<<i) != 0 {
				L.Push(v.builtin(name))
				return 1
			}
			return 0
		}},
		{"__newindex", func(L *glua.LState) int {
			if i := onDemandIndex(L.Get(2).String()); i >= 0 {
				v.setMade(i)
			}
			L.RawSet(v.globals, L.Get(2), L.Get(3))
			return 0
		}},
	})
	v.globals.Metatable = meta
	for _, name := range looksInside {
		fn := v.globals.RawGetString(name).(*glua.LFunction)
		look := fn.GFunction
		fn.GFunction = func(L *glua.LState) int {
			if v.unmade != 0 && L.Get(1) == v.globals {
				v.makeAll()
			}
			return look(L)
		}
	}
}

// builtin returns what the VM has of that name, whatever the script has made of
// the global, or nil.
func (v *vm) builtin(name string) glua.LValue {
	i := onDemandIndex(name)
	if i < 0 || v.builtins[name] != nil {
		return v.builtins[name]
	}
	before := v.globals.RawGetString(name)
	v.globals.RawSetString(name, glua.LNil)
	onDemand[i].open(v)
	v.builtins[name] = v.globals.RawGetString(name)
	if v.unmade&(1<<i) == 0 {
		v.globals.RawSetString(name, before)
	}
	v.setMade(i)
	return v.builtins[name]
}

func onDemandIndex(name string) int {
	for i := range onDemand {
		if onDemand[i].name == name {
			return i
		}
	}
	return -1
}

func (v *vm) setMade(i int) {
	v.unmade &^= 1 << i
	if v.unmade == 0 {
		v.globals.Metatable = glua.LNil
	}
}

func (v *vm) makeAll() {
	for i := range onDemand {
		if v.unmade&(1<<i) != 0 {
			v.builtin(onDemand[i].name)
		}
	}
}
