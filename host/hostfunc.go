package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"scripthost.example/host/internal/broker"
	"scripthost.example/wire"
)

// HostFunction is what every value of Options.Host is turned into. A value may
// be a HostFunction, or any function with
//
//   - a context.Context as its first parameter, or not. It ends with the call
//     that the script is in, and with the worker. A sync worker cannot be called
//     with it (ErrReentrant): it is busy waiting;
//   - parameters of any types that encoding/json can decode into, the last of
//     them variadic or not. Numbers that do not fit their type are an error, and
//     so are octets that are not UTF-8, but for parameters of type string and
//     []byte. Nil is the zero value;
//   - any results, the last of them an error or not. The error is thrown in the
//     script, and the other results are what the script gets.
//
// Each call runs on a goroutine of its own. A panic is thrown in the script as
// an error, and logged. Close must not be called by a host function: it waits
// for the call that waits for the function.
type HostFunction func(ctx context.Context, args []any) (results []any, err error)

// builtIn starts the names of the host functions that are ours.
const builtIn = "runner."

// hostFunctions are the functions that the embedding program registered.
type hostFunctions struct {
	byName map[string]HostFunction
}

var hostName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
})

// forTests starts those of them that a worker with Tools.Test may be given.
const forTests = builtIn + "test."

func newHostFunctions(fns map[string]any, tools Tools) (*hostFunctions, error) {
	h := &hostFunctions{byName: make(map[string]HostFunction, len(fns))}
	for _, name := range slices.Sorted(maps.Keys(fns)) {
		if strings.HasPrefix(name, builtIn) && !(tools.Test && strings.HasPrefix(name, forTests)) {
			return nil, fmt.Errorf("Options.Host[%q]: names that start with %q are built in", name, builtIn)
		}
		if !hostName().MatchString(name) {
			return nil, fmt.Errorf("Options.Host[%q]: a name is made of letters, digits, _ and dots", name)
		}
		for i, c := range name {
			if c == '.' && fns[name[:i]] != nil {
				return nil, fmt.Errorf("Options.Host[%q]: %q is a function, so nothing can be in it", name, name[:i])
			}
		}
		f, err := hostFunction(name, fns[name])
		if err != nil {
			return nil, fmt.Errorf("Options.Host[%q]: %w", name, err)
		}
		h.byName[name] = f
	}
	return h, nil
}

func (h *hostFunctions) names() []string { return slices.Sorted(maps.Keys(h.byName)) }

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// hostFunction adapts a function of any type.
func hostFunction(name string, fn any) (HostFunction, error) {
	switch f := fn.(type) {
	case HostFunction:
		if f != nil {
			return f, nil
		}
	case func(context.Context, []any) ([]any, error):
		if f != nil {
			return f, nil
		}
	}
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil, fmt.Errorf("a value of the type %T is not a function, or it is nil", fn)
	}
	t := v.Type()
	withContext := t.NumIn() > 0 && t.In(0) == contextType
	withError := t.NumOut() > 0 && t.Out(t.NumOut()-1) == errorType
	return func(ctx context.Context, args []any) ([]any, error) {
		in := make([]reflect.Value, 0, t.NumIn())
		if withContext {
			in = append(in, reflect.ValueOf(ctx))
		}
		in, err := appendArgs(name, in, t, args)
		if err != nil {
			return nil, err
		}
		out := v.Call(in)
		if withError {
			last := out[len(out)-1]
			out = out[:len(out)-1]
			if !last.IsNil() {
				return nil, last.Interface().(error)
			}
		}
		results := make([]any, len(out))
		for i, o := range out {
			results[i] = o.Interface()
		}
		return results, nil
	}, nil
}

// appendArgs converts args to the types of t's parameters behind in. Errors call
// the function by name.
func appendArgs(name string, in []reflect.Value, t reflect.Type, args []any) ([]reflect.Value, error) {
	fixed := t.NumIn() - len(in)
	first := len(in)
	if t.IsVariadic() {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !t.IsVariadic() {
		want := fmt.Sprint(fixed, " arguments")
		if fixed == 1 {
			want = "1 argument"
		}
		if t.IsVariadic() {
			want = "at least " + want
		}
		return nil, fmt.Errorf("host.%s takes %s and was given %d", name, want, len(args))
	}
	for i, a := range args {
		var pt reflect.Type
		if i < fixed {
			pt = t.In(first + i)
		} else {
			pt = t.In(t.NumIn() - 1).Elem()
		}
		p := reflect.New(pt)
		if err := assign(a, p.Interface()); err != nil {
			return nil, fmt.Errorf("host.%s: argument %d: %w", name, i+1, err)
		}
		in = append(in, p.Elem())
	}
	return in, nil
}

// A hostMark in a context says that a host function called by w runs.
type hostMark struct {
	w     *Worker
	call  uint64 // the number of the call that it belongs to, or 0
	outer *hostMark
}

type hostMarkKey struct{}

// inHostFunctionOf reports whether ctx is, or comes from, the context of a host
// function that w's script has called.
func inHostFunctionOf(ctx context.Context, w *Worker) bool {
	m, _ := ctx.Value(hostMarkKey{}).(*hostMark)
	for ; m != nil; m = m.outer {
		if m.w == w {
			return true
		}
	}
	return false
}

// onHostCall has a host function run.
func (w *Worker) onHostCall(id uint32, payload []byte) error {
	hostID, body, err := wire.ParseHostID(payload)
	if err != nil {
		return err
	}
	// The Reader leaves room for the id.
	if size, max := uint64(len(body)), uint64(w.opts.Limits.Payload); size > max {
		return &wire.TooLargeError{What: "the list of arguments of a host call that the worker made", Size: size, Max: max}
	}
	size := int64(len(payload))
	w.mu.Lock()
	c := w.slotLocked(id)
	if id != 0 && c == nil {
		w.mu.Unlock()
		return notInUse("a HOSTCALL", id)
	}
	if w.hostCalls[hostID] {
		w.mu.Unlock()
		return wire.Protocolf("a HOSTCALL with the host-call id %d, which is in use", hostID)
	}
	if why := w.admitHostCallLocked(size); why != nil {
		err := w.refuseHostCallLocked(id, hostID, why)
		w.mu.Unlock()
		w.pump()
		return err
	}
	if w.hostCalls == nil {
		w.hostCalls = make(map[uint32]bool)
	}
	w.hostCalls[hostID] = true
	w.hostNumbers++
	number := w.hostNumbers
	ctx := w.hostContextLocked(c)
	w.mu.Unlock()
	list, err := wire.CBOR().Thaw(body)
	if err != nil {
		return wire.Protocolf("a HOSTCALL that cannot be read: %v", err)
	}
	if len(list) == 0 {
		return wire.Protocolf("a HOSTCALL without a name")
	}
	name, at, ok := hostCallName(list[0])
	if !ok {
		return wire.Protocolf("a HOSTCALL whose name is not a string")
	}
	if len(name) > wire.MaxNameSize {
		return wire.Protocolf("a HOSTCALL with a name of %d bytes; it may have %d at most", len(name), wire.MaxNameSize)
	}
	if at.File != "" {
		ctx = context.WithValue(ctx, positionKey{}, at)
	}
	if name == "runner.retire" && w.member != nil {
		w.member.retire() // now: the answer of the call that asks may be next
	}
	go w.runHostCall(ctx, id, hostID, size, HostCall{Name: name, Args: list[1:], Number: number, Told: w.told()})
	return nil
}

// hostCallName is what a HOSTCALL begins with: a name, or a list of that and the
// place in the script where the child says that the call comes from.
func hostCallName(v any) (name string, at StackFrame, ok bool) {
	switch v := v.(type) {
	case string:
		return v, StackFrame{}, true
	case []any:
		if len(v) != 3 {
			return "", StackFrame{}, false
		}
		name, isName := v[0].(string)
		file, isFile := v[1].(string)
		line, isLine := v[2].(int64)
		return name, StackFrame{File: file, Line: int(line)}, isName && isFile && isLine
	}
	return "", StackFrame{}, false
}

// hostContextLocked is the context for host functions that c calls. It ends
// with c and with the worker.
func (w *Worker) hostContextLocked(c *call) context.Context {
	mark := &hostMark{w: w}
	if c == nil {
		return context.WithValue(w.ctx, hostMarkKey{}, mark)
	}
	x := c.gets()
	if x.hostCtx == nil {
		mark.call = c.number
		base := c.ctx
		if base == nil {
			base = context.Background()
		}
		mark.outer, _ = base.Value(hostMarkKey{}).(*hostMark)
		ctx, cancel := context.WithCancel(context.WithValue(base, hostMarkKey{}, mark))
		unlink := context.AfterFunc(w.ctx, cancel)
		x.hostCtx = ctx
		x.stopHost = func() {
			unlink()
			cancel()
		}
		if c.answered {
			x.stopHost()
		}
	}
	return x.hostCtx
}

// endHostCalls ends the contexts of the host functions that c has called.
func (c *call) endHostCalls() {
	if stop := c.has().stopHost; stop != nil {
		stop()
	}
}

// runHostCall runs a host function and answers the call, even if the function
// ends its goroutine, as testing.T.FailNow does. size is that of the arguments
// in bytes.
func (w *Worker) runHostCall(ctx context.Context, id, hostID uint32, size int64, c HostCall) {
	var frame []byte
	kind := wire.KindThrow
	if w.opts.Intercept != nil {
		answered := make(chan struct{})
		c.Answered = answered
		defer close(answered)
	}
	defer func() {
		if frame == nil {
			frame = throwFrame(hostID, fmt.Errorf("host.%s ended its goroutine", c.Name))
		}
		w.mu.Lock()
		delete(w.hostCalls, hostID)
		w.answerHostCallLocked(id, hostID, size, frame, kind)
		w.mu.Unlock()
		w.pump()
	}()
	frame, kind = w.hostAnswer(ctx, hostID, c)
}

// hostAnswer runs a host function and returns the frame that says what came of
// it, without its header. A panic is thrown in the script; the methods of
// results and of errors are not ours either.
func (w *Worker) hostAnswer(ctx context.Context, hostID uint32, c HostCall) (frame []byte, kind wire.Kind) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case unaudited:
			frame, kind = throwFrame(hostID, v.DeniedError), wire.KindThrow
		default:
			w.opts.Logger.Error("a host function panicked", "worker", w.name, "function", c.Name, "panic", v, "stack", string(debug.Stack()))
			frame, kind = throwFrame(hostID, fmt.Errorf("host.%s panicked: %v", c.Name, v)), wire.KindThrow
		}
	}()
	var results []any
	var err error
	if w.opts.Intercept != nil {
		results, err = w.intercepted(ctx, c)
	} else {
		results, err = w.callHost(ctx, c.Name, c.Args)
	}
	if err == nil {
		frame, err = w.appendReturn(wire.AppendHostID(make([]byte, wire.HeaderSize, 128), hostID), results)
	}
	if err != nil {
		return throwFrame(hostID, err), wire.KindThrow
	}
	return frame, wire.KindReturn
}

// throwFrame is a THROW without its header. An error that is larger than the
// child has to take is not a reason for it to die.
func throwFrame(hostID uint32, err error) []byte {
	head := wire.AppendHostID(make([]byte, wire.HeaderSize, 256), hostID)
	frame, jsonErr := wire.AppendMessage(head, errorToWire(err))
	if size := len(frame) - wire.HeaderSize; jsonErr == nil && (size > wire.ControlRoom || wire.CheckMessage(frame[wire.HeaderSize:]) != nil) {
		frame, jsonErr = wire.AppendMessage(head, errorToWire(tooLarge(&wire.TooLargeError{
			What: "the error of the host function", Size: uint64(size), Max: wire.ControlRoom,
		}, 0)))
	}
	if jsonErr != nil {
		panic(jsonErr) // it holds strings and checked JSON
	}
	return frame
}

// hostIDSize is what the id of a host call takes of a payload.
const hostIDSize = 4

func (w *Worker) appendReturn(frame []byte, results []any) ([]byte, error) {
	values, err := normalise(results)
	if err != nil {
		return frame, err
	}
	before := len(frame)
	frame, err = wire.CBOR().AppendFreeze(frame, values)
	if err != nil {
		return frame, serialiseError(err, 0)
	}
	if size, max := uint64(len(frame)-before), uint64(min(w.opts.Limits.Payload, wire.MaxPayloadSize-hostIDSize)); size > max {
		return frame, tooLarge(&wire.TooLargeError{What: "the result of the host function", Size: size, Max: max}, 0)
	}
	return frame, nil
}

// callHost runs a host function.
func (w *Worker) callHost(ctx context.Context, name string, args []any) ([]any, error) {
	switch {
	case w.broker.Handles(name):
		done, err := w.fileSlots.take(ctx, name)
		if err != nil {
			return nil, err
		}
		defer done()
		results, err := w.broker.Call(ctx, name, args)
		if err == nil && name == moduleFirst {
			err = w.handOver(args, results)
		}
		return results, brokerError(err)
	case name == profileFunction:
		return nil, w.takeProfile(args)
	case name == "runner.retire":
		return nil, nil // onHostCall has seen to it
	case strings.HasPrefix(name, builtIn) && w.host.byName[name] == nil:
		return nil, fmt.Errorf("this program has no built-in function %s", name)
	}
	f := w.host.byName[name]
	use := broker.Use{Grant: "host", Operation: "call", Target: name, Allowed: f != nil}
	if f == nil {
		use.Reason = "the host has no such function"
	}
	w.audit(ctx, use)
	if f == nil {
		return nil, &DeniedError{Grant: "host", Target: name, Message: fmt.Sprintf("the host has no function %q", name)}
	}
	return f(ctx, args)
}

// brokerError is an error of the broker's as this package's.
func brokerError(err error) error {
	var (
		denied *broker.DeniedError
		limit  *broker.LimitError
	)
	switch {
	case errors.As(err, &denied):
		return &DeniedError{Grant: denied.Grant, Target: denied.Path, Message: denied.Error()}
	case errors.As(err, &limit):
		return &LimitError{Limit: limit.Limit, Size: uint64(limit.Size), Max: uint64(limit.Max), Message: limit.Error()}
	}
	return err
}
