//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write what tests compare with: docs/CLI.md and docs/man, which the help texts make, and testdata/mistakes.txt")

// The pages that the help texts make are what these say now.
func TestManual(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "..", "docs")
	var status int
	root := newRoot(&status)
	pages := map[string]string{"CLI.md": markdown(root)}
	for _, c := range documented(root) {
		pages[filepath.Join("man", pageName(c))] = manPage(root, c)
	}
	if *update {
		if err := os.MkdirAll(filepath.Join(docs, "man"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range pages {
		path := filepath.Join(docs, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is not what the help texts make (%v): go test ./cmd/runner -run TestManual -update", path, err)
		}
	}
	there, err := filepath.Glob(filepath.Join(docs, "man", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		// Those of runner-fleet are made, and looked after, where it is.
		if name := filepath.Join("man", filepath.Base(path)); pages[name] == "" && !strings.HasPrefix(filepath.Base(path), fleetProgram) {
			t.Errorf("there is no command that %s is about: remove it", path)
		}
	}
}

// documented are the commands that have a page.
func documented(root *cobra.Command) []*cobra.Command {
	return append([]*cobra.Command{root}, slices.DeleteFunc(slices.Clone(root.Commands()), func(c *cobra.Command) bool { return !c.IsAvailableCommand() })...)
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1" }

// A passage is a paragraph of a help text, or lines that stand as they are.
type passage struct {
	text    string
	verbose bool // as it stands
}

// passages are those of a help text: lines that are indented, and those that belong to
// them, stand as they are.
func passages(text string) []passage {
	var all []passage
	var lines []string
	verbose := false
	end := func() {
		if joined := strings.Join(lines, "\n"); strings.TrimSpace(joined) != "" {
			all = append(all, passage{strings.Trim(joined, "\n"), verbose})
		}
		lines, verbose = nil, false
	}
	for line := range strings.SplitSeq(text, "\n") {
		switch indented := strings.HasPrefix(line, "  "); {
		case line == "" && !verbose:
			end()
			continue
		case line != "" && indented != verbose:
			end()
			verbose = indented
		}
		lines = append(lines, line)
	}
	end()
	return all
}

// eachFlag calls f for each flag that the help of a command has, and group before the
// first of each group.
func eachFlag(c *cobra.Command, group func(string), f func(flag *pflag.Flag, left string)) {
	for _, g := range groups {
		first := true
		c.Flags().VisitAll(func(flag *pflag.Flag) {
			if a := flag.Annotations[groupKey]; len(a) == 0 || a[0] != g || flag.Hidden {
				return
			}
			if first {
				group(g)
				first = false
			}
			left := "--" + flag.Name
			if flag.Shorthand != "" {
				left = "-" + flag.Shorthand + ", " + left
			}
			switch {
			case flag.Value.Type() == "bool":
			case flag.NoOptDefVal != "":
				left += "[=" + valueName(flag) + "]"
			default:
				left += " " + valueName(flag)
			}
			f(flag, left)
		})
	}
}

// joinedLines is a text without its line breaks.
func joinedLines(s string) string { return strings.Join(strings.Fields(s), " ") }

// unindented is an example without what all its lines begin with.
func unindented(s string) string {
	return strings.TrimPrefix(strings.ReplaceAll(s, "\n    ", "\n"), "    ")
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", "&lt;", "|", `\|`, "`", "\\`")

// markdown is the reference of all commands.
func markdown(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# The command\n\n<!-- Written by go test ./cmd/runner -run TestManual -update -->\n\n" +
		"What `runner COMMAND --help` says, of all commands. The same is in [man](man), as pages for\n`man`.\n\n")
	for _, c := range documented(root) {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), markdownEscapes.Replace(c.Short))
	}
	b.WriteString("\n" + markdownEscapes.Replace(joinedLines(fleetHelp())) + ": see [FLEET.md](FLEET.md).\n")
	for _, c := range documented(root) {
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s\n```\n", c.CommandPath(), c.UseLine())
		writePassages(&b, c.Long)
		if c.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", unindented(c.Example))
		}
		eachFlag(c, func(group string) {
			title, more, _ := strings.Cut(group, " (")
			fmt.Fprintf(&b, "\n**%s**", title)
			if more != "" {
				b.WriteString(" (" + more)
			}
			b.WriteString("\n\n| flag | meaning |\n|---|---|\n")
		}, func(flag *pflag.Flag, left string) {
			fmt.Fprintf(&b, "| `%s` | %s |\n", left, markdownEscapes.Replace(joinedLines(flag.Usage)))
		})
		writePassages(&b, c.Annotations[afterHelp])
	}
	return b.String()
}

func writePassages(b *strings.Builder, text string) {
	for _, p := range passages(text) {
		if p.verbose {
			fmt.Fprintf(b, "\n```text\n%s\n```\n", p.text)
		} else {
			fmt.Fprintf(b, "\n%s\n", markdownEscapes.Replace(p.text))
		}
	}
}

// roff is text as a page for man has it.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", `\(...`, `"`, `\(dq`).Replace(text)
	text = strings.ReplaceAll(text, `\(...`, "...")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// manPage is a page for man: section 1.
func manPage(root, c *cobra.Command) string {
	var b strings.Builder
	name := strings.TrimSuffix(pageName(c), ".1")
	short := c.Short
	fmt.Fprintf(&b, ".\\\" Written by go test ./cmd/runner -run TestManual -update\n.TH %s 1 \"\" scripthost \"runner manual\"\n", strings.ToUpper(name))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n%s\n.fi\n.SH DESCRIPTION\n", roff(name), roff(short), roff(c.UseLine()))
	writeRoff(&b, c.Long)
	title := ".SH OPTIONS\n"
	eachFlag(c, func(group string) {
		fmt.Fprintf(&b, "%s.SS %s\n", title, roff(group))
		title = ""
	}, func(flag *pflag.Flag, left string) {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(left), roff(joinedLines(flag.Usage)))
	})
	if c.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(unindented(c.Example)))
	}
	if text := c.Annotations[afterHelp]; text != "" {
		b.WriteString(".SH NOTES\n")
		writeRoff(&b, text)
	}
	if c == root {
		b.WriteString(".SH ENVIRONMENT\n.TP\n.B RUNNER_*\nwhat a flag says, below the command line and above runner.toml: RUNNER_ALLOW_READ is \\-\\-allow\\-read. See\n.BR runner\\-config (1).\n")
		b.WriteString(".SH FILES\n.TP\n.B runner.toml\nsettings, beside the script or in a folder above it\n")
	}
	b.WriteString(".SH SEE ALSO\n")
	var others []string
	for _, o := range documented(root) {
		if o != c && (c == root || o == root) {
			others = append(others, ".BR "+roff(strings.TrimSuffix(pageName(o), ".1"))+" (1)")
		}
	}
	b.WriteString(strings.Join(others, ",\n") + "\n")
	return b.String()
}

func writeRoff(b *strings.Builder, text string) {
	for i, p := range passages(text) {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if p.verbose {
			fmt.Fprintf(b, ".nf\n%s\n.fi\n", roff(p.text))
		} else {
			fmt.Fprintf(b, "%s\n", roff(p.text))
		}
	}
}
