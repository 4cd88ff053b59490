package host

import (
	"context"
	"encoding/json"
	"errors"

	"scripthost.example/wire"
)

// A sentError is an error of a call as JSON. Type says which type it is of; without
// one it is an error of another package's, of which the text remains, and Kind.
type sentError struct {
	Type    string          `json:"type,omitempty"`
	Outcome string          `json:"outcome,omitempty"`
	Kind    string          `json:"kind,omitempty"` // of the error that errors.Is finds
	Message string          `json:"message,omitempty"`
	Stack   []sentFrame     `json:"stack,omitempty"`
	Cause   *sentError      `json:"cause,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`

	Language Language `json:"language,omitempty"`
	Limit    string   `json:"limit,omitempty"`
	Size     uint64   `json:"size,omitempty"`
	Max      uint64   `json:"max,omitempty"`
	Grant    string   `json:"grant,omitempty"`
	Target   string   `json:"target,omitempty"`
	Code     int      `json:"code,omitempty"`
	Signal   string   `json:"signal,omitempty"`
	Killed   bool     `json:"killed,omitempty"`
	ForLimit bool     `json:"for_limit,omitempty"`
	Stderr   string   `json:"stderr,omitempty"`
	Digest   string   `json:"digest,omitempty"`
	Deaths   int      `json:"deaths,omitempty"`

	NoFunction bool `json:"no_function,omitempty"`
}

type sentFrame struct {
	Function string `json:"function,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
}

// sentKinds are the errors that errors.Is finds, by what they are called.
var sentKinds = []struct {
	name string
	err  error
}{
	{wire.ErrorCancelled, context.Canceled},
	{wire.ErrorDeadline, context.DeadlineExceeded},
	{wire.ErrorClosed, ErrClosed},
	{wire.ErrorBusy, ErrBusy},
	{wire.ErrorReentrant, ErrReentrant},
	{wire.ErrorProtocol, ErrProtocol},
	{wire.ErrorCrashLoop, ErrCrashLoop},
	{wire.ErrorSandbox, ErrSandboxUnavailable},
	{wire.ErrorLimit, ErrTooLarge},
}

func sentKind(name string) error {
	for _, k := range sentKinds {
		if k.name == name {
			return k.err
		}
	}
	return nil
}

// MarshalError returns the error of a call as JSON, for programs that carry answers
// further: UnmarshalError makes an error of it that has the same type, text, fields
// and outcome, and in which errors.Is finds the same errors of this package. Of a
// ScriptError's Value remains what JSON can carry, and of errors of other packages
// their text.
func MarshalError(err error) []byte {
	b, bad := json.Marshal(toSent(err, 0))
	if bad != nil { // a Value whose MarshalJSON fails the second time
		b, _ = json.Marshal(&sentError{Message: err.Error(), Outcome: OutcomeOf(err).text()})
	}
	return b
}

// UnmarshalError returns the error that MarshalError was given, or an error that
// says why it cannot, which is ErrProtocol.
func UnmarshalError(b []byte) (err, bad error) {
	var s sentError
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, wire.Protocolf("an error that cannot be read: %v", err)
	}
	return s.toError(0), nil
}

func (o Outcome) text() string {
	if o == 0 {
		return ""
	}
	return o.String()
}

func outcomeNamed(text string) outcome {
	for o := NotSent; o <= Completed; o++ {
		if o.String() == text {
			return outcome(o)
		}
	}
	return 0
}

func toSent(err error, depth int) *sentError {
	if err == nil || depth > maxCauses {
		return nil
	}
	s := &sentError{Outcome: OutcomeOf(err).text()}
	var (
		script     *ScriptError
		call       *CallError
		limit      *LimitError
		denied     *DeniedError
		serialise  *SerialiseError
		exit       *ExitError
		quarantine *QuarantineError
	)
	cause := func(err error) { s.Cause = toSent(err, depth+1) }
	switch {
	case asFirst(err, &quarantine):
		s.Type, s.Digest, s.Deaths = "quarantine", quarantine.Digest, quarantine.Deaths
		cause(quarantine.Cause)
	case asFirst(err, &script):
		s.Type, s.Message, s.Language, s.Stack = "script", script.Message, script.Language, toFrames(script.Stack)
		s.NoFunction = script.noFunction
		if b, err := json.Marshal(script.Value); err == nil && script.Value != nil {
			s.Value = b
		}
		cause(script.Cause)
	case asFirst(err, &call):
		s.Type, s.Kind, s.Message, s.Stack = "call", call.Kind, call.Message, toFrames(call.Stack)
		if call.Err != sentKind(call.Kind) {
			cause(call.Err)
		}
	case asFirst(err, &limit):
		s.Type, s.Limit, s.Size, s.Max, s.Message, s.Stack = "limit", limit.Limit, limit.Size, limit.Max, limit.Message, toFrames(limit.Stack)
		cause(limit.Cause)
	case asFirst(err, &denied):
		s.Type, s.Grant, s.Target, s.Message, s.Stack = "denied", denied.Grant, denied.Target, denied.Message, toFrames(denied.Stack)
	case asFirst(err, &serialise):
		s.Type, s.Message, s.Stack = "serialise", serialise.Message, toFrames(serialise.Stack)
	case asFirst(err, &exit):
		s.Type, s.Code, s.Signal, s.Killed, s.Message, s.Stderr = "exit", exit.Code, exit.Signal, exit.Killed, exit.Reason, exit.Stderr
		s.ForLimit = exit.forLimit
		cause(exit.Cause)
	default:
		s.Message = err.Error()
		for _, k := range sentKinds {
			if errors.Is(err, k.err) {
				s.Kind = k.name
				break
			}
		}
	}
	return s
}

// asFirst is errors.As for the error itself and what wraps it with text alone: of
// errors within those of this package, the outer one says what happened.
func asFirst[E error](err error, target *E) bool {
	for err != nil {
		if e, ok := err.(E); ok {
			*target = e
			return true
		}
		if _, ours := err.(interface{ Outcome() Outcome }); ours {
			return false
		}
		err = errors.Unwrap(err)
	}
	return false
}

func (s *sentError) toError(depth int) error {
	if s == nil || depth > maxCauses {
		return nil
	}
	o, stack := outcomeNamed(s.Outcome), toStack(s.Stack)
	cause := s.Cause.toError(depth + 1)
	switch s.Type {
	case "quarantine":
		return &QuarantineError{outcome: o, Digest: s.Digest, Deaths: s.Deaths, Cause: cause}
	case "script":
		e := &ScriptError{outcome: o, Message: s.Message, Language: s.Language, Stack: stack, Cause: cause, noFunction: s.NoFunction}
		if len(s.Value) > 0 {
			_ = json.Unmarshal(s.Value, &e.Value) // it is a part of what has been read as JSON
		}
		return e
	case "call":
		if cause == nil {
			cause = sentKind(s.Kind)
		}
		if cause == nil {
			cause = errors.New(s.Message)
		}
		return &CallError{outcome: o, Kind: s.Kind, Message: s.Message, Stack: stack, Err: cause}
	case "limit":
		return &LimitError{outcome: o, Limit: s.Limit, Size: s.Size, Max: s.Max, Message: s.Message, Stack: stack, Cause: cause}
	case "denied":
		return &DeniedError{outcome: o, Grant: s.Grant, Target: s.Target, Message: s.Message, Stack: stack}
	case "serialise":
		return &SerialiseError{outcome: o, Message: s.Message, Stack: stack}
	case "exit":
		return &ExitError{outcome: o, Code: s.Code, Signal: s.Signal, Killed: s.Killed, Reason: s.Message, Stderr: s.Stderr, Cause: cause, forLimit: s.ForLimit}
	}
	kind := sentKind(s.Kind)
	if kind != nil && kind.Error() == s.Message && o == 0 {
		return kind
	}
	return &carriedError{outcome: o, message: s.Message, kind: kind}
}

// A carriedError is an error of another package's, from another process.
type carriedError struct {
	outcome
	message string
	kind    error
}

func (e *carriedError) Error() string { return e.message }

func (e *carriedError) Unwrap() error { return e.kind }

func toFrames(stack []StackFrame) []sentFrame {
	var frames []sentFrame
	for _, f := range stack {
		frames = append(frames, sentFrame(f))
	}
	return frames
}

func toStack(frames []sentFrame) []StackFrame {
	var stack []StackFrame
	for _, f := range frames {
		stack = append(stack, StackFrame(f))
	}
	return stack
}
