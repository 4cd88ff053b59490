package child_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// A tape is a stream whose parent has written everything, and is gone.
type tape struct {
	in  *bytes.Reader
	mu  sync.Mutex
	out bytes.Buffer
}

func (c *tape) Read(b []byte) (int, error) { return c.in.Read(b) }

func (c *tape) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(b)
}

func (c *tape) Close() error                    { return nil }
func (c *tape) SetReadDeadline(time.Time) error { return nil }

// Whatever a parent sends, the worker ends, what it writes are frames, and it
// answers nothing that it was not asked.
func FuzzServe(f *testing.F) {
	b := boot(true)
	message, err := wire.AppendMessage(nil, &b)
	if err != nil {
		f.Fatal(err)
	}
	start := wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), message)
	call := wire.AppendFrame(nil, 1, wire.AppendOctets(nil, "x"))
	named := wire.AppendFrame(nil, wire.ControlID(wire.KindCall, 2), wire.AppendOctets(wire.AppendName(nil, "run"), "x"))
	drain := wire.AppendFrame(nil, wire.ControlID(wire.KindDrain, 0), nil)
	cancel := wire.AppendFrame(nil, wire.ControlID(wire.KindCancel, 1), nil)
	ping := wire.AppendFrame(nil, wire.ControlID(wire.KindPing, 0), []byte(`{"nonce":1}`))
	reply := wire.AppendFrame(nil, wire.ControlID(wire.KindReturn, 1), append(wire.AppendHostID(nil, 1), 0x80))
	throw := wire.AppendFrame(nil, wire.ControlID(wire.KindThrow, 1), append(wire.AppendHostID(nil, 1), `{"kind":"script"}`...))
	for _, seed := range [][]byte{
		{}, call, bytes.Join([][]byte{call, named, drain}, nil), bytes.Join([][]byte{call, cancel, ping, reply, throw, drain}, nil),
		bytes.Join([][]byte{named, reply, call, reply, drain}, nil), call[:5], {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		f.Add(seed)
	}
	s := &script{run: func(v *vm, c *engine.Call, args []string) {
		v.event(c, args...)
		v.HostCall(c, "f", nil, func(_ []any, err error) {
			v.Post(c, func() {
				if err != nil {
					v.Fail(c, err)
					return
				}
				v.answer(c, args...)
			})
		})
	}}
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn := &tape{in: bytes.NewReader(append(bytes.Clone(start), sent...))}
		served := child.Serve(conn, s)
		rd := wire.NewReader(&conn.out, wire.MaxPayloadSize)
		answered := make(map[uint32]int)
		for {
			frame, err := rd.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("the worker wrote %q: %v", conn.out.Bytes(), err)
			}
			control, kind, id := wire.Split(frame.ID)
			if !control && id != 0 || control && kind == wire.KindError {
				answered[id]++
			}
		}
		asked, drained := make(map[uint32]int), false
		rd = wire.NewReader(bytes.NewReader(sent), wire.MaxPayloadSize)
		for {
			frame, err := rd.Next()
			if err != nil {
				break
			}
			control, kind, id := wire.Split(frame.ID)
			if !control || kind == wire.KindCall {
				asked[id]++
			}
			drained = drained || control && kind == wire.KindDrain
		}
		if served == nil && !drained {
			t.Error("Serve returned no error, and was not drained")
		}
		for id, n := range answered {
			if n > asked[id] {
				t.Errorf("call %d was answered %d times, and made %d times", id, n, asked[id])
			}
		}
	})
}
