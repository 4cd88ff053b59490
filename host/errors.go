package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
	"unicode"

	"scripthost.example/host/internal/broker"
	"scripthost.example/wire"
)

// What errors.Is tells of errors of this package.
var (
	// ErrClosed: Close or Kill was called.
	ErrClosed = errors.New("the worker is closed")
	// ErrBusy: a queue is full.
	ErrBusy = errors.New("the worker is busy")
	// ErrReentrant: a sync worker was called from its own host function, which
	// could never be answered.
	ErrReentrant = errors.New("a sync worker cannot be called from its own host function")
	// ErrTooLarge: a payload is over the limit; the error is also a *LimitError.
	ErrTooLarge = errors.New("too large")
	// ErrProtocol: the child sent what the protocol does not allow.
	ErrProtocol = wire.ErrProtocol
	// ErrCrashLoop: workers of this script die as fast as they are started.
	ErrCrashLoop = errors.New("the worker dies again and again")
	// ErrSandboxUnavailable: this system lacks a protection that was asked for.
	ErrSandboxUnavailable = errors.New("the sandbox is not available")
	// ErrNoFunction: the script has no function of the name that was asked for, and nothing
	// was run: that of the call, or Options.Function or Options.Init of a worker that is
	// started. The error is a *ScriptError whose message lists those that there are. That a
	// script itself calls what is not there is another error.
	ErrNoFunction = errors.New("the script has no such function")
	// ErrEmptyScript: there is nothing but white space in the script.
	ErrEmptyScript = errors.New("the script is empty")
	// ErrBinaryScript: the script is not text.
	ErrBinaryScript = errors.New("the script is not a text")
	// ErrNeedsBundler: TypeScript and ES modules have to be bundled.
	ErrNeedsBundler = errors.New("TypeScript and ES modules have to be bundled first: import _ \"scripthost.example/js/bundle\"")
)

// An Outcome says how far a failed call got.
type Outcome int

// The outcomes.
const (
	// NotSent: the worker has not seen the call.
	NotSent Outcome = iota + 1
	// Unknown: the worker may have run the call, in part or as a whole.
	Unknown
	// Completed: the worker ran the call and answered with the error.
	Completed
)

// String returns "not sent", "unknown" or "completed".
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Unknown:
		return "unknown"
	case Completed:
		return "completed"
	}
	return fmt.Sprintf("Outcome(%d)", int(o))
}

// explain says what the outcome of a call that was given up means.
func (o Outcome) explain() string {
	if o == NotSent {
		return "it was not sent to the worker"
	}
	return "the worker may have run it in part"
}

// OutcomeOf returns what the error of a call says of how far the call got: 0 if
// err is no such error. Errors of other packages that have a method Outcome, as
// those of this package do, say it too.
func OutcomeOf(err error) Outcome {
	var o interface{ Outcome() Outcome }
	if errors.As(err, &o) {
		return o.Outcome()
	}
	return 0
}

// outcome is part of every error of a call.
type outcome Outcome

// Outcome returns how far the call got.
func (o outcome) Outcome() Outcome { return Outcome(o) }

// A StackFrame is one level of a script's traceback, innermost first. Lines and
// columns count from 1; 0 is unknown.
type StackFrame struct {
	Function string
	File     string
	Line     int
	Column   int
}

// String returns "function (file:line:column)" as far as it is known.
func (f StackFrame) String() string {
	if f.Function == "" {
		return f.position()
	}
	return f.Function + " (" + f.position() + ")"
}

func (f StackFrame) position() string {
	s := f.File
	if f.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, f.Line)
	}
	if f.Column > 0 {
		s = fmt.Sprintf("%s:%d", s, f.Column)
	}
	return s
}

// A ScriptError is an error that the script did not catch, while it was loaded
// or in a call. What it says is the worker's claim.
type ScriptError struct {
	outcome
	Message  string // without position
	Language Language
	Stack    []StackFrame
	// Cause is the error that the script named as the cause, or nil.
	Cause error
	// Value is what was thrown, where it was not an error and JSON can carry
	// it, as encoding/json decodes it.
	Value any

	noFunction bool
}

// Is reports whether target is ErrNoFunction and the script has no function of the name
// that was asked for.
func (e *ScriptError) Is(target error) bool { return target == ErrNoFunction && e.noFunction }

// Error returns the message behind the position of the innermost level.
func (e *ScriptError) Error() string { return atPosition(e.Stack) + e.Message }

// atPosition is "file:line:column: " of the innermost level that has one.
func atPosition(stack []StackFrame) string {
	for _, f := range stack {
		if f.File != "" && f.Line > 0 {
			return f.position() + ": "
		}
	}
	return ""
}

// Unwrap returns Cause.
func (e *ScriptError) Unwrap() error { return e.Cause }

// A CallError is a call that failed for a reason outside the script. Err says
// which: context.Canceled, context.DeadlineExceeded, ErrClosed, ErrBusy,
// ErrReentrant, ErrProtocol, ErrCrashLoop or ErrSandboxUnavailable.
type CallError struct {
	outcome
	Kind    string // as in the protocol, e.g. "deadline"
	Message string
	Err     error
	// Stack is where the script was, if it told.
	Stack []StackFrame
}

// Error returns the message, behind the position where the script was if it
// told.
func (e *CallError) Error() string {
	message := e.Message
	if message == "" {
		message = e.Err.Error()
	}
	return atPosition(e.Stack) + message
}

// Unwrap returns Err.
func (e *CallError) Unwrap() error { return e.Err }

// A LimitError says that something is over a limit.
type LimitError struct {
	outcome
	Limit   string // "payload", "script", "memory", "cpu", …
	Size    uint64 // in the limit's unit; 0 where it is not known
	Max     uint64
	Message string
	Stack   []StackFrame
	// Cause is the *ExitError of a worker that died of it, or nil.
	Cause error
}

// Unwrap returns Cause.
func (e *LimitError) Unwrap() error { return e.Cause }

// Error returns the message behind the position where the script was, if it told.
func (e *LimitError) Error() string { return atPosition(e.Stack) + e.Message }

// Is reports whether target is ErrTooLarge and the limit is one of sizes.
func (e *LimitError) Is(target error) bool {
	return target == ErrTooLarge && (e.Limit == "payload" || e.Limit == "script")
}

// A DeniedError says that a script used what was not granted. Its message names the
// flag of the command; in a program that is a field of Options.Grants.
type DeniedError struct {
	outcome
	Grant   string // "read", "write", …: the flag --allow-… that would allow it
	Target  string // the path, host or name that was asked for
	Message string
	Stack   []StackFrame
}

// Error returns the message behind the position where the script was, if it told.
func (e *DeniedError) Error() string { return atPosition(e.Stack) + e.Message }

// A SerialiseError says that a value cannot be carried; the message names it.
type SerialiseError struct {
	outcome
	Message string
	Stack   []StackFrame
}

// Error returns the message behind the position where the script was, if it told.
func (e *SerialiseError) Error() string { return atPosition(e.Stack) + e.Message }

// An ExitError says that the child is gone.
type ExitError struct {
	outcome
	Code   int    // exit status; -1 if a signal ended it, or it is not a process of ours
	Signal string // "killed", "segmentation fault", …; empty without one
	Killed bool   // by this program, for Reason
	// Reason is why: what the child said before it died, or why it was killed.
	Reason string
	// Stderr is what the child wrote to its standard streams: the first 4 KiB
	// and the last 12, and how much there was between them.
	Stderr string
	// Cause is what the child said, where that was more than a reason, or
	// ErrClosed if Kill was called.
	Cause error

	forLimit bool // it was killed for a call that was given up, or for a limit
}

// Unasked reports whether the child ended of itself, or had to be killed for what it
// did: it closed its stream, say, read no more, or did not answer. It is false if the
// child was killed because Kill was called, because a call of it went on after its
// deadline or after it was cancelled, or because of a limit.
func (e *ExitError) Unasked() bool {
	return !e.Killed || !e.forLimit && !errors.Is(e.Cause, ErrClosed)
}

func (e *ExitError) Error() string {
	var b strings.Builder
	switch {
	case e.Killed:
		b.WriteString("the worker was killed")
	case e.Signal != "":
		b.WriteString("the worker died of the signal: " + e.Signal)
	case e.Code < 0:
		b.WriteString("the connection to the worker ended")
	default:
		fmt.Fprintf(&b, "the worker exited with status %d", e.Code)
	}
	if e.Reason != "" {
		b.WriteString(": " + e.Reason)
	}
	if line := lastWords(e.Stderr); line != "" && !e.Killed && !strings.Contains(e.Reason, line) {
		b.WriteString(" (it said: " + line + ")")
	}
	return b.String()
}

// Unwrap returns Cause.
func (e *ExitError) Unwrap() error { return e.Cause }

// What an ExitError's text shows of what a program wrote.
const (
	wordsLines = 3
	wordsBytes = 300
)

// lastWords is what a program said that died: its last lines that say something.
// Go's runtime says it before its tracebacks.
func lastWords(stderr string) string {
	var last []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "SIGSEGV: ") {
			return line
		}
		if strings.ContainsFunc(line, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
			last = append(last, line)
			last = last[max(0, len(last)-wordsLines):]
		}
	}
	if n := len(last); n > 1 && strings.HasPrefix(stderr, "Traceback (most recent call last)") {
		last = last[n-1:]
	}
	said := strings.Join(last, " / ")
	if over := len(said) - wordsBytes; over > 0 {
		said = "…" + strings.ToValidUTF8(said[over:], "")
	}
	return said
}

// A CommandError says that Options.Command could not be started.
type CommandError struct {
	Command []string
	Err     error
}

// Error says which command, and why.
func (e *CommandError) Error() string {
	why := e.Err
	var lookup *exec.Error
	if errors.As(why, &lookup) {
		why = lookup.Err
	}
	return fmt.Sprintf("cannot start the command %s: %v", e.Command[0], why)
}

// Unwrap returns Err: exec.ErrNotFound, for one.
func (e *CommandError) Unwrap() error { return e.Err }

func closedError() error {
	return &CallError{outcome: outcome(NotSent), Kind: wire.ErrorClosed, Err: ErrClosed}
}

// contextError is the error of a call whose context has ended.
func contextError(err error, o Outcome) error {
	kind := wire.ErrorCancelled
	if errors.Is(err, context.DeadlineExceeded) {
		kind = wire.ErrorDeadline
	}
	return &CallError{outcome: outcome(o), Kind: kind, Err: err, Message: fmt.Sprintf("the call was given up: %v (%s)", err, o.explain())}
}

func callTimeError(d time.Duration, o Outcome) error {
	return &CallError{outcome: outcome(o), Kind: wire.ErrorDeadline, Err: context.DeadlineExceeded, Message: fmt.Sprintf("the call took longer than its limit of %v (%s)", d, o.explain())}
}

// errorFromWire is what a child said, as an error with the outcome o.
func errorFromWire(we *wire.Error, o Outcome) error {
	return wireError(we, outcome(o), 0)
}

// maxCauses bounds a chain that the child may have made as long as it likes.
const maxCauses = 16

func wireError(we *wire.Error, o outcome, depth int) error {
	stack := make([]StackFrame, len(we.Stack))
	for i, f := range we.Stack {
		stack[i] = StackFrame(f)
	}
	if len(stack) == 0 {
		stack = nil
	}
	var details struct {
		Limit     string
		Size, Max uint64
		Grant     string
		Path      string
		Target    string
	}
	switch we.Kind {
	case wire.ErrorLimit, wire.ErrorDenied:
		// Details are there for our own errors; a forged one lacks some.
		_ = json.Unmarshal(we.Value, &details)
	}
	switch we.Kind {
	case wire.ErrorCancelled:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: context.Canceled, Stack: stack}
	case wire.ErrorDeadline:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: context.DeadlineExceeded, Stack: stack}
	case wire.ErrorClosed:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: ErrClosed, Stack: stack}
	case wire.ErrorBusy:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: ErrBusy, Stack: stack}
	case wire.ErrorReentrant:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: ErrReentrant, Stack: stack}
	case wire.ErrorProtocol:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: ErrProtocol, Stack: stack}
	case wire.ErrorCrashLoop:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: ErrCrashLoop, Stack: stack}
	case wire.ErrorSandbox:
		return &CallError{outcome: o, Kind: we.Kind, Message: we.Message, Err: ErrSandboxUnavailable, Stack: stack}
	case wire.ErrorLimit:
		return &LimitError{outcome: o, Limit: details.Limit, Size: details.Size, Max: details.Max, Message: we.Message, Stack: stack}
	case wire.ErrorDenied:
		target := details.Target
		if target == "" {
			target = details.Path
		}
		return &DeniedError{outcome: o, Grant: details.Grant, Target: target, Message: we.Message, Stack: stack}
	case wire.ErrorSerialise:
		return &SerialiseError{outcome: o, Message: we.Message, Stack: stack}
	case wire.ErrorExit:
		return &ExitError{outcome: o, Code: -1, Reason: we.Message}
	}
	e := &ScriptError{outcome: o, Message: we.Message, Language: Language(we.Language), Stack: stack}
	e.noFunction = we.NoFunction && depth == 0 // a cause is something that the script did
	if len(we.Value) > 0 {
		_ = json.Unmarshal(we.Value, &e.Value) // a forged one is no value
	}
	if we.Cause != nil && depth < maxCauses {
		e.Cause = wireError(we.Cause, o, depth+1)
	}
	return e
}

// errorToWire is the error of a host function, as a script gets it thrown.
func errorToWire(err error) *wire.Error {
	if thrown := (*Thrown)(nil); errors.As(err, &thrown) && thrown != nil {
		return thrown.toWire()
	}
	we := &wire.Error{Kind: wire.ErrorScript, Message: err.Error()}
	var (
		script    *ScriptError
		callErr   *CallError
		limit     *LimitError
		denied    *DeniedError
		serialise *SerialiseError
		exit      *ExitError
		file      *broker.FileError
		request   *broker.HTTPError
	)
	switch {
	case errors.As(err, &file):
		we.Message = file.Message()
		we.Value = mustJSON(map[string]any{"code": file.Code(), "errno": int(file.Errno), "syscall": file.Op, "path": wire.ValidText(file.Path)})
	case errors.As(err, &request):
		we.Value = mustJSON(map[string]any{"code": request.Code, "host": request.Host})
	case errors.As(err, &denied):
		we.Kind = wire.ErrorDenied
		we.Value = mustJSON(map[string]any{"grant": denied.Grant, "path": wire.ValidText(denied.Target)})
	case errors.As(err, &limit):
		we.Kind = wire.ErrorLimit
		we.Value = mustJSON(map[string]any{"limit": limit.Limit, "size": limit.Size, "max": limit.Max})
	case errors.As(err, &serialise):
		we.Kind = wire.ErrorSerialise
	case errors.As(err, &callErr) && callErr.Kind != "":
		we.Kind = callErr.Kind
	case errors.As(err, &exit):
		we.Kind = wire.ErrorExit
	case errors.As(err, &script):
		if b, err := json.Marshal(script.Value); err == nil && script.Value != nil {
			we.Value = b
		}
	case errors.Is(err, context.DeadlineExceeded):
		we.Kind = wire.ErrorDeadline
	case errors.Is(err, context.Canceled):
		we.Kind = wire.ErrorCancelled
	}
	return we
}

func mustJSON(v map[string]any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return b
}

// NewCallError returns the error of a call that a Caller of another package makes.
// Kind is a word for it; err is what errors.Is finds. An empty message is that of
// err.
func NewCallError(kind string, o Outcome, err error, message string) *CallError {
	return &CallError{outcome: outcome(o), Kind: kind, Message: message, Err: err}
}
