package js

import (
	"reflect"
	"strconv"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"scripthost.example/child/engine"
)

// hookName is the global function that counts a statement. It is no name that a
// script can write.
const hookName = "\x01covered"

func (v *vm) openCoverage() {
	v.coverage = new(engine.Coverage)
	v.hidden(v.rt.GlobalObject(), hookName, v.native("", 1, func(fc goja.FunctionCall) goja.Value {
		v.coverage.Hit(int(fc.Argument(0).ToInteger()))
		return nil
	}))
}

// An instrumenter puts a call that counts before each statement of a file. The
// calls have no text: positions stay what they are.
type instrumenter struct {
	coverage *engine.Coverage
	at       func(file.Idx) (engine.Frame, bool)
}

// cover counts the statements of a file from now on.
func (v *vm) cover(name string, tree *ast.Program, m *sourceMap) {
	x := &instrumenter{coverage: v.coverage, at: func(at file.Idx) (engine.Frame, bool) {
		pos := tree.File.Position(int(at) - tree.File.Base())
		return m.named(engine.Frame{File: pos.Filename, Line: pos.Line})
	}}
	x.below(reflect.ValueOf(tree.Body))
	if name == v.cfg.Name { // that of a module is the function that it is in
		tree.Body = x.statements(tree.Body)
	}
}

// below instruments what is in the nodes below a part of the file.
func (x *instrumenter) below(part reflect.Value) {
	switch part.Kind() {
	case reflect.Interface:
		if !part.IsNil() {
			x.below(part.Elem())
		}
	case reflect.Pointer:
		if part.IsNil() || part.Type() == reflect.TypeFor[*file.File]() {
			return
		}
		x.below(part.Elem())
		x.node(part.Interface())
	case reflect.Slice:
		switch part.Type().Elem().Kind() {
		case reflect.Interface, reflect.Pointer:
			for i := range part.Len() {
				x.below(part.Index(i))
			}
		}
	case reflect.Struct:
		for i := range part.NumField() {
			if f := part.Type().Field(i); f.Name != "DeclarationList" && f.IsExported() {
				x.below(part.Field(i))
			}
		}
	}
}

// node instruments the statements directly in a node.
func (x *instrumenter) node(node any) {
	switch n := node.(type) {
	case *ast.BlockStatement:
		n.List = x.statements(n.List)
	case *ast.CaseStatement:
		n.Consequent = x.statements(n.Consequent)
	case *ast.IfStatement:
		n.Consequent, n.Alternate = x.block(n.Consequent), x.block(n.Alternate)
	case *ast.ForStatement:
		n.Body = x.block(n.Body)
	case *ast.ForInStatement:
		n.Body = x.block(n.Body)
	case *ast.ForOfStatement:
		n.Body = x.block(n.Body)
	case *ast.WhileStatement:
		n.Body = x.block(n.Body)
	case *ast.DoWhileStatement:
		n.Body = x.block(n.Body)
	case *ast.WithStatement:
		n.Body = x.block(n.Body)
	case *ast.ExpressionBody:
		if hook := x.hook(n.Expression.Idx0()); hook != nil {
			n.Expression = &ast.SequenceExpression{Sequence: []ast.Expression{hook, n.Expression}}
		}
	}
}

// block is a statement that stands alone, as a block with its count.
func (x *instrumenter) block(s ast.Statement) ast.Statement {
	switch s.(type) {
	case nil, *ast.BlockStatement, *ast.FunctionDeclaration:
		return s
	}
	return &ast.BlockStatement{LeftBrace: start(s), List: x.statements([]ast.Statement{s}), RightBrace: start(s)}
}

func (x *instrumenter) statements(list []ast.Statement) []ast.Statement {
	out := make([]ast.Statement, 0, 2*len(list))
	directives := true // such as 'use strict', which have to come first
	for _, s := range list {
		directives = directives && isDirective(s)
		switch s.(type) {
		case *ast.FunctionDeclaration, *ast.EmptyStatement, *ast.BlockStatement:
		default:
			if hook := x.hook(start(s)); hook != nil && !directives {
				out = append(out, &ast.ExpressionStatement{Expression: hook})
			}
		}
		out = append(out, s)
	}
	return out
}

// start is where a statement begins. goja does not note that of if; then it is
// where its condition does.
func start(s ast.Statement) file.Idx {
	if n, ok := s.(*ast.IfStatement); ok && n.If == 0 {
		return n.Test.Idx0()
	}
	return s.Idx0()
}

func isDirective(s ast.Statement) bool {
	e, ok := s.(*ast.ExpressionStatement)
	if !ok {
		return false
	}
	_, ok = e.Expression.(*ast.StringLiteral)
	return ok
}

// hook is the call that counts what begins there; nil if that is in no file.
func (x *instrumenter) hook(at file.Idx) ast.Expression {
	f, ok := x.at(at)
	if !ok || at == 0 {
		return nil
	}
	n := x.coverage.Add(f.File, f.Line)
	return &ast.CallExpression{
		Callee:           &ast.Identifier{Name: hookName, Idx: at},
		LeftParenthesis:  at,
		ArgumentList:     []ast.Expression{&ast.NumberLiteral{Idx: at, Literal: strconv.Itoa(n), Value: int64(n)}},
		RightParenthesis: at,
	}
}
