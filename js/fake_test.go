package js

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"scripthost.example/child/engine"
)

// world is a worker end for tests: it implements engine.Services with a clock
// of its own, which jumps to the next timer when there is nothing else to do.
type world struct {
	t  testing.TB
	vm engine.VM

	mu      sync.Mutex
	changed *sync.Cond
	posts   []func()
	timers  []*fakeTimer
	now     time.Duration
	pending int // host calls

	outcomes  map[*engine.Call]*outcome
	events    []event
	logs      []record
	late      []error // failures of answered calls and of no call
	retired   bool
	limit     error                                        // what Answer returns next
	onEvent   func(c *engine.Call)                         // called by Event
	host      func(name string, args []any) ([]any, error) // on a goroutine of its own
	cancelled map[*engine.Call]bool
	sent      [][]any // by number: what the codec froze
}

type fakeTimer struct {
	at      time.Duration
	fn      func()
	stopped bool
}

type outcome struct {
	results []any
	err     error
}

type event struct {
	call *engine.Call
	args []any
}

type record struct {
	level   engine.Level
	message string
	fields  map[string]any
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, outcomes: make(map[*engine.Call]*outcome), cancelled: make(map[*engine.Call]bool)}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// load makes a VM with a script in it.
func (w *world) load(cfg engine.Config, script string) error {
	w.t.Helper()
	cfg.Services = w
	if cfg.Codec == nil && cfg.Serialiser == nil {
		cfg.Codec = (*memory)(w)
	}
	m, err := Engine().New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.vm = m
	return m.Load(engine.Source{Name: "test.js", Text: []byte(script)})
}

func loaded(t testing.TB, cfg engine.Config, script string) *world {
	t.Helper()
	w := newWorld(t)
	if err := w.load(cfg, script); err != nil {
		t.Fatal(err)
	}
	return w
}

var (
	syncConfig  = engine.Config{Binary: true}
	asyncConfig = engine.Config{Binary: true, Async: true}
)

// start starts a call of the function run.
func (w *world) start(args ...any) *engine.Call {
	w.t.Helper()
	return w.startNamed("run", args...)
}

func (w *world) startNamed(name string, args ...any) *engine.Call {
	w.t.Helper()
	fn, err := w.vm.Lookup(name)
	if err != nil {
		w.t.Fatal(err)
	}
	c := new(engine.Call)
	w.vm.Start(c, fn, w.payload(args...))
	return c
}

// call starts a call and lets everything run until nothing is left.
func (w *world) call(args ...any) ([]any, error) {
	w.t.Helper()
	c := w.start(args...)
	w.run()
	return w.outcome(c)
}

func (w *world) outcome(c *engine.Call) ([]any, error) {
	w.t.Helper()
	o := w.outcomes[c]
	if o == nil {
		return nil, errors.New("not answered")
	}
	return o.results, o.err
}

// run runs posts and timers until none are left.
func (w *world) run() { _ = w.RunUntil(nil, func() bool { return false }) }

func (w *world) payload(args ...any) []byte {
	b, _ := (*memory)(w).AppendFreeze(nil, args)
	return b
}

// memory is a codec that keeps the values and makes payloads of their number.
type memory world

func (m *memory) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	m.sent = append(m.sent, slices.Clone(values))
	return binary.BigEndian.AppendUint32(dst, uint32(len(m.sent)-1)), nil
}

func (m *memory) Thaw(payload []byte) ([]any, error) {
	if len(payload) != 4 {
		return nil, errors.New("bad payload")
	}
	return m.sent[binary.BigEndian.Uint32(payload)], nil
}

const header = "header"

func (w *world) Frame() []byte { return []byte(header) }

func (w *world) values(frame []byte) []any {
	w.t.Helper()
	if string(frame[:len(header)]) != header {
		w.t.Errorf("the frame's header was overwritten: %q", frame)
	}
	if w.vm.(*vm).freezer != nil {
		return []any{string(frame[len(header):])}
	}
	values, err := (*memory)(w).Thaw(frame[len(header):])
	if err != nil {
		w.t.Error(err)
	}
	return values
}

func (w *world) Answer(c *engine.Call, frame []byte) error {
	if w.cancelled[c] {
		return nil
	}
	if w.outcomes[c] != nil {
		return engine.ErrAnswered
	}
	if err := w.limit; err != nil {
		w.limit = nil
		return err
	}
	w.outcomes[c] = &outcome{results: w.values(frame)}
	return nil
}

func (w *world) Fail(c *engine.Call, err error) error {
	if c == nil || w.outcomes[c] != nil || w.cancelled[c] {
		w.late = append(w.late, err)
		return engine.ErrAnswered
	}
	w.outcomes[c] = &outcome{err: err}
	return nil
}

func (w *world) Event(c *engine.Call, frame []byte) error {
	if c != nil && w.outcomes[c] != nil {
		return engine.ErrAnswered
	}
	w.events = append(w.events, event{call: c, args: w.values(frame)})
	if w.onEvent != nil {
		w.onEvent(c)
	}
	return nil
}

func (w *world) Log(_ *engine.Call, level engine.Level, message string, fields map[string]any) {
	w.logs = append(w.logs, record{level, message, fields})
}

func (w *world) HostCall(_ *engine.Call, name string, args []any, done func([]any, error)) {
	w.mu.Lock()
	w.pending++
	w.mu.Unlock()
	go func() {
		var results []any
		err := error(&engine.Error{Kind: engine.KindScript, Message: "no host function " + name})
		if w.host != nil {
			results, err = w.host(name, args)
		}
		done(results, err)
		w.mu.Lock()
		w.pending--
		w.mu.Unlock()
		w.changed.Broadcast()
	}()
}

func (w *world) Post(_ *engine.Call, fn func()) {
	w.mu.Lock()
	w.posts = append(w.posts, fn)
	w.mu.Unlock()
	w.changed.Broadcast()
}

func (w *world) After(_ *engine.Call, d time.Duration, fn func()) func() {
	timer := &fakeTimer{at: w.now + d, fn: fn}
	w.timers = append(w.timers, timer)
	slices.SortStableFunc(w.timers, func(a, b *fakeTimer) int { return cmp.Compare(a.at, b.at) })
	return func() { timer.stopped = true }
}

func (w *world) WakeAfter(_ *engine.Call, d time.Duration, wake func()) func() {
	alarm := time.AfterFunc(d, wake)
	return func() { alarm.Stop() }
}

func (w *world) Now(*engine.Call) time.Time { return time.Now() }

func (w *world) Wait(c *engine.Call, start func(wake func())) error {
	if c != nil && w.cancelled[c] {
		return &engine.Error{Kind: engine.KindCancelled, Message: "cancelled"}
	}
	woken := make(chan struct{})
	start(sync.OnceFunc(func() { close(woken) }))
	<-woken
	return nil
}

func (w *world) Park(c *engine.Call, start func(wake func())) error { return w.Wait(c, start) }

// next returns what is to run next, nil if nothing is left.
func (w *world) next() func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		if len(w.posts) > 0 {
			fn := w.posts[0]
			w.posts = w.posts[1:]
			return fn
		}
		if w.pending > 0 {
			w.changed.Wait()
			continue
		}
		if len(w.timers) == 0 {
			return nil
		}
		timer := w.timers[0]
		w.timers = w.timers[1:]
		if !timer.stopped {
			w.now = max(w.now, timer.at)
			return timer.fn
		}
	}
}

func (w *world) RunUntil(c *engine.Call, done func() bool) error {
	for !done() {
		if c != nil && w.cancelled[c] {
			return &engine.Error{Kind: engine.KindCancelled, Message: "cancelled"}
		}
		fn := w.next()
		if fn == nil {
			return engine.ErrStalled
		}
		fn()
	}
	return nil
}

func (w *world) Cancelled(c *engine.Call) bool { return w.cancelled[c] }
func (w *world) Retire()                       { w.retired = true }

// cancel is what the worker end does for a call that waits.
func (w *world) cancel(c *engine.Call) {
	w.cancelled[c] = true
	w.outcomes[c] = &outcome{err: &engine.Error{Kind: engine.KindCancelled, Message: "cancelled"}}
	w.vm.Cancelled(c)
}

// Checks.

func equal(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
}

// scriptError fails the test unless err is an *engine.Error with message.
func scriptError(t testing.TB, err error, kind, message string) *engine.Error {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want an *engine.Error %q", err, err, message)
	}
	if e.Kind != kind || e.Message != message {
		t.Errorf("got  %s %q\nwant %s %q", e.Kind, e.Message, kind, message)
	}
	return e
}

func at(e *engine.Error, i int) string {
	if i >= len(e.Stack) {
		return "nowhere"
	}
	return fmt.Sprintf("%s@%s", e.Stack[i].Function, e.Stack[i].Position())
}

// nextPost returns the next post, waiting for host calls but not for timers.
func (w *world) nextPost() func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.posts) == 0 && w.pending > 0 {
		w.changed.Wait()
	}
	if len(w.posts) == 0 {
		return nil
	}
	fn := w.posts[0]
	w.posts = w.posts[1:]
	return fn
}
