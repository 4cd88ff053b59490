package js

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"scripthost.example/child/engine"
)

// A where is about the place of a part of a file.
type where struct {
	caught bool // an error there is caught
	inside bool // in a function or a class, where this is its own
}

// names notes what a part of the file does with names. All uses of one that nothing defines
// fail, but typeof.
func (x *examined) names(part any, in where) {
	walk(part, func(node any) bool {
		switch n := node.(type) {
		case *ast.Identifier:
			x.needs(n, in)
		case *ast.ObjectLiteral:
			for _, p := range n.Value {
				if short, ok := p.(*ast.PropertyShort); ok {
					x.needs(&short.Name, in)
				}
			}
		case *ast.AssignExpression:
			x.assigns(n.Left)
		case *ast.ForIntoExpression:
			x.assigns(n.Expression)
		case *ast.UnaryExpression:
			if name, ok := n.Operand.(*ast.Identifier); ok && n.Operator == token.TYPEOF {
				x.globals.Probe(name.Name.String())
				return false
			}
		case *ast.DotExpression:
			if x.isGlobals(n.Left, in) {
				x.globals.Ask(n.Identifier.Name.String())
				return false
			}
		case *ast.BracketExpression:
			if name, ok := n.Member.(*ast.StringLiteral); ok && x.isGlobals(n.Left, in) {
				x.globals.Ask(name.Value.String())
				return false
			}
		case *ast.CallExpression:
			x.makes(n)
		case *ast.ThisExpression:
			if !in.inside { // it goes where it may get any property
				x.globals.Unknown = true
			}
		case *ast.WithStatement:
			x.globals.Unknown = true
		case *ast.TryStatement:
			if n.Catch != nil {
				x.names(n.Body, where{caught: true, inside: in.inside})
				x.names([]any{n.Catch, n.Finally}, in)
				return false
			}
		case *ast.FunctionLiteral:
			x.names([]any{n.ParameterList, n.Body}, where{caught: in.caught, inside: true})
			return false
		case *ast.ClassLiteral:
			x.names(n.SuperClass, in)
			x.names(n.Body, where{caught: in.caught, inside: true})
			return false
		case *ast.LabelledStatement:
			x.names(n.Statement, in)
			return false
		case *ast.BranchStatement, *ast.MetaProperty: // whose names are no variables
			return false
		}
		return true
	})
}

// assigns notes the names, and those of properties, that something is assigned to: a
// property may be one of the global object.
func (x *examined) assigns(to ast.Expression) {
	names := make(declared)
	names.target(to)
	for name := range names {
		x.globals.Define(name)
	}
	switch to := to.(type) {
	case *ast.DotExpression:
		x.globals.Define(to.Identifier.Name.String())
	case *ast.BracketExpression:
		if name, ok := to.Member.(*ast.StringLiteral); ok {
			x.globals.Define(name.Value.String())
		} else if _, ok := to.Left.(*ast.ThisExpression); ok { // in a function called without an object
			x.globals.Unknown = true
		}
	}
}

// makes looks for calls that may make globals whose names are not in the text.
func (x *examined) makes(n *ast.CallExpression) {
	if requiredModule(n) == "vm" {
		x.globals.Unknown = true
	}
	for _, arg := range n.ArgumentList[:min(1, len(n.ArgumentList))] {
		of, ok := n.Callee.(*ast.DotExpression)
		if _, this := arg.(*ast.ThisExpression); this && ok && (isNamed(of.Left, "Object") || isNamed(of.Left, "Reflect")) {
			x.globals.Unknown = true // assign, defineProperty
		}
	}
}

func isNamed(e ast.Expression, name string) bool {
	n, ok := e.(*ast.Identifier)
	return ok && n.Name.String() == name
}

// isGlobals reports whether an expression is the global object.
func (x *examined) isGlobals(e ast.Expression, in where) bool {
	switch e := e.(type) {
	case *ast.Identifier:
		return isGlobalObject(e) && !x.declared[e.Name.String()]
	case *ast.ThisExpression:
		return !in.inside
	}
	return false
}

// needs notes the use of a name.
func (x *examined) needs(n *ast.Identifier, in where) {
	name := n.Name.String()
	switch {
	case x.isGlobals(n, in): // as in the case of this
		x.globals.Unknown = true
	case x.declared[name], isOwnGlobal(name):
	case in.caught:
		x.globals.Ask(name)
	default:
		at := x.at(n.Idx)
		if !strings.Contains(at.File, "node_modules/") { // what packages are for others, too
			x.globals.Need(name, at.File, at.Line, at.Column)
		}
	}
}

// checked is what the check has found so far.
func (v *vm) checked() *engine.Report {
	r := v.check.report
	if r.Opaque {
		return &r
	}
	there := append([]string{"arguments", "done"}, ownGlobals[:]...) // of done more is said
	for o := v.rt.GlobalObject(); o != nil; o = o.Prototype() {
		there = append(there, o.GetOwnPropertyNames()...)
	}
	r.Findings = r.Findings[:len(r.Findings):len(r.Findings)]
	for _, f := range v.check.globals.Undefined(there, nil) {
		r.Add(f)
	}
	return &r
}
