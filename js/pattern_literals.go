package js

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/unistring"
)

// literals are the regular expressions of a script that have properties.
type literals struct {
	expand func(source string) (string, *propertyError)
	source map[string]string // as they are written, by what is compiled
	fault  *propertyError    // of the first that is wrong
	at     file.Idx          // where that is
}

// rewrite finds them in a part of a script, and puts for them what goja can
// compile.
//
// A property that the tables here lack is no reason to refuse a script which may
// never come to use it, as it is in packages. It becomes a call of RegExp, which
// throws.
func (l *literals) rewrite(part reflect.Value) {
	switch part.Kind() {
	case reflect.Interface:
		if part.IsNil() {
			return
		}
		if literal, ok := part.Interface().(*ast.RegExpLiteral); ok {
			if call := l.literal(literal); call != nil {
				part.Set(reflect.ValueOf(call))
			}
			return
		}
		l.rewrite(part.Elem())
	case reflect.Pointer:
		if !part.IsNil() && part.Type() != reflect.TypeFor[*file.File]() {
			l.rewrite(part.Elem())
		}
	case reflect.Slice:
		switch part.Type().Elem().Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Struct:
			for i := range part.Len() {
				l.rewrite(part.Index(i))
			}
		}
	case reflect.Struct:
		for i := range part.NumField() {
			// This one lists what is in the body, too.
			if part.Type().Field(i).Name != "DeclarationList" {
				l.rewrite(part.Field(i))
			}
		}
	}
}

// literal rewrites one, or returns what it is to be replaced by.
func (l *literals) literal(literal *ast.RegExpLiteral) ast.Expression {
	if !strings.Contains(literal.Flags, "u") || !hasProperty(literal.Pattern) {
		return nil
	}
	if plain, fault := expandPattern(literal.Pattern, standIn); fault == nil {
		if !compilable(plain, literal.Flags) {
			literal.Pattern = plain // for goja to say why, without showing ranges
			return nil
		}
	}
	text, fault := l.expand(literal.Pattern)
	switch {
	case fault == nil:
		// What the source was is found by what is compiled.
		for l.source[text] != "" && l.source[text] != literal.Pattern {
			text += "(?:)"
		}
		l.source[text] = literal.Pattern
		literal.Pattern = text
	case fault.lacking:
		argument := func(s string) ast.Expression {
			return &ast.StringLiteral{Idx: literal.Idx, Value: unistring.NewFromString(s)}
		}
		return &ast.NewExpression{
			New:              literal.Idx,
			Callee:           &ast.Identifier{Idx: literal.Idx, Name: "RegExp"},
			LeftParenthesis:  literal.Idx,
			ArgumentList:     []ast.Expression{argument(literal.Pattern), argument(literal.Flags)},
			RightParenthesis: literal.Idx,
		}
	case l.fault == nil:
		l.fault, l.at = wrongPattern(literal.Pattern, literal.Flags, fault), literal.Idx
	}
	return nil
}

// compilable tells whether goja takes a regular expression.
func compilable(pattern, flags string) bool {
	literal := &ast.RegExpLiteral{Idx: 1, Pattern: pattern, Flags: flags}
	_, err := goja.CompileAST(&ast.Program{
		Body: []ast.Statement{&ast.ExpressionStatement{Expression: literal}},
		File: file.NewFile("", "", 0),
	}, false)
	return err == nil
}

// wrongPattern says which regular expression it is that a fault is in.
func wrongPattern(source, flags string, fault *propertyError) *propertyError {
	const most = 200
	if len(source) > most {
		source = strings.ToValidUTF8(source[:most], "") + "…"
	}
	return &propertyError{fmt.Sprintf("Invalid regular expression: /%s/%s: %s", source, flags, fault.what), fault.lacking}
}

// compileTree compiles a script, of which text is all that it was parsed from.
func (v *vm) compileTree(tree *ast.Program, text string) (*goja.Program, error) {
	if !hasProperty(text) {
		return goja.CompileAST(tree, false)
	}
	v.openRegExp()
	l := literals{expand: v.expandPattern, source: make(map[string]string)}
	l.rewrite(reflect.ValueOf(tree.Body))
	if l.fault != nil {
		return nil, &goja.CompilerSyntaxError{CompilerError: goja.CompilerError{
			Message: l.fault.what, File: tree.File, Offset: int(l.at) - 1,
		}}
	}
	program, err := goja.CompileAST(tree, false)
	if err == nil && len(l.source) > 0 {
		restoreSources(reflect.ValueOf(program), l.source, v.rt)
	}
	return program, err
}

// standIn is what patterns have in the place of properties to see whether
// anything else is wrong with them, so that an error message shows no ranges.
func standIn(string) (codeSet, *propertyError) { return span('p', 'p'), nil }
