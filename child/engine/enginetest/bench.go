package enginetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// Benchmark measures what it takes to turn an object of about 1 KB that has come
// into values of the VM ("in"), values of the VM into what goes out ("out"), and
// one after the other ("echo"), in a call without a worker end around it.
func Benchmark(b *testing.B, e engine.Engine) {
	for _, s := range []wire.Streamer{wire.JSON(), wire.CBOR(), wire.MsgPack()} {
		payload, err := s.AppendFreeze(nil, []any{benchObject()})
		if err != nil {
			b.Fatal(err)
		}
		for _, fn := range []string{"in", "out", "echo"} {
			b.Run(s.Name()+"/"+fn, func(b *testing.B) { benchmarkCalls(b, e, s, fn, payload) })
		}
	}
}

// benchObject is what "go -C bench run ." sends, too.
func benchObject() map[string]any {
	tags, points := make([]any, 10), make([]any, 10)
	for i := range tags {
		tags[i] = fmt.Sprintf("tag-%d", i)
		points[i] = map[string]any{"x": i, "y": i * i, "label": fmt.Sprintf("point %d", i)}
	}
	return map[string]any{
		"id": 1, "name": "Ada Lovelace", "active": true, "ratio": 0.625,
		"tags": tags, "points": points, "text": strings.Repeat("lorem ipsum dolor ", 28),
	}
}

// exchanges are scripts whose functions take the object, return it, or both.
var exchanges = worker{
	lua: `local kept
		function keep(x) kept = x end
		function run(x) return x end
		function receive(x) end
		function send() return kept end`,
	js: `let kept;
		function keep(x) { kept = x }
		function run(x) { return x }
		function receive(x) {}
		function send() { return kept }`,
}

func benchmarkCalls(b *testing.B, e engine.Engine, s wire.Streamer, which string, payload []byte) {
	end := &noEnd{b: b, frame: make([]byte, wire.HeaderSize, 4096)}
	cfg := engine.Config{Name: "bench", Codec: streamed{s}, Binary: s.Name() != "json", Services: end}
	vm, err := e.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := vm.Load(engine.Source{Name: "bench", Text: []byte(exchanges[e.Language()])}); err != nil {
		b.Fatal(err)
	}
	call := func(name string) (engine.Function, []byte) {
		fn, err := vm.Lookup(name)
		if err != nil {
			b.Fatal(err)
		}
		return fn, payload
	}
	fn, args := call("keep")
	vm.Start(new(engine.Call), fn, args)
	switch which {
	case "in":
		fn, args = call("receive")
	case "out":
		fn, _ = call("send")
		args, _ = s.AppendFreeze(nil, nil)
	case "echo":
		fn, args = call("run")
	}
	b.ReportAllocs()
	for b.Loop() {
		vm.Start(new(engine.Call), fn, args)
	}
	if which != "in" && string(end.sent[wire.HeaderSize:]) != string(payload) {
		b.Errorf("%q was sent", end.sent)
	}
}

// streamed is a serialiser as the worker end hands it to engines.
type streamed struct{ wire.Streamer }

func (s streamed) Writer(dst []byte) engine.Writer { return s.Streamer.Writer(dst) }

func (s streamed) ThawInto(payload []byte, b engine.Builder) error {
	return s.Streamer.ThawInto(payload, b)
}

// noEnd is a worker end that costs next to nothing.
type noEnd struct {
	b     *testing.B
	frame []byte
	sent  []byte
}

func (n *noEnd) Frame() []byte                                            { return n.frame[:wire.HeaderSize] }
func (n *noEnd) Answer(_ *engine.Call, frame []byte) error                { n.sent = frame; return nil }
func (n *noEnd) Fail(_ *engine.Call, err error) error                     { n.b.Error(err); return nil }
func (n *noEnd) Event(*engine.Call, []byte) error                         { return nil }
func (n *noEnd) Log(*engine.Call, engine.Level, string, map[string]any)   {}
func (n *noEnd) HostCall(*engine.Call, string, []any, func([]any, error)) {}
func (n *noEnd) Post(*engine.Call, func())                                {}
func (n *noEnd) After(*engine.Call, time.Duration, func()) func()         { return func() {} }
func (n *noEnd) WakeAfter(*engine.Call, time.Duration, func()) func()     { return func() {} }
func (n *noEnd) Now(*engine.Call) time.Time                               { return time.Now() }
func (n *noEnd) Wait(*engine.Call, func(func())) error                    { return nil }
func (n *noEnd) Park(*engine.Call, func(func())) error                    { return nil }
func (n *noEnd) RunUntil(*engine.Call, func() bool) error                 { return engine.ErrStalled }
func (n *noEnd) Cancelled(*engine.Call) bool                              { return false }
func (n *noEnd) Retire()                                                  {}
