package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"scripthost.example/wire"
)

// busyLimit is how long the executor may run a script before another goroutine
// reads in its place: half of what the protocol allows.
const busyLimit = 5 * time.Millisecond

// lookTime is how often the watch looks while the executor is busy: the longest
// that a frame waits to be written.
const lookTime = time.Millisecond

// noLook among BOOT's "without" is for tests: who reads waits at once.
const noLook = "look"

// crowdTime is how many frames have to come alone, after two that came together,
// until who reads looks for the next one before it waits.
const crowdTime = 64

// waitLocked waits until there may be something to run, and in the meantime
// reads if nobody else does. The executor calls it, in a loop.
func (w *worker) waitLocked() {
	if w.releaseLocked() {
		return
	}
	if !w.out.emptyLocked() && (w.readerTaken || !w.rd.Buffered()) {
		// Not with execWaiting set: who reads would leave the reading to this
		// goroutine, which the parent may keep from writing.
		w.mu.Unlock()
		w.out.flush()
		w.mu.Lock()
		return
	}
	if w.readerTaken {
		w.execWaiting = true
		w.mu.Unlock()
		<-w.wakeup
		w.mu.Lock()
		w.execWaiting = false
		w.becomeBusyLocked()
		return
	}
	w.readerTaken, w.execReading = true, true
	w.mu.Unlock()
	w.eager.SetEager((w.crowd == 0 || !w.async) && w.mayLook)
	f, err := w.rd.Next()
	w.noteCrowd()
	w.mu.Lock()
	w.execReading = false
	kicked := w.kicked
	if kicked {
		w.kicked = false
		w.conn.SetReadDeadline(time.Time{})
	}
	if !kicked || !errors.Is(err, os.ErrDeadlineExceeded) {
		// Nobody else may read before this frame has been handled: that would
		// overwrite it, and put calls out of order.
		w.handleReadLocked(f, err)
	}
	w.readerTaken = w.inputEnded
	w.becomeBusyLocked()
}

// handleReadLocked handles what has been read. It lets go of mu but for calls, of which
// there may be many.
func (w *worker) handleReadLocked(f wire.Frame, err error) {
	for {
		control, _, id := wire.Split(f.ID)
		if err == nil && !control {
			err = w.newCallLocked(id, "", f)
		}
		if err != nil || control {
			w.mu.Unlock()
			more := w.handle(f, err)
			w.mu.Lock()
			if !more {
				return
			}
		}
		if !w.rd.Buffered() {
			return
		}
		f, err = w.rd.Next()
	}
}

// noteCrowd is called when a frame has been read. Calls that come together have
// several callers: for those it is better to wait until there are some more, and
// answer them together, than to be quick with each. In sync mode there are never more
// than two, and who reads looks in any case.
func (w *worker) noteCrowd() {
	switch {
	case w.rd.Buffered():
		w.crowd = crowdTime
	case w.crowd > 0:
		w.crowd--
	}
}

// becomeBusyLocked notes that the executor stops waiting.
func (w *worker) becomeBusyLocked() {
	w.busySince = uptime()
	w.justBusy = true
	w.watchLocked()
}

// watchLocked sees to it that somebody writes and reads soon, whatever the
// executor does.
func (w *worker) watchLocked() {
	if !w.watching {
		w.watching = true
		w.watch.Reset(lookTime)
	}
}

// readIfBusy has what there is written while the executor is busy, and makes this
// goroutine, a timer's, read in its place if it is for long.
func (w *worker) readIfBusy() {
	w.mu.Lock()
	if w.execReading || w.execWaiting || w.hasEnded() {
		long := !w.watching
		w.watching = false
		switch {
		case w.hasEnded() || !w.gc.worthTrimming():
		case long:
			w.mu.Unlock()
			w.gc.trim()
			return
		default:
			w.watch.Reset(trimAfter)
		}
		w.mu.Unlock()
		return
	}
	w.out.flushSoonLocked()
	w.watch.Reset(lookTime)
	if w.readerTaken || uptime()-w.busySince < busyLimit {
		w.mu.Unlock()
		return
	}
	w.readerTaken = true
	w.goroutines.Add(1)
	defer w.goroutines.Done()
	w.mu.Unlock()
	w.eager.SetEager(false)
	for {
		f, err := w.rd.Next()
		w.mu.Lock()
		idle := w.execWaiting // perhaps no longer when the frame has been handled
		w.mu.Unlock()
		more := w.handle(f, err)
		w.mu.Lock()
		if !more || idle || w.execWaiting || w.hasEnded() {
			w.readerTaken = w.inputEnded
			w.watchLocked()
			w.notifyLocked()
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
	}
}

// handle does what a frame says, on whichever goroutine read it. It reports
// false if there will be no more.
func (w *worker) handle(f wire.Frame, err error) bool {
	if err == nil {
		err = w.frame(f)
	}
	switch {
	case err == nil:
		return true
	case errors.Is(err, wire.ErrProtocol), errors.As(err, new(*wire.TooLargeError)):
		w.fatal(exitUsage, err)
	case errors.Is(err, io.EOF) && w.inputEnds():
	case errors.Is(err, io.EOF):
		w.end(exitOrphaned, errParentGone)
	default:
		w.end(exitOrphaned, fmt.Errorf("%w: %w", errParentGone, err))
	}
	return false
}

func (w *worker) frame(f wire.Frame) error {
	control, kind, id := wire.Split(f.ID)
	if !control {
		return w.newCall(id, "", f)
	}
	if err := checkBare(kind, id, f.Payload); err != nil {
		return err
	}
	switch kind {
	case wire.KindCall:
		name, args, err := wire.ParseName(f.Payload)
		if err != nil {
			return err
		}
		if size := uint64(len(args)); size > w.maxPayload { // the Reader leaves room for the name
			return &wire.TooLargeError{What: "the list of arguments that the other side sent", Size: size, Max: w.maxPayload}
		}
		f.Payload = args
		return w.newCall(id, string(name), f)
	case wire.KindCancel:
		return w.cancel(id)
	case wire.KindReturn, wire.KindThrow:
		return w.hostReply(kind, f.Payload)
	case wire.KindPing:
		return w.pong(f.Payload)
	case wire.KindDrain:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.draining = true
		w.notifyLocked()
		return nil
	case wire.KindBoot:
		return wire.Protocolf("a second BOOT")
	default:
		return wire.Protocolf("a frame of kind %d, which the protocol does not have", kind)
	}
}

// checkBare refuses what frames carry that have no payload, or no call.
func checkBare(kind wire.Kind, id uint32, payload []byte) error {
	name, ofCall := "", false
	switch kind {
	case wire.KindCancel:
		name, ofCall = "CANCEL", true
	case wire.KindDrain:
		name = "DRAIN"
	case wire.KindPing:
		name, payload = "PING", nil // it has one
	default:
		return nil
	}
	switch {
	case len(payload) > 0:
		return wire.Protocolf("%s with a payload of %d bytes: it has none", name, len(payload))
	case ofCall && id == 0:
		return wire.Protocolf("%s of no call", name)
	case !ofCall && id != 0:
		return wire.Protocolf("%s with the id of a call, %d: it belongs to none", name, id)
	}
	return nil
}

func (w *worker) pong(payload []byte) error {
	var ping wire.Ping
	if err := wire.ParseMessage(payload, &ping); err != nil {
		return err
	}
	if ping.AdvanceUS != nil {
		return w.advance(ping.Nonce, time.Duration(*ping.AdvanceUS)*time.Microsecond)
	}
	// The live and not yet swept objects.
	pong := wire.Pong{Nonce: ping.Nonce, Heap: readMetric("/memory/classes/heap/objects:bytes")}
	w.mu.Lock()
	if c := w.running; c != nil {
		pong.Call = c.ID
		pong.RunningMS = (uptime() - w.runningSince).Milliseconds()
	}
	w.mu.Unlock()
	w.control(wire.KindPong, 0, &pong)
	w.out.flushSoon()
	return nil
}
