package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"scripthost.example/host"
)

// diagnostics are what goes to standard error beside events.
type diagnostics struct {
	out    *stream
	script string // its name
}

func newDiagnostics(stderr io.Writer, script string) *diagnostics {
	return &diagnostics{out: &stream{file: stderr}, script: script}
}

// log writes what the script printed or logged.
func (d *diagnostics) log(l host.LogRecord) { d.out.write(logLine(l)) }

// note writes something that the runner has to say.
func (d *diagnostics) note(message string) {
	d.out.write([]byte("runner: " + printable(message) + "\n"))
}

// report writes an error that belongs to no call.
func (d *diagnostics) report(err error) { d.out.write([]byte(newReport(err).text(d.script, true))) }

// logLine is a log record as a line: what was printed as it is, anything else
// behind its level and with its fields.
func logLine(l host.LogRecord) []byte {
	var b strings.Builder
	if l.Level != "info" && !l.Process {
		b.WriteString(l.Level + ": ")
	}
	b.WriteString(l.Message)
	for _, key := range slices.Sorted(maps.Keys(l.Fields)) {
		b.WriteString(" " + key + "=" + fieldText(l.Fields[key]))
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

// fieldText is a field's value in one word.
func fieldText(v any) string {
	if s, ok := v.(string); ok {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' }) {
			return strconv.Quote(s)
		}
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // they come as encoding/json decodes them
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
