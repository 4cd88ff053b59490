package host

import (
	"context"
	"iter"
)

// A Caller is something to call a script's functions on: a *Worker, a *Pool, what
// their Function returns, and what Idempotent does. What is written for a Caller
// works with one worker and with many. Callers are safe for concurrent use.
type Caller interface {
	// Call calls the function and waits for its results. Calls of one goroutine
	// reach the script in order.
	//
	// Once Call returns, the callbacks of the events that the script sent
	// before its answer have returned too, unless they take longer than the
	// grace period. If ctx ends first, Call returns with a *CallError, and the
	// script is told: at once if ctx was cancelled; after a deadline once the
	// worker has told where the script was, or the grace period is over.
	Call(ctx context.Context, args ...any) (results []any, err error)
	// Go makes a call and returns its number. fn, which may be nil, is called
	// with the answer, in order with the events. Go does not block, and fn is
	// never called by Go itself.
	Go(fn func(results []any, err error), args ...any) (number uint64)
	// Stream makes a call when it is ranged over, and gives the call's own
	// events and then, as the last, its results (Event.Result), or its error.
	// The events go to Options.OnEvent too, if that is set.
	// Leaving the loop early cancels the call.
	Stream(ctx context.Context, args ...any) iter.Seq2[Event, error]
	// Function returns a Caller for another function of the script.
	Function(name string) Caller
}

var (
	_ Caller = (*Worker)(nil)
	_ Caller = (*Pool)(nil)
)

// Func returns a Go function that calls the script's function name with one
// argument and takes its one result. In is sent like any argument, by way of
// encoding/json where it is a type of your own; Out is filled from the result
// the same way. A function that returns nothing gives the zero Out; more than
// one result is a *SerialiseError. A text that is not UTF-8 cannot go through
// encoding/json, and is an error; a []byte in a type of your own is base64 text
// for the script, as encoding/json has it.
func Func[In, Out any](c Caller, name string) func(ctx context.Context, in In) (Out, error) {
	f := c.Function(name)
	return func(ctx context.Context, in In) (Out, error) {
		var out Out
		results, err := f.Call(ctx, in)
		if err != nil {
			return out, err
		}
		switch len(results) {
		case 0:
			return out, nil
		case 1:
			if err := assign(results[0], &out); err != nil {
				return out, &SerialiseError{outcome: outcome(Completed), Message: "the result of " + name + ": " + err.Error()}
			}
			return out, nil
		}
		return out, &SerialiseError{outcome: outcome(Completed), Message: name + " returned more than one result: call it with Call"}
	}
}
