package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// unnamed is what gopher-lua says of a Go function that no Lua function called by a
// name: pcall did, or table.sort.
const unnamed = " to (anonymous) ("

// named returns the message of an error that is being raised, with the name of the
// library function whose argument was bad.
func (v *vm) named(L *glua.LState, message string) string {
	if !strings.Contains(message, unnamed) {
		return message
	}
	d, ok := L.GetStack(0)
	if !ok {
		return message
	}
	fn, err := L.GetInfo("f", d, nil)
	if err != nil {
		return message
	}
	if name := v.nameOf(fn); name != "" {
		return strings.Replace(message, unnamed, " to "+name+" (", 1)
	}
	return message
}

// nameOf returns the name of a function of the libraries, without that of its
// library; "" if it is none.
func (v *vm) nameOf(fn glua.LValue) string {
	found := ""
	consider := func(name string, value glua.LValue) {
		if value == fn && (found == "" || name < found) { // it may have several
			found = name
		}
	}
	for name, value := range v.builtins {
		consider(name, value)
		if library, ok := value.(*glua.LTable); ok && library != v.globals {
			library.ForEach(func(key, value glua.LValue) { consider(key.String(), value) })
		}
	}
	for _, meta := range []*glua.LTable{v.meta.file, v.meta.dir} {
		if meta == nil {
			continue
		}
		if methods, ok := meta.RawGetString("__index").(*glua.LTable); ok {
			methods.ForEach(func(key, value glua.LValue) { consider(key.String(), value) })
		}
	}
	return found
}
