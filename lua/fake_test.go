package lua

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// memory is a codec whose payloads are numbers of lists that it keeps.
type memory struct {
	mu    sync.Mutex
	lists [][]any
	json  bool // refuses what JSON cannot carry
}

func (m *memory) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	if m.json {
		for _, x := range values {
			if n, ok := x.(float64); ok && (math.IsNaN(n) || math.IsInf(n, 0)) {
				return dst, &engine.Error{Kind: engine.KindSerialise, Message: "NaN and infinities cannot be JSON"}
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lists = append(m.lists, append([]any{}, values...))
	return binary.BigEndian.AppendUint32(dst, uint32(len(m.lists)-1)), nil
}

func (m *memory) Thaw(payload []byte) ([]any, error) {
	if len(payload) != 4 {
		return nil, errors.New("the payload is damaged")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lists[binary.BigEndian.Uint32(payload)], nil
}

// jsonText is JSON as workers have it.
type jsonText struct{}

func (jsonText) Writer(dst []byte) engine.Writer               { return wire.JSONWriter(dst) }
func (jsonText) ParseInto(text []byte, b engine.Builder) error { return wire.ParseJSON(text, b) }

// A record is a log record.
type record struct {
	call    uint32
	level   engine.Level
	message string
	fields  map[string]any
}

// An event is an event of a call, or of none (0).
type event struct {
	call uint32
	args []any
}

// fake is a worker end. Whoever holds hold holds the VM.
type fake struct {
	t       testing.TB
	codec   *memory
	async   bool
	host    map[string]func(args []any) ([]any, error)
	maxSize int // of a payload, if it is not 0

	hold sync.Mutex
	vm   engine.VM

	mu      sync.Mutex
	working int // goroutines and timers that are under way
	nextID  uint32
	events  []event
	records []record
	parked  int
	retired bool
	changed *sync.Cond
}

// A fakeCall is what became of a call.
type fakeCall struct {
	engine.Call
	f         *fake
	answered  bool
	cancelled bool
	cancel    chan struct{}
	results   []any
	octets    []byte // the payload
	err       *engine.Error
	answers   int
}

// option changes what newFake starts with.
type option func(*fake, *engine.Config)

func async(f *fake, cfg *engine.Config) { f.async, cfg.Async = true, true }
func text(f *fake, cfg *engine.Config)  { cfg.Text = true }
func binaryOK(_ *fake, cfg *engine.Config) {
	cfg.Binary = true
}

func hostFunc(name string, fn func(args []any) ([]any, error)) option {
	return func(f *fake, cfg *engine.Config) {
		f.host[name] = fn
		if !strings.HasPrefix(name, "runner.") {
			cfg.HostFunctions = append(cfg.HostFunctions, name)
		}
	}
}

func newVM(t testing.TB, opts ...option) *fake {
	t.Helper()
	f := &fake{t: t, codec: &memory{}, host: make(map[string]func([]any) ([]any, error))}
	f.changed = sync.NewCond(&f.mu)
	cfg := engine.Config{Name: "test.lua", PID: 42, Codec: f.codec, JSON: jsonText{}, Services: f}
	for _, o := range opts {
		o(f, &cfg)
	}
	vm, err := Engine().New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.vm = vm
	return f
}

// script loads source as test.lua.
func script(t testing.TB, source string, opts ...option) *fake {
	t.Helper()
	f := newVM(t, opts...)
	if err := f.load(source); err != nil {
		t.Fatalf("load: %v", err)
	}
	t.Cleanup(f.settle)
	return f
}

// work runs fn on a goroutine of its own. A WaitGroup would not do: files that
// are garbage are closed at any time, also while settle waits.
func (f *fake) work(fn func()) {
	f.begin()
	go func() {
		defer f.finish()
		fn()
	}()
}

func (f *fake) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.working++
}

func (f *fake) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.working--
	f.changed.Broadcast()
}

// settle returns when nothing is under way.
func (f *fake) settle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.working > 0 {
		f.changed.Wait()
	}
}

func (f *fake) load(source string) error {
	f.hold.Lock()
	defer f.hold.Unlock()
	return f.vm.Load(engine.Source{Name: "test.lua", Text: []byte(source)})
}

func (f *fake) payload(args []any) []byte {
	b, err := f.codec.AppendFreeze(nil, args)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

func (f *fake) lookup(name string) engine.Function {
	f.t.Helper()
	fn, err := f.vm.Lookup(name)
	if err != nil {
		f.t.Fatal(err)
	}
	return fn
}

func (f *fake) newCall() *fakeCall {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextID++
	c := &fakeCall{f: f, cancel: make(chan struct{})}
	c.ID = f.nextID
	c.State = c
	return c
}

// start starts a call of run and returns when it has returned or parked.
func (f *fake) start(name string, args ...any) *fakeCall {
	f.t.Helper()
	c := f.newCall()
	f.hold.Lock()
	fn := f.lookup(name)
	f.hold.Unlock()
	payload := f.payload(args)
	f.mu.Lock()
	parked := f.parked
	f.mu.Unlock()
	returned := false
	f.work(func() {
		f.hold.Lock()
		f.vm.Start(&c.Call, fn, payload)
		f.hold.Unlock()
		f.mu.Lock()
		returned = true
		f.changed.Broadcast()
		f.mu.Unlock()
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	for !returned && f.parked <= parked {
		f.changed.Wait()
	}
	return c
}

// wait returns when the call has been answered.
func (c *fakeCall) wait() *fakeCall {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	for !c.answered {
		c.f.changed.Wait()
	}
	return c
}

// call calls a function and returns what it was answered.
func (f *fake) call(name string, args ...any) ([]any, *engine.Error) {
	f.t.Helper()
	c := f.start(name, args...).wait()
	return c.results, c.err
}

// run calls run and fails the test if that fails.
func (f *fake) run(args ...any) []any {
	f.t.Helper()
	results, err := f.call("run", args...)
	if err != nil {
		f.t.Fatalf("run: %v (%+v)", err, err)
	}
	return results
}

// runErr calls run, which must fail.
func (f *fake) runErr(args ...any) *engine.Error {
	f.t.Helper()
	results, err := f.call("run", args...)
	if err == nil {
		f.t.Fatalf("run returned %v, want an error", results)
	}
	return err
}

// stop cancels a call as CANCEL does where the call waits.
func (c *fakeCall) stop() {
	f := c.f
	f.mu.Lock()
	c.cancelled, c.answered = true, true
	c.err = &engine.Error{Kind: engine.KindCancelled, Message: "the call was cancelled"}
	close(c.cancel)
	f.changed.Broadcast()
	f.mu.Unlock()
	f.hold.Lock()
	f.vm.Cancelled(&c.Call)
	f.hold.Unlock()
}
