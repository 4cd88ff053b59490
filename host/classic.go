package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"syscall"
	"time"

	"scripthost.example/wire"
)

// ServeClassic serves a parent that speaks the classic dialect, such as Perl's
// AnyEvent::Fork::RPC, at the other end of conn: it starts a worker with the
// script, as Start does, and translates between the two. So limits, grants, host
// functions and the sandbox hold for the scripts of such a parent too.
//
// Options.Async has to be as the parent expects it, and so has the serialiser;
// payloads pass as they are, so that only the worker's half of a custom one is
// used. Events go to the parent: OnEvent must be nil. Limits.Drain is without
// limit unless set, as classic has it.
//
// It returns nil when the parent has half-closed the stream and all that it
// asked for has been answered. Classic has no way to say that a call failed: the
// first error, of a call, of the script's start or of the stream, ends the
// worker and the connection, and is returned; what was made before has been
// written then. An error of the start is a *StartError. ctx ends it in the same way.
// conn belongs to ServeClassic, and is closed.
func ServeClassic(ctx context.Context, conn io.ReadWriteCloser, script *Script, opts *Options) error {
	defer conn.Close()
	var o Options
	if opts != nil {
		o = *opts
	}
	switch {
	case o.OnEvent != nil:
		return errors.New("Options.OnEvent is given: events go to the parent")
	case o.Wire == Classic:
		return errors.New("Options.Wire is classic: that is what the parent speaks; the worker speaks the extended dialect")
	}
	if o.Limits.Drain == 0 {
		o.Limits.Drain = math.MaxInt64
	}
	b := &bridge{conn: conn, out: bufio.NewWriterSize(conn, batchSize), ended: make(chan struct{})}
	b.changed.L = &b.mu
	o.OnEvent = func(ev Event) { b.write(0, ev.Args) }
	o.afterCallbacks = b.flush
	o.independent = true
	onError := o.OnError
	o.OnError = func(err error) {
		if onError != nil {
			onError(err)
		}
		b.end(err)
	}
	if o.Serialiser == nil {
		o.Serialiser = String
	}
	// Payloads pass through, but for this one, which is made here.
	if o.Init != "" {
		initArgs, err := normalise(o.InitArgs)
		if err != nil {
			return &StartError{fmt.Errorf("Options.InitArgs: %w", err)}
		}
		frozen, err := o.Serialiser.AppendFreeze([]byte{}, initArgs)
		if err != nil {
			return &StartError{fmt.Errorf("Options.InitArgs: %w", err)}
		}
		o.InitArgs = []any{frozen}
	}
	o.Serialiser = opaque{o.Serialiser}
	o.NoWait = false
	var err error
	if b.w, err = Start(ctx, script, &o); err != nil {
		return &StartError{err}
	}
	stop := context.AfterFunc(ctx, func() {
		b.end(context.Cause(ctx))
		conn.Close() // the parent may not be reading
	})
	defer stop()
	go b.watchParent()
	go b.serve(o.Async)
	<-b.ended
	b.w.Kill()
	if b.err != nil {
		// A parent that does not read what was made before loses it.
		t := time.AfterFunc(DefaultDrain, func() { conn.Close() })
		defer t.Stop()
	}
	b.w.cb.wait() // what has been made is written
	return b.err
}

// A StartError is an error of ServeClassic's that kept its worker from being started, so
// that no call was made.
type StartError struct{ Err error }

// Error returns the text of Err.
func (e *StartError) Error() string { return e.Err.Error() }

// Unwrap returns Err, which is as Start returns it.
func (e *StartError) Unwrap() error { return e.Err }

// classicWindow is how many calls of an async parent are taken before the first
// of them has been answered.
const classicWindow = DefaultMaxOutstanding

// classicOctets is how many octets of arguments may be on their way before no
// more calls are taken.
const classicOctets = 64 << 20

// A bridge joins a parent of the classic dialect to a worker.
type bridge struct {
	conn io.ReadWriteCloser
	w    *Worker
	out  *bufio.Writer // used by callbacks only

	once  sync.Once
	ended chan struct{}
	err   error // set before ended is closed

	mu      sync.Mutex
	changed sync.Cond
	inUse   map[uint32]bool // ids of calls without an answer
	calls   int             // without an answer
	octets  int             // that they have for arguments
}

// end ends the bridge.
func (b *bridge) end(err error) {
	b.once.Do(func() {
		b.err = err
		close(b.ended)
		b.mu.Lock()
		b.changed.Broadcast()
		b.mu.Unlock()
	})
}

// waitForRoom waits until there is room for another call. It reports false if the
// bridge has ended.
func (b *bridge) waitForRoom(window int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		select {
		case <-b.ended:
			return false
		default:
		}
		if b.calls < window && (b.octets < classicOctets || b.calls == 0) {
			return true
		}
		b.changed.Wait()
	}
}

func (b *bridge) taken(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	b.octets += size
}

// serve makes the calls that the parent asks for.
func (b *bridge) serve(async bool) {
	payload := uint64(b.w.opts.Limits.Payload)
	window := 1 // what comes behind a call that fails must not be run
	rd := wire.NewSyncRequestReader(b.conn, payload)
	if async {
		window = classicWindow
		b.inUse = make(map[uint32]bool)
		rd = wire.NewClassicReader(b.conn, payload)
	}
	for first := true; ; first = false {
		if !b.waitForRoom(window) {
			return
		}
		f, err := rd.Next()
		if err == io.EOF {
			break
		}
		if err == nil && async {
			err = b.take(f, first)
		}
		if err != nil {
			b.end(parentError(err))
			return
		}
		id, size := f.ID, len(f.Payload) // and not f, which would be kept
		b.taken(size)
		b.w.Go(func(results []any, err error) {
			if err != nil {
				b.end(err)
				return
			}
			b.write(id, results)
			b.release(id, size)
		}, f.Payload)
	}
	// Its callbacks are through when Close returns.
	b.end(b.w.Close())
}

// parentInterval is how often the parent is looked for.
const parentInterval = 250 * time.Millisecond

// watchParent ends the bridge if the parent is gone. Who reads may not be reading
// then, and takes it for a parent that has half-closed the stream.
func (b *bridge) watchParent() {
	conn, ok := b.conn.(syscall.Conn)
	if !ok {
		return
	}
	t := time.NewTicker(parentInterval)
	defer t.Stop()
	for {
		select {
		case <-b.ended:
			return
		case <-t.C:
		}
		if readerGone(conn) {
			b.end(fmt.Errorf("the parent is gone: %w", io.ErrClosedPipe))
			return
		}
	}
}

// parentError is err, of reading from the parent, as one of this package's.
func parentError(err error) error {
	const from = "from the parent: "
	var large *wire.TooLargeError
	switch {
	case errors.As(err, &large):
		e := tooLarge(large, 0).(*LimitError)
		e.Message = from + e.Message
		if large.Size == uint64(wire.ControlID(wire.KindBoot, 0)) {
			e.Message += "; does it speak the extended dialect?"
		}
		return e
	case errors.Is(err, ErrProtocol):
		return &CallError{Kind: wire.ErrorProtocol, Err: ErrProtocol, Message: from + err.Error()}
	}
	return fmt.Errorf("reading %s%w", from, err)
}

// take notes that the id of a request is in use.
func (b *bridge) take(f wire.Frame, first bool) error {
	id := f.ID
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case first && isBoot(f):
		return wire.Protocolf("the parent speaks the extended dialect: its first request is BOOT")
	case id == 0:
		return wire.Protocolf("a request with the id 0")
	case b.inUse[id]:
		return wire.Protocolf("a request with the id %d, which is in use; is the parent a sync one?", id)
	}
	b.inUse[id] = true
	return nil
}

// isBoot reports whether a request is the first frame of the extended dialect. An id
// like that of BOOT is a good one for a request, whose payload is a list.
func isBoot(f wire.Frame) bool {
	if f.ID != wire.ControlID(wire.KindBoot, 0) {
		return false
	}
	version, err := wire.ParseVersion(f.Payload)
	return err == nil && version > 0
}

func (b *bridge) release(id uint32, size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.inUse, id)
	b.calls--
	b.octets -= size
	b.changed.Broadcast()
}

// write sends a payload to the parent, with all that the callbacks that are due
// have to send.
func (b *bridge) write(id uint32, values []any) {
	payload := values[0].([]byte) // opaque made it
	b.check(b.out.Write(wire.AppendHeader(b.out.AvailableBuffer(), id, uint32(len(payload)))))
	b.check(b.out.Write(payload))
}

func (b *bridge) flush() { b.check(0, b.out.Flush()) }

func (b *bridge) check(_ int, err error) {
	if err != nil {
		b.end(fmt.Errorf("writing to the parent: %w", err))
	}
}

// An opaque serialiser has payloads pass as they are, as the only value.
type opaque struct{ Serialiser }

func (opaque) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	return append(dst, values[0].([]byte)...), nil
}

func (opaque) Thaw(payload []byte) ([]any, error) { return []any{payload}, nil }

// WorkerSource implements CustomSerialiser.
func (o opaque) WorkerSource() []byte {
	if c, ok := o.Serialiser.(CustomSerialiser); ok {
		return c.WorkerSource()
	}
	return nil
}
