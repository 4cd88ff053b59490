//go:build unix

package host

import (
	"context"
	"encoding/json"
	"net"
	"testing"
	"time"

	"scripthost.example/wire"
)

// A handChild is a child that a test plays by hand, at the other end of a
// worker's socket.
type handChild struct {
	t    *testing.T
	conn net.Conn
	rd   *wire.Reader
}

// playChild starts a worker whose child the test plays. The child has read BOOT
// and said READY.
func playChild(t *testing.T, opts *Options) (*Worker, *handChild) {
	t.Helper()
	return playScript(t, faultScript("by hand"), opts)
}

// playScript is playChild for a script that has files.
func playScript(t *testing.T, script *Script, opts *Options) (*Worker, *handChild) {
	t.Helper()
	near, far := unixPair(t)
	w, c := playLoading(t, near, far, script, opts)
	c.ready()
	return w, c
}

// playLoading is playChild on a connection that is given, with a child that has
// not said READY yet.
func playLoading(t *testing.T, near, far net.Conn, script *Script, opts *Options) (*Worker, *handChild) {
	t.Helper()
	t.Cleanup(func() { far.Close() })
	o := *opts
	o.NoWait, o.OnError = true, func(error) {}
	w, err := Attach(context.Background(), near, script, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Kill)
	c := &handChild{t, far, wire.NewReader(far, 1<<30)}
	if f := c.next(); f.ID != wire.ControlID(wire.KindBoot, 0) {
		t.Fatalf("the first frame is %x", f.ID)
	}
	return w, c
}

func (c *handChild) ready() {
	c.t.Helper()
	c.write(c.message(wire.KindReady, &wire.Ready{Version: wire.Version, PID: 1}))
}

// message is the frame of a message that is of no call.
func (c *handChild) message(kind wire.Kind, message any) []byte {
	c.t.Helper()
	payload, err := wire.AppendMessage(nil, message)
	if err != nil {
		c.t.Fatal(err)
	}
	return wire.AppendFrame(nil, wire.ControlID(kind, 0), payload)
}

func (c *handChild) next() wire.Frame {
	c.t.Helper()
	f, err := c.rd.Next()
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

func (c *handChild) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// hostCall is the frame of a host call that is made by a call, or by none.
func (c *handChild) hostCall(call, id uint32, name string, args ...any) []byte {
	c.t.Helper()
	payload, err := wire.CBOR().AppendFreeze(wire.AppendHostID(nil, id), append([]any{name}, args...))
	if err != nil {
		c.t.Fatal(err)
	}
	return wire.AppendFrame(nil, wire.ControlID(wire.KindHostCall, call), payload)
}

// An answer is what came back for a host call.
type answer struct {
	id      uint32
	results []any
	thrown  *wire.Error // nil if it returned
}

func (c *handChild) answer() answer {
	c.t.Helper()
	f := c.next()
	id, body, err := wire.ParseHostID(f.Payload)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{id: id}
	switch f.ID &^ wire.MaxCallID {
	case wire.ControlID(wire.KindReturn, 0):
		a.results, err = wire.CBOR().Thaw(body)
	case wire.ControlID(wire.KindThrow, 0):
		a.thrown = new(wire.Error)
		err = json.Unmarshal(body, a.thrown)
	default:
		c.t.Fatalf("a frame %x", f.ID)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// do makes a host call and waits for its answer.
func (c *handChild) do(call, id uint32, name string, args ...any) answer {
	c.t.Helper()
	c.write(c.hostCall(call, id, name, args...))
	return c.answer()
}

// await waits until something has become true that nothing tells of.
func await(t *testing.T, condition func() bool) {
	t.Helper()
	for begun := time.Now(); !condition(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > testTime {
			t.Fatal("it did not come to be")
		}
	}
}
