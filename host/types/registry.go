package types

import "strings"

// A Need is something that scripts want, and what each language has for it.
type Need struct {
	What string // "timers"
	// Grants are the names of those that are needed; empty for none.
	Grants []string
	// Tests are what tests it: the name of a group of cases in the conformance
	// suite ("enginetest timers"), or a package and a test ("js TestTimers").
	Tests   []string
	Lua, JS []Binding
}

// A Binding is one name that a script can use, or a type of what it gets.
type Binding struct {
	// Name is as scripts write it: "sleep", "log.debug". A method is
	// "Timer:cancel", and the name alone of such a type, which is no global, is
	// its description. In JavaScript "fs:readFileSync" is in the module fs, and
	// "path:" is all that is in the module path.
	Name string
	// Signature is ": string", or "(path: string): File", with the types as
	// TypeScript or LuaCATS write them. It is empty for a type, and where Text is
	// not.
	Signature string
	Doc       string
	// Text is a definition that a signature cannot give, as it is. Of a module it
	// is what stands in it.
	Text string
	// Shown is what the table of needs shows of a type: "done", of which Done is
	// the type. It is empty for most.
	Shown string
	// Standard tells that the language's own definitions have it.
	Standard bool
}

// Needs returns the registry, in the order of the documentation. The caller may
// change what it gets.
func Needs() []Need {
	return []Need{
		answering(), events(), hostFunctions(), logging(), timers(), cancelling(), modules(), jsonText(),
		files(), passedFiles(), environment(), process(), http(), aboutWorker(), clocks(),
		octets(), hashes(), texts(), urls(), targets(), values(), nodeModules(),
	}
}

// In returns the bindings of a need in "lua" or "js".
func (n *Need) In(language string) []Binding {
	if language == "lua" {
		return n.Lua
	}
	return n.JS
}

// module is the module that a JavaScript binding is in, or "", and its name
// there, which is "" for all of the module.
func (b *Binding) module() (module, name string) {
	if module, name, ok := strings.Cut(b.Name, ":"); ok {
		return module, name
	}
	return "", b.Name
}

// place is the name as a script writes it, in two parts: what it is in, with what
// stands between, and the name there.
func (b *Binding) place() (in, name string) {
	if module, name, ok := strings.Cut(b.Name, ":"); ok {
		if c := module[0]; c >= 'A' && c <= 'Z' { // a type
			return module + ":", name
		}
		if name == "" {
			return "", "require('" + module + "')"
		}
		return "require('" + module + "').", name
	}
	i := strings.LastIndexByte(b.Name, '.') + 1
	return b.Name[:i], b.Name[i:]
}

// isName tells whether a script can write the name, and it is not only that of
// the type of something.
func (b *Binding) isName() bool {
	return !b.isType() && !strings.HasPrefix(b.Text, "---@") && (!strings.HasPrefix(b.Text, "interface ") || strings.Contains(b.Text, "declare const "+b.Name+":"))
}

// isType tells whether the binding only describes what scripts get.
func (b *Binding) isType() bool { return b.Signature == "" && b.Text == "" && !b.Standard }
