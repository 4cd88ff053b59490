package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"scripthost.example/host/scripttest"
)

// A jsonlReporter writes a line of JSON for each test, for each file that cannot be
// run, and for the whole.
type jsonlReporter struct{ out *stream }

type testLine struct {
	File     string        `json:"file"`
	Name     []string      `json:"name"`
	Line     int           `json:"line,omitempty"`
	Status   string        `json:"status"`
	MS       float64       `json:"ms"`
	Failures []failureLine `json:"failures,omitempty"`
}

type failureLine struct {
	Kind     string  `json:"kind"`
	Message  string  `json:"message"`
	Stack    []frame `json:"stack"`
	Expected string  `json:"expected,omitempty"`
	Actual   string  `json:"actual,omitempty"`
}

func (j *jsonlReporter) begin() {}

func (j *jsonlReporter) file(f testedFile) {
	if f.err != nil {
		j.line(struct {
			File  string  `json:"file"`
			Error *report `json:"error"`
		}{f.name, newReport(f.err)})
	}
	for _, r := range f.results {
		l := testLine{File: f.name, Name: r.Name, Line: r.At.Line, Status: string(r.Status), MS: float64(r.Time.Microseconds()) / 1000}
		for _, failure := range r.Failures {
			l.Failures = append(l.Failures, newFailureLine(failure))
		}
		j.line(l)
	}
}

func newFailureLine(f scripttest.Failure) failureLine {
	l := failureLine{Kind: f.Kind, Message: inFlags(f.Message), Stack: []frame{}, Expected: f.Expected, Actual: f.Actual}
	for _, level := range f.Stack {
		l.Stack = append(l.Stack, frame(level))
	}
	return l
}

func (j *jsonlReporter) end(s testSummary) {
	type counts struct {
		Files   int     `json:"files"`
		Broken  int     `json:"broken"`
		Passed  int     `json:"passed"`
		Failed  int     `json:"failed"`
		Skipped int     `json:"skipped"`
		Todo    int     `json:"todo"`
		MS      float64 `json:"ms"`
	}
	j.line(struct {
		Summary counts `json:"summary"`
	}{counts{s.files, s.broken, s.passed, s.failed, s.skipped, s.todo, float64(s.time.Microseconds()) / 1000}})
}

func (j *jsonlReporter) line(v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // a value that a script threw, perhaps
		b.Reset()
		fmt.Fprintf(&b, "{\"error\":{\"message\":%q}}\n", err.Error())
	}
	j.out.write(b.Bytes())
}
