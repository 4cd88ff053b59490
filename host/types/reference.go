package types

import (
	"fmt"
	"strings"
)

// Reference returns a page of Markdown with every binding.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# What scripts find

<!-- Written by go test ./host/types -update -->

Every name that a worker has beyond its language, with its type: as LuaCATS writes
it for Lua, and as TypeScript does for JavaScript. ` + "`runner types`" + ` writes the same for
editors and type checkers. How it is used is in [SCRIPTING.md](SCRIPTING.md), which
also has a table of the grants that are needed and of what tests it.
`)
	for _, n := range Needs() {
		fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(n.What[:1])+n.What[1:])
		if len(n.Grants) > 0 {
			fmt.Fprintf(&b, "\nGrants: %s.\n", grants(n.Grants))
		}
		for _, l := range []struct{ name, key string }{{"Lua", "lua"}, {"JavaScript", "js"}} {
			if len(n.In(l.key)) == 0 {
				continue
			}
			fmt.Fprintf(&b, "\n%s:\n\n", l.name)
			for _, binding := range n.In(l.key) {
				writeReference(&b, &binding)
			}
		}
	}
	b.WriteString(`
## Tests

What scripts have that ` + "`runner test`" + ` runs, and nothing else: how it is used is in
[TESTING.md](TESTING.md).
`)
	for _, l := range []struct{ name, fence, text string }{{"Lua", "lua", testLuaCATS}, {"JavaScript", "ts", testTypeScript}} {
		fmt.Fprintf(&b, "\n%s:\n\n```%s\n%s```\n", l.name, l.fence, strings.TrimLeft(l.text, "\n"))
	}
	return b.String()
}

func writeReference(b *strings.Builder, binding *Binding) {
	doc := binding.Doc
	if binding.Standard && doc == "" {
		doc = "As in the language."
	}
	in, name := binding.place()
	switch {
	case binding.Text != "" && binding.Text != hostText:
		fmt.Fprintf(b, "- `%s%s`: %s\n  ```\n", in, name, doc)
		indent := "  "
		if _, member := binding.module(); member == "" {
			indent = "" // which what stands in a module has
		}
		for line := range strings.Lines(binding.Text) {
			b.WriteString(indent + line)
		}
		b.WriteString("  ```\n")
	default:
		fmt.Fprintf(b, "- `%s%s%s`: %s\n", in, name, binding.Signature, doc)
	}
}

func grants(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

// Table returns the table of needs: what each language has, the grant that it
// takes, and what tests it.
func Table() string {
	var b strings.Builder
	b.WriteString("| what for | Lua | JavaScript | grant | tested by |\n|---|---|---|---|---|\n")
	for _, n := range Needs() {
		need := "none"
		if len(n.Grants) > 0 {
			need = grants(n.Grants)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", n.What, listed(n.Lua), listed(n.JS), need, "`"+strings.Join(n.Tests, "`, `")+"`")
	}
	return b.String()
}

// listed lists bindings; what they have in common with the one before is left out.
func listed(bindings []Binding) string {
	var out []string
	before := ""
	for _, b := range bindings {
		in, name := b.place()
		switch {
		case b.Shown != "":
			name = b.Shown
		case !b.isName():
			continue
		}
		switch {
		case in != "" && in == before:
			out = append(out, "`"+in[len(in)-1:]+name+"`")
		default:
			out = append(out, "`"+in+name+"`")
		}
		before = in
	}
	return strings.Join(out, " ")
}
