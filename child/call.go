package child

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// A call is one call from the parent, from its frame to its answer.
type call struct {
	engine.Call
	name string // of the function; empty for the worker's own
	args []byte
	// timeline is its clock under a fixed one; nil before it looks at it.
	timeline *timeline

	// Guarded by worker.mu.
	answered  bool
	cancelled bool
	cause     *engine.Error // why it was cancelled
	returned  bool          // its function has returned
	pending   int           // host calls and timers that it made
	waitedFor int           // of them, host calls that its code waits for, or has
	posts     int           // of it, among those of the worker
}

func callOf(ec *engine.Call) *call {
	if ec == nil {
		return nil
	}
	return ec.State.(*call)
}

func cancelledError() *engine.Error {
	return &engine.Error{Kind: engine.KindCancelled, Message: "the call was cancelled"}
}

// newCall queues a call. The frame's payload holds its arguments only.
func (w *worker) newCall(id uint32, name string, f wire.Frame) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newCallLocked(id, name, f)
}

func (w *worker) newCallLocked(id uint32, name string, f wire.Frame) error {
	if id == 0 || id > wire.MaxCallID {
		return wire.Protocolf("a call with the id %#x", id)
	}
	c := &call{name: name}
	c.ID = id
	c.State = c
	switch {
	case w.calls.get(id) != nil:
		return wire.Protocolf("a call with the id %d, which is in use", id)
	case w.draining:
		return wire.Protocolf("a call after DRAIN")
	}
	c.args = f.Payload
	if !f.Owned {
		c.args = w.args.copy(f.Payload, len(w.queue) == 0 && w.starting == 0)
	}
	w.callsMade++
	c.Number = w.callsMade
	w.calls.add(c)
	w.queue = append(w.queue, c)
	w.notifyLocked()
	return nil
}

// takeLocked takes the next call off the queue, for startLocked. From then on it counts as
// one that may use its arguments: who reads may add another before it has started.
func (w *worker) takeLocked() *call {
	w.starting++
	return pop(&w.queue)
}

// startLocked runs a call that was taken until its function returns. It lets go of mu
// meanwhile.
func (w *worker) startLocked(c *call) {
	if c.answered { // cancelled since it was taken
		w.starting--
		return
	}
	w.setRunningLocked(c)
	args := c.args
	c.args = nil // which may be a part of much
	// In sync mode, if this call is the end of the process the parent must have the
	// answer to the one before: by that it knows which of them has been run.
	due := !w.async && !w.out.emptyLocked()
	if w.async {
		due = w.out.dueLocked(w.runningSince, max(gatherFrames, min(len(w.queue)/gatherOf, maxGathered)))
	}
	w.mu.Unlock()
	if due {
		w.out.flush()
	}

	if fn, err := w.function(c.name); err != nil {
		w.Fail(&c.Call, err)
	} else {
		w.vm.Start(&c.Call, fn, args)
	}

	w.mu.Lock()
	c.returned = true
	w.starting--
	w.stoppedLocked(c)
}

func (w *worker) function(name string) (engine.Function, error) {
	if name == "" {
		return w.entry, nil
	}
	if fn, ok := w.functions[name]; ok {
		return fn, nil
	}
	fn, err := w.vm.Lookup(name)
	if err == nil {
		w.functions[name] = fn
	}
	return fn, err
}

// answerLocked takes a call out of the table; its answer must be added next.
func (w *worker) answerLocked(c *call) {
	c.answered = true
	w.calls.remove(c)
}

func (w *worker) answerErrorLocked(c *call, err error) {
	w.answerLocked(c)
	w.controlLocked(wire.KindError, c.ID, toWire(err))
}

// Answer implements engine.Services.
func (w *worker) Answer(ec *engine.Call, frame []byte) error {
	c := callOf(ec)
	tail := w.takeTail()
	w.mu.Lock()
	if c.answered {
		cancelled := c.cancelled
		w.mu.Unlock()
		w.giveBack(frame)
		if cancelled {
			return nil
		}
		return engine.ErrAnswered
	}
	if err := w.checkSize("the result", frame, tail); err != nil {
		w.mu.Unlock()
		w.giveBack(frame)
		return err
	}
	wire.PutHeaderBefore(frame, c.ID, len(tail))
	w.answerLocked(c)
	large := len(frame)+len(tail) >= outDirect
	full := false
	if !large {
		full = w.out.addLocked(frame, tail)
	}
	busy := w.readerTaken
	w.mu.Unlock()
	switch {
	case large:
		w.out.write(frame, tail)
	case full:
		w.out.flush()
	case busy:
		// Others read, so this goroutine may be long in coming to write. Where
		// it is not yet known to be, the watch sees to it.
		w.out.flushSoon()
	}
	w.giveBack(frame)
	return nil
}

// Fail implements engine.Services.
func (w *worker) Fail(ec *engine.Call, err error) error {
	c := callOf(ec)
	w.mu.Lock()
	if c == nil || c.answered {
		quiet := c != nil && c.cancelled
		w.mu.Unlock()
		if quiet {
			return nil
		}
		w.logError(ec, err)
		return engine.ErrAnswered
	}
	if c.cancelled {
		err = withStack(c.cause, err)
	}
	w.answerErrorLocked(c, err)
	busy := w.readerTaken
	w.mu.Unlock()
	if busy {
		w.out.flushSoon()
	}
	return nil
}

// withStack is cause with the place that err names, if it names one.
func withStack(cause *engine.Error, err error) error {
	var at *engine.Error
	if !errors.As(err, &at) || len(at.Stack) == 0 {
		return cause
	}
	c := *cause
	c.Language, c.Stack = at.Language, at.Stack
	return &c
}

// Event implements engine.Services.
func (w *worker) Event(ec *engine.Call, frame []byte) error {
	c := callOf(ec)
	id := uint32(0)
	if c != nil {
		id = wire.ControlID(wire.KindCallEvent, c.ID)
	}
	defer w.giveBack(frame)
	tail := w.takeTail()
	if err := w.checkSize("the event", frame, tail); err != nil {
		return err
	}
	wire.PutHeaderBefore(frame, id, len(tail))
	w.mu.Lock()
	if c != nil && c.answered {
		cancelled := c.cancelled
		w.mu.Unlock()
		if cancelled {
			return nil
		}
		return engine.ErrAnswered
	}
	// Within the lock: nobody may answer the call before its event is there.
	full := w.out.addLocked(frame, tail)
	w.mu.Unlock()
	if full {
		w.out.flush()
	} else {
		w.out.flushDue(uptime(), gatherFrames)
	}
	return nil
}

// Frame implements engine.Services. The frame is lent: while it is out, another
// one is made, since the engine may run script code before it gives it back.
func (w *worker) Frame() []byte {
	b := w.scratch
	w.scratch, w.tail = nil, nil
	if b == nil {
		b = make([]byte, wire.HeaderSize, 512)
	}
	return b[:wire.HeaderSize]
}

func (w *worker) giveBack(frame []byte) {
	if cap(frame) <= outKeep {
		w.scratch = frame
	}
}

func (w *worker) checkSize(what string, frame, tail []byte) error {
	size := uint64(len(frame) - wire.HeaderSize + len(tail))
	if size <= w.maxPayload {
		return nil
	}
	large := &wire.TooLargeError{What: what, Size: size, Max: w.maxPayload}
	return &engine.Error{Kind: engine.KindLimit, Message: large.Error(), Value: payloadLimit(large), HasValue: true}
}

// cancel does what CANCEL asks for. A call that is not there any more has finished;
// one that never was breaks the protocol.
func (w *worker) cancel(id uint32) error {
	c, known := w.markCancelled(id)
	if !known {
		return wire.Protocolf("a CANCEL of the call %d, which there has not been", id)
	}
	if c != nil {
		w.files.forget(c, c.cause)
	}
	return nil
}

// markCancelled cancels a call, and returns it if it goes on. It is known if there
// may have been one with that id.
func (w *worker) markCancelled(id uint32) (c *call, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c = w.calls.get(id)
	if c == nil || c.cancelled {
		return nil, w.calls.had(id)
	}
	w.cancelLocked(c)
	return c, true
}

func (w *worker) cancelLocked(c *call) {
	c.cancelled = true
	c.cause = cancelledError()
	if i := slices.Index(w.queue, c); i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
		w.answerErrorLocked(c, c.cause)
		w.out.flushSoonLocked()
		return
	}
	if !w.async {
		w.interruptLocked(c.cause)
		w.notifyLocked()
		return
	}
	w.cleanUpLocked(c)
	if w.running == c {
		w.interruptLocked(c.cause) // it is answered once its code has stopped
	} else {
		w.answerErrorLocked(c, c.cause)
		w.out.flushSoonLocked()
	}
	for p := range w.parked {
		if p.c == c {
			w.wakeLocked(p)
		}
	}
	w.postLocked(post{c, func() { w.vm.Cancelled(&c.Call) }})
}

func (w *worker) interruptLocked(cause *engine.Error) {
	w.interrupt = cause
	w.vm.Interrupt(cause)
}

// stopLaterLocked gives the code of c, a call that was cancelled, that is about
// to run the grace period to clean up; what still runs then is interrupted.
func (w *worker) stopLaterLocked(c *call) {
	if w.grace <= 0 {
		return
	}
	turn := w.turns
	time.AfterFunc(w.grace, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.running == c && w.turns == turn && !w.hasEnded() {
			w.interruptLocked(c.cause)
		}
	})
}

// Cancelled implements engine.Services.
func (w *worker) Cancelled(ec *engine.Call) bool {
	c := callOf(ec)
	w.mu.Lock()
	defer w.mu.Unlock()
	return c != nil && c.cancelled
}

// unanswerableLocked reports whether nothing that is under way belongs to a
// call without an answer, so that none of them will ever get one.
func (w *worker) unanswerableLocked() bool {
	for c := range w.calls.all() {
		if !c.returned || c.pending > 0 {
			return false
		}
	}
	return !slices.ContainsFunc(w.posts, func(p post) bool { return p.c != nil && !p.c.answered })
}

func (w *worker) failUnanswerable() {
	w.mu.Lock()
	defer w.mu.Unlock()
	byID := func(a, b *call) int { return cmp.Compare(a.ID, b.ID) }
	for _, c := range slices.SortedFunc(w.calls.all(), byID) {
		w.answerErrorLocked(c, &engine.Error{
			Kind:     engine.KindScript,
			Language: w.boots.Language,
			Message:  "done was never called",
		})
	}
}
