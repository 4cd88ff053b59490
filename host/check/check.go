// Package check says what is wrong with a script before it is run: what keeps it
// from loading, and mistakes that show in its text.
//
// The text is looked at in the worker that loads the script, as limited and as
// protected as any: nothing of a script is parsed in this process. What is found is
// what the worker claims, and may be wrong where the script has taken it over.
package check

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"scripthost.example/host"
)

// tool is the function of a worker that returns what it has found.
const tool = "runner.check"

// What is taken of that; workers send less.
const (
	maxFindings = 100
	maxText     = 4 << 10 // octets of a message or a name
	maxReport   = 4 << 20 // octets of all of it
)

// A Report is what is known of a script that has loaded.
type Report struct {
	// Functions are those that the script offers, sorted.
	Functions []string
	// Findings are in the order of the files that were loaded, and of what is in
	// them.
	Findings []Finding
	// Unused are the kinds of grants that were given and that nothing in the script
	// can use: "read", "write", "net", "env". It is empty where that is not known,
	// because the script makes code of text or loads files later.
	Unused []string
}

// A Finding is something that is wrong, or probably is.
type Finding struct {
	Certain bool // it cannot work
	Message string
	// Where it is, with the name of the file as in a stack; Line and Column count
	// from 1, in octets, and 0 is unknown.
	At host.StackFrame
}

// Certain reports whether something was found that cannot work.
func (r *Report) Certain() bool {
	for _, f := range r.Findings {
		if f.Certain {
			return true
		}
	}
	return false
}

// Script loads a script as a worker with opts does, Init included, and calls
// nothing. The error is that of the start, or of the worker.
func Script(ctx context.Context, script *host.Script, opts *host.Options) (*Report, error) {
	var o host.Options
	if opts != nil {
		o = *opts
	}
	o.Tools.Check = true
	w, err := host.Start(ctx, script, &o)
	if err != nil {
		return nil, err
	}
	defer w.Kill()
	// It takes no longer than the start, in which the text was read.
	limit := o.Limits.Start
	if limit == 0 {
		limit = host.DefaultStart
	}
	asked, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := w.Function(tool).Call(asked)
	if err != nil {
		return nil, err
	}
	report, err := parse(out)
	if err != nil {
		return nil, err
	}
	report.Functions = w.Functions()
	report.Unused = unused(o.Grants, report.Unused)
	return report, w.Close()
}

// errReport is for a worker that has been taken over.
var errReport = errors.New("the worker did not answer with what it has found")

// parse reads what the tool returned. Unused are then the grants that are used, or
// nil if that is not known.
func parse(out []any) (*Report, error) {
	var text string
	if len(out) == 1 {
		switch t := out[0].(type) {
		case string:
			text = t
		case []byte:
			text = string(t)
		}
	}
	var r struct {
		Findings []struct {
			Certain bool   `json:"certain"`
			Message string `json:"message"`
			File    string `json:"file"`
			Line    int    `json:"line"`
			Column  int    `json:"column"`
		} `json:"findings"`
		Uses   []string `json:"uses"`
		Opaque bool     `json:"opaque"`
	}
	if len(text) > maxReport || json.Unmarshal([]byte(text), &r) != nil {
		return nil, fmt.Errorf("%w: %w", host.ErrProtocol, errReport)
	}
	report := new(Report)
	for _, f := range r.Findings[:min(len(r.Findings), maxFindings)] {
		report.Findings = append(report.Findings, Finding{
			Certain: f.Certain, Message: shorten(f.Message),
			At: host.StackFrame{File: shorten(f.File), Line: max(f.Line, 0), Column: max(f.Column, 0)},
		})
	}
	files := make(map[string]int) // in the order in which something was found in them
	for _, f := range report.Findings {
		if _, known := files[f.At.File]; !known {
			files[f.At.File] = len(files)
		}
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(files[a.At.File], files[b.At.File]), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	if !r.Opaque {
		report.Unused = append([]string{}, r.Uses...)
	}
	return report, nil
}

func shorten(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// unused are the kinds of grants of g that are not among those used; used is nil
// if it is not known which are.
func unused(g host.Grants, used []string) []string {
	if used == nil {
		return nil
	}
	is := make(map[string]bool)
	for _, name := range used {
		is[name] = true
	}
	var names []string
	for _, kind := range []struct {
		name  string
		items []string
	}{{"read", g.Read}, {"write", g.Write}, {"net", g.Net}, {"env", g.Env}} {
		if len(kind.items) > 0 && !is[kind.name] {
			names = append(names, kind.name)
		}
	}
	return names
}
