package host

import (
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"scripthost.example/wire"
)

// Who reads the socket. A Call that is alone reads its answer itself, which
// saves a hand-over between goroutines; whenever others wait too, a goroutine
// reads for all of them. While nothing is outstanding nobody reads for the
// moment, so that the next Call can, and the goroutine is back soon after.
type readerState int

const (
	nobodyReads readerState = iota
	callerReads
	goroutineReads
	readingEnded
)

// idleRead is how long nobody may read: the longest that an event of no call,
// or a log record, can be late.
const idleRead = time.Millisecond

// manyFreed is after how many answers the calls that waited for them are sent,
// although more answers have come: the child must not run out of calls meanwhile.
const manyFreed = 128

// startReaderLocked sees to it that somebody reads.
func (w *Worker) startReaderLocked() {
	if w.reader == nobodyReads {
		w.reader = goroutineReads
		go w.read()
	}
}

// read reads until the stream ends, or until a Call can do it.
func (w *Worker) read() {
	w.eager.SetEager(false)
	if err := w.readGreeting(); err != nil {
		w.endReading(err)
		return
	}
	for {
		w.pumpFreed()
		if err := w.throttle(); err != nil {
			w.endReading(err)
			return
		}
		w.lookInTurn()
		f, err := w.rd.Next()
		byCall := false
		if err == nil {
			byCall, err = w.handleSome(f)
		}
		if err != nil {
			w.endReading(err)
			return
		}
		if !byCall || w.rd.Buffered() {
			continue
		}
		w.mu.Lock()
		if w.outstanding+w.waiting == 0 && !w.closing {
			w.reader = nobodyReads
			w.armIdleLocked()
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
	}
}

// looking is set while the goroutine that reads for one of all workers looks. Each that
// does keeps callers from running, on one of the few processors that there are.
var looking atomic.Bool

// readingCalls is how many calls, of all workers, read their answers themselves. Each of them
// and its worker need a processor.
var readingCalls atomic.Int32

// lookInTurn has who reads for several callers of a sync worker look before it waits:
// such a worker answers call by call, so that each answer is waited for as that of a lone
// caller is. Async workers have others to answer meanwhile.
func (w *Worker) lookInTurn() {
	if !look || w.opts.Async || w.rd.Buffered() {
		return
	}
	w.mu.Lock()
	several := w.outstanding > 1
	w.mu.Unlock()
	if several && runtime.GOMAXPROCS(0) > 1 {
		w.eager.SetEagerInTurn(&looking)
	} else {
		w.eager.SetEager(false)
	}
}

// readGreeting waits for a child to greet on its standard output, and sends BOOT
// then: the script is not for whatever else may be there.
func (w *Worker) readGreeting() error {
	if w.opts.Wire == Classic || !w.opts.Stdio {
		return nil
	}
	w.mu.Lock()
	greeted := w.mayBoot
	w.mu.Unlock()
	if greeted {
		return nil
	}
	if err := w.rd.ReadGreeting(); err != nil {
		return err
	}
	w.mu.Lock()
	w.mayBootLocked()
	w.mu.Unlock()
	w.pump()
	return nil
}

// readFor reads until c has its answer. The caller has set reader and
// readingFor.
func (w *Worker) readFor(c *call) {
	w.eager.SetEager(look)
	if 2*readingCalls.Add(1) <= int32(runtime.NumCPU()) {
		w.eager.SetKeeping()
	}
	defer readingCalls.Add(-1)
	for {
		w.pumpFreed()
		f, err := w.rd.Next()
		if err == nil {
			_, err = w.handle(f)
		}
		w.mu.Lock()
		if w.kicked {
			w.kicked = false
			w.t.in.SetReadDeadline(time.Time{})
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = nil
			}
		}
		if err != nil {
			w.readingFor = nil
			w.mu.Unlock()
			w.endReading(err)
			return
		}
		if c.answered {
			w.readingFor = nil
			w.reader = nobodyReads
			if w.outstanding+w.waiting > 0 || w.closing || w.rd.Buffered() {
				w.startReaderLocked()
			} else {
				w.armIdleLocked()
			}
			w.mu.Unlock()
			return
		}
		if w.tooMuch() {
			// A goroutine waits: this one has a call that may be given up.
			w.readingFor = nil
			w.reader = goroutineReads
			w.mu.Unlock()
			go w.read()
			return
		}
		w.mu.Unlock()
	}
}

// kick makes readFor, if it reads for c, look whether c has been answered
// otherwise: nothing may come that it could read.
func (w *Worker) kick(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.readingFor == c {
		w.kicked = true
		w.t.in.SetReadDeadline(time.Unix(1, 0))
	}
}

func (w *Worker) endReading(err error) {
	w.mu.Lock()
	w.reader = readingEnded
	w.mu.Unlock()
	w.streamEnded(err)
}

// armIdleLocked has the goroutine read again if no call does so soon.
func (w *Worker) armIdleLocked() {
	if !w.idleArmed {
		w.idleArmed = true
		w.callsSince = false
		w.idleTimer.Reset(idleRead)
	}
}

func (w *Worker) readWhenIdle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idleArmed = false
	if w.reader != nobodyReads || w.ended {
		return
	}
	if w.callsSince {
		w.armIdleLocked()
		return
	}
	w.startReaderLocked()
}

// handle does what a frame says. byCall reports that it answered a Call. An
// error ends the connection.
func (w *Worker) handle(f wire.Frame) (byCall bool, err error) {
	if w.opts.Wire == Classic {
		return w.handleClassic(f)
	}
	control, kind, id := wire.Split(f.ID)
	if !w.isReady { // who reads sets it
		if err := w.checkEarly(control, kind, id); err != nil {
			return false, err
		}
	}
	if !control {
		if id == 0 {
			return false, w.onEvent(0, f)
		}
		return w.onAnswer(id, f, false)
	}
	if err := checkOfNone(kind, id); err != nil {
		return false, err
	}
	switch kind {
	case wire.KindReady:
		return false, w.onReady(f.Payload)
	case wire.KindError:
		return w.onAnswer(id, f, true)
	case wire.KindHostCall:
		return false, w.onHostCall(id, f.Payload)
	case wire.KindCallEvent:
		if id == 0 {
			return false, wire.Protocolf("a CALLEVENT of no call")
		}
		return false, w.onEvent(id, f)
	case wire.KindPong:
		return false, w.onPong(f.Payload)
	case wire.KindLog:
		return false, w.onLog(f.Payload)
	case wire.KindFatal:
		return false, w.onFatal(f.Payload)
	}
	return false, wire.Protocolf("a frame of kind %d, which the protocol does not have", kind)
}

// checkEarly looks at a frame that comes before READY. What belongs to a call is not
// in use then.
func (w *Worker) checkEarly(control bool, kind wire.Kind, id uint32) error {
	switch {
	case !control && id == 0:
		return wire.Protocolf("an event before READY")
	case control && kind == wire.KindReady:
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.bootMade {
			return wire.Protocolf("READY before BOOT was sent")
		}
	}
	return nil
}

// checkOfNone refuses the id of a call in a control frame that belongs to none.
func checkOfNone(kind wire.Kind, id uint32) error {
	if id == 0 {
		return nil
	}
	name := ""
	switch kind {
	case wire.KindReady:
		name = "READY"
	case wire.KindPong:
		name = "PONG"
	case wire.KindLog:
		name = "LOG"
	case wire.KindFatal:
		name = "FATAL"
	default:
		return nil
	}
	return wire.Protocolf("%s with the id of a call, %d: it belongs to none", name, id)
}

// handleClassic is handle for the other dialect.
func (w *Worker) handleClassic(f wire.Frame) (byCall bool, err error) {
	if f.ID > wire.MaxCallID {
		return false, wire.Protocolf("a result with the id %#x, which is not in use; if the worker speaks the extended dialect, leave Options.Wire (--wire) out", f.ID)
	}
	defer func() { w.heard = w.heard || err == nil }()
	if w.opts.Async {
		if f.ID == 0 {
			return false, w.onEvent(0, f)
		}
		return w.onAnswer(f.ID, f, false)
	}
	// Results are in the order of the calls, and events belong to the first
	// that has none.
	var id uint32
	w.mu.Lock()
	if len(w.sent) > 0 {
		id = w.sent[0].id
	}
	w.mu.Unlock()
	switch {
	case f.ID == 0:
		return false, w.onEvent(id, f)
	case f.ID != wire.SyncID, id == 0:
		return false, notInUse("a result", f.ID)
	}
	return w.onAnswer(id, f, false)
}

// onAnswer takes a result or an ERROR.
func (w *Worker) onAnswer(id uint32, f wire.Frame, failed bool) (byCall bool, err error) {
	w.mu.Lock()
	c := w.slotLocked(id)
	var answered bool
	var givenUp error
	if c != nil {
		// Not c.left, which is set a moment before its caller gets its error.
		answered, givenUp = c.answered, c.has().givenUp
	}
	w.mu.Unlock()
	if c == nil {
		return false, notInUse("an answer", id)
	}
	// Only who reads frees a slot: c keeps its id until the end of this.
	var out values
	var failure error
	if failed {
		var we wire.Error
		if err := wire.ParseMessage(f.Payload, &we); err != nil {
			return false, err
		}
		failure = errorFromWire(&we, Completed)
		out.size = len(f.Payload)
		if givenUp != nil && we.Kind == wire.ErrorCancelled {
			failure = withStack(givenUp, failure)
		}
	} else if !answered {
		out, failure = w.received(f)
	}
	byCall = c.waits() // whoever waits has c from then on
	w.settleAnswer(c, out, failure)
	return byCall, nil
}

// settleAnswer ends a call that the worker has answered.
func (w *Worker) settleAnswer(c *call, out values, failure error) {
	w.mu.Lock()
	w.answeredLocked(c)
	if c.answered && c.req != nil {
		due := w.member.release()
		w.mu.Unlock()
		due.run()
		w.mu.Lock()
	}
	w.completeLocked(c, out, failure)
}

// answeredLocked notes that the worker has answered a call.
func (w *Worker) answeredLocked(c *call) {
	w.freeLocked(c)
	c.freed = true
	if w.waiting > 0 || w.mayDrainLocked() {
		w.freed++
	}
}

// pumpFreed is called by who reads, and sends what the answers that it has read
// made room for: at once where that is many, or no more have come.
func (w *Worker) pumpFreed() {
	if w.freed > 0 && (w.freed >= manyFreed || !w.rd.Buffered() || w.tooMuch()) {
		w.freed = 0
		w.pump()
	}
}

// withStack is the error of a call that was given up, with the place where the
// script was by then.
func withStack(givenUp, cancelled error) error {
	var why, where *CallError
	if !errors.As(givenUp, &why) || !errors.As(cancelled, &where) {
		return givenUp
	}
	c := *why
	c.Stack = where.Stack
	return &c
}

func notInUse(what string, id uint32) error {
	return wire.Protocolf("%s with the id %d, which is not in use", what, id)
}

// onEvent takes an event of a call, or of none.
func (w *Worker) onEvent(id uint32, f wire.Frame) error {
	var number uint64
	var s *stream
	left := false
	if id != 0 {
		w.mu.Lock()
		c := w.slotLocked(id)
		if c != nil {
			left, number, s = c.left, c.number, c.has().stream
		}
		w.mu.Unlock()
		if c == nil {
			return notInUse("an event", id)
		}
	}
	// The Reader allows a control frame more than a payload.
	if size, max := uint64(len(f.Payload)), uint64(w.opts.Limits.Payload); size > max {
		return &wire.TooLargeError{What: "an event that the worker sent", Size: size, Max: max}
	}
	if s != nil && left && w.opts.OnEvent == nil {
		return nil // nobody ranges over it any more
	}
	v, err := w.received(f)
	if s != nil && !left {
		s.add(streamItem{number: number, values: v, err: err})
		if w.opts.OnEvent == nil {
			return nil
		}
		// Each receiver gets values of its own.
		f.Owned = false
		if v, err = w.received(f); err != nil {
			return nil
		}
	}
	if err != nil {
		w.cb.addError(err)
		return nil
	}
	w.cb.add(callback{kind: eventCallback, number: number, values: v, size: v.size})
	return nil
}
