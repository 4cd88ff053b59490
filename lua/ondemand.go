package lua

import (
	glua "github.com/yuin/gopher-lua"
)

// onDemand are the globals that are made when a script first uses them, since
// most scripts use few of them and every start would pay for all. Each sets the
// global of its name. Lua's own are loaded, for require, from the beginning.
var onDemand = [...]struct {
	name     string
	standard bool
	open     func(*vm)
}{
	{"base64", false, (*vm).openBase64},
	{"coroutine", true, (*vm).openCoroutines},
	{"files", false, (*vm).openFiles},
	{"hash", false, (*vm).openHash},
	{"http", false, (*vm).openHTTP},
	{"io", true, (*vm).openIO},
	{"json", false, (*vm).openJSON},
	{"lfs", false, (*vm).openLFS},
	{"log", false, (*vm).openLog},
	{"math", true, (*vm).openMath},
	{"os", true, (*vm).openOS},
	{"package", true, (*vm).showPackage},
	{"time", false, (*vm).openTime},
	{"timer", false, (*vm).openTimers},
	{"uuid", false, (*vm).openUUID},
	{"worker", false, (*vm).openWorker},
}

// looksInside are the functions of the base library that would show a script
// that a global is not there yet, or that _G has a metatable.
var looksInside = [...]string{"getmetatable", "next", "pairs", "rawget", "rawset", "setmetatable"}

func onDemandNames() []string {
	names := make([]string, len(onDemand))
	for i := range onDemand {
		names[i] = onDemand[i].name
	}
	return names
}

// openOnDemand has a metatable of _G make the globals of onDemand. It is gone as
// soon as a script could notice it: the functions that look inside have all
// globals made first. What the script sets itself is not made any more, also if
// it sets nil.
func (v *vm) openOnDemand() {
	v.unmade = 1<<len(onDemand) - 1
	v.demanded = onDemandNames
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
	own := v.globals.RawGetString(name)
	replaced := v.unmade&(1<<i) == 0
	v.setMade(i)
	v.globals.RawSetString(name, glua.LNil)
	onDemand[i].open(v)
	made := v.globals.RawGetString(name)
	v.builtins[name] = made
	if onDemand[i].standard {
		v.loaded.RawSetString(name, made)
	}
	if replaced {
		v.globals.RawSetString(name, own)
	}
	if made == v.pkg {
		v.makeAll() // package.loaded is no secret now
	}
	return made
}

// makeStandard makes the library of Lua's own that has that name, if there is
// one: it is loaded then.
func (v *vm) makeStandard(name string) {
	if i := onDemandIndex(name); i >= 0 && onDemand[i].standard {
		v.builtin(name)
	}
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
