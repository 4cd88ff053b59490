package lua

import (
	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"scripthost.example/child/engine"
)

// names notes what a part of the file does with names; caught says that an error in it is
// caught. Only a call of a global or of a method of it, and a use of a field of it, fail if
// it is nil: all else may well ask whether there is such a global.
func (x *examined) names(part any, caught bool) {
	walk(part, func(node any) bool {
		switch n := node.(type) {
		case *ast.FuncCallExpr:
			x.needs(n.Func, caught)
			x.needs(n.Receiver, caught)
			x.names(n.Args, caught || catches(n.Func))
			return false
		case *ast.AttrGetExpr:
			x.needs(n.Object, caught)
			x.names(n.Key, caught)
			return false
		case *ast.LocalAssignStmt: // those of which declare says that they are the same, too
			for _, name := range n.Names {
				x.globals.Define(name)
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				x.globals.Define(lastName(left))
			}
		case *ast.FuncDefStmt:
			x.globals.Define(nameOf(n))
			if _, global := n.Name.Func.(*ast.IdentExpr); !global {
				x.names(n.Name.Func, caught)
			}
			x.needs(n.Name.Receiver, caught)
			x.names(n.Func, caught)
			return false
		case *ast.IdentExpr:
			x.mentions(n.Value)
			x.globals.Ask(n.Value)
		}
		return true
	})
}

// needs notes that an expression is called, or that a field of it is used.
func (x *examined) needs(e ast.Expr, caught bool) {
	name, ok := e.(*ast.IdentExpr)
	if !ok || caught {
		x.names(e, caught)
		return
	}
	x.mentions(name.Value)
	x.globals.Need(name.Value, x.name, name.Line(), x.column(name.Line(), name.Value))
}

// mentions looks for the names by which a script finds out which Lua it runs in, or gets
// other globals.
func (x *examined) mentions(name string) {
	switch name {
	case "_VERSION", "_ENV", "module":
		x.globals.Unknown = true
	}
}

// catches reports whether a function that is called catches the errors of those that are
// among its arguments.
func catches(fn ast.Expr) bool {
	switch lastName(fn) {
	case "pcall", "xpcall":
		return true
	}
	return false
}

// checked is what the check has found so far.
func (v *vm) checked() *engine.Report {
	r := v.check.report
	if r.Opaque {
		return &r
	}
	there := append(onDemandNames(), "self", "arg", "done") // of done more is said
	v.globals.ForEach(func(key, _ glua.LValue) {
		if name, ok := key.(glua.LString); ok {
			there = append(there, string(name))
		}
	})
	r.Findings = r.Findings[:len(r.Findings):len(r.Findings)]
	for _, f := range v.check.globals.Undefined(there, laterLibrary) {
		r.Add(f)
	}
	return &r
}
