package lua

import (
	"strconv"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"scripthost.example/child/engine"
)

// hookName is the variable that holds the function that counts a statement. It is
// no name that a script can write.
const hookName = "(covered)"

// openCoverage makes the variable: an upvalue that all covered chunks share, so
// that no environment of a function's can hide it.
func (v *vm) openCoverage() {
	v.coverage = new(engine.Coverage)
	L := v.root
	L.Push(v.mustCompile("local hook = ... return function() return hook end"))
	L.Push(L.NewFunction(func(L *glua.LState) int {
		v.coverage.Hit(int(L.CheckNumber(1)))
		return 0
	}))
	L.Call(1, 1)
	v.hook = L.Get(-1).(*glua.LFunction).Upvalues[0]
	L.SetTop(0)
}

// compileCovered makes a function of a chunk whose statements are counted.
func (v *vm) compileCovered(name string, chunk []ast.Stmt) (*glua.LFunction, error) {
	x := &instrumenter{coverage: v.coverage, file: name}
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

// An instrumenter puts a call that counts before each statement of a file.
type instrumenter struct {
	coverage *engine.Coverage
	file     string
}

func (x *instrumenter) statements(list []ast.Stmt) []ast.Stmt {
	out := make([]ast.Stmt, 0, 2*len(list))
	for _, s := range list {
		x.below(s)
		if _, label := s.(*ast.LabelStmt); !label && s.Line() > 0 {
			out = append(out, x.hook(s.Line()))
		}
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
			n.Stmts = x.statements(n.Stmts)
		case *ast.RepeatStmt:
			x.expressions(n.Condition)
			n.Stmts = x.statements(n.Stmts)
		case *ast.IfStmt:
			x.expressions(n.Condition)
			n.Then, n.Else = x.statements(n.Then), x.statements(n.Else)
		case *ast.NumberForStmt:
			x.expressions(n.Init, n.Limit, n.Step)
			n.Stmts = x.statements(n.Stmts)
		case *ast.GenericForStmt:
			x.expressions(n.Exprs...)
			n.Stmts = x.statements(n.Stmts)
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

// hook is the call that counts a statement.
func (x *instrumenter) hook(line int) ast.Stmt {
	n := x.coverage.Add(x.file, line)
	fn := &ast.IdentExpr{Value: hookName}
	number := &ast.NumberExpr{Value: strconv.Itoa(n)}
	call := &ast.FuncCallExpr{Func: fn, Args: []ast.Expr{number}}
	s := &ast.FuncCallStmt{Expr: call}
	for _, node := range []ast.PositionHolder{fn, number, call, s} {
		node.SetLine(line)
		node.SetLastLine(line)
	}
	return s
}
