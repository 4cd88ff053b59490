package wire

import (
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// eagerFor is how long an EagerReader looks before it waits. To be woken on
// another processor takes 40 to 50 µs; what a script answers that does little
// comes sooner.
const eagerFor = 50 * time.Microsecond

// soon is how long what was waited for may take for the next Read to look again:
// eagerFor and the wake-up, twice.
const soon = 2 * eagerFor

// mostSkipped is how many Reads there are at most from one look in vain to the next.
const mostSkipped = 64

// crowded is how long a look takes at least that has had to give its processor to others
// than who is waited for, who then have it for milliseconds: who waits is woken before
// they are done. No look begins for skipCrowded Reads then. One of so many looks as timing
// says is timed.
const (
	crowded     = 2 * soon
	skipCrowded = 512
	timing      = 4
)

// probing is of how many looks one finds out whether what comes is there at once.
const probing = 16

// An EagerReader reads from a stream on which the other end answers at once, most
// of the time. While it is eager it looks again and again whether something has
// come, and lets the other end have its processor in between, before it waits as
// usual: to be woken takes longer than what is waited for. Once it has looked in
// vain it waits at once, until something comes soon again.
//
// Looking takes processor time, so it is for a reader on which one call alone
// depends. An EagerReader is not safe for concurrent use.
type EagerReader struct {
	src   io.Reader
	raw   syscall.RawConn // nil: it cannot look
	eager bool
	turn  *atomic.Bool // see SetEagerInTurn
	vain  bool
	// Of looks in vain one after the other, and how many Reads do not look for it.
	inVain, skip int
	socket       bool   // what it reads is one
	looks        uint32 // in all
	late         bool   // what comes is not there at once
	patience     patience
	keeping      bool // see SetKeeping
	apart        apart
	yield        func() // schedYield, but for tests
	once         func(fd uintptr)
	quiet        func() // has what comes while it looks wake nobody; nil: it cannot

	b   []byte // what look gets
	n   int    // what it returns
	err error
	got bool
}

// NewEagerReader returns a reader of src that is not eager. It can be if src is a
// [Socket], or an [os.File], [net.UnixConn] or [net.TCPConn] that does not block, on
// Linux.
func NewEagerReader(src io.Reader) *EagerReader {
	r := &EagerReader{src: src, yield: schedYield}
	switch conn := src.(type) {
	case *Socket, *os.File, *net.UnixConn, *net.TCPConn:
		// Not every syscall.Conn: a type that wraps one of these has a Read of its
		// own, and its descriptor may be that of the other direction.
		if raw, err := conn.(syscall.Conn).SyscallConn(); err == nil && canLook(raw) {
			_, file := conn.(*os.File)
			r.raw, r.once, r.socket = raw, r.look, !file
		}
	}
	if q, ok := src.(interface{ quiet() }); ok {
		r.quiet = q.quiet
	}
	return r
}

// SetEager says whether Read is to look before it waits. It is for who reads. It undoes
// SetEagerInTurn and SetKeeping.
func (r *EagerReader) SetEager(on bool) {
	r.eager, r.turn, r.keeping = on && r.raw != nil, nil, false
}

// SetEagerInTurn is SetEager for one of several readers of which no two are to look at
// the same time: one that finds turn set waits at once. Read sets it while it looks.
func (r *EagerReader) SetEagerInTurn(turn *atomic.Bool) {
	r.eager, r.turn, r.keeping = r.raw != nil, turn, false
}

// SetKeeping has a look keep its processor for some microseconds, and not let others have it
// at once, where the other end turns out to have a processor of its own. It is for as many
// readers as there are processors for, and for their other ends: among more than that it is
// others with something to do that are kept waiting. A patient reader does it whenever it
// looks for longer than others; what it then waits for is not there for want of a processor.
func (r *EagerReader) SetKeeping() { r.keeping = true }

// mayLook reports whether a Read looks: whoever has looked in vain again and again, and
// got something soon after all the same, looks more and more seldom.
func (r *EagerReader) mayLook() bool {
	switch {
	case r.patience.sure():
	case r.vain:
		return false
	case r.skip > 0:
		r.skip--
		return false
	}
	return r.turn == nil || r.turn.CompareAndSwap(false, true)
}

// noteLook notes what came of a look.
func (r *EagerReader) noteLook(got bool) {
	if r.turn != nil {
		r.turn.Store(false)
	}
	if got {
		r.inVain = 0
		return
	}
	r.skip = min(1<<r.inVain, mostSkipped) - 1
	r.inVain = min(r.inVain+1, 16)
}

// Read is that of an io.Reader.
func (r *EagerReader) Read(b []byte) (int, error) {
	if !r.eager || len(b) == 0 {
		return r.src.Read(b)
	}
	r.patience.began = time.Time{}
	if r.mayLook() {
		if r.quiet != nil {
			r.quiet()
		}
		r.b = b
		err := r.raw.Control(r.once)
		r.b = nil
		r.noteLook(err == nil && r.got)
		if err == nil && r.got {
			return r.n, r.err
		}
	}
	began := time.Now()
	n, err := r.src.Read(b)
	r.vain = time.Since(began) > soon
	if r.patience.on && r.skip < mostSkipped && r.patience.note(began) {
		r.vain = false
	}
	return n, err
}
