//go:build unix

package host

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"scripthost.example/wire"
)

// slowSerialiser has the reading wait once, until let go.
type slowSerialiser struct {
	Serialiser
	once *sync.Once
	wait func()
}

func (s slowSerialiser) Thaw(payload []byte) ([]any, error) {
	s.once.Do(s.wait)
	return s.Serialiser.Thaw(payload)
}

// What a child wrote before it exited is read, however long that takes.
func TestLastWords(t *testing.T) {
	t.Parallel()
	const events = 2000
	payload := wire.AppendOctets(nil, strings.Repeat("x", 40))
	var frames []byte
	for range events {
		frames = wire.AppendFrame(frames, wire.ControlID(wire.KindCallEvent, 1), payload)
	}
	frames = wire.AppendFrame(frames, 1, payload)
	got := 0
	var w *Worker
	slow := func() {
		<-w.peer.gone()
		select { // the old way was to close the socket after a while
		case <-w.done:
		case <-time.After(3 * outputWait):
		}
	}
	w = startFault(t, "rawexit "+hex.EncodeToString(frames), &Options{
		Serialiser: slowSerialiser{String, new(sync.Once), slow},
		OnEvent:    func(Event) { got++ },
	})
	w.custom = false // so that Thaw is called by who reads
	answer := make(chan error, 1)
	w.Go(func(_ []any, err error) { answer <- err }, "x")
	if err := <-answer; err != nil {
		t.Error(err)
	}
	w.Close()
	if got != events {
		t.Errorf("%d of %d events arrived", got, events)
	}
}

// What a closed worker says does not depend on how it ended, or when.
func TestCallAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := startFault(t, "hang", &Options{Limits: Limits{Drain: time.Millisecond}})
	w.Go(nil, "x")
	if err := w.Close(); err == nil {
		t.Error("it was drained")
	}
	if _, err := w.Call(testContext(t), "y"); !errors.Is(err, ErrClosed) || OutcomeOf(err) != NotSent {
		t.Errorf("after Close: %v (%v)", err, OutcomeOf(err))
	}
	w = startFault(t, "hang", nil)
	answer := make(chan error, 1)
	w.Go(func(_ []any, err error) { answer <- err }, "x")
	until(t, w, func() bool { return w.outstanding == 1 })
	w.Kill()
	var e *ExitError
	if err := <-answer; !errors.As(err, &e) || !errors.Is(err, ErrClosed) || OutcomeOf(err) != Unknown {
		t.Errorf("during Kill: %v (%v)", err, OutcomeOf(err))
	}
	if _, err := w.Call(testContext(t), "y"); !errors.Is(err, ErrClosed) || OutcomeOf(err) != NotSent {
		t.Errorf("after Kill: %v (%v)", err, OutcomeOf(err))
	}
}

// A worker that became ready at the very moment that its start was given up is
// either given up or ready, not both.
func TestReadyWhenGivenUp(t *testing.T) {
	t.Parallel()
	w := startFault(t, "echo", nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 20 {
		if err := w.awaitBoot(ctx); err != nil {
			t.Fatal(err)
		}
	}
	mustCall(t, w, "x")
	mustClose(t, w)
}

// What the child says of why it cannot start is of the type that the protocol
// names for it.
func TestFatalKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]error{
		wire.ErrorSandbox:   ErrSandboxUnavailable,
		wire.ErrorCrashLoop: ErrCrashLoop,
		wire.ErrorProtocol:  ErrProtocol,
		wire.ErrorBusy:      ErrBusy,
	} {
		frame := frameHex(wire.ControlID(wire.KindFatal, 0), `{"kind":"`+kind+`","message":"because"}`)
		_, err := Start(testContext(t), faultScript("load rawexit "+frame), unhurried(nil))
		var ce *CallError
		if !errors.As(err, &ce) || ce.Kind != kind || !errors.Is(err, want) || ce.Message != "because" || OutcomeOf(err) != NotSent {
			t.Errorf("%s: %#v", kind, err)
		}
	}
}

// What a child says that a script has no such function of counts for the call itself, and
// not for what has caused the error.
func TestNoFunctionIsTheCalls(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"kind":"script","message":"no","no_function":true}`:                              true,
		`{"kind":"new","message":"no","no_function":true}`:                                 true,
		`{"kind":"script","message":"no"}`:                                                 false,
		`{"kind":"script","message":"no","cause":{"message":"no","no_function":true}}`:     false,
		`{"kind":"denied","message":"no","no_function":true}`:                              false,
		`{"kind":"script","message":"no","value":{"no_function":true},"no_function":null}`: false,
	} {
		var we wire.Error
		if err := json.Unmarshal([]byte(text), &we); err != nil {
			t.Fatal(err)
		}
		if err := errorFromWire(&we, Completed); errors.Is(err, ErrNoFunction) != want {
			t.Errorf("%s: %#v", text, err)
		}
	}
}

// What the Go runtime prints where memory ends differs with what it was at.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, stderr string
		code         int
		want         bool
	}{
		{"a refused block", "runtime: out of memory: cannot allocate 8388608-byte block (4 in use)\nfatal error: out of memory\n", 2, true},
		{"refused records", "fatal error: runtime: cannot allocate memory\n\nruntime stack:\n", 2, true},
		{"a fault in the runtime", "SIGSEGV: segmentation violation\nPC=0x43931d m=0 sigcode=1 addr=0x0\n\ngoroutine 0 gp=0x11bb4a0 m=0 mp=0x11bc4a0 [idle]:\nruntime.(*spanQueue).tryDrain(...)\n", 2, true},
		{"a fault in Go code", "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n", 2, false},
		{"a thread that cannot be made", "runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort\n", 2, true},
		{"a panic", "panic: oh no\n\ngoroutine 1 [running]:\n", 2, false},
		{"an overflow of the stack", "runtime: goroutine stack exceeds 134217728-byte limit\nfatal error: stack overflow\n", 2, false},
		{"another program", "it was out of memory\n", 1, false},
	} {
		if got := outOfMemory(&ExitError{Code: c.code, Stderr: c.stderr}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
