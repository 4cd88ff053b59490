package js

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"

	"scripthost.example/child/engine"
)

// scriptText returns the text of a source, in which a first line for the shell
// has become a comment, so that positions stay what they are.
func scriptText(src engine.Source) (string, *engine.Error) {
	text := bytes.TrimPrefix(src.Text, []byte("\uFEFF"))
	refuse := func(offset int, what string) *engine.Error {
		line := 1 + bytes.Count(text[:offset], []byte("\n"))
		column := offset - bytes.LastIndexByte(text[:offset], '\n')
		return syntaxError(src.Name, line, column, what)
	}
	if engine.IsUTF16(text) {
		return "", refuse(0, "the source is in UTF-16; save it as UTF-8")
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return "", refuse(i, "the source is not text: there is a NUL in it")
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return "", refuse(i, fmt.Sprintf("the source is not UTF-8: there is an octet \\x%02X in it", text[i]))
		}
		i += n
	}
	if bytes.HasPrefix(text, []byte("#!")) {
		return "//" + string(text[2:]), nil
	}
	return string(text), nil
}

// compile parses and compiles a script, once. The declarations are those of
// its top level. m is its source map, or nil.
func (v *vm) compile(name, text string, m *sourceMap) (*goja.Program, declared, *engine.Error) {
	if strings.Contains(text, "toLocaleString") {
		v.openLocales()
	}
	if strings.Contains(text, "RegExp") {
		v.openRegExp()
	}
	if strings.Contains(text, "JSON") {
		v.openJSON()
	}
	tree, err := parser.ParseFile(nil, name, text, 0, parser.WithDisableSourceMaps)
	if err != nil {
		fault := parseError(name, text, err)
		at := &fault.Stack[0]
		at.File, at.Line, at.Column = m.position(at.File, at.Line, at.Column)
		return nil, nil, fault
	}
	if m != nil {
		tree.File.SetSourceMap(m.consumer)
	}
	if v.check != nil {
		v.examine(name, tree, m)
	}
	if v.hooked() {
		v.instrument(name, tree, m)
	}
	program, err := v.compileTree(tree, text)
	if err != nil {
		fault := compileError(name, err)
		if m != nil {
			fault.Stack[0], _ = m.named(fault.Stack[0])
		}
		return nil, nil, fault
	}
	v.keep(name, program)
	return program, declarations(tree), nil
}

func syntaxError(name string, line, column int, what string) *engine.Error {
	return &engine.Error{
		Kind: engine.KindScript, Language: language, Message: "SyntaxError: " + what,
		Stack: []engine.Frame{{File: name, Line: line, Column: column}},
	}
}

func parseError(name, text string, err error) *engine.Error {
	var list parser.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return syntaxError(name, 0, 0, err.Error())
	}
	first := list[0]
	pos := first.Position
	what := first.Message
	if hint := syntaxHint(text, pos.Line, pos.Column); hint != "" {
		what = hint
	}
	return syntaxError(name, pos.Line, pos.Column, what)
}

// useBundler says what to do about import and export in a script.
const useBundler = ", which has to be bundled: give the file the ending .mjs (or .ts)," +
	" or use require and module.exports"

// syntaxHint explains what the parser stumbles over where that is a part of
// the language that it does not know. It returns "" for a plain mistake.
func syntaxHint(text string, line, column int) string {
	for range line - 1 {
		_, after, found := strings.Cut(text, "\n")
		if !found {
			return ""
		}
		text = after
	}
	if column < 1 || column > len(text)+1 {
		return ""
	}
	before, after := text[:column-1], text[column-1:]
	switch {
	case startsWord(after, "import"), startsWord(after, "export"):
		return "this is an ES module (" + after[:len("import")] + ")" + useBundler
	case startsWord(after, "await") && endsWord(before, "for"):
		return "for await is not supported unless the script is bundled: give the script the ending .mjs (or .ts), or await each item in a plain loop"
	case endsWord(before, "await"):
		return "await is only possible in an async function"
	}
	return ""
}

func startsWord(s, word string) bool {
	rest, ok := strings.CutPrefix(s, word)
	return ok && (rest == "" || !isWordByte(rest[0]))
}

func endsWord(s, word string) bool {
	rest, ok := strings.CutSuffix(strings.TrimRight(s, " \t"), word)
	return ok && (rest == "" || !isWordByte(rest[len(rest)-1]))
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func compileError(name string, err error) *engine.Error {
	var syntax *goja.CompilerSyntaxError
	if !errors.As(err, &syntax) {
		return syntaxError(name, 0, 0, err.Error())
	}
	line, column := 0, 0
	if syntax.File != nil {
		pos := syntax.File.Position(syntax.Offset)
		name, line, column = pos.Filename, pos.Line, pos.Column
	}
	return syntaxError(name, line, column, syntax.Message)
}

// declared are the names that the top level of a script declares.
type declared map[string]bool

func declarations(tree *ast.Program) declared {
	names := make(declared)
	for _, statement := range tree.Body {
		switch statement := statement.(type) {
		case *ast.LexicalDeclaration:
			names.bindings(statement.List)
		case *ast.VariableStatement:
			names.bindings(statement.List)
		case *ast.FunctionDeclaration:
			names.target(statement.Function.Name)
		case *ast.ClassDeclaration:
			names.target(statement.Class.Name)
		}
	}
	for _, hoisted := range tree.DeclarationList {
		names.bindings(hoisted.List)
	}
	return names
}

func (d declared) bindings(list []*ast.Binding) {
	for _, binding := range list {
		d.target(binding.Target)
	}
}

// target adds the names that a declaration's left side binds.
func (d declared) target(target ast.Expression) {
	switch target := target.(type) {
	case *ast.Identifier:
		if target != nil {
			d[target.Name.String()] = true
		}
	case *ast.AssignExpression: // with a default
		d.target(target.Left)
	case *ast.ArrayPattern:
		for _, element := range target.Elements {
			d.target(element)
		}
		d.target(target.Rest)
	case *ast.ObjectPattern:
		for _, property := range target.Properties {
			switch property := property.(type) {
			case *ast.PropertyShort:
				d[property.Name.Name.String()] = true
			case *ast.PropertyKeyed:
				d.target(property.Value)
			}
		}
		d.target(target.Rest)
	}
}
