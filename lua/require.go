package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// A module is one that is being loaded.
type module struct {
	name  string
	by    *task
	outer *module  // that by is loading, and that requires this one
	wakes []func() // of the tasks that wait for it
}

// require is Lua's require. Only one task loads a module; others that want it
// wait until it is there.
func (v *vm) require(L *glua.LState) int {
	name := L.CheckString(1)
	for m := v.loading[name]; m != nil; m = v.loading[name] {
		circle := v.circle(m)
		if circle == "" {
			v.awaitModule(L, m)
			continue
		}
		// It may have put there what it is going to return.
		if value := v.loaded.RawGetString(name); glua.LVAsBool(value) {
			L.Push(value)
			return 1
		}
		L.RaiseError("circular require, so that none of them can be loaded: %s", circle)
	}
	value := v.loaded.RawGetString(name)
	if !glua.LVAsBool(value) {
		value = v.loadModule(L, name)
	}
	L.Push(value)
	return 1
}

// loadModule loads a module, and leaves nothing of it behind if that fails: who
// requires it again has it loaded again.
func (v *vm) loadModule(L *glua.LState, name string) glua.LValue {
	t := v.cur
	v.nest(L)
	m := &module{name: name, by: t, outer: t.loading}
	t.loading, v.loading[name] = m, m
	done := false
	// Errors are panics here.
	defer func() {
		if !done {
			v.loaded.RawSetString(name, glua.LNil)
		}
		t.nesting--
		t.loading = m.outer
		delete(v.loading, name)
		for _, wake := range m.wakes {
			wake()
		}
	}()
	L.Push(v.searchModule(L, name))
	L.Push(glua.LString(name))
	L.Call(1, 1)
	value := L.Get(-1)
	L.Pop(1)
	if value != glua.LNil {
		v.loaded.RawSetString(name, value)
	} else if value = v.loaded.RawGetString(name); value == glua.LNil {
		value = glua.LTrue
		v.loaded.RawSetString(name, value)
	}
	done = true
	return value
}

// awaitModule waits until m, which another task loads, is there or is not going
// to be.
func (v *vm) awaitModule(L *glua.LState, m *module) {
	t := v.cur
	t.awaits = m
	err := v.wait(func(wake func()) { m.wakes = append(m.wakes, wake) })
	t.awaits = nil
	if err != nil {
		v.throw(L, asFailure(err))
	}
}

// circle returns the names of the modules that wait for one another if the
// current task were to wait for m, or "".
func (v *vm) circle(m *module) string {
	var names []string
	for x := m; x != nil; x = x.by.awaits {
		var of []string // those that x.by is loading, from x on
		for inner := x.by.loading; inner != x; inner = inner.outer {
			of = append([]string{inner.name}, of...)
		}
		names = append(append(names, x.name), of...)
		if x.by == v.cur {
			return strings.Join(append(names, m.name), " -> ")
		}
	}
	return ""
}

// searchModule returns what loads a module: what the first of package.loaders
// returns that knows it.
func (v *vm) searchModule(L *glua.LState, name string) *glua.LFunction {
	loaders, ok := v.pkg.RawGetString("loaders").(*glua.LTable)
	if !ok {
		L.RaiseError("'package.loaders' must be a table")
	}
	var tried strings.Builder
	for i := 1; ; i++ {
		loader := loaders.RawGetInt(i)
		if loader == glua.LNil {
			L.RaiseError("module '%s' not found:%s", name, tried.String())
		}
		L.Push(loader)
		L.Push(glua.LString(name))
		L.Call(1, 1)
		found := L.Get(-1)
		L.Pop(1)
		switch found := found.(type) {
		case *glua.LFunction:
			return found
		case glua.LString:
			tried.WriteString(string(found))
		}
	}
}
