package types

import (
	"fmt"
	"strings"
)

// typeScript writes the definitions for TypeScript and JavaScript.
func typeScript(needs []Need, host *hostTypes) string {
	w := &tsWriter{}
	for i := range needs {
		for _, b := range needs[i].JS {
			if !b.Standard {
				w.add(&b, host)
			}
		}
	}
	return w.String()
}

// A tsWriter gathers what stands in each namespace and module, in the order in
// which they come up.
type tsWriter struct {
	top   strings.Builder
	order []string // of the containers
	in    map[string]*strings.Builder
}

func (w *tsWriter) add(b *Binding, host *hostTypes) {
	if module, name := b.module(); module != "" && name == "" {
		w.container("module '" + module + "'").WriteString(b.Text)
		return
	}
	if b.Text != "" {
		comment(&w.top, "", b.Doc)
		if b.Text == hostText {
			w.top.WriteString(host.typeScript())
		} else {
			w.top.WriteString(b.Text)
		}
		return
	}
	out, keyword, indent, name := &w.top, "declare ", "", b.Name
	if module, member := b.module(); module != "" {
		out, keyword, indent, name = w.container("module '"+module+"'"), "", "  ", member
	} else if i := strings.LastIndexByte(name, '.'); i >= 0 {
		out, keyword, indent, name = w.container("namespace "+name[:i]), "", "  ", name[i+1:]
	}
	comment(out, indent, b.Doc)
	if !parse(b.Signature).function {
		fmt.Fprintf(out, "%s%sconst %s%s;\n", indent, keyword, name, b.Signature)
		return
	}
	if isWord(tsReserved, name) { // which a function cannot be called where it is defined
		fmt.Fprintf(out, "%sfunction $%s%s;\n%sexport { $%[2]s as %[2]s };\n", indent, name, b.Signature, indent)
		return
	}
	fmt.Fprintf(out, "%s%sfunction %s%s;\n", indent, keyword, name, b.Signature)
}

// container is what stands in a namespace or module.
func (w *tsWriter) container(name string) *strings.Builder {
	if w.in == nil {
		w.in = make(map[string]*strings.Builder)
	}
	if w.in[name] == nil {
		w.in[name] = new(strings.Builder)
		w.order = append(w.order, name)
	}
	return w.in[name]
}

func (w *tsWriter) String() string {
	var b strings.Builder
	b.WriteString(w.top.String())
	for _, name := range w.order {
		fmt.Fprintf(&b, "declare %s {\n%s}\n", name, w.in[name])
		if module, ok := strings.CutPrefix(name, "module '"); ok {
			fmt.Fprintf(&b, "declare module 'node:%s {\n  import it = require('%[1]s);\n  export = it;\n}\n", module)
		}
	}
	return b.String()
}

// comment writes a comment, if there is something to say.
func comment(b *strings.Builder, indent, doc string) {
	if doc != "" {
		fmt.Fprintf(b, "%s/** %s */\n", indent, strings.ReplaceAll(doc, "*/", "*\\/"))
	}
}

// tsReserved are the words of the language that a function of a module may be
// called all the same.
const tsReserved = ` break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with `

// isWord tells whether name is one of the words, which have spaces around them.
func isWord(words, name string) bool { return strings.Contains(words, " "+name+" ") }
