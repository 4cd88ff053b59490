package js

import (
	"testing"
	"time"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// bare is a worker end that costs next to nothing.
type bare struct {
	frame []byte
	value []any
}

func (b *bare) AppendFreeze(dst []byte, values []any) ([]byte, error)    { return dst, nil }
func (b *bare) Thaw([]byte) ([]any, error)                               { return b.value, nil }
func (b *bare) Frame() []byte                                            { return b.frame }
func (b *bare) Answer(*engine.Call, []byte) error                        { return nil }
func (b *bare) Fail(_ *engine.Call, err error) error                     { panic(err) }
func (b *bare) Event(*engine.Call, []byte) error                         { return nil }
func (b *bare) Log(*engine.Call, engine.Level, string, map[string]any)   {}
func (b *bare) HostCall(*engine.Call, string, []any, func([]any, error)) {}
func (b *bare) Post(_ *engine.Call, fn func())                           {}
func (b *bare) After(*engine.Call, time.Duration, func()) func()         { return func() {} }
func (b *bare) WakeAfter(*engine.Call, time.Duration, func()) func()     { return func() {} }
func (b *bare) Now(*engine.Call) time.Time                               { return time.Now() }
func (b *bare) Wait(*engine.Call, func(func())) error                    { return nil }
func (b *bare) Park(*engine.Call, func(func())) error                    { return nil }
func (b *bare) RunUntil(*engine.Call, func() bool) error                 { return engine.ErrStalled }
func (b *bare) Cancelled(*engine.Call) bool                              { return false }
func (b *bare) Retire()                                                  {}

func benchmark(b *testing.B, cfg engine.Config, script string, args ...any) {
	services := &bare{frame: make([]byte, 8, 1024), value: args}
	cfg.Services, cfg.Codec = services, services
	m, err := Engine().New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := m.Load(engine.Source{Name: "bench.js", Text: []byte(script)}); err != nil {
		b.Fatal(err)
	}
	fn, err := m.Lookup("run")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Start(new(engine.Call), fn, nil)
	}
}

func BenchmarkNew(b *testing.B) {
	services := new(bare)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Engine().New(engine.Config{Services: services, Codec: services}); err != nil {
			b.Fatal(err)
		}
	}
}

const long = "a string of more than sixteen octets"

func BenchmarkEchoText(b *testing.B) {
	benchmark(b, engine.Config{Text: true}, `const run = x => x`, long)
}

func BenchmarkEchoSync(b *testing.B) {
	benchmark(b, syncConfig, `const run = x => x`, long)
}

func BenchmarkEchoObject(b *testing.B) {
	benchmark(b, syncConfig, `const run = x => x`, map[string]any{"a": int64(1), "b": "two", "c": []any{1.5, nil}})
}

func BenchmarkEchoPromise(b *testing.B) {
	benchmark(b, syncConfig, `const run = async x => x`, long)
}

func BenchmarkEchoAsync(b *testing.B) {
	benchmark(b, asyncConfig, `const run = (done, x) => done(x)`, long)
}

func BenchmarkEchoAsyncFunction(b *testing.B) {
	benchmark(b, asyncConfig, `const run = async (done, x) => { await null; return x }`, long)
}

func BenchmarkDoneEvent(b *testing.B) {
	benchmark(b, asyncConfig, `const run = (done, x) => { done.event(x); done() }`, long)
}

// BenchmarkGoja is what goja alone takes for BenchmarkEchoSync.
func BenchmarkGoja(b *testing.B) {
	v, err := newVM(engine.Config{Services: new(bare)})
	if err != nil {
		b.Fatal(err)
	}
	echo, err := v.rt.RunString("x => x")
	if err != nil {
		b.Fatal(err)
	}
	fn, _ := goja.AssertFunction(echo)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fn(goja.Undefined(), v.rt.ToValue(long)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstBuffer is BenchmarkNew and the first use of Buffer.
func BenchmarkFirstBuffer(b *testing.B) {
	services := new(bare)
	b.ReportAllocs()
	for b.Loop() {
		m, err := newVM(engine.Config{Services: services, Codec: services})
		if err != nil {
			b.Fatal(err)
		}
		m.newBuffer(nil)
	}
}

func BenchmarkBufferNumbers(b *testing.B) {
	benchmark(b, syncConfig, `const b = Buffer.alloc(64); const run = () => { for (let i = 0; i < 100; i++) b.writeUInt32LE(b.readUInt32LE(8) + 1, 8) }`)
}
