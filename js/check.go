package js

import (
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"scripthost.example/child/engine"
)

// walk calls visit for each node below a part of a script, and goes on below it
// where visit says so. Names that are no expressions, as those of properties are,
// are not visited.
func walk(part any, visit func(node any) bool) { walkValue(reflect.ValueOf(part), visit) }

func walkValue(part reflect.Value, visit func(node any) bool) {
	switch part.Kind() {
	case reflect.Interface:
		walkValue(part.Elem(), visit)
	case reflect.Pointer:
		if part.IsNil() || part.Type() == reflect.TypeFor[*file.File]() || !visit(part.Interface()) {
			return
		}
		walkValue(part.Elem(), visit)
	case reflect.Slice:
		switch part.Type().Elem().Kind() {
		case reflect.Interface, reflect.Pointer:
			for i := range part.Len() {
				walkValue(part.Index(i), visit)
			}
		}
	case reflect.Struct:
		for i := range part.NumField() {
			// DeclarationList lists what is in the body, too.
			if f := part.Type().Field(i); f.Name != "DeclarationList" && f.IsExported() {
				walkValue(part.Field(i), visit)
			}
		}
	}
}

// A check looks at the files of a script for mistakes.
type check struct {
	cfg     *engine.Config
	report  engine.Report
	globals engine.Globals
}

// An examined is a file that a check looks at.
type examined struct {
	*check
	at       func(file.Idx) engine.Frame
	declared map[string]bool // all names, wherever they are
	fs       map[string]bool // of them, those of the module fs
	entry    ast.Node        // the function that is called, as far as it is found
	entryAt  int             // how many functions it is in
	aliases  map[string]string
}

// examine looks at a file. main is that of the script itself, the others are
// inside a function.
func (c *check) examine(tree *ast.Program, main bool, at func(file.Idx) engine.Frame) {
	x := &examined{check: c, at: at, declared: make(map[string]bool), fs: make(map[string]bool), aliases: make(map[string]string)}
	walk(tree.Body, x.declare)
	for name := range x.declared {
		x.globals.Define(name)
	}
	x.names(tree.Body, where{})
	depth := 0
	if !main {
		depth = -1
	}
	x.look(tree.Body, depth)
	if !main {
		return
	}
	if x.entry == nil {
		if alias := x.aliases[c.cfg.Function]; alias != "" {
			x.findFunction(tree.Body, alias, 0)
		}
	}
	if x.entry != nil {
		u := doneUse(x.entry)
		if what, certain := u.Judge(c.cfg.Function, c.cfg.Async); what != "" {
			x.find(x.entry.Idx0(), certain, what)
		}
	}
}

func (x *examined) find(at file.Idx, certain bool, what string) {
	f := x.at(at)
	x.report.Add(engine.Finding{Certain: certain, Message: what, File: f.File, Line: f.Line, Column: f.Column})
}

// declare notes names that are declared.
func (x *examined) declare(node any) bool {
	switch n := node.(type) {
	case *ast.Binding:
		names := make(declared)
		names.target(n.Target)
		for name := range names {
			x.declared[name] = true
			if module := requiredModule(n.Initializer); module == "fs" || module == "fs/promises" {
				x.fs[name] = true
			}
		}
	case *ast.FunctionLiteral:
		if n.Name != nil {
			x.declared[n.Name.Name.String()] = true
		}
		x.parameters(n.ParameterList)
	case *ast.ArrowFunctionLiteral:
		x.parameters(n.ParameterList)
	case *ast.ClassLiteral:
		if n.Name != nil {
			x.declared[n.Name.Name.String()] = true
		}
	case *ast.CatchStatement:
		x.target(n.Parameter)
	case *ast.ForDeclaration:
		x.target(n.Target)
	case *ast.AssignExpression:
		if name, ok := n.Left.(*ast.Identifier); ok {
			x.declared[name.Name.String()] = true // a global, perhaps
		}
	}
	return true
}

func (x *examined) target(t ast.Expression) {
	names := make(declared)
	names.target(t)
	for name := range names {
		x.declared[name] = true
	}
}

func (x *examined) parameters(list *ast.ParameterList) {
	if list == nil {
		return
	}
	for _, b := range list.List {
		x.target(b.Target)
	}
	x.target(list.Rest)
}

// requiredModule is the name in require('name'), without "node:", or "".
func requiredModule(e ast.Expression) string {
	call, ok := e.(*ast.CallExpression)
	if !ok {
		return ""
	}
	if name, ok := call.Callee.(*ast.Identifier); !ok || name.Name != "require" || len(call.ArgumentList) == 0 {
		return ""
	}
	text, _ := call.ArgumentList[0].(*ast.StringLiteral)
	if text == nil {
		return ""
	}
	return strings.TrimPrefix(text.Value.String(), "node:")
}

// look looks at a part of the file that is inside depth functions which are not
// run when the file is loaded.
func (x *examined) look(part any, depth int) {
	walk(part, func(node any) bool {
		switch n := node.(type) {
		case *ast.FunctionLiteral:
			x.named(n.Name, n, depth)
			x.look([]any{n.ParameterList, n.Body}, depth+1)
			return false
		case *ast.ArrowFunctionLiteral:
			x.look([]any{n.ParameterList, n.Body}, depth+1)
			return false
		case *ast.Binding:
			if name, ok := n.Target.(*ast.Identifier); ok && name != nil {
				x.named(name, n.Initializer, depth)
			}
		case *ast.AssignExpression:
			x.assigned(n, depth)
		case *ast.CallExpression:
			return x.call(n, depth)
		case *ast.NewExpression:
			if name, ok := n.Callee.(*ast.Identifier); ok && name.Name == "Function" {
				x.report.Opaque = true
			}
		case *ast.DotExpression:
			x.member(n.Left, n.Identifier.Name.String())
		case *ast.BracketExpression:
			if text, ok := n.Member.(*ast.StringLiteral); ok {
				x.member(n.Left, text.Value.String())
			} else if name, ok := n.Left.(*ast.Identifier); ok && (x.fs[name.Name.String()] || isGlobalObject(name)) {
				x.report.Opaque = true
			}
		case *ast.Identifier:
			x.name(n)
		}
		return true
	})
}

// named notes a value that has a name, if it is the function that is looked for.
func (x *examined) named(name *ast.Identifier, value ast.Node, depth int) {
	if name == nil || name.Name.String() != x.cfg.Function || x.entry != nil && x.entryAt <= depth {
		return
	}
	switch value := value.(type) {
	case *ast.FunctionLiteral:
		x.entry, x.entryAt = value, depth
	case *ast.ArrowFunctionLiteral:
		x.entry, x.entryAt = value, depth
	}
}

// findFunction looks for a function by another name.
func (x *examined) findFunction(part any, name string, depth int) {
	function := x.cfg.Function
	cfg := *x.cfg
	cfg.Function = name
	y := *x
	y.check = &check{cfg: &cfg} // whose findings are there already
	y.look(part, depth)
	x.entry = y.entry
	x.cfg.Function = function
}

// assigned notes what the script exports.
func (x *examined) assigned(n *ast.AssignExpression, depth int) {
	switch left := n.Left.(type) {
	case *ast.Identifier:
		x.named(left, n.Right, depth)
	case *ast.DotExpression:
		name := left.Identifier
		if object, ok := n.Right.(*ast.ObjectLiteral); ok && name.Name == "exports" {
			x.exported(object, depth)
			return
		}
		x.named(&name, n.Right, depth)
		if from, ok := n.Right.(*ast.Identifier); ok {
			x.aliases[name.Name.String()] = from.Name.String()
		}
	}
}

func (x *examined) exported(object *ast.ObjectLiteral, depth int) {
	for _, p := range object.Value {
		keyed, ok := p.(*ast.PropertyKeyed)
		if !ok {
			continue
		}
		if key, ok := keyed.Key.(*ast.StringLiteral); ok {
			name := &ast.Identifier{Name: key.Value, Idx: key.Idx}
			x.named(name, keyed.Value, depth)
			if from, ok := keyed.Value.(*ast.Identifier); ok {
				x.aliases[key.Value.String()] = from.Name.String()
			}
		}
	}
}

// call looks at a call, and reports whether to go on below it as ever.
func (x *examined) call(n *ast.CallExpression, depth int) bool {
	switch callee := n.Callee.(type) {
	case *ast.FunctionLiteral: // it is called at once
		x.look([]any{callee.ParameterList, callee.Body, n.ArgumentList}, depth)
		return false
	case *ast.ArrowFunctionLiteral:
		x.look([]any{callee.ParameterList, callee.Body, n.ArgumentList}, depth)
		return false
	case *ast.Identifier:
		switch name := callee.Name.String(); {
		case name == "require":
			return x.require(n, depth)
		case x.declared[name]:
		case name == "event" && depth <= 0:
			x.find(callee.Idx, false, engine.EventWhileLoading)
		case name == "done":
			x.find(callee.Idx, true, engine.NoSuchDone)
		case name == "eval", name == "Function":
			x.report.Opaque = true
		}
	}
	return true
}

func (x *examined) require(n *ast.CallExpression, depth int) bool {
	switch name := requiredModule(n); {
	case x.declared["require"] && depth >= 0: // what it finds is not known
		x.report.Opaque = true
		return true
	case name == "":
		x.report.Opaque = true
		return true
	case name == "fs", name == "fs/promises":
		x.report.Use("read")
	case name == "process":
		x.report.Use("env")
	case !ofNode(name) && depth > 0:
		x.report.Opaque = true // the file has not been loaded
	}
	return false
}

// changing are how the names of functions of fs begin that need the grant to
// write.
var changing = []string{"append", "chmod", "copyFile", "cp", "create", "lutimes", "mkdir", "open", "rename", "rm", "symlink", "truncate", "unlink", "utimes", "write"}

// member looks at a use of a property.
func (x *examined) member(of ast.Expression, name string) {
	if from, ok := of.(*ast.Identifier); ok && isGlobalObject(from) {
		x.global(name)
	}
	x.property(name)
}

// property notes what the names of fs's functions say, wherever they are.
func (x *examined) property(name string) {
	for _, start := range changing {
		if strings.HasPrefix(name, start) {
			x.report.Use("write")
		}
	}
}

func isGlobalObject(n *ast.Identifier) bool {
	return n.Name == "globalThis" || n.Name == "global" || n.Name == "self"
}

// name looks at the use of a name.
func (x *examined) name(n *ast.Identifier) {
	name := n.Name.String()
	x.property(name) // taken out of fs, perhaps
	if !x.declared[name] {
		x.global(name)
	}
}

func (x *examined) global(name string) {
	switch name {
	case "fetch":
		x.report.Use("net")
	case "process":
		x.report.Use("env")
	case "require", "eval", "Function":
		x.report.Opaque = true // it is no call: who knows what becomes of it
	}
}

// doneUse tells how a function uses its first parameter.
func doneUse(fn ast.Node) engine.DoneUse {
	var (
		u      engine.DoneUse
		list   *ast.ParameterList
		body   any
		source string
	)
	switch fn := fn.(type) {
	case *ast.FunctionLiteral:
		list, body, u.Promises, source = fn.ParameterList, fn.Body, fn.Async, fn.Source
	case *ast.ArrowFunctionLiteral:
		list, body, u.Promises, source = fn.ParameterList, fn.Body, fn.Async, fn.Source
		if _, ok := fn.Body.(*ast.ExpressionBody); ok {
			u.Returns = true
		}
	}
	walk(body, func(node any) bool {
		switch n := node.(type) {
		case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral:
			return false
		case *ast.ReturnStatement:
			u.Returns = u.Returns || n.Argument != nil
		}
		return true
	})
	if list == nil || len(list.List) == 0 {
		u.Answers = list != nil && list.Rest != nil || strings.Contains(source, "arguments")
		return u
	}
	first, ok := list.List[0].Target.(*ast.Identifier)
	if !ok {
		return u
	}
	u.Name = first.Name.String()
	uses, operands, members := 0, 0, 0
	isIt := func(e ast.Expression) bool {
		name, ok := e.(*ast.Identifier)
		return ok && name.Name == first.Name
	}
	count := func(n *int, e ast.Expression) {
		if isIt(e) {
			*n++
		}
	}
	walk(body, func(node any) bool {
		switch n := node.(type) {
		case *ast.Identifier:
			count(&uses, n)
		case *ast.CallExpression:
			u.Called = u.Called || isIt(n.Callee)
		case *ast.DotExpression:
			switch n.Identifier.Name {
			case "fail":
				u.Called = u.Called || isIt(n.Left)
			case "call", "apply", "bind":
			default:
				count(&members, n.Left)
			}
		case *ast.BinaryExpression:
			if n.Operator != token.LOGICAL_AND && n.Operator != token.LOGICAL_OR && n.Operator != token.COALESCE {
				count(&operands, n.Left)
				count(&operands, n.Right)
			}
		case *ast.UnaryExpression:
			if n.Operator != token.TYPEOF && n.Operator != token.NOT && n.Operator != token.VOID {
				count(&operands, n.Operand)
			} else {
				count(&members, n.Operand)
			}
		case *ast.TemplateLiteral:
			for _, e := range n.Expressions {
				count(&operands, e)
			}
		}
		return true
	})
	u.Operand = operands > 0
	u.Answers = uses > operands+members
	return u
}
