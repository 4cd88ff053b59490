//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"scripthost.example/wire"
)

// testTime is how long a test waits for what should happen at once: long enough
// for a machine that is so busy that ten thousand requests take a minute. Only a test
// that fails waits for so long.
const testTime = 5 * time.Minute

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	t.Cleanup(cancel)
	return ctx
}

func faultScript(what string) *Script {
	return &Script{name: "fault", language: "fault", source: []byte(what)}
}

// unhurried are the options of a worker that may start, and drain, for as long as a test
// waits, unless they say for how long: beside all that a machine tests at a time, with the
// race detector, the defaults are too short for some.
func unhurried(opts *Options) *Options {
	var o Options
	if opts != nil {
		o = *opts
	}
	setDefault(&o.Limits.Start, testTime)
	setDefault(&o.Limits.Drain, testTime)
	return &o
}

func startFault(t *testing.T, what string, opts *Options) *Worker {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	if opts.OnError == nil {
		opts.OnError = func(error) {}
	}
	if opts.OnLog == nil {
		opts.OnLog = func(LogRecord) {}
	}
	if opts.Sandbox == "" {
		opts.Sandbox = SandboxOff // it does what a child cannot do otherwise
	}
	w, err := Start(testContext(t), faultScript(what), unhurried(opts))
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(w.Kill)
	return w
}

func frameHex(id uint32, payload string) string {
	return fmt.Sprintf("%x", wire.AppendFrame(nil, id, []byte(payload)))
}

// A child that breaks the protocol or dies ends every call with a typed error,
// those that it has and those that wait.
func TestFaultyChild(t *testing.T) {
	t.Parallel()
	protocol := func(reason string) func(error) string {
		return func(err error) string {
			if !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), reason) {
				return fmt.Sprintf("want a protocol error that tells of %q", reason)
			}
			return ""
		}
	}
	exit := func(want ExitError, reason string) func(error) string {
		return func(err error) string {
			e := new(ExitError)
			if !errors.As(err, &e) || e.Code != want.Code || e.Signal != want.Signal || e.Killed != want.Killed || !e.Unasked() || !strings.Contains(e.Error(), reason) {
				return fmt.Sprintf("want %+v that tells of %q", want, reason)
			}
			return ""
		}
	}
	truncated := func(reason string) func(error) string {
		return func(err error) string {
			if kind := kindOf(err); kind != wire.ErrorProtocol {
				return "want the kind protocol and not " + kind
			}
			return protocol(reason)(err) + protocol("exited with status 0")(err)
		}
	}
	tests := []struct {
		name, script string
		check        func(error) string
	}{
		{"answer to nobody", "raw " + frameHex(77, ""), protocol("id 77")},
		{"event of nobody", "raw " + frameHex(wire.ControlID(wire.KindCallEvent, 99), ""), protocol("id 99")},
		{"callevent without a call", "raw " + frameHex(wire.ControlID(wire.KindCallEvent, 0), ""), protocol("no call")},
		{"hostcall of nobody", "raw " + frameHex(wire.ControlID(wire.KindHostCall, 9), "\x00\x00\x00\x01\x81\x61a"), protocol("id 9")},
		{"hostcall without a name", "raw " + frameHex(wire.ControlID(wire.KindHostCall, 0), "\x00\x00\x00\x01\x80"), protocol("without a name")},
		{"hostcall that is no list", "raw " + frameHex(wire.ControlID(wire.KindHostCall, 0), "\x00\x00\x00\x01\xff"), protocol("HOSTCALL")},
		{"short hostcall", "raw " + frameHex(wire.ControlID(wire.KindHostCall, 0), "\x00"), protocol("host-call")},
		{"unknown kind", "raw " + frameHex(wire.ControlID(7, 0), ""), protocol("kind 7")},
		{"second ready", "raw " + frameHex(wire.ControlID(wire.KindReady, 0), `{"version":1}`), protocol("READY")},
		{"error without json", "raw " + frameHex(wire.ControlID(wire.KindError, 1), `{`), protocol("message")},
		{"plain id too large", "raw " + frameHex(0x7fffffff, ""), protocol("not in use")},
		{"exit in a header", "rawexit 000000", truncated("3 bytes of a frame's header")},
		{"exit in a payload", "rawexit 000000010000000a00", truncated("1 of 10 bytes")},
		{"killed in a payload", "rawkill 000000010000000a00", exit(ExitError{Code: -1, Signal: "killed"}, "1 of 10 bytes")},
		{"length over the limit", "raw 00000001ffffffff", func(err error) string {
			if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "4294967295") {
				return "want ErrTooLarge"
			}
			return ""
		}},
		{"event over the limit", "bigevent", func(err error) string {
			if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "an event") {
				return "want ErrTooLarge"
			}
			return ""
		}},
		{"exit 0", "exit 0", exit(ExitError{Code: 0}, "not answered")},
		{"exit 7", "exit 7", exit(ExitError{Code: 7}, "status 7")},
		{"signal", "kill", exit(ExitError{Code: 2}, "SIGSEGV")},
		{"panic", "panic out of cheese", exit(ExitError{Code: 2}, "out of cheese")},
		{"closed socket", "close", exit(ExitError{Code: -1, Signal: "killed", Killed: true}, "closed its stream")},
	}
	for _, test := range tests {
		for _, async := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/async=%v", test.name, async), func(t *testing.T) {
				t.Parallel()
				told := make(chan error, 10)
				w := startFault(t, test.script, &Options{Async: async, Limits: Limits{Payload: 1000}, OnError: func(err error) { told <- err }})
				const calls = 5
				answers := make(chan error, calls)
				for range calls {
					w.Go(func(_ []any, err error) { answers <- err }, "x")
				}
				for i := range calls {
					err := <-answers
					if msg := test.check(err); msg != "" {
						t.Errorf("call %d: %s, got %#v: %v", i+1, msg, err, err)
					}
					if o := OutcomeOf(err); o != Unknown && (o != NotSent || i < 1) {
						t.Errorf("call %d: outcome %v", i+1, o)
					}
				}
				_, err := w.Call(testContext(t), "late")
				if msg := test.check(err); msg != "" || OutcomeOf(err) != NotSent {
					t.Errorf("a call after the end: %s, got %v, %v", msg, OutcomeOf(err), err)
				}
				if err := w.Close(); test.check(err) != "" {
					t.Errorf("Close: %v", err)
				}
				if err := <-told; test.check(err) != "" {
					t.Errorf("OnError got %v", err)
				}
			})
		}
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script string
		opts         Options
		want         string
		is           error
	}{
		{"exit", "load exit 0", Options{}, "child.Enter", nil},
		{"exit with status", "load exit 3", Options{}, "status 3", nil},
		{"panic", "load panic aaargh", Options{}, "aaargh", nil},
		{"too slow", "load hang", Options{Limits: Limits{Start: time.Millisecond}}, "not loaded within 1ms", context.DeadlineExceeded},
		{"rubbish", "load raw " + frameHex(1, "x"), Options{}, "not in use", ErrProtocol},
		{"another version", "load raw " + frameHex(wire.ControlID(wire.KindReady, 0), `{"version":2}`), Options{}, "version 2", ErrProtocol},
	}
	for _, test := range tests {
		for _, noWait := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/nowait=%v", test.name, noWait), func(t *testing.T) {
				t.Parallel()
				opts := test.opts
				opts.OnLog = func(LogRecord) {}
				opts.OnError = func(error) {}
				opts.NoWait = noWait
				w, err := Start(testContext(t), faultScript(test.script), unhurried(&opts))
				if noWait {
					if err != nil {
						t.Fatal(err)
					}
					_, err = w.Call(testContext(t), "x")
					if OutcomeOf(err) != NotSent {
						t.Errorf("outcome %v of %v", OutcomeOf(err), err)
					}
					if cerr := w.Close(); cerr == nil {
						t.Error("Close says nothing")
					}
				}
				if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("got %v, want an error that is %v and tells of %q", err, test.is, test.want)
				}
			})
		}
	}
}

func TestStartGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := Start(ctx, faultScript("load hang"), nil)
	var ce *CallError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &ce) || OutcomeOf(err) != NotSent {
		t.Errorf("got %#v", err)
	}
	_, err = Start(ctx, faultScript("echo"), nil)
	if !errors.Is(err, context.Canceled) || !errors.As(err, &ce) || OutcomeOf(err) != NotSent {
		t.Errorf("with a context that has ended: %#v", err)
	}
}

// What a child that hangs keeps from being answered is ended by its deadline,
// and the child is killed.
func TestHangingChild(t *testing.T) {
	t.Parallel()
	w := startFault(t, "hang", &Options{Limits: Limits{CallTime: 20 * time.Millisecond, Grace: 20 * time.Millisecond}})
	_, err := w.Call(testContext(t), "x")
	for OutcomeOf(err) == NotSent { // in time, on a busy machine
		_, err = w.Call(testContext(t), "x")
	}
	if !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != Unknown {
		t.Errorf("got %v (%v)", err, OutcomeOf(err))
	}
	// On a busy machine it may not have begun that call before it was cancelled, and
	// so has complied.
	for errors.Is(err, context.DeadlineExceeded) {
		_, err = w.Call(testContext(t), "x")
	}
	<-w.Done()
	var e *ExitError
	if err := w.Close(); !errors.As(err, &e) || !e.Killed || e.Unasked() || !strings.Contains(e.Reason, "did not end within") {
		t.Errorf("Close: %v", err)
	}
}

// What a sync worker has answered has left it before the next call is run: if that
// is the worker's end, the parent knows which of the two it was.
func TestAnsweredBeforeTheEnd(t *testing.T) {
	t.Parallel()
	for range 30 {
		both := make(chan struct{})
		w := startFault(t, "mortal", &Options{Host: map[string]any{"ran": func(string) { <-both }}, OnError: func(error) {}})
		errs := []chan error{make(chan error, 1), make(chan error, 1)}
		for i, arg := range []string{"live", "die"} {
			w.Go(func(_ []any, err error) { errs[i] <- err }, arg)
		}
		until(t, w, func() bool { return w.outstanding == 2 })
		close(both)
		if err := <-errs[0]; err != nil {
			t.Errorf("the first: %v (%v)", err, OutcomeOf(err))
		}
		if err := <-errs[1]; OutcomeOf(err) != Unknown {
			t.Errorf("the second: %v (%v)", err, OutcomeOf(err))
		}
		w.Kill()
	}
}

// A call that waits behind one that hangs is never lost: it was not sent, or a
// sync worker did not get to it.
func TestBehindAHangingCall(t *testing.T) {
	t.Parallel()
	w := startFault(t, "hang", &Options{Limits: Limits{Grace: 20 * time.Millisecond}})
	ctx, cancel := context.WithCancel(context.Background())
	outcomes := make(chan Outcome, 5)
	for range cap(outcomes) - 1 {
		w.Go(nil) // so that the next one is not alone
		w.Go(func(_ []any, err error) { outcomes <- OutcomeOf(err) }, "behind")
	}
	go func() {
		waitSent(t, w)
		cancel()
	}()
	if _, err := w.Call(ctx, "also behind"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.Kill()
	for range cap(outcomes) - 1 {
		if o := <-outcomes; o != NotSent {
			t.Errorf("outcome %v", o)
		}
	}
}

func TestDrainLimit(t *testing.T) {
	t.Parallel()
	w := startFault(t, "hang", &Options{Limits: Limits{Drain: 20 * time.Millisecond}})
	answer := make(chan error, 1)
	w.Go(func(_ []any, err error) { answer <- err }, "x")
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "drained") {
		t.Errorf("Close: %v", err)
	}
	var e *ExitError
	if err := <-answer; !errors.As(err, &e) || !e.Killed {
		t.Errorf("the call: %v", err)
	}
}

func TestKillIsQuiet(t *testing.T) {
	t.Parallel()
	w := startFault(t, "hang", &Options{
		OnError:   func(err error) { t.Errorf("OnError: %v", err) },
		OnDestroy: func() { t.Error("OnDestroy") },
	})
	answer := make(chan error, 1)
	w.Go(func(_ []any, err error) { answer <- err }, "x")
	w.Kill()
	w.Kill()
	var e *ExitError
	if err := <-answer; !errors.As(err, &e) || !e.Killed {
		t.Errorf("the call: %v", err)
	}
	if err := w.Close(); !errors.As(err, &e) {
		t.Errorf("Close: %v", err)
	}
}

// The child has nothing of its parent's: no environment, and its output goes to
// the log.
func TestNothingInherited(t *testing.T) {
	t.Parallel()
	out, err := startFault(t, "environment", nil).Call(testContext(t))
	if err != nil || out[0] != fmt.Sprint(len(childEnvironment())) {
		t.Errorf("variables in the environment: %v, %v", out, err)
	}
	lines := make(chan LogRecord, 2)
	w := startFault(t, "noise", &Options{OnLog: func(l LogRecord) { lines <- l }})
	if _, err := w.Call(testContext(t)); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for range 2 {
		l := <-lines
		got[l.Message] = l.Process
	}
	if !got["to stdout"] || !got["to stderr"] {
		t.Errorf("log records: %v", got)
	}
}

// A child ends when its parent has gone, even if it spins: here the parent's
// end of the socket goes.
func TestOrphan(t *testing.T) {
	t.Parallel()
	for language, source := range map[Language]string{
		Lua:     "function run() while true do end end",
		JS:      "function run() { for (;;) {} }",
		"fault": "hang",
	} {
		t.Run(string(language), func(t *testing.T) {
			t.Parallel()
			script := &Script{name: "spin", language: language, source: []byte(source)}
			sock, childEnd, err := socketPair()
			if err != nil {
				t.Fatal(err)
			}
			p, err := startProcess(launch{name: "orphan", files: []*os.File{childEnd}, line: func(string) {}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				p.kill()
				p.output.end()
			})
			o, err := (&Options{}).withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			w := &Worker{opts: o, host: &hostFunctions{}}
			if err := w.prepareBoot(script, false); err != nil {
				t.Fatal(err)
			}
			if _, err := sock.Write(wire.AppendFrame(w.boot, 1, nil)); err != nil {
				t.Fatal(err)
			}
			if f, err := wire.NewReader(sock, 1<<20).Next(); err != nil || f.ID != wire.ControlID(wire.KindReady, 0) {
				t.Fatalf("%x, %v", f.ID, err)
			}
			sock.Close()
			select {
			case <-p.gone():
			case <-time.After(testTime):
				t.Error("it still runs")
			}
		})
	}
}

// A child that reads no more is killed, so that no call waits for it forever.
func TestDeafChild(t *testing.T) {
	t.Parallel()
	w := startFault(t, "deaf", nil)
	var e *ExitError
	// On a busy machine it may notice that it is deaf before it has answered.
	if _, err := w.Call(testContext(t), "x"); err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	if _, err := w.Call(testContext(t), "y"); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}

// What people send to all processes at once is the parent's business.
func TestSignalsAreIgnored(t *testing.T) {
	t.Parallel()
	w := startFault(t, "echo", nil)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if err := syscall.Kill(w.PID(), sig); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Call(testContext(t), "x"); err != nil {
			t.Errorf("after %v: %v", sig, err)
		}
	}
	mustClose(t, w)
}

func TestForgottenEnter(t *testing.T) {
	// Not parallel: it pretends that this process is a child.
	args := os.Args
	defer func() { os.Args = args }()
	os.Args = []string{"worker", wire.ChildArg}
	if _, err := Start(context.Background(), faultScript("echo"), nil); err == nil || !strings.Contains(err.Error(), "child.Enter") {
		t.Errorf("got %v", err)
	}
}

// A level that does not exist, and null for a record.
func TestForgedLogs(t *testing.T) {
	t.Parallel()
	levels := make(chan string, 1)
	w := startFault(t, "raw "+frameHex(wire.ControlID(wire.KindLog, 0), `{"level":"ERROR+7","message":"x"}`)+
		frameHex(wire.ControlID(wire.KindLog, 0), "null"), &Options{OnLog: func(l LogRecord) { levels <- l.Level }})
	if _, err := w.Call(testContext(t)); !errors.Is(err, ErrProtocol) {
		t.Errorf("got %v", err)
	}
	if l := <-levels; l != "info" {
		t.Errorf("the level is %q", l)
	}
}
