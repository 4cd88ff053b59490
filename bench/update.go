package main

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed readme.tmpl
var readmeTemplate string

// update writes what is kept of a run with the sources.
func update(folder string, r *results) error {
	page, err := readme(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "README.md"), page, 0o666); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "plot.svg"), plot(r), 0o666); err != nil {
		return err
	}
	return r.write(filepath.Join(folder, "results.json"))
}

// readme is the page of a run.
func readme(r *results) ([]byte, error) {
	t, err := template.New("readme").Funcs(template.FuncMap{
		"cells":  func(line []string) string { return "| " + strings.Join(line, " | ") + " |" },
		"rule":   func(line []string) string { return "|" + strings.Repeat("---|", len(line)) },
		"figure": figure,
		"title":  func(t table) string { return t.title },
		"head":   func(t table) []string { return t.cells[0] },
		"body":   func(t table) [][]string { return t.cells[1:] },
		"short": func(commit string) string {
			hash, changed := strings.CutSuffix(commit, "+")
			hash = hash[:min(12, len(hash))]
			if changed {
				hash += " with changes"
			}
			return hash
		},
	}).Parse(readmeTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	all, reached, known := judge(r)
	s, _ := (&figures{r}).measured("latency-pinned", "limit")
	err = t.Execute(&b, struct {
		*results
		S                 measured // of the targets
		Tables            []table
		Leads             []lead
		Targets           []judged
		Reached, Measured int
	}{r, s, tables(r), leads(r), all, reached, known})
	return b.Bytes(), err
}
