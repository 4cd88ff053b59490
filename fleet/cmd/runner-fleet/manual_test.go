package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write docs/FLEET-CLI.md and the pages of docs/man, which the help texts make")

// The pages that the help texts make are what these say now.
func TestManual(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "..", "..", "docs")
	root := newRoot(&app{})
	pages := map[string]string{"FLEET-CLI.md": markdown(root)}
	for _, c := range documented(root) {
		pages[filepath.Join("man", pageName(c))] = manPage(root, c)
	}
	for name, want := range pages {
		path := filepath.Join(docs, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is not what the help texts make (%v): go -C fleet test ./cmd/runner-fleet -run TestManual -update", path, err)
		}
	}
	there, err := filepath.Glob(filepath.Join(docs, "man", "runner-fleet*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if name := filepath.Join("man", filepath.Base(path)); pages[name] == "" {
			t.Errorf("there is no command that %s is about: remove it", path)
		}
	}
}

// documented are the commands that have a page: c, and those below it.
func documented(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, s := range c.Commands() {
		if s.IsAvailableCommand() && s.Name() != "help" && s.Name() != "completion" {
			all = append(all, documented(s)...)
		}
	}
	return all
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1" }

// eachFlag calls f for each flag of a command, as the command line has it.
func eachFlag(c *cobra.Command, f func(left, usage string)) {
	each := func(flag *pflag.Flag) {
		if flag.Hidden || flag.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(flag)
		left := "--" + flag.Name
		if flag.Shorthand != "" {
			left = "-" + flag.Shorthand + ", " + left
		}
		if value != "" {
			left += " " + value
		}
		f(left, usage)
	}
	c.LocalFlags().VisitAll(each)
	c.InheritedFlags().VisitAll(each)
}

// unindented is an example without what all its lines begin with.
func unindented(s string) string {
	return strings.TrimPrefix(strings.ReplaceAll(s, "\n    ", "\n"), "    ")
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", "&lt;", "|", `\|`, "`", "\\`")

// markdown is the reference of all commands.
func markdown(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# The commands of a fleet\n\n<!-- Written by go -C fleet test ./cmd/runner-fleet -run TestManual -update -->\n\n" +
		"What `runner-fleet COMMAND --help` says, of all commands; `runner COMMAND` runs them. The same is in\n[man](man), as pages for `man`, and [FLEET.md](FLEET.md) tells what it is all about.\n\n")
	for _, c := range documented(root) {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), markdownEscapes.Replace(c.Short))
	}
	for _, c := range documented(root) {
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s\n```\n\n%s\n\n```sh\n%s\n```\n", c.CommandPath(), c.UseLine(), markdownEscapes.Replace(c.Long), unindented(c.Example))
		title := "\n| flag | meaning |\n|---|---|\n"
		eachFlag(c, func(left, usage string) {
			fmt.Fprintf(&b, "%s| `%s` | %s |\n", title, left, markdownEscapes.Replace(usage))
			title = ""
		})
	}
	return b.String()
}

// roff is text as a page for man has it.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", "...", `"`, `\(dq`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "."):
			lines[i] = `\&` + line
		case line == "":
			lines[i] = ".PP"
		}
	}
	return strings.Join(lines, "\n")
}

// manPage is a page for man: section 1.
func manPage(root, c *cobra.Command) string {
	var b strings.Builder
	name := strings.TrimSuffix(pageName(c), ".1")
	fmt.Fprintf(&b, ".\\\" Written by go -C fleet test ./cmd/runner-fleet -run TestManual -update\n.TH %s 1 \"\" scripthost \"runner manual\"\n", strings.ToUpper(name))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n%s\n.fi\n.SH DESCRIPTION\n%s\n", roff(name), roff(c.Short), roff(c.UseLine()), roff(c.Long))
	title := ".SH OPTIONS\n"
	eachFlag(c, func(left, usage string) {
		fmt.Fprintf(&b, "%s.TP\n.B %s\n%s\n", title, roff(left), roff(usage))
		title = ""
	})
	fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(unindented(c.Example)))
	b.WriteString(".SH SEE ALSO\n.BR runner (1)")
	for _, o := range documented(root) {
		if o != c && (c == root || o == root || o.Parent() == c || o == c.Parent()) {
			b.WriteString(",\n.BR " + roff(strings.TrimSuffix(pageName(o), ".1")) + " (1)")
		}
	}
	b.WriteString("\n")
	return b.String()
}
