package types

import (
	"fmt"
	"strings"
)

// luaCATS writes the definitions for Lua.
func luaCATS(needs []Need, host *hostTypes) string {
	var b strings.Builder
	tables := make(map[string]bool) // that are defined
	for i := range needs {
		for _, l := range needs[i].Lua {
			if !l.Standard {
				writeLua(&b, tables, &l, host)
			}
		}
	}
	return b.String()
}

func writeLua(b *strings.Builder, tables map[string]bool, l *Binding, host *hostTypes) {
	switch {
	case l.Text == hostText:
		luaDoc(b, l.Doc)
		b.WriteString(host.luaCATS())
		return
	case l.Text != "":
		luaDoc(b, l.Doc)
		b.WriteString(l.Text + "\n")
		return
	case l.isType():
		luaDoc(b, l.Doc)
		fmt.Fprintf(b, "---@class %s\nlocal %[1]s = {}\n\n", l.Name)
		return
	}
	name := l.Name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		luaTable(b, tables, name[:i])
	}
	sig := parse(l.Signature)
	luaDoc(b, l.Doc)
	if !sig.function {
		fmt.Fprintf(b, "---@type %s\n%s = nil\n\n", sig.results[0], name)
		return
	}
	luaFunction(b, name, sig)
}

// luaTable defines a table, and those that it is in.
func luaTable(b *strings.Builder, tables map[string]bool, path string) {
	if tables[path] || isWord(luaStandard, path) {
		return
	}
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		luaTable(b, tables, path[:i])
	}
	tables[path] = true
	fmt.Fprintf(b, "%s = {}\n\n", path)
}

func luaFunction(b *strings.Builder, name string, sig signature) {
	var names []string
	for _, p := range sig.params {
		shown := p.name
		if p.optional {
			shown += "?"
		}
		fmt.Fprintf(b, "---@param %s %s\n", shown, p.typ)
		names = append(names, p.name)
	}
	for _, r := range sig.results {
		fmt.Fprintf(b, "---@return %s\n", r)
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 && isWord(luaReserved, name[i+1:]) {
		fmt.Fprintf(b, "%s[%q] = function(%s) end\n\n", name[:i], name[i+1:], strings.Join(names, ", "))
		return
	}
	fmt.Fprintf(b, "function %s(%s) end\n\n", name, strings.Join(names, ", "))
}

func luaDoc(b *strings.Builder, doc string) {
	if doc != "" {
		b.WriteString("---" + doc + "\n")
	}
}

// luaReserved are the words of the language that host functions may be called
// all the same.
const luaReserved = " and break do else elseif end false for function if in local nil not or repeat return then true until while goto "

// luaStandard are the tables of the language that have something more here.
const luaStandard = " package "
