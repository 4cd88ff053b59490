package child_test

import (
	"encoding/binary"
	"io"
	"sync"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

// A feed is a stream whose parent needs no time: what is measured is the worker
// end alone, without a system call and, as a rule, without another goroutine.
type feed struct {
	start  []byte // BOOT
	frame  []byte // of a call; the answer has as many bytes of payload as size
	size   int
	atOnce int // calls in one Read, all of them answered before the next
	calls  int
	begin  func() // called when the first call is read
	pass   []byte // to be read
	ended  bool

	mu       sync.Mutex
	answered *sync.Cond
	awaited  int // bytes of answers
}

func (f *feed) Read(b []byte) (int, error) {
	if len(f.pass) == 0 {
		f.refill()
	}
	if len(f.pass) == 0 {
		return 0, io.EOF
	}
	n := copy(b, f.pass)
	f.pass = f.pass[:copy(f.pass, f.pass[n:])]
	return n, nil
}

func (f *feed) refill() {
	if f.start != nil {
		f.pass, f.start = f.start, nil
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.begin != nil {
		f.awaited = 0 // READY has been written
		f.begin()
		f.begin = nil
	}
	for f.awaited > 0 {
		f.answered.Wait()
	}
	n := min(f.atOnce, f.calls)
	for i := range n {
		binary.BigEndian.PutUint32(f.frame, binary.BigEndian.Uint32(f.frame)&^0xff|uint32(i+1))
		f.pass = append(f.pass, f.frame...)
	}
	f.calls -= n
	f.awaited = n * (wire.HeaderSize + f.size)
	if n == 0 && !f.ended {
		f.ended = true
		f.pass = wire.AppendHeader(f.pass, wire.ControlID(wire.KindDrain, 0), 0)
	}
}

func (f *feed) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.awaited -= len(b)
	f.answered.Signal()
	return len(b), nil
}

func (f *feed) Close() error                    { return nil }
func (f *feed) SetReadDeadline(time.Time) error { return nil }

// answering answers with what it was given, with as little of its own as
// possible.
type answering struct{}

func (answering) Language() string { return "go" }

func (answering) New(cfg engine.Config) (engine.VM, error) {
	return &answeringVM{services: cfg.Services}, nil
}

type answeringVM struct{ services engine.Services }

func (*answeringVM) Load(engine.Source) error               { return nil }
func (*answeringVM) Functions() []string                    { return nil }
func (*answeringVM) Lookup(string) (engine.Function, error) { return nil, nil }
func (*answeringVM) Init(engine.Function, []byte) error     { return nil }
func (*answeringVM) Cancelled(*engine.Call)                 {}
func (*answeringVM) Interrupt(*engine.Error)                {}
func (*answeringVM) ClearInterrupt()                        {}
func (v *answeringVM) Start(c *engine.Call, _ engine.Function, args []byte) {
	if err := v.services.Answer(c, append(v.services.Frame(), args...)); err != nil {
		panic(err)
	}
}

// BenchmarkCall is one call from its frame to the frame of its answer.
func BenchmarkCall(b *testing.B) {
	b.Run("one by one", func(b *testing.B) { benchmarkFeed(b, 1, callFrame(100), 100) })
	b.Run("pipelined", func(b *testing.B) { benchmarkFeed(b, 64, callFrame(100), 100) })
	b.Run("one by one, 60 KB", func(b *testing.B) { benchmarkFeed(b, 1, callFrame(60_000), 60_000) })
	b.Run("named", func(b *testing.B) {
		payload := append(wire.AppendName(nil, "run"), make([]byte, 100)...)
		benchmarkFeed(b, 1, wire.AppendFrame(nil, wire.ControlID(wire.KindCall, 1), payload), 100)
	})
}

func callFrame(size int) []byte { return wire.AppendFrame(nil, 1, make([]byte, size)) }

func benchmarkFeed(b *testing.B, atOnce int, frame []byte, size int) {
	boot := boot(true)
	message, err := wire.AppendMessage(make([]byte, wire.HeaderSize), &boot)
	if err != nil {
		b.Fatal(err)
	}
	wire.PutHeader(message, wire.ControlID(wire.KindBoot, 0))
	f := &feed{start: message, frame: frame, size: size, atOnce: atOnce, calls: b.N}
	f.answered = sync.NewCond(&f.mu)
	f.begin = b.ResetTimer
	b.ReportAllocs()
	if err := child.Serve(f, answering{}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRoundTrip is the same over a socket, with a parent that waits for
// each answer.
func BenchmarkRoundTrip(b *testing.B) {
	p := enginetest.NewParent(b, func(conn child.Conn) error { return child.Serve(conn, answering{}) })
	p.Boot(boot(true))
	p.Ready()
	frame := callFrame(100)
	b.ReportAllocs()
	for b.Loop() {
		p.SendRaw(frame)
		p.Next()
	}
}

// BenchmarkPark is a call that parks and is woken by another goroutine.
func BenchmarkPark(b *testing.B) {
	p := start(b, &script{run: func(v *vm, c *engine.Call, _ []string) {
		v.Park(c, func(wake func()) { go wake() })
		v.answer(c)
	}}, true)
	frame := wire.AppendFrame(nil, 1, nil)
	b.ReportAllocs()
	for b.Loop() {
		p.SendRaw(frame)
		p.Next()
	}
}

// BenchmarkEvents is an event of a script that makes many.
func BenchmarkEvents(b *testing.B) {
	const each = 1000
	p := start(b, &script{run: func(v *vm, c *engine.Call, _ []string) {
		for range each {
			v.Event(c, append(v.Frame(), "an event"...))
		}
		v.answer(c)
	}}, true)
	frame := wire.AppendFrame(nil, 1, nil)
	b.ReportAllocs()
	for range b.N / each {
		p.SendRaw(frame)
		for range each + 1 {
			p.Next()
		}
	}
}
