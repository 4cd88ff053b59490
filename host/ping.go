package host

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"scripthost.example/wire"
)

// looksPerPing is how often a worker is looked at in each interval of
// Limits.Ping. An interval is over when so many looks have found nothing, and not
// when a clock says so: a parent that was stopped itself, or a machine that was
// suspended, has one look for all that time, and then the worker has the others
// to be heard.
const looksPerPing = 4

// minPing is the least that Limits.Ping can be: how long the protocol gives a
// worker to answer.
const minPing = 10 * time.Millisecond

// A pulse counts the beginnings and the ends of reads: it is odd while one waits.
// One that waits with the same number as before has brought nothing since, and
// nothing of the parent's has kept it from doing so.
type pulse struct {
	src   io.Reader
	count atomic.Uint64
}

func (p *pulse) Read(b []byte) (int, error) {
	p.count.Add(1)
	n, err := p.src.Read(b)
	p.count.Add(1)
	return n, err
}

// A silence is how long nothing has come from a worker of which something is
// expected. Worker.mu guards it.
type silence struct {
	timer   *time.Timer
	armed   bool
	reads   uint64    // Worker.pulse at the last look
	written uint64    // outbox.progress at the last look
	looks   int       // since then, all of which found nothing
	nonce   uint64    // of the last PING
	pong    wire.Pong // the last answer to one, as the child claims
}

// listenLocked has the worker listened to as long as something is expected of it.
// It is called for each call, and does nothing if that is so already.
func (w *Worker) listenLocked() {
	if !w.silence.armed && w.opts.Wire == Extended && !w.ended {
		w.noteLifeLocked()
		w.silence.armed = true
		w.silence.timer.Reset(w.opts.Limits.Ping / looksPerPing)
	}
}

// noteLifeLocked begins a new silence.
func (w *Worker) noteLifeLocked() {
	s := &w.silence
	s.reads, s.written, s.looks = w.pulse.count.Load(), w.out.progress, 0
}

// look is what the timer does. It finds a process that is stopped: PONG comes
// whatever a script does.
func (w *Worker) look() {
	w.mu.Lock()
	w.silence.armed = false
	kill := ""
	if !w.ended && w.reader != readingEnded && (!w.isReady || w.closing || w.outstanding+w.waiting > 0) {
		if w.isSilentLocked() {
			kill = w.stillSilentLocked()
		} else {
			w.noteLifeLocked()
		}
		w.silence.armed = true
		w.silence.timer.Reset(w.opts.Limits.Ping / looksPerPing)
	}
	w.mu.Unlock()
	w.pump()
	if kill != "" {
		w.kill(kill)
	}
}

// isSilentLocked reports whether the worker has neither sent anything since the
// last look nor read what it is being sent, although it could.
func (w *Worker) isSilentLocked() bool {
	reads := w.pulse.count.Load()
	switch {
	case !w.bootMade: // it waits for the script's bundle as we do
		return false
	case reads%2 == 0, reads != w.silence.reads, w.out.progress != w.silence.written:
		return false
	case !w.isReady && reads == 1 && (len(w.opts.Command) > 0 || w.peer.pid() == 0):
		// Somebody else's program may take its time until it reads; Limits.Start
		// is for that. Our own reads at once, and before a greeting has come
		// there is nothing to be read.
		return false
	}
	return !w.t.unread() // it may just not have been read
}

// stillSilentLocked is called for each look that finds a silence. It returns why
// the worker has to be killed, if it has to.
func (w *Worker) stillSilentLocked() (kill string) {
	s := &w.silence
	s.looks++
	switch {
	case s.looks == looksPerPing && len(w.out.control) == 0:
		// Otherwise the worker does not even read what it is being sent.
		s.nonce++
		payload, err := wire.AppendMessage(nil, &wire.Ping{Nonce: s.nonce})
		if err != nil {
			panic(err) // a number
		}
		w.addControlLocked(wire.AppendFrame(nil, wire.ControlID(wire.KindPing, 0), payload))
	case s.looks < 2*looksPerPing:
	case len(w.out.rest) > 0:
		return fmt.Sprintf("it has neither read nor sent anything for %v (twice Limits.Ping): it may have been stopped, by SIGSTOP or a debugger for example", 2*w.opts.Limits.Ping)
	default:
		return fmt.Sprintf("it did not answer a PING within %v (Limits.Ping): it may have been stopped, by SIGSTOP or a debugger for example", w.opts.Limits.Ping)
	}
	return ""
}

// onPong takes an answer to PING. That it came is what counts.
func (w *Worker) onPong(payload []byte) error {
	var pong wire.Pong
	if err := wire.ParseMessage(payload, &pong); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if pong.Nonce&advanceNonce != 0 {
		w.advancedLocked(pong.Nonce)
		return nil
	}
	if pong.Nonce == w.silence.nonce {
		w.silence.pong = pong
	}
	return nil
}
