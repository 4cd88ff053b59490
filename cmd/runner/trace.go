package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"scripthost.example/host"
	"scripthost.example/wire"
)

// Values of --trace.
const (
	traceNone  = ""
	traceCalls = "calls"
	traceLines = "lines"
)

// traceWidth is how many columns of a line of the source are shown.
const traceWidth = 120

// A tracer writes a line for each thing that a call does. It is an observer.
type tracer struct {
	out   io.Writer
	lines *tracedLines // nil without --trace lines
	// fail is told, once, that the trace cannot be written. It must not wait for the
	// session.
	fail func(error)
	dead bool
}

var _ observer = (*tracer)(nil)

// newTracer returns what traces what a script does to out, as --trace says. script is
// what workers are started with.
func newTracer(what string, out io.Writer, script *atomic.Pointer[host.Script], fail func(error)) *tracer {
	t := &tracer{out: out, fail: fail}
	if what == traceLines {
		t.lines = &tracedLines{script: script, files: make(map[string][]string)}
	}
	return t
}

// add writes a line about a call, or about none.
func (t *tracer) add(number uint64, format string, args ...any) {
	if t.dead {
		return
	}
	who := "trace: "
	if number > 0 {
		who = fmt.Sprintf("trace: call %d: ", number)
	}
	// A name, say, may be anything: it must not look like a line of its own.
	text := strings.ReplaceAll(printable(who+fmt.Sprintf(format, args...)), "\n", `\n`)
	if _, err := io.WriteString(t.out, text+"\n"); err != nil {
		t.dead = true
		t.fail(err)
	}
}

func (t *tracer) sent(number uint64, _ int, args []any) { t.add(number, "sent (%s)", shown(args)) }

func (t *tracer) line(number uint64, l host.Line) {
	if text := t.lines.text(l.File, l.Number); text != "" {
		t.add(number, "%s:%d | %s", l.File, l.Number, text)
		return
	}
	t.add(number, "%s:%d", l.File, l.Number)
}

func (t *tracer) hostCall(number uint64, c host.HostCall, results []any, err error, took time.Duration) {
	if t.lines != nil && c.Name == moduleFunction && err == nil {
		t.lines.keep(results)
	}
	call := hostCallText(c.Name, c.Args)
	if c.File != "" && c.Line > 0 {
		call = fmt.Sprintf("%s:%d: %s", c.File, c.Line, call)
	}
	if err != nil {
		thrown := host.ThrownBy(err)
		t.add(number, "%s threw %s: %s, after %v", call, thrown.Kind, oneLine(thrown.Message), roughly(took))
		return
	}
	t.add(number, "%s = (%s), after %v", call, shown(results), roughly(took))
}

func (t *tracer) event(number uint64, args []any) { t.add(number, "event (%s)", shown(args)) }

func (t *tracer) answered(number uint64, results []any, err error, took time.Duration) {
	if err != nil {
		r := newReport(err)
		at := r.position("")
		if at != "" {
			at += ": "
		}
		t.add(number, "failed, %s: %s%s, after %v", r.Kind, at, oneLine(r.Message), roughly(took))
		return
	}
	t.add(number, "answers (%s), after %v", shown(results), roughly(took))
}

// hostCallText is a host call as people read it.
func hostCallText(name string, args []any) string {
	if !strings.HasPrefix(name, "runner.") {
		name = "host." + name
	}
	return name + "(" + shown(args) + ")"
}

// roughly is a duration with three digits.
func roughly(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// maxTracedText is how much is kept of the texts of files whose lines are traced, in
// bytes.
const maxTracedText = 64 << 20

// tracedLines are the texts of lines that are run: of the script, and of the files that
// its workers have been given. Others are not looked at: the name of a file is a
// worker's claim.
type tracedLines struct {
	script *atomic.Pointer[host.Script]
	known  *host.Script // whose text files has
	files  map[string][]string
	size   int
}

// keep takes what a worker is given for a file that it has asked for.
func (l *tracedLines) keep(results []any) {
	if len(results) != 2 {
		return
	}
	name, isName := results[0].(string)
	text, isText := results[1].([]byte)
	if s, ok := results[1].(string); ok {
		text, isText = []byte(s), true
	}
	if isName && isText {
		l.put(name, string(text))
	}
}

func (l *tracedLines) put(name, text string) {
	const word = 16 // what a string takes beside its text
	if before := l.files[name]; before != nil {
		for _, line := range before {
			l.size -= len(line) + word
		}
		delete(l.files, name)
	}
	lines := 1 + strings.Count(text, "\n")
	if size := len(text) - (lines - 1) + lines*word; l.size+size <= maxTracedText {
		l.size += size
		l.files[name] = strings.Split(text, "\n")
	}
}

// text is a line as it is shown, "" if it is not known.
func (l *tracedLines) text(file string, number int) string {
	if s := l.script.Load(); s != l.known { // it may have been loaded anew
		l.known = s
		l.put(s.Name(), s.Source())
	}
	lines := l.files[file]
	if number < 1 || number > len(lines) {
		return ""
	}
	line := strings.TrimRight(strings.TrimPrefix(lines[number-1], "\ufeff"), "\r\t ")
	if len(line) > 8*traceWidth { // before all of it is looked at
		line = wire.ValidText(line[:8*traceWidth]) + "…"
	}
	if line = displayed(line); width(line) > traceWidth {
		line = firstColumns(line, traceWidth-1) + "…"
	}
	return line
}

// traceFailed ends the run: nobody is told any more what it does. It is called by an
// observer, and must not wait for the session.
func (s *session) traceFailed(err error) {
	s.untraced.Store(int64(untracedStatus(err)))
	s.stopCalls()
	go s.kill()
}

// untracedStatus is the exit status of a run whose trace cannot be written.
func untracedStatus(err error) int {
	if errors.Is(err, syscall.EPIPE) { // nobody reads it any more, as with head
		return exitBrokenPipe
	}
	return exitFailed
}

// onLine is Options.OnLine, nil if --trace does not ask for lines.
func (s *session) onLine(trace string) func(host.Line) {
	if trace != traceLines {
		return nil
	}
	return func(l host.Line) { s.observers.line(l) }
}
