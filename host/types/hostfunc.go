package types

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"scripthost.example/host"
)

// hostTypes are the types of a program's host functions.
type hostTypes struct {
	funcs map[string]reflect.Type
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	hostFunc    = reflect.TypeFor[host.HostFunction]()
)

// newHostTypes takes what Options.Host has.
func newHostTypes(functions map[string]any) (*hostTypes, error) {
	h := &hostTypes{funcs: make(map[string]reflect.Type, len(functions))}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		t := reflect.TypeOf(functions[name])
		if t == nil || t.Kind() != reflect.Func {
			return nil, fmt.Errorf("the host function %q: a %v is not a function", name, t)
		}
		if !isPath(name) {
			return nil, fmt.Errorf("the host function %q: a name is made of letters, digits, _ and dots", name)
		}
		h.funcs[name] = t
	}
	return h, nil
}

func isPath(name string) bool {
	for _, part := range strings.Split(name, ".") {
		if part == "" || part[0] >= '0' && part[0] <= '9' || strings.ContainsFunc(part, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			return false
		}
	}
	return true
}

// A hostSignature is what scripts see of a host function.
type hostSignature struct {
	params   []string
	variadic bool
	results  []string
}

func (w *typeWriter) signature(t reflect.Type) hostSignature {
	var s hostSignature
	if t.ConvertibleTo(hostFunc) { // takes and returns whatever it likes
		return hostSignature{params: []string{w.any}, variadic: true, results: []string{w.any}}
	}
	for i := range t.NumIn() {
		in := t.In(i)
		if i == 0 && in == contextType {
			continue
		}
		s.variadic = t.IsVariadic() && i == t.NumIn()-1
		if s.variadic {
			in = in.Elem()
		}
		s.params = append(s.params, w.write(in, false))
	}
	for i := range t.NumOut() {
		if out := t.Out(i); out != errorType || i != t.NumOut()-1 {
			s.results = append(s.results, w.write(out, false))
		}
	}
	return s
}

// typeScript defines host. Without functions it is left open which there are:
// the program that writes the definitions may not be the one that has them.
func (h *hostTypes) typeScript() string {
	if len(h.funcs) == 0 {
		return "declare const host: { readonly [name: string]: any };\n"
	}
	w := newTypeWriter(tsDialect)
	root := newNames(h.funcs)
	var b strings.Builder
	root.write(&b, "  ", func(name string, t reflect.Type) string {
		s := w.signature(t)
		params := make([]string, len(s.params))
		for i, p := range s.params {
			params[i] = fmt.Sprintf("arg%d: %s", i+1, p)
			if s.variadic && i == len(s.params)-1 {
				params[i] = fmt.Sprintf("...args: %s", w.list(p))
			}
		}
		result := "undefined"
		switch len(s.results) {
		case 0:
		case 1:
			result = s.results[0]
		default:
			result = "[" + strings.Join(s.results, ", ") + "]"
		}
		return fmt.Sprintf("%s(%s): Promise<%s>;", name, strings.Join(params, ", "), result)
	})
	return "declare const host: {\n" + b.String() + "};\n" + w.defined.String()
}

// luaCATS defines host.
func (h *hostTypes) luaCATS() string {
	if len(h.funcs) == 0 {
		return "---@type table<string, any>\nhost = {}\n\n"
	}
	w := newTypeWriter(luaDialect)
	var b strings.Builder
	tables := map[string]bool{"host": true}
	for _, name := range slices.Sorted(maps.Keys(h.funcs)) {
		path := "host." + name
		luaTable(&b, tables, path[:strings.LastIndexByte(path, '.')])
		s := w.signature(h.funcs[name])
		sig := signature{function: true, results: s.results}
		for i, p := range s.params {
			if s.variadic && i == len(s.params)-1 {
				sig.params = append(sig.params, param{name: "...", typ: p})
			} else {
				sig.params = append(sig.params, param{name: fmt.Sprintf("arg%d", i+1), typ: p})
			}
		}
		luaFunction(&b, path, sig)
	}
	return "host = {}\n\n" + w.defined.String() + b.String()
}

// names is a tree of host functions.
type names struct {
	fn   reflect.Type
	in   map[string]*names
	keys []string
}

func newNames(funcs map[string]reflect.Type) *names {
	root := &names{}
	for _, name := range slices.Sorted(maps.Keys(funcs)) {
		n := root
		for _, key := range strings.Split(name, ".") {
			if n.in == nil {
				n.in = make(map[string]*names)
			}
			if n.in[key] == nil {
				n.in[key] = &names{}
				n.keys = append(n.keys, key)
			}
			n = n.in[key]
		}
		n.fn = funcs[name]
	}
	return root
}

func (n *names) write(b *strings.Builder, indent string, method func(name string, t reflect.Type) string) {
	for _, key := range n.keys {
		inner := n.in[key]
		if inner.fn != nil {
			fmt.Fprintf(b, "%s%s\n", indent, method(key, inner.fn))
		}
		if len(inner.keys) > 0 {
			fmt.Fprintf(b, "%s%s: {\n", indent, key)
			inner.write(b, indent+"  ", method)
			fmt.Fprintf(b, "%s};\n", indent)
		}
	}
}
