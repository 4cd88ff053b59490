package main

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"scripthost.example/host/scripttest"
)

// A textReporter writes what people read.
type textReporter struct {
	out     *stream
	verbose bool
}

func (t *textReporter) begin() {}

func (t *textReporter) file(f testedFile) {
	var b strings.Builder
	var s testSummary
	s.add(f)
	name := printable(f.name)
	switch {
	case f.cut && s.failed > 0:
		fmt.Fprintf(&b, "FAIL  %s  %s, %d failed (interrupted)\n", name, countOf(s.tests(), "test"), s.failed)
	case f.cut:
		fmt.Fprintf(&b, "  -   %s  %s (interrupted)\n", name, countOf(s.tests(), "test"))
	case f.err != nil:
		fmt.Fprintf(&b, "FAIL  %s: the tests cannot be run\n%s", name, indentBy("      ", brokenText(f)))
	case s.failed > 0:
		fmt.Fprintf(&b, "FAIL  %s  %s, %d failed (%s)\n", name, countOf(s.tests(), "test"), s.failed, milliseconds(f.time))
	case s.tests() == 0:
		fmt.Fprintf(&b, "  -   %s  no tests\n", name)
	default:
		fmt.Fprintf(&b, "  ok  %s  %s (%s)\n", name, countOf(s.tests(), "test"), milliseconds(f.time))
	}
	for _, r := range f.results {
		switch {
		case r.Status == scripttest.Failed:
			fmt.Fprintf(&b, "\n  x %s (%s)\n", fullName(r.Test), milliseconds(r.Time))
			for _, failure := range r.Failures {
				writeFailure(&b, f, r.Test, failure)
			}
		case !t.verbose:
		case r.Status == scripttest.Passed:
			fmt.Fprintf(&b, "    + %s (%s)\n", fullName(r.Test), milliseconds(r.Time))
		default:
			fmt.Fprintf(&b, "    - %s (%s)\n", fullName(r.Test), r.Status)
		}
	}
	if s.failed > 0 {
		b.WriteByte('\n')
	}
	t.out.write([]byte(b.String()))
}

const failureIndent = "      "

// writeFailure writes why a test failed: where and what, the line, what was
// expected, and the stack if it has more than the place.
func writeFailure(b *strings.Builder, f testedFile, test scripttest.Test, failure scripttest.Failure) {
	at := failureAt(test, failure)
	b.WriteString(indentBy(failureIndent, printableLine(at.String())+": "+failureMessage(failure)+"\n"))
	b.WriteString(indentBy(failureIndent, f.sources.excerpt(at)))
	if in, what := inTest(test, failure, at); what != "" {
		b.WriteString(indentBy(failureIndent, printable(in.String())+": "+what+"\n"+f.sources.excerpt(in)))
	}
	if d := failureDiff(failure); d != "" {
		b.WriteString(indentBy(failureIndent, "\n- expected\n+ received\n"+d))
	}
	if len(failure.Stack) < 2 {
		return
	}
	for _, frame := range failure.Stack {
		if frame.File != "" {
			b.WriteString(failureIndent + "    at " + printableLine(frame.String()) + "\n")
		}
	}
}

// failureDiff are the lines of what was expected and of what there was, where they
// differ; empty if that is one line each, which the message has.
func failureDiff(f scripttest.Failure) string {
	expected, actual := printable(f.Expected), printable(f.Actual)
	if expected == actual || !strings.Contains(expected, "\n") && !strings.Contains(actual, "\n") {
		return ""
	}
	text := string(diff.Diff("expected", []byte(expected+"\n"), "received", []byte(actual+"\n")))
	_, text, _ = strings.Cut(text, "+++ received\n")
	return text
}

func indentBy(indent, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String()
}

func (t *textReporter) end(s testSummary) {
	parts := []string{}
	for _, p := range []struct {
		n    int
		what string
	}{{s.failed, "failed"}, {s.passed, "passed"}, {s.skipped, "skipped"}, {s.todo, "todo"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	line := fmt.Sprintf("%s: %s (%s, %s)\n", countOf(s.tests(), "test"), strings.Join(parts, ", "), countOf(s.files, "file"), milliseconds(s.time))
	if s.cut > 0 {
		line = fmt.Sprintf("%s interrupted\n", countOf(s.cut, "file")) + line
	}
	if broken := s.broken - s.cut; broken > 0 {
		line = fmt.Sprintf("%s cannot be run\n", countOf(broken, "file")) + line
	}
	t.out.write([]byte("\n" + line))
}
