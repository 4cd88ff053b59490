package js

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"scripthost.example/child/engine"
)

// hookName is the global function that a statement calls before it is run. It is
// no name that a script can write.
const hookName = "\x01covered"

// openHook makes the function, for the tools that want to know what is run.
func (v *vm) openHook() {
	t := v.cfg.Tools
	if t.Coverage {
		v.coverage = new(engine.Coverage)
	}
	if t.Line != nil {
		v.lines = engine.NewLines(t.Line)
	}
	v.hidden(v.rt.GlobalObject(), hookName, v.native("", 1, func(fc goja.FunctionCall) goja.Value {
		n := int(fc.Argument(0).ToInteger())
		if v.coverage != nil {
			v.coverage.Hit(n)
		}
		if v.lines != nil {
			v.lines.Reached(v.ctx.call, n)
		}
		return nil
	}))
}

// An instrumenter puts a call of the hook before each statement of a file. The
// calls have no text: positions stay what they are.
type instrumenter struct {
	coverage *engine.Coverage // nil without that tool
	lines    *engine.Lines    // the same
	marks    bool             // there are marks in place of calls; see vm.twins
	bundled  bool
	at       func(file.Idx) (engine.Frame, bool)
}

// hooked tells whether statements call the hook.
func (v *vm) hooked() bool { return v.coverage != nil || v.lines != nil }

// instrument has the statements of a file call the hook from now on.
func (v *vm) instrument(name string, tree *ast.Program, m *sourceMap) {
	x := &instrumenter{coverage: v.coverage, lines: v.lines, bundled: m != nil, at: func(at file.Idx) (engine.Frame, bool) {
		pos := tree.File.Position(int(at) - tree.File.Base())
		return m.named(engine.Frame{File: pos.Filename, Line: pos.Line, Column: pos.Column})
	}}
	x.all(tree, name == v.cfg.Name)
}

// all instruments a file. The top level of what is no script by itself, as a module, is
// the function that it is in.
func (x *instrumenter) all(tree *ast.Program, script bool) {
	x.below(reflect.ValueOf(tree.Body))
	if script {
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
		n.Test = x.condition(n.Test, n.For)
	case *ast.ForInStatement:
		n.Body = x.round(x.block(n.Body), n.For)
	case *ast.ForOfStatement:
		n.Body = x.round(x.block(n.Body), n.For)
	case *ast.WhileStatement:
		n.Body = x.block(n.Body)
		n.Test = x.condition(n.Test, n.While)
	case *ast.DoWhileStatement:
		n.Body = x.block(n.Body)
		n.Test = x.condition(n.Test, n.Do)
	case *ast.WithStatement:
		n.Body = x.block(n.Body)
	case *ast.ExpressionBody:
		if x.first(n.Expression.Idx0()) {
			break // the bundler's, of something that is exported: no body of an arrow function is there
		}
		if hook := x.hook(n.Expression.Idx0()); hook != nil {
			n.Expression = &ast.SequenceExpression{Sequence: []ast.Expression{hook, n.Expression}}
		}
	}
}

// condition is that of a loop, which is a line that is run each time. One that is
// missing is where the loop begins.
func (x *instrumenter) condition(test ast.Expression, loop file.Idx) ast.Expression {
	if x.lines == nil {
		return test
	}
	var hook ast.Expression
	if test != nil {
		hook = x.hook(test.Idx0())
	} else {
		hook = x.again(loop)
		test = &ast.BooleanLiteral{Idx: loop, Literal: "true", Value: true}
	}
	if hook == nil {
		return test
	}
	return &ast.SequenceExpression{Sequence: []ast.Expression{hook, test}}
}

// round is the body of a loop that has no condition: each time that it is run, the
// line of the loop has been.
func (x *instrumenter) round(body ast.Statement, loop file.Idx) ast.Statement {
	block, ok := body.(*ast.BlockStatement)
	if !ok || x.lines == nil {
		return body
	}
	if hook := x.again(loop); hook != nil {
		block.List = append([]ast.Statement{&ast.ExpressionStatement{Expression: hook}}, block.List...)
	}
	return block
}

// block is a statement that stands alone, as a block with its call of the hook.
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
			if directives || x.glue(s) {
				break
			}
			if hook := x.hook(start(s)); hook != nil {
				out = append(out, x.statement(hook))
			}
		}
		out = append(out, s)
	}
	return out
}

// statement is a call as a statement. A mark is a declaration, of nothing, which does not
// have the value of the statement before it be that of the script.
func (x *instrumenter) statement(call ast.Expression) ast.Statement {
	if x.marks {
		return &ast.VariableStatement{Var: call.Idx0(), List: []*ast.Binding{{Target: &ast.ObjectPattern{}, Initializer: call}}}
	}
	return &ast.ExpressionStatement{Expression: call}
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

// glue tells whether a statement is one that the bundler adds to a file and says to be
// from its very beginning: of what it exports, and the function around a CommonJS file.
func (x *instrumenter) glue(s ast.Statement) bool {
	if !x.first(start(s)) {
		return false
	}
	switch s := s.(type) {
	case *ast.VariableStatement: // var a_exports = {}; var require_a = __commonJS({…});
		if len(s.List) != 1 {
			return false
		}
		name, ok := s.List[0].Target.(*ast.Identifier)
		if !ok {
			return false
		}
		object, ok := s.List[0].Initializer.(*ast.ObjectLiteral)
		return ok && len(object.Value) == 0 && strings.HasSuffix(numberless(name.Name.String()), "_exports") ||
			callsGlue(s.List[0].Initializer)
	case *ast.ExpressionStatement: // __export(…); module.exports = __toCommonJS(…);
		if a, ok := s.Expression.(*ast.AssignExpression); ok {
			return callsGlue(a.Right)
		}
		return callsGlue(s.Expression)
	}
	return false
}

// first tells whether something is said to be at the very beginning of a bundled file.
func (x *instrumenter) first(at file.Idx) bool {
	if !x.bundled {
		return false
	}
	f, _ := x.at(at)
	return f.Line == 1 && f.Column == 1
}

func callsGlue(e ast.Expression) bool {
	call, ok := e.(*ast.CallExpression)
	if !ok {
		return false
	}
	name, ok := call.Callee.(*ast.Identifier)
	if !ok {
		return false
	}
	switch numberless(name.Name.String()) {
	case "__export", "__reExport", "__toCommonJS", "__commonJS", "__esm":
		return true
	}
	return false
}

// numberless is a name without the number by which the bundler tells it from another.
func numberless(name string) string { return strings.TrimRight(name, "0123456789") }

// hook is the call that tells of what begins there; nil if that is in no file.
func (x *instrumenter) hook(at file.Idx) ast.Expression { return x.call(at, 0) }

// again is hook for what comes behind that, before anything else does.
func (x *instrumenter) again(at file.Idx) ast.Expression { return x.call(at, 1) }

func (x *instrumenter) call(at file.Idx, behind int) ast.Expression {
	if x.marks {
		return mark(at)
	}
	f, ok := x.at(at)
	if !ok || at == 0 {
		return nil
	}
	n := 0
	if x.coverage != nil {
		n = x.coverage.Add(f.File, f.Line)
	}
	if x.lines != nil {
		n = x.lines.Add(engine.Line{File: f.File, Line: f.Line, Order: 2*int(at) + behind})
	}
	return &ast.CallExpression{
		Callee:           &ast.Identifier{Name: hookName, Idx: at},
		LeftParenthesis:  at,
		ArgumentList:     []ast.Expression{&ast.NumberLiteral{Idx: at, Literal: strconv.Itoa(n), Value: int64(n)}},
		RightParenthesis: at,
	}
}
