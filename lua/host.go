package lua

import (
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// openHost makes the table host, with the parent's functions. A dotted name is
// one in a table of host's; that table can be called if its own name is a
// function as well.
func (v *vm) openHost() {
	names := v.offered()
	root := v.hostTable("host")
	v.globals.RawSetString("host", root)
	for _, name := range names {
		tb, path := root, "host"
		keys := strings.Split(name, ".")
		for _, key := range keys[:len(keys)-1] {
			path += "." + key
			inner, ok := tb.RawGetString(key).(*glua.LTable)
			if !ok {
				fn := tb.RawGetString(key)
				inner = v.hostTable(path)
				tb.RawSetString(key, inner)
				setCall(inner, fn)
			}
			tb = inner
		}
		key := keys[len(keys)-1]
		fn := v.root.NewFunction(v.hostFunction(name))
		if inner, ok := tb.RawGetString(key).(*glua.LTable); ok {
			setCall(inner, fn)
		} else {
			tb.RawSetString(key, fn)
		}
	}
}

// offered are the names of the parent's functions for the script.
func (v *vm) offered() []string {
	if v.cfg.Tools == nil {
		return v.cfg.HostFunctions
	}
	// Some are for the tools.
	return slices.DeleteFunc(slices.Clone(v.cfg.HostFunctions), func(name string) bool { return strings.HasPrefix(name, "runner.") })
}

// hostTable makes a table that complains of names that it has not.
func (v *vm) hostTable(path string) *glua.LTable {
	tb := v.root.NewTable()
	tb.Metatable = v.metatable(path, fields{
		{"__index", func(L *glua.LState) int {
			offered := "no functions"
			if names := v.offered(); len(names) > 0 {
				offered = "host." + strings.Join(names, ", host.")
			}
			missing := path + "." + L.Get(2).String()
			near := engine.DidYouMean(strings.TrimPrefix(missing, "host."), v.cfg.HostFunctions)
			L.RaiseError("%s does not exist: the parent offers %s%s", missing, offered, near)
			return 0
		}},
	})
	return tb
}

// setCall makes a table of host's call fn, a host function, when it is called.
func setCall(tb *glua.LTable, fn glua.LValue) {
	host, ok := fn.(*glua.LFunction)
	if !ok {
		return
	}
	call := *host
	call.GFunction = func(L *glua.LState) int {
		L.Remove(1) // the table
		return host.GFunction(L)
	}
	tb.Metatable.(*glua.LTable).RawSetString("__call", &call)
}

// hostFunction returns host.<name>(...).
func (v *vm) hostFunction(name string) glua.LGFunction {
	return func(L *glua.LState) int {
		args, bad := v.freezeArgs(L, 1, "host."+name)
		if bad != nil {
			v.throw(L, bad)
		}
		results, err := v.hostCall(name, args...)
		if err != nil {
			v.throw(L, asFailure(err))
		}
		L.SetTop(0)
		if bad := v.push(L, results, "result ", " of host."+name); bad != nil {
			v.throw(L, bad)
		}
		return len(results)
	}
}
