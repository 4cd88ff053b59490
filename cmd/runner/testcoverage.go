package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"scripthost.example/host/scripttest"
)

// coverageFile is where --coverage without a value writes.
const coverageFile = "lcov.info"

// writeCoverage writes the file, and for people the table.
func (r *testRun) writeCoverage() error {
	f, err := os.Create(r.coverage)
	if err != nil {
		return err
	}
	err = r.covered.WriteLCOV(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil || r.output.value != "text" {
		return err
	}
	r.out.write([]byte(coverageTable(r.covered.Files())))
	return nil
}

// coverageTable is a line for each file: how many of its lines were run, and which
// were not.
func coverageTable(files []scripttest.FileCoverage) string {
	rows := [][3]string{}
	run, all := 0, 0
	row := func(name string, run, all int, missing string) {
		rows = append(rows, [3]string{name, fmt.Sprintf("%d of %d", run, all), fmt.Sprintf("%d%%", percent(run, all))})
		if missing != "" {
			rows[len(rows)-1][2] += "  not run: " + missing
		}
	}
	for _, f := range files {
		run, all = run+f.Run(), all+len(f.Lines)
		row(printable(shownPath(f.Path)), f.Run(), len(f.Lines), notRunLines(f))
	}
	row("all", run, all, "")
	name, lines := 0, 0
	for _, r := range rows {
		name, lines = max(name, len(r[0])), max(lines, len(r[1]))
	}
	var b strings.Builder
	b.WriteString("\nlines that were run:\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "  %-*s  %*s  %s\n", name, r[0], lines, r[1], r[2])
	}
	return b.String()
}

// percent is rounded down: 100 is all.
func percent(n, of int) int {
	if of == 0 {
		return 100
	}
	return n * 100 / of
}

// shownPath is a path from the working directory, if it is in it.
func shownPath(path string) string {
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return path
}

// maxSpans is how many spans of lines a row names.
const maxSpans = 10

// notRunLines are the lines that were not run, with those that follow one another
// as one span: "3, 7-9".
func notRunLines(f scripttest.FileCoverage) string {
	var spans []string
	for i := 0; i < len(f.Lines); i++ {
		if f.Lines[i].Count > 0 {
			continue
		}
		first := f.Lines[i].Line
		for i+1 < len(f.Lines) && f.Lines[i+1].Count == 0 {
			i++
		}
		if len(spans) == maxSpans {
			spans = append(spans, "...")
			break
		}
		span := fmt.Sprint(first)
		if last := f.Lines[i].Line; last != first {
			span += fmt.Sprintf("-%d", last)
		}
		spans = append(spans, span)
	}
	return strings.Join(spans, ", ")
}
