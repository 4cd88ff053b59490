package main

import (
	"fmt"
	"strings"

	"scripthost.example/host/scripttest"
)

// A junitReporter writes XML as JUnit does, and as most CI systems read it.
type junitReporter struct {
	out   *stream
	files []testedFile
}

func (j *junitReporter) begin() {}

// The totals come first, so that nothing is written before the end.
func (j *junitReporter) file(f testedFile) { j.files = append(j.files, f) }

func (j *junitReporter) end(s testSummary) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	fmt.Fprintf(&b, "<testsuites tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\">\n",
		s.tests(), s.failed, s.broken, s.skipped+s.todo, s.time.Seconds())
	for _, f := range j.files {
		var of testSummary
		of.add(f)
		fmt.Fprintf(&b, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\">\n",
			xmlText(f.name), of.tests(), of.failed, of.broken, of.skipped+of.todo, f.time.Seconds())
		if f.err != nil {
			fmt.Fprintf(&b, "    <testcase name=\"%s\" classname=\"%[1]s\"><error message=\"the tests cannot be run\">%s</error></testcase>\n",
				xmlText(f.name), xmlText(brokenText(f)))
		}
		for _, r := range f.results {
			j.writeCase(&b, f, r)
		}
		b.WriteString("  </testsuite>\n")
	}
	b.WriteString("</testsuites>\n")
	j.out.write([]byte(b.String()))
}

func (j *junitReporter) writeCase(b *strings.Builder, f testedFile, r scripttest.Result) {
	fmt.Fprintf(b, "    <testcase name=\"%s\" classname=\"%s\" file=\"%[2]s\" line=\"%d\" time=\"%.3f\"",
		xmlText(fullName(r.Test)), xmlText(f.name), r.At.Line, r.Time.Seconds())
	switch r.Status {
	case scripttest.Passed:
		b.WriteString("/>\n")
		return
	case scripttest.Failed:
		b.WriteString(">\n")
		for _, failure := range r.Failures {
			var text strings.Builder
			writeFailure(&text, f, r.Test, failure)
			fmt.Fprintf(b, "      <failure message=\"%s\" type=\"%s\">%s</failure>\n", xmlText(failureMessage(failure)), xmlText(failure.Kind), xmlText(text.String()))
		}
	default:
		fmt.Fprintf(b, ">\n      <skipped message=\"%s\"/>\n", r.Status)
	}
	b.WriteString("    </testcase>\n")
}

// xmlText is text for an element or an attribute.
func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;", "\uFFFE", "\uFFFD", "\uFFFF", "\uFFFD").Replace(printable(strings.ToValidUTF8(s, "\uFFFD")))
}
