package child_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

// patience bounds a test that has failed.
const patience = 60 * time.Second

// TestMain looks for goroutines that workers have left behind.
func TestMain(m *testing.M) {
	child.Enter(processScript())
	status := m.Run()
	var left []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); runtime.Gosched() {
		if left = workerGoroutines(); len(left) == 0 {
			break
		}
	}
	if len(left) > 0 {
		fmt.Printf("%d goroutines of workers are left:\n%s\n", len(left), strings.Join(left, "\n\n"))
		status = 1
	}
	os.Exit(status)
}

// workerGoroutines returns the stacks of the goroutines of all workers.
func workerGoroutines() []string {
	buf := make([]byte, 8<<20)
	var found []string
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "scripthost.example/child.(*") {
			found = append(found, g)
		}
	}
	return found
}

// noGoroutines is called when every worker has ended. The last of its
// goroutines may still be on their way out of their last function.
func noGoroutines(t testing.TB) {
	t.Helper()
	var left []string
	defer func() {
		if len(left) > 0 {
			t.Logf("%d goroutines of workers are left:\n%s", len(left), strings.Join(left, "\n\n"))
		}
	}()
	eventually(t, "no goroutine is left", func() bool {
		left = workerGoroutines()
		return len(left) == 0
	})
}

// eventually waits for a condition that nothing announces.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Microsecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !cond(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// A script is a language of its own: its functions are Go functions, which do
// to the worker end whatever a test is about. It keeps to the rules of package
// engine, and the race detector sees to it that the worker end does, too: every
// function that holds the VM touches it.
type script struct {
	load      func(v *vm) error
	init      func(v *vm) error
	run       func(v *vm, c *engine.Call, args []string) // the function run
	functions map[string]func(v *vm, c *engine.Call, args []string)
	cancelled func(v *vm, c *engine.Call)
}

func (s *script) Language() string { return "go" }

func (s *script) New(cfg engine.Config) (engine.VM, error) {
	return &vm{Services: cfg.Services, script: s, cfg: cfg}, nil
}

type vm struct {
	engine.Services
	script *script
	cfg    engine.Config

	held int // not guarded: only the holder of the VM uses it

	mu   sync.Mutex
	stop *engine.Error
	// interrupts and clears count the calls of Interrupt and ClearInterrupt.
	interrupts, clears atomic.Int32
}

type function func(v *vm, c *engine.Call, args []string)

// touch is called by code that holds the VM.
func (v *vm) touch() { v.held++ }

func (v *vm) Load(engine.Source) error {
	v.touch()
	if v.script.load == nil {
		return nil
	}
	return v.script.load(v)
}

func (v *vm) Functions() []string { return []string{"run"} }

func (v *vm) Lookup(name string) (engine.Function, error) {
	v.touch()
	fn, ok := v.script.functions[name]
	switch {
	case ok:
		return function(fn), nil
	case name == "run" && v.script.run != nil:
		return function(v.script.run), nil
	case name == "init" && v.script.init != nil:
		return function(nil), nil
	}
	return nil, &engine.Error{Kind: engine.KindScript, Message: "no function " + name}
}

func (v *vm) Init(engine.Function, []byte) error {
	v.touch()
	return v.script.init(v)
}

func (v *vm) Start(c *engine.Call, fn engine.Function, payload []byte) {
	v.touch()
	values, err := wire.String().Thaw(payload)
	if err != nil {
		v.Fail(c, err)
		return
	}
	args := make([]string, len(values))
	for i := range values {
		args[i] = values[i].(string)
	}
	fn.(function)(v, c, args)
	v.touch()
}

func (v *vm) Cancelled(c *engine.Call) {
	v.touch()
	if v.script.cancelled != nil {
		v.script.cancelled(v, c)
	}
}

func (v *vm) Interrupt(cause *engine.Error) {
	v.interrupts.Add(1)
	v.mu.Lock()
	v.stop = cause
	v.mu.Unlock()
}

func (v *vm) ClearInterrupt() {
	v.touch()
	v.clears.Add(1)
	v.mu.Lock()
	v.stop = nil
	v.mu.Unlock()
	v.Post(nil, func() {}) // engines may use Services here
}

func (v *vm) stopped() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stop == nil {
		return nil
	}
	return v.stop
}

// spin keeps the VM busy until end is closed, or it is interrupted.
func (v *vm) spin(end <-chan struct{}) error {
	for {
		if err := v.stopped(); err != nil {
			return err
		}
		select {
		case <-end:
			return nil
		default:
			runtime.Gosched()
		}
	}
}

func (v *vm) frame(values []string) []byte {
	frame := v.Frame()
	for _, value := range values {
		frame = wire.AppendOctets(frame, value)
	}
	return frame
}

func (v *vm) answer(c *engine.Call, values ...string) error {
	v.touch()
	return v.Answer(c, v.frame(values))
}

func (v *vm) event(c *engine.Call, values ...string) error {
	v.touch()
	return v.Event(c, v.frame(values))
}

// park parks until wake is called, with the wakers kept by name.
func (v *vm) park(c *engine.Call, w *wakers, name string) error {
	v.touch()
	err := v.Park(c, func(wake func()) { w.put(name, wake) })
	v.touch()
	return err
}

// wakers are the wake functions of what is parked, by name.
type wakers struct {
	mu    sync.Mutex
	wakes map[string]func()
}

func (w *wakers) put(name string, wake func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wakes == nil {
		w.wakes = make(map[string]func())
	}
	w.wakes[name] = wake
}

// take waits until something is parked under that name.
func (w *wakers) take(t testing.TB, name string) (wake func()) {
	t.Helper()
	eventually(t, "parked: "+name, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		wake = w.wakes[name]
		delete(w.wakes, name)
		return wake != nil
	})
	return wake
}

// serving returns what NewParent needs to run scripts.
func serving(s *script) func(child.Conn) error {
	return func(conn child.Conn) error { return child.Serve(conn, s) }
}

func boot(async bool) wire.Boot {
	b := enginetest.NewBoot("go", "", async)
	b.Serialiser.Name = "string"
	return b
}

// start starts a worker and waits until it is ready.
func start(t testing.TB, s *script, async bool) *enginetest.Parent {
	t.Helper()
	p := enginetest.NewParent(t, serving(s))
	p.Boot(boot(async))
	p.Ready()
	return p
}
