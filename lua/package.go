package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// openPackage makes what require needs of the library package.
func (v *vm) openPackage() {
	v.loading = make(map[string]*module)
	v.loaded = v.root.CreateTable(0, 16)
	for _, name := range [...]string{"_G", "debug", "string", "table"} { // see also onDemand
		v.loaded.RawSetString(name, v.globals.RawGetString(name))
	}
	v.preload = v.root.CreateTable(0, 0)
	v.pkg = v.root.CreateTable(0, 8)
	v.setFields(v.pkg, fields{
		{"searchpath", v.searchPath},
		{"seeall", v.seeAll},
	})
	v.pkg.RawSetString("loaded", v.loaded)
	v.pkg.RawSetString("preload", v.preload)
	v.pkg.RawSetString("path", glua.LString(v.defaultPath()))
	v.pkg.RawSetString("cpath", glua.LString(""))
	v.pkg.RawSetString("config", glua.LString("/\n;\n?\n!\n-\n"))
	loaders := v.root.CreateTable(3, 0)
	loaders.RawSetInt(1, v.root.NewFunction(v.preloaded))
	loaders.RawSetInt(2, v.root.NewFunction(v.fileModule))
	loaders.RawSetInt(3, v.root.NewFunction(v.builtinModule))
	v.pkg.RawSetString("loaders", loaders)
	// gopher-lua's function module looks there.
	v.root.G.Registry.RawSetString("_LOADED", v.loaded)
}

// showPackage makes the global package.
func (v *vm) showPackage() { v.globals.RawSetString("package", v.pkg) }

// builtinModule is the loader of the libraries that are not Lua's own. It comes
// last: a file of the script's may have such a name.
func (v *vm) builtinModule(L *glua.LState) int {
	name := L.CheckString(1)
	lib := v.builtin(name)
	if _, ok := lib.(*glua.LTable); !ok && onDemandIndex(name) < 0 {
		return 0
	}
	L.Push(L.NewFunction(func(L *glua.LState) int {
		L.Push(lib)
		return 1
	}))
	return 1
}

// defaultPath is where modules are looked for.
func (v *vm) defaultPath() string {
	var templates []string
	for _, root := range v.cfg.Modules {
		if strings.ContainsAny(root, ";?") {
			continue // which a path cannot say; see unnameable
		}
		root = strings.TrimSuffix(root, "/")
		templates = append(templates, root+"/?.lua", root+"/?/init.lua")
	}
	return strings.Join(templates, ";")
}

// seeAll is package.seeall.
func (v *vm) seeAll(L *glua.LState) int {
	mod := L.CheckTable(1)
	meta, ok := mod.Metatable.(*glua.LTable)
	if !ok {
		meta = v.root.NewTable()
		mod.Metatable = meta
	}
	meta.RawSetString("__index", v.globals)
	return 0
}

// preloaded is the loader of package.preload.
func (v *vm) preloaded(L *glua.LState) int {
	name := L.CheckString(1)
	preload, ok := v.pkg.RawGetString("preload").(*glua.LTable)
	if !ok {
		L.RaiseError("'package.preload' must be a table")
	}
	if loader := preload.RawGetString(name); loader != glua.LNil {
		L.Push(loader)
	} else {
		tried := "\n\tno field package.preload['" + name + "']"
		if name == testModule {
			tried += " (it is for tests, which 'runner test' runs)"
		}
		L.Push(glua.LString(tried))
	}
	return 1
}

// fileModule is the loader of files.
func (v *vm) fileModule(L *glua.LState) int {
	name := L.CheckString(1)
	templates, ok := v.pkg.RawGetString("path").(glua.LString)
	if !ok {
		L.RaiseError("'package.path' must be a string")
	}
	file, tried := v.firstFile(L, templated(string(templates), name, ".", "/"))
	if file == nil {
		L.Push(glua.LString(tried))
		return 1
	}
	fn, bad := v.compileFile(file)
	if bad != nil {
		v.raiseSyntax(L, bad, "error loading module '"+name+"' from file '"+file.name+"':\n\t")
	}
	L.Push(fn)
	return 1
}

// searchPath is package.searchpath of later Luas.
func (v *vm) searchPath(L *glua.LState) int {
	names := templated(L.CheckString(2), L.CheckString(1), L.OptString(3, "."), L.OptString(4, "/"))
	file, tried := v.firstFile(L, names)
	if file == nil {
		L.Push(glua.LNil)
		L.Push(glua.LString(tried))
		return 2
	}
	L.Push(glua.LString(file.name))
	return 1
}

// templated are the file names that the templates of a path make of a module's.
func templated(templates, name, from, to string) []string {
	if from != "" {
		name = strings.ReplaceAll(name, from, to)
	}
	var names []string
	for template := range strings.SplitSeq(templates, ";") {
		if template != "" {
			names = append(names, strings.ReplaceAll(template, "?", name))
		}
	}
	return names
}
