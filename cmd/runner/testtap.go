package main

import (
	"fmt"
	"strings"

	"scripthost.example/host/scripttest"
)

// A tapReporter writes the Test Anything Protocol, version 14.
type tapReporter struct {
	out *stream
	n   int
}

func (t *tapReporter) begin() { t.out.write([]byte("TAP version 14\n")) }

func (t *tapReporter) file(f testedFile) {
	var b strings.Builder
	if f.err != nil {
		t.n++
		fmt.Fprintf(&b, "not ok %d - %s\n", t.n, tapText(f.name+": the tests cannot be run"))
		writeYAML(&b, []yamlText{{"message", brokenText(f)}})
	}
	for _, r := range f.results {
		t.n++
		name := fmt.Sprintf("%d - %s", t.n, tapText(f.name+" > "+fullName(r.Test)))
		switch r.Status {
		case scripttest.Passed:
			fmt.Fprintf(&b, "ok %s # time=%s\n", name, milliseconds(r.Time))
		case scripttest.Skipped:
			fmt.Fprintf(&b, "ok %s # SKIP\n", name)
		case scripttest.Todo:
			fmt.Fprintf(&b, "not ok %s # TODO\n", name)
		default:
			fmt.Fprintf(&b, "not ok %s # time=%s\n", name, milliseconds(r.Time))
			for _, failure := range r.Failures {
				texts := []yamlText{{"message", failureMessage(failure)}, {"at", failureAt(r.Test, failure).String()}}
				if failure.Expected != failure.Actual {
					texts = append(texts, yamlText{"expected", failure.Expected}, yamlText{"actual", failure.Actual})
				}
				writeYAML(&b, texts)
			}
		}
	}
	t.out.write([]byte(b.String()))
}

func (t *tapReporter) end(testSummary) { t.out.write(fmt.Appendf(nil, "1..%d\n", t.n)) }

// tapText is a description, which must not have a # that begins a directive.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(printable(oneLine(s)))
}

type yamlText struct{ key, text string }

// writeYAML writes texts as a block of YAML below a line.
func writeYAML(b *strings.Builder, texts []yamlText) {
	b.WriteString("  ---\n")
	for _, t := range texts {
		text := strings.TrimRight(printable(t.text), "\n") + "\n"
		block := "|-"
		if strings.HasPrefix(strings.TrimLeft(text, "\n"), " ") {
			block = "|2-" // its own indentation is not that of the block
		}
		b.WriteString("  " + t.key + ": " + block + "\n" + indentBy("    ", text))
	}
	b.WriteString("  ...\n")
}
