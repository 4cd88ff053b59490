package engine

import (
	"errors"
	"strconv"
	"strings"
)

// The kinds of error that a worker can report; the whole list is in the
// protocol. A failed call carries one.
const (
	KindScript    = "script"    // the script failed
	KindCancelled = "cancelled" // the parent cancelled the call
	KindDeadline  = "deadline"  // the call's time was up
	KindLimit     = "limit"     // something is over a limit
	KindDenied    = "denied"    // a grant is missing
	KindSerialise = "serialise" // a value cannot be carried
)

// ErrAnswered is returned for a second answer to a call, or an event after it.
var ErrAnswered = errors.New("the call has been answered already")

// ErrStalled is returned where nothing is left that could end a wait.
var ErrStalled = errors.New("nothing is left that could settle it")

// An Error is a failure with its kind and where in the script it happened.
type Error struct {
	Kind     string // one of the Kind constants; others may come from the parent
	Message  string // without a position and without a traceback
	Language string // "lua" or "js"; empty if no script was involved
	Stack    []Frame
	Cause    *Error
	// Value is what was thrown, where that was not an error and JSON can carry
	// it, or details of an error of the parent's (the grant that is missing, a
	// file's errno). HasValue tells a thrown null from none.
	Value    any
	HasValue bool
	// NoFunction says that it is Lookup's: the script has no function of the name.
	NoFunction bool
}

// A Frame is one level of a traceback, innermost first. Line and Column count
// from 1; 0 is unknown.
type Frame struct {
	Function string
	File     string
	Line     int
	Column   int
}

// Error returns the message behind its position, if there is one.
func (e *Error) Error() string {
	for _, f := range e.Stack {
		if f.File != "" && f.Line > 0 {
			return f.Position() + ": " + e.Message
		}
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e.Cause == nil {
		return nil
	}
	return e.Cause
}

// Position returns "file:line:column" as far as it is known.
func (f Frame) Position() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		b.WriteString(":" + strconv.Itoa(f.Line))
		if f.Column > 0 {
			b.WriteString(":" + strconv.Itoa(f.Column))
		}
	}
	return b.String()
}
