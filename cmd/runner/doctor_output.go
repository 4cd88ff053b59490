package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"scripthost.example/host"
)

// writeJSON writes the object that the help describes.
func (d *diagnosis) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(d)
}

// writeText writes what people want to read.
func (d *diagnosis) writeText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "runner  %s\n", d.Runner)
	fmt.Fprintf(&b, "go      %s %s/%s\n", d.Go, d.OS, d.Arch)
	fmt.Fprintf(&b, "system  %s\n", d.system())
	fmt.Fprintf(&b, "worker  %s\n", d.worker())
	fmt.Fprintf(&b, "program %s for Lua, %s for JavaScript\n", orRunner(d.Programs.Lua), orRunner(d.Programs.JS))
	for _, note := range d.Notes {
		fmt.Fprintf(&b, "        %s\n", note)
	}
	b.WriteString("\n")
	d.writeTable(&b)
	d.writeHints(&b)
	fmt.Fprintf(&b, "\nSuggested limits for a worker, as there are none unless they are set:\n    %s\n", strings.Join(d.Suggested.Flags, " "))
	fmt.Fprint(&b, suggestionNote)
	if d.Root {
		fmt.Fprint(&b, "\nThis was run by the superuser. Workers need no privileges: a user of their own\nhas less to lose should all protections fail.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// orRunner names the executable that workers are.
func orRunner(path string) string {
	if path == "" {
		return "runner itself"
	}
	return path
}

// system is the machine in one line.
func (d *diagnosis) system() string {
	parts := []string{strings.TrimSpace(d.OS + " " + d.Kernel), fmt.Sprintf("processor cores: %d", d.Cores)}
	if d.Memory > 0 {
		parts = append(parts, fmt.Sprintf("memory: %d MiB", d.Memory>>20))
	}
	return strings.Join(parts, ", ")
}

// worker says how the worker that was asked is protected.
func (d *diagnosis) worker() string {
	n := 0
	for _, p := range d.Protections {
		if p.InForce {
			n++
		}
	}
	why := strings.ReplaceAll(d.Error, "\n", "\n        ")
	switch d.Sandbox {
	case "":
		return "none starts\n        " + why
	case host.SandboxStrict:
		return fmt.Sprintf("%s: it started, with %d of %d protections in force", d.Sandbox, n, len(d.Protections))
	}
	return fmt.Sprintf("%s: it started, with %d of %d protections in force\n        %s", d.Sandbox, n, len(d.Protections), why)
}

func (d *diagnosis) writeTable(b *strings.Builder) {
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "PROTECTION\tOFFERED\tIN FORCE\tDETAIL\n")
	for _, p := range d.Protections {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.Name, yesNo(p.Offered), yesNo(p.InForce), p.Detail)
	}
	t.Flush() // to a strings.Builder, which does not fail
	for line := range strings.Lines(table.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// writeHints says how to get what is missing, once for what takes the same.
func (d *diagnosis) writeHints(b *strings.Builder) {
	var hints []string
	names := make(map[string][]string)
	for _, p := range d.Protections {
		if p.InForce || p.Hint == "" {
			continue
		}
		if names[p.Hint] == nil {
			hints = append(hints, p.Hint)
		}
		names[p.Hint] = append(names[p.Hint], p.Name)
	}
	if len(hints) == 0 {
		return
	}
	fmt.Fprint(b, "\nHow to get what is missing:\n")
	for _, hint := range hints {
		fmt.Fprintf(b, "    %s: %s.\n", strings.Join(names[hint], ", "), hint)
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
