package lua

import (
	"slices"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// A function is an engine.Function.
type function struct {
	name  string
	value glua.LValue // something that can be called
}

// Functions implements engine.VM.
func (v *vm) Functions() []string {
	var names []string
	v.collect(&names, v.exports)
	v.collect(&names, v.globals)
	slices.Sort(names)
	return slices.Compact(names)
}

// collect adds the names of the functions in tb, one level deep.
func (v *vm) collect(names *[]string, tb *glua.LTable) {
	if tb == nil {
		return
	}
	tb.ForEach(func(key, value glua.LValue) {
		name, ok := key.(glua.LString)
		if !ok || tb == v.globals && v.builtins[string(name)] == value {
			return
		}
		if v.callable(value) {
			*names = append(*names, string(name))
		}
		inner, ok := value.(*glua.LTable)
		if !ok || inner == v.globals {
			return
		}
		inner.ForEach(func(key, value glua.LValue) {
			if field, ok := key.(glua.LString); ok && v.callable(value) {
				*names = append(*names, string(name+"."+field))
			}
		})
	})
}

// callable reports whether value is a function or acts as one.
func (v *vm) callable(value glua.LValue) bool {
	if _, ok := value.(*glua.LFunction); ok {
		return true
	}
	_, ok := v.root.GetMetaField(value, "__call").(*glua.LFunction)
	return ok
}

// Lookup implements engine.VM. What the chunk returned goes before globals.
func (v *vm) Lookup(name string) (engine.Function, error) {
	if tool := v.tool(name); tool != nil {
		return tool, nil
	}
	var found glua.LValue = glua.LNil
	if v.exports != nil {
		found = v.find(v.exports, name)
	}
	if !v.callable(found) && !v.builtIn(name) {
		if global := v.find(v.globals, name); found == glua.LNil || v.callable(global) {
			found = global
		}
	}
	if v.callable(found) {
		return &function{name, found}, nil
	}
	e := &engine.Error{Kind: engine.KindScript, Language: language, NoFunction: true}
	if found == glua.LNil {
		e.Message = "the script has no function " + strconv.Quote(name)
	} else {
		e.Message = strconv.Quote(name) + " is a " + found.Type().String() + " and not a function"
	}
	if names := v.Functions(); len(names) > 0 {
		e.Message += "; it has " + strings.Join(names, ", ")
		if found == glua.LNil {
			e.Message += engine.DidYouMean(name, names)
		}
	} else {
		e.Message += "; it has none (a local one cannot be called from outside)"
	}
	return nil, e
}

// builtIn reports whether a global name leads into a library of the VM's, whose
// functions are no entry points.
func (v *vm) builtIn(name string) bool {
	first, _, _ := strings.Cut(name, ".")
	value, ok := v.builtins[first]
	return ok && value == v.globals.RawGetString(first)
}

// find follows a dotted name from tb, through inherited fields too where they
// are inherited from a table. A key that is the whole name goes first.
func (v *vm) find(tb *glua.LTable, name string) glua.LValue {
	if value := v.field(tb, name); value != glua.LNil {
		return value
	}
	var value glua.LValue = tb
	for key := range strings.SplitSeq(name, ".") {
		value = v.field(value, key)
	}
	return value
}

func (v *vm) field(value glua.LValue, key string) glua.LValue {
	for range glua.MaxTableGetLoop {
		tb, ok := value.(*glua.LTable)
		if !ok {
			return glua.LNil
		}
		if found := tb.RawGetString(key); found != glua.LNil {
			return found
		}
		value = v.root.GetMetaField(tb, "__index")
	}
	return glua.LNil
}
