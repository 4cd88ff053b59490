package lua

import (
	"strconv"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"scripthost.example/child/engine"
)

// hookName is the variable that holds the function that a statement calls before it
// is run. It is no name that a script can write.
const hookName = "(covered)"

// openHook makes the variable, for the tools that want to know what is run: an
// upvalue that all instrumented chunks share, so that no environment of a function's
// can hide it.
func (v *vm) openHook() {
	t := v.cfg.Tools
	if t.Coverage {
		v.coverage = new(engine.Coverage)
	}
	if t.Line != nil {
		v.lines = engine.NewLines(t.Line)
	}
	L := v.root
	L.Push(v.mustCompile("local hook = ... return function() return hook end"))
	L.Push(L.NewFunction(func(L *glua.LState) int {
		n := int(L.CheckNumber(1))
		if v.coverage != nil {
			v.coverage.Hit(n)
		}
		if v.lines != nil {
			v.lines.Reached(v.cur.ec(), n)
		}
		L.Push(glua.LTrue) // for the condition of a loop, see instrumenter.condition
		return 1
	}))
	L.Call(1, 1)
	v.hook = L.Get(-1).(*glua.LFunction).Upvalues[0]
	L.SetTop(0)
}

// compileInstrumented makes a function of a chunk whose statements call the hook.
func (v *vm) compileInstrumented(name string, chunk []ast.Stmt) (*glua.LFunction, error) {
	x := &instrumenter{coverage: v.coverage, lines: v.lines, file: name}
	body := &ast.FunctionExpr{ParList: &ast.ParList{HasVargs: true}, Stmts: x.statements(chunk)}
	outer := []ast.Stmt{
		&ast.LocalAssignStmt{Names: []string{hookName}, Exprs: []ast.Expr{&ast.Comma3Expr{}}},
		&ast.ReturnStmt{Exprs: []ast.Expr{body}},
	}
	proto, err := glua.Compile(outer, name)
	if err != nil {
		return nil, err
	}
	fn := v.root.NewFunctionFromProto(proto.FunctionPrototypes[0])
	if fn.Proto.NumUpvalues > 0 {
		fn.Upvalues = []*glua.Upvalue{v.hook}
	}
	return fn, nil
}

// An instrumenter puts a call of the hook before each statement of a file.
type instrumenter struct {
	coverage *engine.Coverage // nil without that tool
	lines    *engine.Lines    // the same
	file     string
	order    int // of the line that was added last
}

func (x *instrumenter) statements(list []ast.Stmt) []ast.Stmt {
	out := make([]ast.Stmt, 0, 2*len(list))
	for _, s := range list {
		if _, label := s.(*ast.LabelStmt); !label && s.Line() > 0 {
			out = append(out, x.hook(s.Line()))
		}
		x.below(s)
		out = append(out, s)
	}
	return out
}

// below instruments the blocks in a statement.
func (x *instrumenter) below(s ast.Stmt) {
	walk(s, func(node any) bool {
		switch n := node.(type) {
		case *ast.DoBlockStmt:
			n.Stmts = x.statements(n.Stmts)
		case *ast.WhileStmt:
			x.expressions(n.Condition)
			n.Condition = x.condition(n.Condition, n.Line())
			n.Stmts = x.statements(n.Stmts)
		case *ast.RepeatStmt:
			n.Stmts = x.statements(n.Stmts)
			x.expressions(n.Condition)
			n.Condition = x.condition(n.Condition, n.LastLine())
		case *ast.IfStmt:
			x.expressions(n.Condition)
			n.Then, n.Else = x.statements(n.Then), x.statements(n.Else)
		case *ast.NumberForStmt:
			x.expressions(n.Init, n.Limit, n.Step)
			n.Stmts = x.round(n.Stmts, n.Line())
		case *ast.GenericForStmt:
			x.expressions(n.Exprs...)
			n.Stmts = x.round(n.Stmts, n.Line())
		case *ast.FunctionExpr:
			n.Stmts = x.statements(n.Stmts)
		default:
			return true
		}
		return false
	})
}

// expressions instruments the functions in expressions.
func (x *instrumenter) expressions(list ...ast.Expr) {
	for _, e := range list {
		walk(e, func(node any) bool {
			if n, ok := node.(*ast.FunctionExpr); ok {
				n.Stmts = x.statements(n.Stmts)
				return false
			}
			return true
		})
	}
}

// condition is that of a loop, which is a line that is run each time. loop is the
// line to go by where the condition has none.
func (x *instrumenter) condition(test ast.Expr, loop int) ast.Expr {
	if x.lines == nil {
		return test
	}
	line := test.Line()
	if line <= 0 {
		line = loop
	}
	both := &ast.LogicalOpExpr{Operator: "and", Lhs: x.call(line), Rhs: test}
	both.SetLine(line)
	both.SetLastLine(line)
	return both
}

// round is the body of a loop that has no condition: each time that it is run, the
// line of the loop has been.
func (x *instrumenter) round(body []ast.Stmt, loop int) []ast.Stmt {
	if x.lines == nil {
		return x.statements(body)
	}
	return append([]ast.Stmt{x.hook(loop)}, x.statements(body)...)
}

// hook is the call that tells of a statement, as one.
func (x *instrumenter) hook(line int) ast.Stmt {
	s := &ast.FuncCallStmt{Expr: x.call(line)}
	s.SetLine(line)
	s.SetLastLine(line)
	return s
}

// call is the call that tells of what begins in a line.
func (x *instrumenter) call(line int) *ast.FuncCallExpr {
	n := 0
	if x.coverage != nil {
		n = x.coverage.Add(x.file, line)
	}
	if x.lines != nil {
		x.order++
		n = x.lines.Add(engine.Line{File: x.file, Line: line, Order: x.order})
	}
	fn := &ast.IdentExpr{Value: hookName}
	number := &ast.NumberExpr{Value: strconv.Itoa(n)}
	call := &ast.FuncCallExpr{Func: fn, Args: []ast.Expr{number}}
	for _, node := range []ast.PositionHolder{fn, number, call} {
		node.SetLine(line)
		node.SetLastLine(line)
	}
	return call
}
