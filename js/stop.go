package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// Interrupt implements [engine.VM].
func (v *vm) Interrupt(cause *engine.Error) {
	v.stopMu.Lock()
	defer v.stopMu.Unlock()
	v.stop.Store(cause)
	v.rt.Interrupt(cause)
}

// ClearInterrupt implements [engine.VM].
func (v *vm) ClearInterrupt() {
	v.stopMu.Lock()
	v.stop.Store(nil)
	v.rt.ClearInterrupt()
	v.stopMu.Unlock()
	v.resumeSpared()
}

// abortion stops the script from inside a binding. It unwraps to an error that
// goja lets no script catch.
type abortion struct {
	cause *engine.Error
	stack []goja.StackFrame
}

var uncatchable = new(goja.InterruptedError)

func (a *abortion) Error() string { return a.cause.Error() }
func (a *abortion) Unwrap() error { return uncatchable }

// abort does not return.
func (v *vm) abort(err error) {
	cause, ok := err.(*engine.Error)
	if !ok {
		cause = &engine.Error{Kind: engine.KindCancelled, Message: err.Error()}
	}
	panic(&abortion{cause: cause, stack: v.rt.CaptureCallStack(0, nil)})
}

// halted describes what stopped a script for good, other than an exception.
func (v *vm) halted(err error) *engine.Error {
	switch err := err.(type) {
	case *abortion:
		return stopped(err.cause, v.frames(err.stack))
	case *goja.InterruptedError:
		if cause, ok := err.Value().(*engine.Error); ok {
			return stopped(cause, v.framesFrom(err.Stack(), true))
		}
	case *goja.StackOverflowError:
		stack := v.frames(err.Stack())
		if cause := v.stop.Load(); cause != nil {
			return stopped(cause, stack) // goja has forgotten it over this
		}
		return &engine.Error{
			Kind: engine.KindScript, Message: "RangeError: Maximum call stack size exceeded",
			Language: language, Stack: stack,
		}
	}
	return &engine.Error{Kind: engine.KindScript, Message: err.Error(), Language: language}
}

// stopped is cause with where it struck.
func stopped(cause *engine.Error, stack []engine.Frame) *engine.Error {
	e := *cause
	e.Language = language
	if len(stack) > 0 {
		e.Stack = stack
	}
	return &e
}
