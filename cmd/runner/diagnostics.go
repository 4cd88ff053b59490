package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"scripthost.example/host"
)

// diagnostics are what goes to standard error beside events.
type diagnostics struct {
	out     *stream
	script  string   // its name
	source  source   // what places are shown of; nil if there is none
	files   *sources // that the script has loaded beside; nil if they are not known
	colours palette
	shown   map[frame]bool // places that were shown, and need not be again
}

// A source is text that errors may be about.
type source interface {
	// Name is what positions call it.
	Name() string
	// Line returns a line, counted from 1.
	Line(number int) (string, bool)
}

// bundlerFrame is what a place looks like in the bundler's messages.
const bundlerFrame = " \u2502 "

// maxPlaces is how many places are shown. Of more of them, one cannot see more.
const maxPlaces = 1000

func newDiagnostics(stderr io.Writer, script string, text source) *diagnostics {
	return &diagnostics{out: &stream{file: stderr}, script: script, source: text, colours: paletteFor(os.Stderr)}
}

// showFrom has places shown from now on as they are in another text.
func (d *diagnostics) showFrom(text source) {
	d.source, d.shown = text, nil
	if d.files != nil {
		d.files.forget()
	}
}

// tell writes an error: its text, and the place in the source that it is about, once.
func (d *diagnostics) tell(r *report, text string) {
	if first, rest, ok := strings.Cut(text, "\n"); ok {
		text = d.colours.bold(first) + "\n" + rest
	}
	d.out.write([]byte(text + d.excerpt(r)))
}

// excerpt is the place of an error in the source, "" if it is not in that, or was
// shown before. What the worker says of it is checked: it may say anything.
func (d *diagnostics) excerpt(r *report) string {
	at := r.place()
	if strings.Contains(r.Message, bundlerFrame) {
		return "" // the bundler shows it itself
	}
	if d.shown[at] || len(d.shown) >= maxPlaces {
		return ""
	}
	line, ok := d.line(at)
	if !ok {
		return ""
	}
	if d.shown == nil {
		d.shown = make(map[frame]bool)
	}
	d.shown[at] = true
	return excerpt(line, at.Line, at.Column, d.colours)
}

// sameName tells whether a file in a position is the script of that name. Bundling leaves
// out what a path can do without, such as the ./ of "./worker.ts".
func sameName(file, script string) bool {
	return file == script || file != "" && path.Clean(file) == path.Clean(strings.ReplaceAll(script, `\`, "/"))
}

// line is the line of a place in the script, or in a file that it has loaded.
func (d *diagnostics) line(at frame) (string, bool) {
	switch {
	case d.source != nil && sameName(at.File, d.source.Name()):
		return d.source.Line(at.Line)
	case d.files != nil && at.File != "":
		line := d.files.line(at.File, at.Line)
		return line, line != ""
	}
	return "", false
}

// loads has places in files that a script loads be shown, too. It has to be told of
// them: what is returned can be host.Options.OnModule, beside another one.
func (d *diagnostics) loads(other func([]string)) func([]string) {
	if d.files == nil {
		d.files = newSources()
	}
	files := d.files
	return func(paths []string) {
		files.add(paths)
		if other != nil {
			other(paths)
		}
	}
}

// log writes what the script printed or logged.
func (d *diagnostics) log(l host.LogRecord) { d.out.write(logLine(l)) }

// note writes something that the runner has to say.
func (d *diagnostics) note(message string) {
	d.out.write([]byte("runner: " + printable(message) + "\n"))
}

// report writes an error that belongs to no call.
func (d *diagnostics) report(err error) {
	r := newReport(err)
	d.tell(r, r.text(d.script, true))
}

// logLine is a log record as a line: what was printed as it is, anything else
// behind its level and with its fields.
func logLine(l host.LogRecord) []byte {
	var b strings.Builder
	if l.Level != "info" && !l.Process {
		b.WriteString(l.Level + ": ")
	}
	b.WriteString(hintInFlags(l.Message))
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
