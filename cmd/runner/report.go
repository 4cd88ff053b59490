package main

import (
	"encoding/json"
	"errors"
	"strings"

	"scripthost.example/host"
	"scripthost.example/wire"
)

// A report is an error in parts, as jsonl has it.
type report struct {
	Kind     string  `json:"kind"`
	Message  string  `json:"message"`
	Language string  `json:"language,omitempty"`
	Stack    []frame `json:"stack"`
	Cause    *report `json:"cause,omitempty"`
	Value    any     `json:"value,omitempty"`
	Grant    string  `json:"grant,omitempty"`  // of kind denied: what would allow it
	Target   string  `json:"target,omitempty"` // of kind denied
	Outcome  string  `json:"outcome,omitempty"`
}

// A frame is one level of a traceback, innermost first.
type frame struct {
	Function string `json:"function,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
}

// neverAnswered is what a worker says of a call of the async mode that nothing in it
// will answer.
const neverAnswered = "done was never called"

func newReport(err error) *report {
	r := &report{Kind: wire.ErrorScript, Message: err.Error(), Stack: []frame{}}
	if o := host.OutcomeOf(err); o != 0 {
		r.Outcome = o.String()
	}
	var (
		script    *host.ScriptError
		call      *host.CallError
		limit     *host.LimitError
		denied    *host.DeniedError
		serialise *host.SerialiseError
		exit      *host.ExitError
		line      *lineError
	)
	switch {
	case errors.As(err, &script):
		r.Message, r.Language, r.Value = script.Message, string(script.Language), script.Value
		r.addStack(script.Stack)
		if script.Cause != nil {
			r.Cause = newReport(script.Cause)
			r.Cause.Outcome = ""
		}
	case errors.As(err, &call):
		r.Kind, r.Message = call.Kind, call.Message
		if r.Message == "" {
			r.Message = call.Err.Error()
		}
		r.addStack(call.Stack)
	case errors.As(err, &limit):
		r.Kind, r.Message = wire.ErrorLimit, limit.Message
		r.addStack(limit.Stack)
	case errors.As(err, &denied):
		r.Kind, r.Message, r.Grant, r.Target = wire.ErrorDenied, denied.Message, denied.Grant, wire.ValidText(denied.Target)
		r.addStack(denied.Stack)
	case errors.As(err, &serialise):
		r.Kind, r.Message = wire.ErrorSerialise, serialise.Message
		r.addStack(serialise.Stack)
	case errors.As(err, &exit):
		r.Kind = wire.ErrorExit
		if exit.Killed && errors.Is(exit, host.ErrClosed) { // it says that Kill was called, which no user did
			r.Message = "the worker was killed, as the runner was told to end"
		}
	case errors.As(err, &line):
		r.Kind, r.Outcome = wire.ErrorSerialise, host.NotSent.String()
		if errors.Is(err, host.ErrTooLarge) {
			r.Kind = wire.ErrorLimit
		}
	case errors.Is(err, host.ErrClosed):
		r.Kind, r.Outcome = wire.ErrorClosed, host.NotSent.String()
	case errors.Is(err, host.ErrProtocol):
		r.Kind = wire.ErrorProtocol
	}
	if script != nil {
		r.Message = hintInFlags(r.Message)
	} else {
		r.Message = inFlags(r.Message)
	}
	r.Message = wire.ValidText(r.Message)
	return r
}

func (r *report) addStack(stack []host.StackFrame) {
	for _, f := range stack {
		r.Stack = append(r.Stack, frame(f))
	}
}

// text is the error as people read it: "file:line: message", and then the
// traceback. Where the error has no position, script is what it is about.
// Without brief, a traceback of one level is shown too: it names the function.
// Control characters are escaped: an error says what the script has it say.
func (r *report) text(script string, brief bool) string {
	var b strings.Builder
	b.WriteString(r.position(script) + ": " + r.Message + "\n")
	if r.Kind == wire.ErrorScript && r.Message == neverAnswered {
		b.WriteString("    is the function written for the sync mode, in which it returns its results? Then leave --async out\n")
	}
	if r.Value != nil && r.Value != any(r.Message) {
		if value, err := json.Marshal(r.Value); err == nil {
			b.WriteString("    thrown: " + string(value) + "\n")
		}
	}
	if !brief || len(r.Stack) > 1 {
		r.writeStack(&b)
	}
	for c := r.Cause; c != nil; c = c.Cause {
		b.WriteString("caused by: ")
		if at := c.position(""); at != "" {
			b.WriteString(at + ": ")
		}
		b.WriteString(c.Message + "\n")
		c.writeStack(&b)
	}
	return printable(b.String())
}

// position is where the error happened, or otherwise.
func (r *report) position(otherwise string) string {
	if at := r.place(); at.Line > 0 {
		return printableLine(host.StackFrame(at).String())
	}
	return otherwise
}

// place is where the error happened, without the function; zero if that is not known.
func (r *report) place() frame {
	for _, f := range r.Stack {
		if f.File != "" && f.Line > 0 {
			f.Function = ""
			return f
		}
	}
	return frame{}
}

func (r *report) writeStack(b *strings.Builder) {
	for _, f := range r.Stack {
		if f.File != "" || f.Function != "" {
			b.WriteString("    at " + printableLine(host.StackFrame(f).String()) + "\n")
		}
	}
}
