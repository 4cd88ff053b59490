package child

import (
	"io"
	"sync"
	"time"
)

const (
	// outHigh is how much may wait to be written before whoever adds to it has
	// to write: what bounds a child that makes events faster than they are read.
	outHigh = 256 << 10
	// outDirect is the size from which a frame is written from where it is
	// instead of being copied behind the others.
	outDirect = 32 << 10
	// outKeep is the largest buffer that is kept for the next frames.
	outKeep = 1 << 20
	// gatherTime is how long after a write the next one is put off where more
	// frames may come, and gatherFrames after how many it is not: enough that
	// writes do not matter, and so few that the parent has something to do while
	// more are made.
	gatherTime   = 100 * time.Microsecond
	gatherFrames = 16
	// Where many calls wait here the parent has other answers to go on with: then it is
	// one in gatherOf of them, up to maxGathered.
	gatherOf    = 4
	maxGathered = 256
)

// An outbox gathers frames, so that those made in one go take one write. It is
// safe for concurrent use.
//
// Its lock is that of the worker, which most of what is added here is made under: a
// second one for each frame would be a good part of what a short call costs.
type outbox struct {
	dst    io.Writer
	failed func(error) // told of the first error, once; frames are dropped after it
	soon   chan struct{}

	wmu sync.Mutex // held while writing; taken before mu

	mu      *sync.Mutex // guards what follows
	buf     []byte
	spare   []byte
	err     error
	frames  int           // about how many buf holds
	written time.Duration // when the last write began, by uptime
}

// epoch is what uptime counts from.
var epoch = time.Now()

// uptime reads only the monotonic clock, which is half of time.Now.
func uptime() time.Duration { return time.Since(epoch) }

func (o *outbox) init(mu *sync.Mutex, dst io.Writer, failed func(error)) {
	o.mu, o.dst, o.failed = mu, dst, failed
	o.soon = make(chan struct{}, 1)
}

// run writes what flushSoon announced, until end is closed.
func (o *outbox) run(end <-chan struct{}) {
	for {
		select {
		case <-o.soon:
			o.flush()
		case <-end:
			return
		}
	}
}

// add appends whole frames, which may be in parts. It does not write: full
// reports that flush should be called before more is added.
func (o *outbox) add(parts ...[]byte) (full bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.addLocked(parts...)
}

func (o *outbox) addLocked(parts ...[]byte) (full bool) {
	for _, part := range parts {
		o.buf = append(o.buf, part...)
	}
	o.frames++
	return len(o.buf) >= outHigh
}

// emptyLocked reports whether nothing waits to be written.
func (o *outbox) emptyLocked() bool { return len(o.buf) == 0 }

// flushSoon has another goroutine write what is there, for frames made while
// the script goes on running. It does not block.
func (o *outbox) flushSoon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushSoonLocked()
}

func (o *outbox) flushSoonLocked() {
	if len(o.buf) == 0 {
		return
	}
	select {
	case o.soon <- struct{}{}:
	default:
	}
}

// flushDue writes what is there unless those are less than enough frames and the last
// write was just before now: then it is left for the next flushDue, or for the worker's
// watch if the script is busy meanwhile.
func (o *outbox) flushDue(now time.Duration, enough int) {
	o.mu.Lock()
	due := o.dueLocked(now, enough)
	o.mu.Unlock()
	if due {
		o.flush()
	}
}

// dueLocked reports whether flushDue writes.
func (o *outbox) dueLocked(now time.Duration, enough int) bool {
	return o.frames >= enough || o.frames > 0 && now-o.written >= gatherTime
}

// flush writes what is there, and returns when all that was added before has
// been written.
func (o *outbox) flush() { o.write() }

// write writes what was added so far and then a frame, which may be in parts.
func (o *outbox) write(parts ...[]byte) {
	o.wmu.Lock()
	defer o.wmu.Unlock()
	o.mu.Lock()
	buf, err := o.buf, o.err
	o.buf, o.spare = o.spare[:0], nil
	o.frames, o.written = 0, uptime()
	o.mu.Unlock()
	for len(parts) > 1 && len(parts[0]) < outDirect { // with what there is
		buf = append(buf, parts[0]...)
		parts = parts[1:]
	}
	if len(buf) > 0 && err == nil {
		_, err = o.dst.Write(buf)
	}
	for _, b := range parts {
		if len(b) > 0 && err == nil {
			_, err = o.dst.Write(b)
		}
	}
	o.mu.Lock()
	if cap(buf) <= outKeep {
		o.spare = buf
	}
	first := err != nil && o.err == nil
	o.err = err
	o.mu.Unlock()
	if first {
		o.failed(err)
	}
}

// full reports whether so much waits that it should be written first.
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.buf) >= outHigh
}
