package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"scripthost.example/host"
)

// Values of --trace.
const (
	traceNone  = ""
	traceCalls = "calls"
)

// A tracer writes a line for each thing that a call does. It is an observer.
type tracer struct{ out io.Writer }

var _ observer = (*tracer)(nil)

// add writes a line about a call, or about none.
func (t *tracer) add(number uint64, format string, args ...any) {
	who := "trace: "
	if number > 0 {
		who = fmt.Sprintf("trace: call %d: ", number)
	}
	// An error of standard error cannot be told.
	_, _ = io.WriteString(t.out, printable(who+fmt.Sprintf(format, args...))+"\n")
}

func (t *tracer) sent(number uint64, _ int, args []any) { t.add(number, "sent (%s)", shown(args)) }

func (t *tracer) hostCall(number uint64, c host.HostCall, results []any, err error, took time.Duration) {
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
