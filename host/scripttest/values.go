package scripttest

import (
	"strings"

	"scripthost.example/host"
)

// What workers send is looked at here: anything can come.

// An object is a map, or something else.
type object struct{ value any }

func (o object) get(key string) any {
	m, _ := o.value.(map[string]any)
	return m[key]
}

func (o object) text(key string) string    { return textOf(o.get(key)) }
func (o object) number(key string) float64 { return numberOf(o.get(key)) }

func (o object) list(key string) []any {
	list, _ := o.get(key).([]any)
	return list
}

// frame is the object as a level of a stack.
func (o object) frame() host.StackFrame {
	return host.StackFrame{
		Function: o.text("function"), File: o.text("file"),
		Line: position(o.number("line")), Column: position(o.number("column")),
	}
}

func position(n float64) int {
	if n >= 1 && n < 1<<31 {
		return int(n)
	}
	return 0
}

// textOf is a value as text, if it is one.
func textOf(v any) string {
	s, ok := v.(string)
	if octets, isOctets := v.([]byte); isOctets {
		s, ok = string(octets), true
	}
	if !ok {
		return ""
	}
	if len(s) > maxText {
		s = s[:maxText] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// numberOf is a value as a number; -1 if it is none.
func numberOf(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case uint64:
		return float64(n)
	case float64:
		return n
	}
	return -1
}

func only(values []any) any {
	if len(values) != 1 {
		return nil
	}
	return values[0]
}

// Bounds of failures.
const (
	maxFailures = 20
	maxFrames   = 64
)

// failuresOf are the failures that a worker tells of.
func failuresOf(v any) []Failure {
	list, _ := v.([]any)
	var failures []Failure
	for _, item := range list[:min(len(list), maxFailures)] {
		o := object{item}
		f := Failure{Kind: o.text("kind"), Message: o.text("message"), Expected: o.text("expected"), Actual: o.text("actual")}
		if cause := o.text("cause"); cause != "" {
			f.Message += "\ncaused by: " + cause
		}
		stack := o.list("stack")
		for _, frame := range stack[:min(len(stack), maxFrames)] {
			f.Stack = append(f.Stack, object{frame}.frame())
		}
		failures = append(failures, f)
	}
	return failures
}
