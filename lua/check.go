package lua

import (
	"reflect"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"scripthost.example/child/engine"
)

// walk calls visit for each node below a part of a chunk, and goes on below it
// where visit says so.
func walk(part any, visit func(node any) bool) { walkValue(reflect.ValueOf(part), visit) }

func walkValue(part reflect.Value, visit func(node any) bool) {
	switch part.Kind() {
	case reflect.Interface:
		walkValue(part.Elem(), visit)
	case reflect.Pointer:
		if !part.IsNil() && visit(part.Interface()) {
			walkValue(part.Elem(), visit)
		}
	case reflect.Slice:
		for i := range part.Len() {
			walkValue(part.Index(i), visit)
		}
	case reflect.Struct:
		for i := range part.NumField() {
			if part.Type().Field(i).IsExported() {
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
	name     string
	lines    []string
	declared map[string]bool // local names and those of parameters, wherever they are
	entry    *ast.FunctionExpr
	entryAt  int // its line
}

// examine looks at a file; main says that it is the script itself.
func (c *check) examine(name, text string, chunk []ast.Stmt, main bool) {
	x := &examined{check: c, name: name, lines: strings.Split(text, "\n"), declared: make(map[string]bool)}
	walk(chunk, x.declare)
	for name := range x.declared {
		x.globals.Define(name)
	}
	x.names(chunk, false)
	x.look(chunk, 0)
	if !main || x.entry == nil {
		return
	}
	u := doneUse(x.entry)
	if what, certain := u.Judge(c.cfg.Function, c.cfg.Async); what != "" {
		function := c.cfg.Function[strings.LastIndexByte(c.cfg.Function, '.')+1:]
		x.find(x.entryAt, function, certain, what)
	}
}

// find adds a finding at a line, where a word stands.
func (x *examined) find(line int, word string, certain bool, what string) {
	x.report.Add(engine.Finding{Certain: certain, Message: what, File: x.name, Line: line, Column: x.column(line, word)})
}

// column is where a word stands in a line; 0 if that is not known.
func (x *examined) column(line int, word string) int {
	if line < 1 || line > len(x.lines) {
		return 0
	}
	return 1 + wordAt(x.lines[line-1], word)
}

// wordAt is where a word stands in a line; -1 if it does not.
func wordAt(line, word string) int {
	part := func(i int) bool {
		return i >= 0 && i < len(line) && (line[i] == '_' || line[i] >= '0' && line[i] <= '9' || line[i]|0x20 >= 'a' && line[i]|0x20 <= 'z')
	}
	for from := 0; ; {
		i := strings.Index(line[from:], word)
		if i < 0 {
			return -1
		}
		if i += from; !part(i-1) && !part(i+len(word)) {
			return i
		}
		from = i + 1
	}
}

func (x *examined) declare(node any) bool {
	var names []string
	switch n := node.(type) {
	case *ast.LocalAssignStmt:
		for i, name := range n.Names {
			if i < len(n.Exprs) && lastName(n.Exprs[i]) == name {
				continue // it is the same, as in local io = io
			}
			names = append(names, name)
		}
	case *ast.FunctionExpr:
		names = n.ParList.Names
	case *ast.GenericForStmt:
		names = n.Names
	case *ast.NumberForStmt:
		names = []string{n.Name}
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			if name, ok := left.(*ast.IdentExpr); ok {
				names = append(names, name.Value)
			}
		}
	case *ast.FuncDefStmt:
		if name, ok := n.Name.Func.(*ast.IdentExpr); ok {
			names = []string{name.Value}
		}
	}
	for _, name := range names {
		x.declared[name] = true
	}
	return true
}

// look looks at a part of the file that is inside depth functions.
func (x *examined) look(part any, depth int) {
	walk(part, func(node any) bool {
		switch n := node.(type) {
		case *ast.FunctionExpr:
			x.look(n.Stmts, depth+1)
			return false
		case *ast.FuncDefStmt:
			x.named(nameOf(n), n.Func, n.Line(), depth)
			x.look(n.Func.Stmts, depth+1)
			return false // the name is no use of it
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if i < len(n.Rhs) {
					x.named(lastName(left), n.Rhs[i], n.Line(), depth)
				}
			}
		case *ast.TableExpr:
			for _, f := range n.Fields {
				if key, ok := f.Key.(*ast.StringExpr); ok {
					x.named(key.Value, f.Value, f.Value.Line(), depth)
				}
			}
		case *ast.FuncCallExpr:
			return x.call(n, depth)
		case *ast.AttrGetExpr:
			if of, ok := n.Object.(*ast.IdentExpr); ok && !x.declared[of.Value] {
				key, _ := n.Key.(*ast.StringExpr)
				x.member(of.Value, key)
				return key == nil
			}
		case *ast.IdentExpr:
			x.global(n.Value)
		}
		return true
	})
}

func nameOf(n *ast.FuncDefStmt) string {
	if n.Name.Func == nil {
		return n.Name.Method
	}
	return lastName(n.Name.Func)
}

// lastName is the name at the end of a variable or a field.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.IdentExpr:
		return e.Value
	case *ast.AttrGetExpr:
		if key, ok := e.Key.(*ast.StringExpr); ok {
			return key.Value
		}
	}
	return ""
}

// named notes a value that has a name, if it is the function that is looked for.
func (x *examined) named(name string, value ast.Expr, line, depth int) {
	function := x.cfg.Function[strings.LastIndexByte(x.cfg.Function, '.')+1:]
	if fn, ok := value.(*ast.FunctionExpr); ok && name == function && depth == 0 {
		x.entry, x.entryAt = fn, line
	}
}

// call looks at a call, and reports whether to go on below it as ever.
func (x *examined) call(n *ast.FuncCallExpr, depth int) bool {
	callee, ok := n.Func.(*ast.IdentExpr)
	if !ok || x.declared[callee.Value] {
		x.mode(n)
		return true
	}
	switch callee.Value {
	case "event":
		if depth == 0 {
			x.find(n.Line(), "event", false, engine.EventWhileLoading)
		}
	case "done":
		x.find(n.Line(), "done", true, engine.NoSuchDone)
	case "require":
		if len(n.Args) == 1 {
			if name, ok := n.Args[0].(*ast.StringExpr); ok {
				x.global(name.Value)
				if onDemandIndex(name.Value) < 0 && depth > 0 {
					x.report.Opaque = true // the file has not been loaded
				}
				return false
			}
		}
		x.report.Opaque = true
	}
	return true
}

// mode looks at a call of io.open for the mode.
func (x *examined) mode(n *ast.FuncCallExpr) {
	open, ok := n.Func.(*ast.AttrGetExpr)
	if !ok || lastName(open) != "open" || len(n.Args) < 2 {
		return
	}
	if mode, ok := n.Args[1].(*ast.StringExpr); !ok || strings.ContainsAny(mode.Value, "wa+") {
		x.report.Use("write")
	}
}

// member looks at the use of a field of a global; key is nil for one that is
// computed.
func (x *examined) member(of string, key *ast.StringExpr) {
	name := "*"
	if key != nil {
		name = key.Value
	}
	switch of + "." + name {
	case "os.getenv":
		x.report.Use("env")
	case "os.remove", "os.rename", "os.tmpname", "lfs.mkdir", "lfs.rmdir", "lfs.touch", "io.output", "io.tmpfile":
		x.report.Use("write")
	case "os.*":
		x.report.Use("env", "write")
	case "io.*", "lfs.*":
		x.report.Use("read", "write")
	case "_G.*":
		x.report.Opaque = true
	default:
		switch of {
		case "io", "lfs":
			x.report.Use("read")
		case "os":
		case "_G":
			x.global(name)
		default:
			x.global(of)
		}
	}
}

// global looks at a name that may be a global's, of which all may be used.
func (x *examined) global(name string) {
	if x.declared[name] {
		return
	}
	switch name {
	case "io", "lfs":
		x.report.Use("read", "write")
	case "os":
		x.report.Use("env", "write")
	case "http":
		x.report.Use("net")
	case "load", "loadstring", "loadfile", "dofile", "getfenv", "setfenv", "_G", "require", "package":
		x.report.Opaque = true
	}
}

// doneUse tells how a function uses its first parameter.
func doneUse(fn *ast.FunctionExpr) engine.DoneUse {
	var u engine.DoneUse
	if len(fn.ParList.Names) == 0 {
		u.Answers = fn.ParList.HasVargs
		return u
	}
	u.Name = fn.ParList.Names[0]
	if u.Name == "self" { // its done is the next
		u.Answers = true
		return u
	}
	uses, calls, operands, members := 0, 0, 0, 0
	count := func(n *int, e ast.Expr) {
		if name, ok := e.(*ast.IdentExpr); ok && name.Value == u.Name {
			*n++
		}
	}
	walk(fn.Stmts, func(node any) bool {
		switch n := node.(type) {
		case *ast.IdentExpr:
			count(&uses, n)
		case *ast.AttrGetExpr:
			if key, ok := n.Key.(*ast.StringExpr); !ok || key.Value != "fail" {
				count(&members, n.Object)
			} else {
				count(&calls, n.Object)
			}
		case *ast.FuncCallExpr:
			count(&calls, n.Func)
			count(&operands, n.Receiver)
		case *ast.ArithmeticOpExpr:
			count(&operands, n.Lhs)
			count(&operands, n.Rhs)
		case *ast.StringConcatOpExpr:
			count(&operands, n.Lhs)
			count(&operands, n.Rhs)
		case *ast.RelationalOpExpr:
			count(&members, n.Lhs)
			count(&members, n.Rhs)
		case *ast.UnaryNotOpExpr:
			count(&members, n.Expr)
		case *ast.UnaryMinusOpExpr:
			count(&operands, n.Expr)
		case *ast.UnaryLenOpExpr:
			count(&operands, n.Expr)
		}
		return true
	})
	u.Called, u.Operand = calls > 0, operands > 0
	u.Answers = uses > operands+members
	return u
}
