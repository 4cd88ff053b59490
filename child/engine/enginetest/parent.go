package enginetest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/wire"
)

// patience is how long a test waits for what must come. It only bounds a test
// that has failed.
const patience = 60 * time.Second

// A Parent plays the parent of one worker, frame by frame. The worker is in
// this process, at the other end of a socket. Whatever goes wrong ends the
// test. A Parent must be used by the test's own goroutine.
//
// It reads only when it is asked for a frame, so that a test decides when the
// worker can go on writing.
type Parent struct {
	t        testing.TB
	conn     *net.UnixConn
	files    *net.UnixConn // over which files are passed; may be nil
	rd       *wire.Reader
	codec    wire.Serialiser
	language string
	closing  sync.Once
	returned chan struct{}
	served   error // what Serve returned; set before returned is closed
}

// NewParent starts a worker, by serve, which is [child.Serve] in one way or
// another, and sends it nothing. When the test ends the worker's stream ends,
// and serve must return.
func NewParent(t testing.TB, serve func(child.Conn) error) *Parent {
	t.Helper()
	conn, far := socketPair(t)
	p := &Parent{
		t:        t,
		conn:     conn,
		rd:       wire.NewReader(conn, wire.MaxPayloadSize),
		codec:    wire.JSON(),
		returned: make(chan struct{}),
	}
	go func() {
		p.served = serve(far)
		close(p.returned)
	}()
	t.Cleanup(func() {
		p.Close()
		p.Served()
	})
	return p
}

// NewBoot returns a BOOT for a script, with the function "run", the serialiser
// json and a long grace period.
func NewBoot(language, source string, async bool) wire.Boot {
	b := wire.Boot{
		Version:    wire.Version,
		Name:       "worker." + language,
		Language:   language,
		Source:     []byte(source),
		Function:   "run",
		Mode:       wire.ModeSync,
		Serialiser: wire.BootSerialiser{Name: "json"},
		Limits:     wire.BootLimits{GraceMS: patience.Milliseconds()},
	}
	if async {
		b.Mode = wire.ModeAsync
	}
	return b
}

// Boot sends BOOT. Values are frozen and thawed with its serialiser from then
// on, and left as they are where that is a custom one.
func (p *Parent) Boot(b wire.Boot) {
	p.t.Helper()
	p.language = b.Language
	p.codec = nil
	if len(b.Serialiser.Source) == 0 {
		p.codec, _ = wire.SerialiserByName(b.Serialiser.Name)
	}
	p.control(wire.KindBoot, 0, &b)
}

// Freeze returns the payload of some values. Without a serialiser of its own
// the test gives one value, which is the payload.
func (p *Parent) Freeze(values ...any) []byte {
	p.t.Helper()
	if p.codec == nil {
		if len(values) == 0 {
			return nil
		}
		return []byte(values[0].(string))
	}
	payload, err := p.codec.AppendFreeze(nil, values)
	if err != nil {
		p.t.Fatalf("the arguments cannot be frozen: %v", err)
	}
	return payload
}

// Send sends one frame.
func (p *Parent) Send(id uint32, payload []byte) {
	p.t.Helper()
	p.SendRaw(wire.AppendFrame(nil, id, payload))
}

// SendRaw writes octets, in one write.
func (p *Parent) SendRaw(octets []byte) {
	p.t.Helper()
	p.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := p.conn.Write(octets); err != nil {
		p.t.Fatalf("writing to the worker: %v", err)
	}
}

func (p *Parent) control(k wire.Kind, id uint32, message any) {
	p.t.Helper()
	payload, err := wire.AppendMessage(nil, message)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Send(wire.ControlID(k, id), payload)
}

// Call sends a call of the worker's own function.
func (p *Parent) Call(id uint32, args ...any) {
	p.t.Helper()
	p.Send(id, p.Freeze(args...))
}

// CallNamed sends a call of a function by its name.
func (p *Parent) CallNamed(id uint32, name string, args ...any) {
	p.t.Helper()
	p.Send(wire.ControlID(wire.KindCall, id), append(wire.AppendName(nil, name), p.Freeze(args...)...))
}

// Cancel sends CANCEL.
func (p *Parent) Cancel(id uint32) {
	p.t.Helper()
	p.Send(wire.ControlID(wire.KindCancel, id), nil)
}

// Drain sends DRAIN.
func (p *Parent) Drain() {
	p.t.Helper()
	p.Send(wire.ControlID(wire.KindDrain, 0), nil)
}

// Ping sends PING.
func (p *Parent) Ping(nonce uint64) {
	p.t.Helper()
	p.control(wire.KindPing, 0, &wire.Ping{Nonce: nonce})
}

// Return answers a host call with results.
func (p *Parent) Return(h HostCall, results ...any) {
	p.t.Helper()
	if results == nil {
		results = []any{}
	}
	payload, err := wire.CBOR().AppendFreeze(wire.AppendHostID(nil, h.ID), results)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Send(wire.ControlID(wire.KindReturn, h.Call), payload)
}

// Throw answers a host call with an error.
func (p *Parent) Throw(h HostCall, err wire.Error) {
	p.t.Helper()
	payload, e := wire.AppendMessage(wire.AppendHostID(nil, h.ID), &err)
	if e != nil {
		p.t.Fatal(e)
	}
	p.Send(wire.ControlID(wire.KindThrow, h.Call), payload)
}

// Close ends the stream without DRAIN, as the end of the parent's process does.
func (p *Parent) Close() { p.closing.Do(func() { p.conn.Close() }) }

// CloseWrite ends the parent's half of the stream only.
func (p *Parent) CloseWrite() {
	p.t.Helper()
	if err := p.conn.CloseWrite(); err != nil {
		p.t.Fatal(err)
	}
}

// next returns the next frame, or an error at the end of the stream.
func (p *Parent) next() (wire.Frame, error) {
	p.t.Helper()
	p.conn.SetReadDeadline(time.Now().Add(patience))
	f, err := p.rd.Next()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Fatalf("the worker sent nothing for %v", patience)
	}
	return f, err
}

// Next returns the next frame, which is valid until the next one.
func (p *Parent) Next() wire.Frame {
	p.t.Helper()
	f, err := p.next()
	if err != nil {
		p.t.Fatalf("reading from the worker: %v (Serve: %v)", err, p.Served())
	}
	return f
}

// Served waits until Serve has returned, and returns what it returned.
func (p *Parent) Served() error {
	p.t.Helper()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-p.returned:
		return p.served
	case <-t.C:
		p.t.Fatalf("Serve did not return within %v", patience)
		return nil
	}
}

// More returns the next frame, or false at the end of the stream.
func (p *Parent) More() (wire.Frame, bool) {
	p.t.Helper()
	f, err := p.next()
	// A socket that is closed with octets in it that nobody read is reset.
	if err != nil && !errors.Is(err, io.EOF) && !isReset(err) {
		p.t.Fatalf("the stream ended with %v", err)
	}
	return f, err == nil
}

// Ended expects the end of the stream, and returns what Serve returned.
func (p *Parent) Ended() error {
	p.t.Helper()
	if f, more := p.More(); more {
		p.t.Fatalf("there is %s where the stream should have ended", describe(f))
	}
	return p.Served()
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}

// Drained expects the end of the stream after DRAIN.
func (p *Parent) Drained() {
	p.t.Helper()
	if err := p.Ended(); err != nil {
		p.t.Fatalf("Serve returned %v after DRAIN", err)
	}
}

// describe says what a frame is.
func describe(f wire.Frame) string {
	control, kind, call := wire.Split(f.ID)
	name := "a result of"
	switch {
	case !control && call == 0:
		name = "an event of"
	case control:
		names := []string{"READY", "an ERROR of", "a HOSTCALL of", "a CALLEVENT of", "a PONG of", "a LOG of", "FATAL", "a frame of kind 7 of"}
		name = names[kind]
	}
	payload := f.Payload
	const shown = 2000
	more := ""
	if len(payload) > shown {
		payload, more = payload[:shown], fmt.Sprintf("... (%d bytes)", len(f.Payload))
	}
	return fmt.Sprintf("%s call %d: %q%s", name, call, payload, more)
}
