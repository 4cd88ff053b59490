package lua

import (
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// A moduleFile is a file that the parent has handed over.
type moduleFile struct {
	name string
	text []byte
}

// firstFile returns the first of the files that exists; or nil, and the list of
// those that were looked for in the words of require. Names that the parent
// would refuse are asked for only if there is no other, so that it says why.
func (v *vm) firstFile(L *glua.LState, names []string) (file *moduleFile, tried string) {
	served := make([]string, 0, len(names))
	for _, name := range names {
		if v.cfg.Serves(name) {
			served = append(served, path.Clean(name))
		}
	}
	file, refused := v.askForFiles(served)
	if refused != nil {
		v.throw(L, refused)
	}
	if file != nil {
		return file, ""
	}
	var b strings.Builder
	for _, name := range names {
		b.WriteString("\n\tno file '" + name + "'")
		if v.cfg.Serves(name) {
			continue
		}
		file, refused := v.askForFiles([]string{path.Clean(name)})
		switch {
		case refused != nil && !v.mustStop():
			b.WriteString(" (" + refused.Message + ")")
		case refused != nil:
			v.throw(L, refused)
		case file != nil:
			return file, ""
		}
	}
	b.WriteString(v.unnameable())
	return nil, b.String()
}

// unnameable says what the list of the files that were looked for does not.
func (v *vm) unnameable() string {
	if len(v.cfg.Modules) == 0 {
		return "\n\tno files: the script has no folder of its own, as it is not a file, and no module path (--module-path) was granted"
	}
	var b strings.Builder
	for _, root := range v.cfg.Modules {
		if strings.ContainsAny(root, ";?") {
			b.WriteString("\n\tno files in '" + root + "': a folder whose name has a ; or ? cannot be in package.path")
		}
	}
	return b.String()
}

// askForFiles has the parent look for files, and returns the first that exists,
// or nil.
func (v *vm) askForFiles(names []string) (*moduleFile, *engine.Error) {
	for len(names) > 0 {
		n := min(len(names), engine.MaxModulePaths)
		args := make([]any, n)
		for i, name := range names[:n] {
			if !utf8.ValidString(name) {
				return nil, &engine.Error{Kind: engine.KindScript, Language: language, Message: "a file of code has to have a name in UTF-8"}
			}
			args[i] = name
		}
		names = names[n:]
		results, err := v.hostCall(engine.FirstModule, args...)
		if err != nil {
			return nil, withPath(asFailure(err))
		}
		if len(results) != 2 {
			continue
		}
		name, isName := results[0].(string)
		if text, isText := results[1].([]byte); isName && isText {
			return &moduleFile{name: name, text: text}, nil
		}
	}
	return nil, nil
}

// withPath names the file in an error of the system's.
func withPath(e *engine.Error) *engine.Error {
	details, _ := e.Value.(map[string]any)
	name, ok := details["path"].(string)
	if !ok || e.Kind != engine.KindScript {
		return e
	}
	named := *e
	named.Message = name + ": " + e.Message
	return &named
}

// compileFile makes a function of a file.
func (v *vm) compileFile(file *moduleFile) (*glua.LFunction, *engine.Error) {
	if isBinary(file.text) {
		return nil, notText(file.name, file.text)
	}
	if v.files == nil {
		v.files = make(map[string]bool)
	}
	v.files[file.name] = true
	return v.compile(file.name, file.text)
}

// syntaxText is what Lua says of a source that cannot be compiled.
func syntaxText(e *engine.Error) string {
	at := e.Stack[0]
	if at.Line == 0 {
		return at.File + ": " + e.Message
	}
	return at.File + ":" + strconv.Itoa(at.Line) + ": " + e.Message
}

// raiseSyntax raises the error of a file that cannot be compiled, where it is.
func (v *vm) raiseSyntax(L *glua.LState, e *engine.Error, before string) {
	tr := v.trace(L)
	if e.Stack[0].Line > 0 {
		tr.frames = append([]engine.Frame{e.Stack[0]}, tr.frames...)
	}
	v.thrown = throwing{trace: tr, exact: true}
	L.Error(glua.LString(before+syntaxText(e)), 0)
}

// loadFile is Lua's loadfile, for files of the script's own.
func (v *vm) loadFile(L *glua.LState) int {
	fn, bad := v.namedFile(L)
	if bad != nil {
		L.Push(glua.LNil)
		L.Push(glua.LString(syntaxText(bad)))
		return 2
	}
	L.Push(fn)
	return 1
}

// doFile is Lua's dofile, for files of the script's own.
func (v *vm) doFile(L *glua.LState) int {
	fn, bad := v.namedFile(L)
	if bad != nil {
		v.raiseSyntax(L, bad, "")
	}
	L.SetTop(0)
	v.nest(L)
	defer func(t *task) { t.nesting-- }(v.cur)
	L.Push(fn)
	L.Call(0, glua.MultRet)
	return L.GetTop()
}

// namedFile is the function of the file that the first argument names: as
// positions do, or from one of the folders on. An error has the name of the file
// as its position.
func (v *vm) namedFile(L *glua.LState) (*glua.LFunction, *engine.Error) {
	name := L.CheckString(1)
	names := []string{name}
	if !path.IsAbs(name) {
		for _, root := range v.cfg.Modules {
			names = append(names, path.Join(root, name))
		}
	}
	served := names[:0:0]
	for _, n := range names {
		if v.cfg.Serves(n) {
			served = append(served, path.Clean(n))
		}
	}
	if len(served) == 0 {
		served = []string{path.Clean(name)} // the parent says why not
	}
	file, refused := v.askForFiles(served)
	switch {
	case refused != nil:
		v.throw(L, refused)
	case file == nil:
		return nil, &engine.Error{
			Kind: engine.KindScript, Language: language, Message: "No such file or directory",
			Stack: []engine.Frame{{File: "cannot open " + name}},
		}
	}
	return v.compileFile(file)
}
