package child_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

func echo() *script {
	return &script{run: func(v *vm, c *engine.Call, args []string) { v.answer(c, args...) }}
}

func TestReady(t *testing.T) {
	t.Parallel()
	p := enginetest.NewParent(t, serving(echo()))
	p.Boot(boot(false))
	f := p.Next()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(f.Payload, &raw); err != nil || f.ID != wire.ControlID(wire.KindReady, 0) {
		t.Fatalf("READY is %#x %q", f.ID, f.Payload)
	}
	if string(raw["protections"]) != "[]" || string(raw["functions"]) != `["run"]` {
		t.Errorf("READY is %s", f.Payload)
	}
	var r wire.Ready
	if err := wire.ParseMessage(f.Payload, &r); err != nil || r.PID != os.Getpid() || r.Version != wire.Version {
		t.Errorf("READY is %+v (%v)", r, err)
	}
}

func TestFirstFrame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		frame []byte
		words []string
	}{
		{"a call", wire.AppendFrame(nil, 1, nil), []string{"first frame", "BOOT"}},
		{"DRAIN", wire.AppendFrame(nil, wire.ControlID(wire.KindDrain, 0), nil), []string{"first frame", "BOOT"}},
		{"BOOT of a call", wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 1), []byte("{}")), []string{"first frame", "BOOT"}},
		{"no JSON", wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), []byte("nonsense")), []string{"message"}},
		{"no object", wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), []byte("[]")), []string{"message"}},
		{"an empty object", wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), []byte("{}")), []string{"version 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.NewParent(t, serving(echo()))
			p.SendRaw(c.frame)
			p.Protocol(c.words...)
		})
	}
}

// A parent that is gone before it sent BOOT leaves nothing to be told; one that ends
// its stream in the middle of it may still hear of that.
func TestEndBeforeBoot(t *testing.T) {
	t.Parallel()
	b := boot(false)
	message, err := wire.AppendMessage(nil, &b)
	if err != nil {
		t.Fatal(err)
	}
	frame := wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), message)
	for _, n := range []int{0, 1, wire.HeaderSize, len(frame) - 1} {
		p := enginetest.NewParent(t, serving(echo()))
		p.SendRaw(frame[:n])
		p.CloseWrite()
		if n > 0 {
			p.Protocol("the stream ended after")
		} else if err := p.Ended(); err == nil || !strings.Contains(err.Error(), "BOOT") {
			t.Errorf("Serve returned %v", err)
		}
	}
}

// A language that there is, but not in this program, breaks no protocol.
func TestMissingEngine(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"lua", "js"} {
		p := enginetest.NewParent(t, serving(echo()))
		b := boot(false)
		b.Language = language
		p.Boot(b)
		p.Fatal(wire.ErrorScript, "in the language "+language, "it has go", "child.Enter")
	}
	p := enginetest.NewParent(t, func(conn child.Conn) error { return child.Serve(conn) })
	p.Boot(boot(false))
	p.Protocol(`"go"`, "it has none")
}

// BOOT may come in pieces, and calls with it.
func TestBootInPieces(t *testing.T) {
	t.Parallel()
	b := boot(false)
	message, err := wire.AppendMessage(nil, &b)
	if err != nil {
		t.Fatal(err)
	}
	stream := wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), message)
	stream = wire.AppendFrame(stream, 1, wire.AppendOctets(nil, "first"))
	stream = wire.AppendFrame(stream, 1<<20, wire.AppendOctets(nil, "second"))
	stream = wire.AppendFrame(stream, wire.ControlID(wire.KindDrain, 0), nil)
	p := enginetest.NewParent(t, serving(echo()))
	for len(stream) > 0 {
		n := min(7, len(stream))
		p.SendRaw(stream[:n])
		stream = stream[n:]
	}
	p.Ready()
	for _, want := range []string{"first", "second"} {
		f := p.Next()
		if string(f.Payload) != string(wire.AppendOctets(nil, want)) {
			t.Errorf("the answer is %q, want %q", f.Payload, want)
		}
	}
	p.Drained()
}

// A large payload that comes slowly is put together by whoever reads: the
// executor, another goroutine, or one after the other.
func TestPayloadInPieces(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	s := echo()
	s.functions = map[string]func(*vm, *engine.Call, []string){
		"spin": func(v *vm, c *engine.Call, _ []string) {
			v.event(nil, "spinning")
			v.spin(end)
			v.answer(c)
		},
	}
	p := start(t, s, true)
	large := strings.Repeat("0123456789", 20_000)
	frame := wire.AppendFrame(nil, 2, p.Freeze(large))
	third := len(frame) / 3
	p.SendRaw(frame[:third]) // to the executor
	p.SendRaw(frame[third : third+wire.HeaderSize])
	p.SendRaw(frame[third+wire.HeaderSize:])
	p.Result(2, large)

	p.CallNamed(1, "spin")
	p.Event("spinning")
	p.Ping(1)
	p.Pong(1) // another goroutine reads
	p.SendRaw(frame[:third])
	close(end)
	p.Result(1)
	p.SendRaw(frame[third:])
	p.Result(2, large)
	p.Call(3, "small")
	p.Result(3, "small")
}

// Timers and posts interrupt the executor's read, also in the middle of a
// frame.
func TestKickInTheMiddleOfAFrame(t *testing.T) {
	t.Parallel()
	posts := make(chan func(), 1)
	s := echo()
	s.functions = map[string]func(*vm, *engine.Call, []string){
		"give": func(v *vm, c *engine.Call, _ []string) {
			posts <- func() { v.Post(nil, func() { v.event(nil, "post") }) }
			v.answer(c)
		},
	}
	p := start(t, s, true)
	p.CallNamed(1, "give")
	p.Result(1)
	post := <-posts
	large := strings.Repeat("0123456789", 20_000)
	for _, x := range []string{"small", large} {
		frame := wire.AppendFrame(nil, 2, p.Freeze(x))
		for _, cut := range []int{1, wire.HeaderSize, wire.HeaderSize + 2, len(frame) - 1} {
			p.SendRaw(frame[:cut])
			post()
			p.Event("post")
			p.SendRaw(frame[cut:])
			p.Result(2, x)
		}
	}
}
