package host

import (
	"runtime"
	"slices"
	"time"

	"scripthost.example/wire"
)

const (
	// batchSize is how many bytes of small frames are gathered for one write.
	batchSize = 64 << 10
	// largeFrame is the size from which a frame is written from where it is.
	largeFrame = 32 << 10
	// longWrite is how much is written in one go where that has to wait: whether
	// the child reads shows in between.
	longWrite = 256 << 10
	// secondCall is how large the payload of a call may be to be sent to a sync
	// worker that has not answered the one before it.
	secondCall = 64 << 10
)

// An outbox is what waits to be written. Worker.mu guards it.
//
// Calls are taken from the queue only when nothing else is left to write, so
// that control frames go ahead of them and a call that is given up early is
// never sent.
type outbox struct {
	control []byte // frames that go first
	queue   []*call
	last    []byte // control frames that go behind the calls of queue that may be sent
	current []byte // what is being written
	rest    []byte // of current
	tail    []byte // what is written behind rest: the end of its last frame
	spare   []byte
	writing bool // a goroutine writes, or one is about to
	failed  bool
	// progress counts the writes in the middle of what did not fit the buffers on
	// the way to the child: it reads.
	progress uint64
	soon     bool // somebody is about to write, and lets others queue before

	answers hostUse // that control stands for
	sending hostUse // that current stands for
}

// queueLocked takes a new call, and numbers it.
func (w *Worker) queueLocked(c *call) error {
	w.numberLocked(c)
	if w.closing { // first, so that it does not matter whether it has ended, and how
		return closedError()
	}
	if w.ended {
		return withOutcome(w.endErr, NotSent)
	}
	w.callsSince = true
	w.listenLocked()
	w.dueLocked(c)
	w.waiting++
	w.out.queue = append(w.out.queue, c)
	return nil
}

// numberLocked numbers a new call. A pool numbers those of all its workers.
func (w *Worker) numberLocked(c *call) {
	w.numbers++
	c.order, c.number = w.numbers, w.numbers
	if c.req != nil {
		c.number = c.req.number
	}
}

// unqueueLocked takes back a call that has not been sent.
func (w *Worker) unqueueLocked(c *call) {
	if i := slices.Index(w.out.queue, c); i >= 0 {
		w.out.queue = slices.Delete(w.out.queue, i, i+1)
		w.waiting--
	}
}

// takeAllLocked takes every call that has no answer, the sent ones first.
func (w *Worker) takeAllLocked() []*call {
	var all []*call
	for _, c := range w.slots {
		if c != nil {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *call) int { return int(int64(a.order) - int64(b.order)) })
	all = append(all, w.out.queue...)
	for _, c := range all {
		c.endGrace()
	}
	w.slots, w.free, w.sent, w.out.queue = nil, nil, nil, nil
	w.waiting, w.outstanding = 0, 0
	return all
}

// addControlLocked adds a control frame; pump has it written.
func (w *Worker) addControlLocked(frame []byte) {
	if !w.ended && !w.out.failed {
		w.out.control = append(w.out.control, frame...)
	}
}

// addLastLocked adds a control frame that no call that was made before it, and that
// may be sent, comes after.
func (w *Worker) addLastLocked(frame []byte) {
	if !w.ended && !w.out.failed {
		w.out.last = append(w.out.last, frame...)
	}
}

// pump writes what there is to be written as far as that is possible without
// waiting, and leaves the rest to a goroutine. It never blocks.
func (w *Worker) pump() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pumpLocked()
}

// pumpLocked is pump, and lets go of w.mu while it writes.
func (w *Worker) pumpLocked() {
	if w.out.writing {
		return
	}
	w.out.writing = true
	for w.nextBatchLocked() {
		rest := w.out.rest
		w.mu.Unlock()
		n, err := w.t.tryWrite(rest)
		w.mu.Lock()
		w.out.rest = rest[n:]
		if err != nil {
			w.writeFailedLocked()
			return
		}
		if n < len(rest) {
			go w.writeRest()
			return
		}
	}
	w.out.writing = false
}

// A pumping is when who has queued a call is to pump.
type pumping int

const (
	pumpNever pumping = iota // who writes, or reads an answer, sends it
	pumpNow
	pumpSoon // pumpLater, which others rely on from then on
)

// pumpWhenLocked tells that to a caller that may be one of several: what they send
// together then takes one write.
func (w *Worker) pumpWhenLocked() pumping {
	switch {
	case w.out.writing, len(w.out.queue) == 0, !w.maySendLocked(w.out.queue[0]):
		return pumpNever
	case w.outstanding <= 1:
		// At most two callers, as of a sync worker. To let others go first has the
		// scheduler wake a thread for them.
		return pumpNow
	case w.out.soon:
		return pumpNever
	}
	w.out.soon = true
	return pumpSoon
}

// pumpWhen pumps, for a caller that does not wait.
func (w *Worker) pumpWhen(when pumping) {
	switch when {
	case pumpNow:
		w.pump()
	case pumpSoon:
		go w.pumpLater()
	}
}

func (w *Worker) pumpLater() {
	runtime.Gosched()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.soon = false
	w.pumpLocked()
}

// writeRest goes on writing where pump would have had to wait.
func (w *Worker) writeRest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.nextBatchLocked() {
		rest := w.out.rest
		w.mu.Unlock()
		n, err := w.t.out.Write(rest[:min(len(rest), longWrite)])
		w.mu.Lock()
		w.out.rest = rest[n:]
		if n < len(rest) || len(w.out.tail) > 0 {
			w.out.progress++
		}
		if err != nil {
			w.writeFailedLocked()
			return
		}
	}
	w.out.writing = false
}

// writeFailedLocked gives writing up: the child reads no more, and who reads
// will find out why, or the child is killed. That out.writing stays set keeps
// others from trying.
func (w *Worker) writeFailedLocked() {
	w.ending()
	time.AfterFunc(exitWait, func() { w.kill("it reads no more") })
	w.out.failed = true
	w.out.control, w.out.last, w.out.current, w.out.rest, w.out.tail = nil, nil, nil, nil, nil
	w.startReaderLocked()
}

// nextBatchLocked sees to it that there is something in out.rest, if anything
// may be sent.
func (w *Worker) nextBatchLocked() bool {
	o := &w.out
	if len(o.rest) == 0 {
		o.rest, o.tail = o.tail, nil
	}
	if len(o.rest) > 0 {
		return true
	}
	w.hostUse.subtract(o.sending)
	o.sending = hostUse{}
	if cap(o.current) <= batchSize*2 {
		o.spare = o.current[:0]
	}
	o.current = nil
	if len(o.control) == 0 && len(o.last) == 0 && w.mayDrainLocked() {
		w.drainLocked()
	}
	if len(o.control) > 0 {
		o.current, o.control = o.control, o.spare
		o.spare = nil
		o.sending, o.answers = o.answers, hostUse{}
	} else {
		o.current = w.gatherCallsLocked()
		if len(o.current) == 0 && len(o.last) > 0 {
			o.current, o.last = o.last, nil
		}
	}
	o.rest = o.current
	return len(o.rest) > 0
}

// drainLocked tells the child that no more calls will come.
func (w *Worker) drainLocked() {
	w.drained = true
	if w.opts.Wire == Extended {
		w.addControlLocked(wire.AppendHeader(nil, wire.ControlID(wire.KindDrain, 0), 0))
		return
	}
	// On a goroutine of its own: somebody else's connection may take its time.
	// An error means that the other end is gone, which who reads finds out.
	go w.t.closeWrite()
}

func (w *Worker) mayDrainLocked() bool {
	if w.opts.Wire == Classic && w.t.shut == nil && w.outstanding > 0 {
		return false // closing its only direction would take the answers away
	}
	return w.closing && w.isReady && !w.drained && w.waiting == 0
}

// gatherCallsLocked takes queued calls and returns their frames.
func (w *Worker) gatherCallsLocked() []byte {
	batch := w.out.spare[:0]
	w.out.spare = nil
	taken := 0
	for _, c := range w.out.queue {
		if !w.maySendLocked(c) || len(batch) > 0 && len(batch)+len(c.frame) > batchSize {
			break
		}
		taken++
		frame := w.assignLocked(c)
		if !c.keep {
			c.frame = nil
		}
		if tail := c.has().tail; tail != nil {
			batch = append(batch, frame...)
			w.out.tail, c.extras.tail = tail, nil
			break
		}
		if len(batch) == 0 && len(frame) >= largeFrame && !c.keep {
			batch = frame
			break
		}
		batch = append(batch, frame...)
	}
	clear(w.out.queue[:taken])
	if taken == len(w.out.queue) {
		w.out.queue = w.out.queue[:0]
	} else {
		w.out.queue = w.out.queue[taken:]
	}
	w.waiting -= taken
	return batch
}

func (w *Worker) maySendLocked(c *call) bool {
	switch {
	case !w.isReady, w.killReason != "", w.out.failed:
		return false
	case w.opts.Async:
		return w.outstanding < w.opts.MaxOutstanding
	case w.outstanding == 0:
		return true
	default:
		return w.outstanding == 1 && len(c.frame)-wire.HeaderSize+len(c.has().tail) <= secondCall
	}
}

// assignLocked gives a call its id on the wire and returns its frame.
func (w *Worker) assignLocked(c *call) []byte {
	if n := len(w.free); n > 0 {
		c.id = w.free[n-1]
		w.free = w.free[:n-1]
		w.slots[c.id-1] = c
	} else {
		w.slots = append(w.slots, c)
		c.id = uint32(len(w.slots))
	}
	w.outstanding++
	w.sentLocked(c)
	id := c.id
	if c.frame[0] == named {
		id = wire.ControlID(wire.KindCall, id)
	}
	wire.PutHeaderBefore(c.frame, id, len(c.has().tail))
	if w.opts.Wire == Classic && !w.opts.Async {
		w.sent = append(w.sent, c)
		return wire.SyncRequest(c.frame)
	}
	return c.frame
}

// slotLocked returns the sent call with this id, or nil.
func (w *Worker) slotLocked(id uint32) *call {
	if id == 0 || uint64(id) > uint64(len(w.slots)) {
		return nil
	}
	return w.slots[id-1]
}

// freeLocked frees the id of a call whose answer has been read.
func (w *Worker) freeLocked(c *call) {
	w.slots[c.id-1] = nil
	if len(w.sent) > 0 {
		w.sent = w.sent[1:] // they are answered in their order
		if len(w.sent) > 0 && w.sent[0].has().givenUp != nil {
			w.graceLocked(w.sent[0]) // now it is the one that runs
		}
	}
	w.free = append(w.free, c.id)
	w.outstanding--
	c.endGrace()
}
