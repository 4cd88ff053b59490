package host

import (
	"context"
	"encoding/json"

	"scripthost.example/wire"
)

// A Sent is a call that a worker was sent.
type Sent struct {
	// Call is the number of the call, as Go returns it; Worker and Generation are
	// those of Event.
	Call       uint64
	Worker     int
	Generation string
}

// A HostCall is one call of a function of this program's by a script.
type HostCall struct {
	// Name is that of Options.Host, or of a built-in function ("runner.fs.read", …;
	// wire/PROTOCOL.md tells of all). Args are its arguments, of the types that CBOR
	// carries; they must not be changed. Both are what the worker has sent.
	Name string
	Args []any
	// Call is the number of the call that it belongs to, as in Event; 0 is none:
	// the script is loaded, say.
	Call uint64
	// Number counts the host calls of the worker from 1, in the order in which the
	// script made them, all that were admitted (Limits.HostCalls).
	Number uint64
	// Worker and Generation are those of Event.
	Worker     int
	Generation string
	// Bundling says that the script, in TypeScript or of ES modules, is being
	// bundled: Number and Call then mean nothing.
	Bundling bool
	// File and Line are where the script was, as the child claims; empty and 0 if it
	// does not say.
	File string
	Line int
	// Answered is closed when the answer is in the queue of what is written to the
	// worker, or never will be: whoever wants answers to reach the script in a certain
	// order waits for that before it gives the next one.
	Answered <-chan struct{}
	// Told is closed when the callbacks have been told of all that the worker did
	// before: its events, log records and lines (Options.OnLine). An Interceptor that
	// waits for it stands in their order; it must not, if a callback waits for the
	// answer.
	Told <-chan struct{}
}

// An Interceptor is what Options.Intercept is: it answers a host call, by itself or
// with next, which has the function run that was called, with what was granted.
// ctx is that of the function, which next passes on. It is called by a goroutine of its
// own for each host call. The results are those of a
// HostFunction, and an error is thrown in the script; one that next returns is to be
// passed on as it is, or as what ThrownBy makes of it.
type Interceptor func(ctx context.Context, c HostCall, next func() ([]any, error)) ([]any, error)

// A Thrown is the error of a host function in the form in which a script gets it
// thrown: what a recorder keeps of it, and throws again. As an error of an
// Interceptor, or of a host function, it reaches the script unchanged.
type Thrown struct {
	Kind    string          `json:"kind"` // as in the protocol: "script", "denied", …
	Message string          `json:"message"`
	Value   json.RawMessage `json:"value,omitempty"` // details, such as a file error's code
}

// Error returns the message.
func (t *Thrown) Error() string { return t.Message }

// ThrownBy returns what a script gets thrown for the error of a host function; nil
// for nil.
func ThrownBy(err error) *Thrown {
	if err == nil {
		return nil
	}
	we := errorToWire(err)
	return &Thrown{Kind: we.Kind, Message: we.Message, Value: we.Value}
}

func (t *Thrown) toWire() *wire.Error {
	we := &wire.Error{Kind: t.Kind, Message: t.Message}
	if we.Kind == "" {
		we.Kind = wire.ErrorScript
	}
	if json.Valid(t.Value) {
		we.Value = t.Value
	}
	return we
}

// told is HostCall.Told for a host call that has just been read, nil if nobody gets it.
func (w *Worker) told() <-chan struct{} {
	if w.opts.Intercept == nil {
		return nil
	}
	told := make(chan struct{})
	w.cb.add(callback{kind: exitCallback, what: func() { close(told) }})
	return told
}

// sentLocked has Options.OnSend told of a call that is about to be written.
func (w *Worker) sentLocked(c *call) {
	if w.opts.OnSend != nil {
		w.cb.add(callback{kind: sentCallback, number: c.number})
	}
}

// intercepted answers a host call by way of Options.Intercept.
func (w *Worker) intercepted(ctx context.Context, c HostCall) ([]any, error) {
	c.Worker, c.Generation, c.Bundling = w.number(), w.version(), w.opts.bundler
	if mark, ok := ctx.Value(hostMarkKey{}).(*hostMark); ok {
		c.Call = mark.call
	}
	if at, ok := ctx.Value(positionKey{}).(StackFrame); ok {
		c.File, c.Line = at.File, at.Line
	}
	return w.opts.Intercept(ctx, c, func() ([]any, error) { return w.callHost(ctx, c.Name, c.Args) })
}
