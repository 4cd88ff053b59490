package js

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// scriptFunction is an engine.Function.
type scriptFunction struct {
	name  string
	value goja.Value
	fn    callable
	this  goja.Value // what a method was found in
}

// exports returns module.exports, nil if that is not an object.
func (v *vm) exports() *goja.Object {
	if v.module == nil {
		return nil
	}
	o, _ := v.module.Get("exports").(*goja.Object)
	return o
}

// topNames returns the names that the script defined at its top level or as
// globals.
func (v *vm) topNames() []string {
	var names []string
	for name := range v.declared {
		names = append(names, name)
	}
	for _, name := range v.globalNames() {
		if !isOwnGlobal(name) && !v.declared[name] {
			names = append(names, name)
		}
	}
	return names
}

// globalNames returns the names of all globals. goja's GetOwnPropertyNames would make
// all that the language has for it, of which most scripts use little.
func (v *vm) globalNames() []string {
	array := v.known.ownNames(goja.FunctionCall{Arguments: []goja.Value{v.rt.GlobalObject()}}).Export().([]any)
	names := make([]string, len(array))
	for i, name := range array {
		names[i] = name.(string)
	}
	return names
}

// top returns what the script's top level calls name, nil if it defined no
// such thing.
func (v *vm) top(name string) goja.Value {
	if !v.declared[name] {
		if isOwnGlobal(name) || v.own(v.rt.GlobalObject(), name) == nil {
			return nil
		}
	}
	return v.rt.Get(name) // const, let and class, too
}

// own returns a property of o or of a class that it is an instance of, but
// nothing that comes with the language.
func (v *vm) own(o *goja.Object, name string) goja.Value {
	value := o.Get(name)
	if value == nil {
		return nil
	}
	if v.known.objectProto.Get(name) == value || v.known.functionProto.Get(name) == value {
		return nil
	}
	return value
}

// Functions implements [engine.VM].
func (v *vm) Functions() []string {
	found := make(map[string]bool)
	consider := func(name string, value goja.Value, within bool) {
		if invocable(value) {
			found[name] = true
		}
		if o, ok := value.(*goja.Object); ok && within && o != v.exports() && v.listed(o) {
			for _, key := range o.Keys() {
				_ = v.guard(func() {
					if invocable(o.Get(key)) {
						found[name+"."+key] = true
					}
				})
			}
		}
	}
	if exports := v.exports(); exports != nil {
		_ = v.guard(func() {
			for _, key := range exports.Keys() {
				consider(key, exports.Get(key), true)
			}
		})
	}
	for _, name := range v.topNames() {
		_ = v.guard(func() {
			if value := v.top(name); !v.required(value) {
				// A package in a bundle may keep a registry in a global.
				consider(name, value, v.sources == nil || v.declared[name])
			}
		})
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// invocable tells whether value is a function that can be called without new.
func invocable(value goja.Value) bool {
	if !isFunction(value) {
		return false
	}
	return value.(*goja.Object).ExportType() != typeClass
}

// listed tells whether the functions in o are worth listing: not those of a
// built-in module that the script has a name for.
func (v *vm) listed(o *goja.Object) bool {
	return !v.ours(o) && !isArray(o) && (o.ExportType() == typeObject || o.ExportType() == typeFunction)
}

// ours tells whether o is a built-in module.
func (v *vm) ours(o *goja.Object) bool {
	for _, own := range v.made {
		if o == own {
			return true
		}
	}
	return false
}

// required tells whether value is what another file or a built-in module exports:
// the script has a name for it, but does not offer it by that.
func (v *vm) required(value goja.Value) bool {
	o, ok := value.(*goja.Object)
	return ok && (v.ours(o) || v.modules != nil && v.modules.exported[o])
}

// Lookup implements [engine.VM].
func (v *vm) Lookup(name string) (engine.Function, error) {
	if tool := v.tool(name); tool != nil {
		return tool, nil
	}
	var found *scriptFunction
	itself := false // module.exports is a function
	path := strings.Split(name, ".")
	if fault := v.guard(func() {
		if exports := v.exports(); exports != nil {
			itself = invocable(exports)
			if len(path) > 1 { // a name may have dots
				found = v.follow(exports, v.own(exports, name), []string{name})
			}
			if found == nil {
				found = v.follow(exports, v.own(exports, path[0]), path)
			}
		}
		if found == nil {
			found = v.follow(nil, v.top(path[0]), path)
		}
	}); fault != nil {
		return nil, fault
	}
	if found != nil {
		return found, nil
	}
	offers := "the script offers no functions"
	if names := v.Functions(); len(names) > 0 {
		offers = "the script offers: " + strings.Join(names, ", ") + engine.DidYouMean(name, names)
	} else if itself {
		offers += " by name: module.exports is one itself, so export it as exports." + path[0] + " = ..."
	} else if v.sources != nil {
		offers += ": a module offers what it exports"
	}
	return nil, &engine.Error{
		Kind: engine.KindScript, Language: language, NoFunction: true,
		Message: "there is no function " + quote(name) + "; " + offers,
	}
}

// follow returns the function at the end of path. value is what the first step
// has led to, in.
func (v *vm) follow(in *goja.Object, value goja.Value, path []string) *scriptFunction {
	for _, step := range path[1:] {
		o, ok := value.(*goja.Object)
		if !ok {
			return nil
		}
		in, value = o, v.own(o, step)
	}
	if !invocable(value) {
		return nil
	}
	f := &scriptFunction{name: strings.Join(path, "."), value: value, fn: function(value), this: goja.Undefined()}
	if in != nil {
		f.this = in
	}
	return f
}
