package host

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"
	"time"
	"unicode/utf8"

	"scripthost.example/wire"
)

// A call is one call, from its making to its answer.
type call struct {
	number uint64
	frame  []byte // until it is sent
	fn     func([]any, error)
	notify chan struct{} // of capacity 1: a Call waits for it
	then   *thenCall     // that it is of, in the place of notify
	ctx    context.Context
	extras *extras // may be nil if it has none

	// Guarded by Worker.mu.
	id       uint32 // on the wire; 0 as long as it is not sent
	answered bool   // out and err are set
	left     bool   // its caller has been told to wait no longer
	notified bool
	freed    bool // the worker has answered it, or never will
	keep     bool // frame may be sent once more, to another worker
	direct   bool // the Call waits inside a callback
	held     bool // somebody else may have it still when it has its answer
	out      values
	err      error

	due     time.Duration // when its time is up, since epoch; 0: never
	order   uint64        // among the worker's calls
	req     *request      // of a pool's call
	stopCtx func() bool

	small [80]byte // for the frame, if it is that short
}

// extras are what few calls have. There may be many calls at a time, and to take memory
// for them, and to look through it for garbage, is a good part of what each costs.
type extras struct {
	tail   []byte // a large argument, which the frame ends with: a string's own memory
	stream *stream

	// Guarded by Worker.mu.
	patience *time.Timer     // ends the wait for callbacks
	givenUp  error           // why it was cancelled
	grace    *time.Timer     // when the worker is killed for it
	graces   int             // how often that was put off
	hostCtx  context.Context // of its host calls, made when first needed
	stopHost context.CancelFunc
}

// empty reports whether there is nothing left of what a call had.
func (x *extras) empty() bool {
	return x.tail == nil && x.stream == nil && x.patience == nil && x.givenUp == nil && x.grace == nil && x.hostCtx == nil
}

// noExtras are the extras of calls without any.
var noExtras extras

// has returns the extras of a call, to be read.
func (c *call) has() *extras {
	if c.extras == nil {
		return &noExtras
	}
	return c.extras
}

// gets returns the extras of a call, to be written.
func (c *call) gets() *extras {
	if c.extras == nil {
		c.extras = new(extras)
	}
	return c.extras
}

// Call implements Caller for the function of Options.
func (w *Worker) Call(ctx context.Context, args ...any) ([]any, error) {
	return w.call(ctx, "", args, nil)
}

// Go implements Caller for the function of Options.
func (w *Worker) Go(fn func(results []any, err error), args ...any) uint64 {
	return w.goCall(fn, "", args)
}

// Stream implements Caller for the function of Options.
func (w *Worker) Stream(ctx context.Context, args ...any) iter.Seq2[Event, error] {
	return w.streamCall(ctx, "", args, nil)
}

// Function implements Caller.
func (w *Worker) Function(name string) Caller { return &function{w, name} }

// A function is a Caller for one named function.
type function struct {
	w    *Worker
	name string
}

func (f *function) Call(ctx context.Context, args ...any) ([]any, error) {
	return f.w.call(ctx, f.name, args, nil)
}

func (f *function) Go(fn func(results []any, err error), args ...any) uint64 {
	return f.w.goCall(fn, f.name, args)
}

func (f *function) Stream(ctx context.Context, args ...any) iter.Seq2[Event, error] {
	return f.w.streamCall(ctx, f.name, args, nil)
}

func (f *function) Function(name string) Caller { return f.w.Function(name) }

// freeze makes a payload behind dst.
func (w *Worker) freeze(dst []byte, args []any) (frozen []byte, err error) {
	frozen, _, err = w.freezeTail(dst, args, math.MaxInt)
	return frozen, err
}

// freezeTail is freeze, but does not copy a string of at least as many bytes that
// is the last argument: it is the payload's tail.
func (w *Worker) freezeTail(dst []byte, args []any, least int) (frozen, tail []byte, err error) {
	if w.custom {
		defer func() {
			if v := recover(); v != nil {
				err = &SerialiseError{outcome: outcome(NotSent), Message: fmt.Sprintf("the serialiser %s panicked: %v", w.opts.Serialiser.Name(), v)}
			}
		}()
	}
	values := args
	if w.custom {
		if values, err = normalise(args); err != nil {
			return dst, nil, err
		}
	}
	frozen, tail, err = w.freezeValues(dst, values, least)
	if err != nil && !w.custom {
		// The built-in ones refuse what they do not know: only then are all values
		// worth a look by themselves.
		values, bad := normalise(args)
		if bad != nil {
			return dst, nil, bad
		}
		if len(args) > 0 && &values[0] != &args[0] {
			frozen, tail, err = w.freezeValues(dst, values, least)
		}
	}
	if err != nil {
		return dst, nil, err
	}
	if size, max := uint64(len(frozen)-len(dst)+len(tail)), uint64(w.opts.Limits.Payload); size > max {
		return dst, nil, tooLarge(&wire.TooLargeError{What: "the list of arguments", Size: size, Max: max}, NotSent)
	}
	return frozen, tail, nil
}

// freezeValues freezes values of the types that serialisers know.
func (w *Worker) freezeValues(dst []byte, values []any, least int) (frozen, tail []byte, err error) {
	if err := w.checkArgs(values); err != nil {
		return dst, nil, err
	}
	if n := len(values); n > 0 {
		if _, isText := values[n-1].(string); !isText { // what a caller may change must be copied
			least = math.MaxInt
		}
	}
	frozen, tail, err = wire.AppendFreezeTail(w.opts.Serialiser, dst, values, least)
	if err != nil {
		return dst, nil, serialiseError(err, NotSent)
	}
	return frozen, tail, nil
}

// checkArgs refuses what is too large by itself before a copy is made of it.
func (w *Worker) checkArgs(values []any) error {
	limit := uint64(w.opts.Limits.Payload)
	for i, v := range values {
		var size int
		switch v := v.(type) {
		case string:
			size = len(v)
		case []byte:
			size = len(v)
		}
		if uint64(size) > limit {
			return tooLarge(&wire.TooLargeError{What: fmt.Sprintf("argument %d", i+1), Size: uint64(size), Max: limit}, NotSent)
		}
	}
	return nil
}

// thaw reads a frame's payload.
func (w *Worker) thaw(f wire.Frame) (values []any, err error) {
	if w.custom {
		defer func() {
			if v := recover(); v != nil {
				err = &SerialiseError{outcome: outcome(Completed), Message: fmt.Sprintf("the serialiser %s panicked: %v", w.opts.Serialiser.Name(), v)}
			}
		}()
	}
	if f.Owned {
		values, err = wire.ThawOwned(w.opts.Serialiser, f.Payload)
	} else {
		values, err = w.opts.Serialiser.Thaw(f.Payload)
	}
	if err != nil {
		return nil, serialiseError(err, Completed)
	}
	return values, nil
}

// newCall freezes a call's arguments.
func (w *Worker) newCall(ctx context.Context, name string, args []any) (*call, error) {
	c := w.takeUsed()
	if err := w.makeCall(c, ctx, name, args); err != nil {
		return nil, err
	}
	return c, nil
}

// makeCall is newCall in memory that there is.
func (w *Worker) makeCall(c *call, ctx context.Context, name string, args []any) error {
	if err := ctx.Err(); err != nil {
		return contextError(err, NotSent)
	}
	if !w.opts.Async && inHostFunctionOf(ctx, w) {
		return &CallError{outcome: outcome(NotSent), Kind: wire.ErrorReentrant, Err: ErrReentrant}
	}
	c.ctx = ctx
	c.held = w.custom // by the serialiser, which might keep the frame
	frame := c.small[:wire.HeaderSize]
	if name != "" {
		if w.opts.Wire == Classic {
			return &CallError{outcome: outcome(NotSent), Kind: wire.ErrorProtocol, Err: errors.ErrUnsupported, Message: fmt.Sprintf("the function %s cannot be called: the classic dialect has no names of functions", name)}
		}
		if len(name) > wire.MaxNameSize {
			return &LimitError{outcome: outcome(NotSent), Limit: "name", Size: uint64(len(name)), Max: wire.MaxNameSize, Message: fmt.Sprintf("the name of a function is %d bytes long, at most %d are allowed", len(name), wire.MaxNameSize)}
		}
		if !utf8.ValidString(name) {
			return &SerialiseError{outcome: outcome(NotSent), Message: fmt.Sprintf("the name of a function, %q, is not UTF-8", name)}
		}
		frame = wire.AppendName(frame, name)
	}
	frame, tail, err := w.freezeFrame(frame, args)
	if err != nil {
		return err
	}
	if size, max := uint64(len(frame)-wire.HeaderSize+len(tail)), uint64(wire.MaxPayloadSize); size > max {
		// A name takes room in the frame too.
		return tooLarge(&wire.TooLargeError{What: "the name of the function with its arguments", Size: size, Max: max}, NotSent)
	}
	c.frame = frame
	if tail != nil {
		c.gets().tail = tail
	}
	if name != "" {
		c.frame[0] = named
	}
	return nil
}

// keepFrame is the largest buffer for frames that is kept.
const keepFrame = 64 << 10

// frameBuffers are for frames whose size is not known before they are made.
var frameBuffers = sync.Pool{New: func() any { return new([]byte) }}

// freezeFrame is freezeTail for a frame that begins with head and has to last. It
// takes memory for that once, and not again and again as the frame grows.
func (w *Worker) freezeFrame(head []byte, args []any) (frame, tail []byte, err error) {
	if w.opts.Serialiser == String || w.custom { // which might keep what it was given
		return w.freezeTail(head, args, largeFrame)
	}
	room := frameBuffers.Get().(*[]byte)
	defer frameBuffers.Put(room)
	frame, err = w.freeze(append((*room)[:0], head...), args)
	if err != nil || cap(frame) > keepFrame {
		return frame, nil, err
	}
	*room = frame
	return append(head, frame[len(head):]...), nil, nil
}

// named in the first byte of a frame that has no header yet says that it is a
// CALL: the id that replaces it is only known when the frame is sent.
const named = 1

// call makes a call and waits for its results. r is of a pool's call.
func (w *Worker) call(ctx context.Context, name string, args []any, r *request) ([]any, error) {
	c, err := w.newCall(ctx, name, args)
	if err != nil {
		r.fail(err)
		return nil, err
	}
	c.req = r
	var (
		info  *CallInfo // of a pool's call it is told there
		given time.Time
	)
	if r == nil {
		info = infoOf(ctx)
		given = info.now()
	}
	c.notify = notifyChannels.Get().(chan struct{})
	c.direct = !w.cb.idle() && inCallback()
	w.mu.Lock()
	if err := w.queueLocked(c); err != nil {
		w.mu.Unlock()
		r.fail(err)
		return nil, err
	}
	mine := callersRead && w.reader == nobodyReads && w.outstanding+w.waiting == 1 && w.isReady
	if mine {
		w.reader = callerReads
		w.readingFor = c
	} else {
		w.startReaderLocked()
	}
	when := pumpNow
	if !mine {
		when = w.pumpWhenLocked()
	}
	w.watchContextLocked(c)
	w.mu.Unlock()
	switch when {
	case pumpNow:
		w.pump()
	case pumpSoon: // there is nothing else to do
		w.pumpLater()
	}
	if mine {
		w.readFor(c)
	}
	<-c.notify
	notifyChannels.Put(c.notify) // nothing is sent on it any more
	info.tell(w, 1, given)
	out, err := c.results(w)
	w.release(c)
	return out, err
}

var notifyChannels = sync.Pool{New: func() any { return make(chan struct{}, 1) }}

func (w *Worker) goCall(fn func([]any, error), name string, args []any) uint64 {
	c, err := w.newCall(context.Background(), name, args)
	if c == nil {
		c = &call{}
	}
	c.fn = fn
	w.mu.Lock()
	if err == nil {
		err = w.queueLocked(c)
	} else {
		w.numberLocked(c)
	}
	when := pumpNever
	if err == nil {
		w.startReaderLocked()
		when = w.pumpWhenLocked()
	}
	number := c.number // before others have it
	w.mu.Unlock()
	if err != nil {
		w.complete(c, values{}, err)
		return number
	}
	w.pumpWhen(when)
	return number
}

// complete gives a call its answer, unless it has one.
func (w *Worker) complete(c *call, out values, err error) {
	w.mu.Lock()
	w.completeLocked(c, out, err)
}

// completeLocked is complete, and unlocks w.mu.
func (w *Worker) completeLocked(c *call, out values, err error) {
	if c.answered {
		w.mu.Unlock()
		return
	}
	c.answered = true
	c.out, c.err = out, err
	c.stopWatching()
	c.endHostCalls()
	// What a given-up call keeps of its worker it keeps until that has ended it.
	held := c.id != 0 && !c.freed && !w.ended
	var due launches
	switch r := c.req; {
	case r == nil:
	case c.waits() || c.has().stream != nil:
		due = r.settle(err, held, c.has().stream)
	default:
		var again bool
		if again, due = r.again(err); again {
			w.mu.Unlock()
			due.run()
			return
		}
		c.err = r.verdict(err)
	}
	if c.waits() && (c.left || c.direct || w.cb.idle()) {
		w.notifyLocked(c)
		w.mu.Unlock()
		due.run()
		return
	}
	c.held = true // here
	s := c.has().stream
	w.mu.Unlock()
	due.run()
	switch {
	case s != nil:
		s.add(streamItem{number: c.number, values: out, result: true, err: err})
	case c.waits():
		w.cb.addNotify(c)
	default:
		w.cb.addAnswers([]*call{c})
		if c.req != nil { // only now: a pool that has no calls left may end
			c.req.settle(c.err, held, nil).run()
		}
	}
}

// notifyLocked lets the Call of c return.
func (w *Worker) notifyLocked(c *call) {
	if c.notified || !c.waits() {
		return
	}
	c.notified = true
	if c.then != nil {
		go tellAll([]*thenCall{c.then})
		return
	}
	c.notify <- struct{}{}
}

// waits reports whether somebody waits for the answer, or wants to go on with it.
func (c *call) waits() bool { return c.notify != nil || c.then != nil }

// results are what the caller gets.
func (c *call) results(w *Worker) ([]any, error) {
	if c.err != nil {
		return nil, c.err
	}
	return c.out.get(w)
}

// thawLate is the size of a payload from which it is thawed where its values are
// wanted. What waits for that is then as large as what the worker sent: values
// can take 64 times as much.
const thawLate = 1 << 10

// values are frozen values that have been thawed, but for those of large
// payloads and those of a custom serialiser: its code runs where the values are
// wanted, so that it cannot hold up the reading.
type values struct {
	list []any
	raw  []byte
	lazy bool
	size int // in memory
}

// received makes values of the payload of a frame that is valid only for now.
func (w *Worker) received(f wire.Frame) (values, error) {
	if w.custom || len(f.Payload) >= thawLate && w.opts.Serialiser != String {
		raw := f.Payload
		if !f.Owned {
			raw = append([]byte(nil), raw...)
		}
		return values{raw: raw, lazy: true, size: len(raw)}, nil
	}
	list, err := w.thaw(f)
	return values{list: list, size: sizeOf(list)}, err
}

func (v values) get(w *Worker) ([]any, error) {
	if v.lazy {
		return w.thaw(wire.Frame{Payload: v.raw, Owned: true})
	}
	return v.list, nil
}
