package js

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// modules is what the VM keeps of the files that were required.
type modules struct {
	cache    *goja.Object            // require.cache: the modules by the names of their files
	resolved map[string]string       // files by the folder and the name that was required there
	absent   map[string]bool         // files that were looked for in vain, on the way to another
	packages map[string]*packageFile // by the names of their files
	exported map[*goja.Object]bool   // what modules exported
	bad      *goja.Object            // the last SyntaxError of a file
	badAt    engine.Frame            // and its place
}

// files returns the VM's modules.
func (v *vm) files() *modules {
	if v.modules == nil {
		v.modules = &modules{
			cache:    v.rt.CreateObject(nil),
			resolved: make(map[string]string),
			absent:   make(map[string]bool),
			packages: make(map[string]*packageFile),
			exported: make(map[*goja.Object]bool),
		}
		if v.module != nil {
			v.set(v.modules.cache, v.scriptName, v.module)
		}
	}
	return v.modules
}

// A requirer is a file that can require others.
type requirer struct {
	v      *vm
	file   string
	dir    string
	module *goja.Object
	outer  *requirer // that required it first; nil for the script
}

// folderOf is the folder of a file, in the names that the parent has for them.
func folderOf(file string) string { return path.Dir(filepath.ToSlash(file)) }

// makeScriptRequire makes the global function require.
func (v *vm) makeScriptRequire() goja.Value {
	return v.makeRequire(&requirer{v: v, file: v.scriptName, dir: folderOf(v.scriptName), module: v.module})
}

// makeRequire makes a function require.
func (v *vm) makeRequire(r *requirer) *goja.Object {
	require := v.native("require", 1, func(fc goja.FunctionCall) goja.Value { return r.require(r.name(fc)) })
	v.set(require, "resolve", v.native("resolve", 1, func(fc goja.FunctionCall) goja.Value {
		name := r.name(fc)
		if v.builtIn(name) != nil {
			return fc.Argument(0)
		}
		file, _ := r.resolve(name)
		return v.text(file)
	}))
	v.set(require, "cache", v.files().cache)
	if v.module != nil {
		v.set(require, "main", v.module)
	}
	return require
}

// name is the argument of require.
func (r *requirer) name(fc goja.FunctionCall) string {
	name, ok := fc.Argument(0).(goja.String)
	switch {
	case !ok:
		panic(r.v.rt.NewTypeError("require: the name of a module must be a string, not %s", r.v.inspect(fc.Argument(0))))
	case name.Length() == 0:
		panic(r.v.rt.NewTypeError("require: the name of the module is empty"))
	}
	return name.String()
}

// require returns what a module exports. It is loaded once; who requires one
// that is being loaded gets what it has exported so far.
func (r *requirer) require(name string) goja.Value {
	v := r.v
	if module := v.builtIn(name); module != nil {
		return module
	}
	file, text := r.resolve(name)
	if module, ok := v.files().cache.Get(file).(*goja.Object); ok {
		return module.Get("exports")
	}
	if text == nil {
		text = r.read(name, file)
	}
	return r.load(file, text).Get("exports")
}

// load runs a file as a module. If that fails nothing of it stays.
func (r *requirer) load(file string, text []byte) *goja.Object {
	v, m := r.v, r.v.files()
	module := v.newModule()
	of := &requirer{v: v, file: file, dir: path.Dir(file), module: module, outer: r}
	v.set(module, "id", v.text(file))
	v.set(module, "path", v.text(of.dir))
	v.set(module, "filename", v.text(file))
	v.set(module, "loaded", v.rt.ToValue(false))
	if r.module != nil {
		v.set(module, "parent", r.module)
	}
	if err := m.cache.Set(file, module); err != nil { // the script has frozen it
		panic(err)
	}
	loaded := false
	// What is thrown is a panic here.
	defer func() {
		if !loaded {
			_ = m.cache.Delete(file) // a plain object's property
		}
	}()
	of.run(text)
	loaded = true
	_ = module.Set("loaded", true) // of a module that has not been frozen
	if exports, ok := module.Get("exports").(*goja.Object); ok {
		m.exported[exports] = true
	}
	return module
}

// moduleStart is what is put before the text of a module.
const moduleStart = "(function (exports, require, module, __filename, __dirname) {"

// run fills in the exports of r's module.
func (r *requirer) run(text []byte) {
	v := r.v
	switch ext := path.Ext(r.file); ext {
	case ".json":
		if err := r.module.Set("exports", v.parseJSON(r.file, text)); err != nil { // which the script has frozen
			panic(err)
		}
		return
	case ".mjs":
		v.throwSyntax(syntaxError(r.file, 1, 1, "this is an ES module (.mjs)"+instead))
	case ".ts", ".tsx", ".mts", ".cts":
		v.throwSyntax(syntaxError(r.file, 1, 1, "this is TypeScript"+instead))
	case ".node":
		v.throwSyntax(syntaxError(r.file, 1, 1, "this is machine code (.node), which no worker can load"))
	}
	source, fault := scriptText(engine.Source{Name: r.file, Text: text})
	if fault != nil {
		v.throwSyntax(fault)
	}
	program, _, fault := v.compile(r.file, moduleStart+source+"\n})", nil)
	if fault != nil {
		unwrap(fault, source, len(moduleStart))
		if what, ok := strings.CutSuffix(fault.Message, useBundler); ok {
			fault.Message = what + instead
		}
		v.throwSyntax(fault)
	}
	v.unwrapped(r.file, program, len(moduleStart))
	exports := r.module.Get("exports")
	function(v.runProgram(program))(goja.FunctionCall{This: exports, Arguments: []goja.Value{
		exports, v.makeRequire(r), r.module, v.text(r.file), v.text(r.dir),
	}})
}

// instead says what to do about a file that require cannot load.
const instead = ", which require does not load: write it as CommonJS (require and module.exports)," +
	" or have the script bundled, import it, and name the script .mjs or .ts"

// throwSyntax throws a SyntaxError whose place is not where the script is. It
// does not return.
func (v *vm) throwSyntax(fault *engine.Error) {
	o := v.newError(strings.TrimPrefix(fault.Message, "SyntaxError: "))
	if class, ok := v.rt.Get("SyntaxError").(*goja.Object); ok {
		if proto, ok := class.Get("prototype").(*goja.Object); ok {
			must(o.SetPrototype(proto))
		}
	}
	at := fault.Stack[0]
	stack := fault.Message + "\n\tat " + at.Position()
	if _, below, ok := strings.Cut(textOf(o.Get("stack")), "\n"); ok {
		stack += "\n" + below
	}
	v.hidden(o, "stack", v.text(validText(stack)))
	v.files().bad, v.files().badAt = o, at
	panic(o)
}

// parseJSON returns the value of a JSON file.
func (v *vm) parseJSON(file string, text []byte) goja.Value {
	source, fault := scriptText(engine.Source{Name: file, Text: text})
	if fault != nil {
		v.throwSyntax(fault)
	}
	var value goja.Value
	if ex := v.rt.Try(func() { value = v.json("parse", v.text(source)) }); ex != nil {
		message := "this is not JSON"
		if o, ok := ex.Value().(*goja.Object); ok {
			message += ": " + textOf(o.Get("message"))
		}
		v.throwSyntax(syntaxError(file, 0, 0, message))
	}
	return value
}

// json calls a function of JSON, as the script has it.
func (v *vm) json(name string, value goja.Value) goja.Value {
	if o, ok := v.rt.Get("JSON").(*goja.Object); ok {
		if fn := function(o.Get(name)); fn != nil {
			return fn(goja.FunctionCall{This: o, Arguments: []goja.Value{value}})
		}
	}
	panic(v.rt.NewTypeError("JSON.%s is not a function any more", name))
}
