//go:build unix

package host

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
)

var hog = source{
	Lua: `function run() local all = {} for i = 1, 1e9 do all[i] = ("x"):rep(1e6) .. i end end`,
	JS:  `function run() { const all = []; for (let i = 0; ; i++) all.push(new Uint8Array(1e6).fill(i)); }`,
}

// A worker that needs more memory than it may use dies of that, and its calls say
// so: the runtime's own report is in the cause, and in no log record.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has limits of the memory that a process can map")
	}
	if raceDetector {
		t.Skip("the race detector takes terabytes of addresses, so that its builds have no limit")
	}
	const limit = 16 << 20
	hog.each(t, func(t *testing.T, script *Script) {
		logged := make(chan LogRecord, 1000)
		w := start(t, script, &Options{
			Limits: Limits{Memory: limit}, OnError: func(error) {}, OnLog: func(l LogRecord) { logged <- l },
		})
		_, err := w.Call(testContext(t))
		var le *LimitError
		var exit *ExitError
		if !errors.As(err, &le) || le.Limit != "memory" || le.Max != limit || OutcomeOf(err) != Unknown {
			t.Fatalf("got %#v (%v): %v", err, OutcomeOf(err), err)
		}
		if !errors.As(err, &exit) || exit.Code != 2 || exit.Killed || !strings.Contains(exit.Stderr, "fatal error: ") {
			t.Errorf("the cause is %#v", le.Cause)
		}
		if strings.Contains(err.Error(), "goroutine") || !strings.Contains(err.Error(), fmt.Sprint(limit)) {
			t.Errorf("it says %q", err)
		}
		if err := w.Close(); !errors.As(err, &le) || le.Limit != "memory" {
			t.Errorf("Close: %v", err)
		}
		close(logged)
		for l := range logged {
			t.Errorf("logged: %+v", l)
		}
	})
}

var spinning = source{
	Lua: `function run() while true do end end`,
	JS:  `function run() { for (;;); }`,
}

// A worker that uses more processor time than it may is killed for that.
func TestCPULimit(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("how much processor time another process has used is known on Linux only")
	}
	const limit = 100 * time.Millisecond
	spinning.each(t, func(t *testing.T, script *Script) {
		// What the start takes counts too, but this is its limit.
		w := start(t, script, &Options{Limits: Limits{CPU: cpuForStart + limit}, OnError: func(error) {}})
		_, err := w.Call(testContext(t))
		var le *LimitError
		var exit *ExitError
		if !errors.As(err, &le) || le.Limit != "cpu" || le.Max != uint64(cpuForStart+limit) || OutcomeOf(err) != Unknown {
			t.Fatalf("got %#v (%v): %v", err, OutcomeOf(err), err)
		}
		if !errors.As(err, &exit) || !exit.Killed || !strings.Contains(err.Error(), "processor time") {
			t.Errorf("the cause is %#v, and it says %q", le.Cause, err)
		}
	})
}

// cpuForStart is what the start of a worker of a slow build takes at most.
const cpuForStart = time.Second

// Limits that cannot be are refused before anything is started, and the message
// tells what can be.
func TestImpossibleLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		l    Limits
		says []string
	}{
		{"negative memory", Limits{Memory: -1}, []string{"Memory", "negative"}},
		{"least memory", Limits{Memory: math.MinInt64}, []string{"Memory", "negative"}},
		{"too little memory", Limits{Memory: MinMemory - 1}, []string{"Memory", fmt.Sprint(MinMemory)}},
		{"one byte", Limits{Memory: 1}, []string{"Memory", fmt.Sprint(MinMemory)}},
		{"too much memory", Limits{Memory: maxMemory + 1}, []string{"Memory", fmt.Sprint(int64(maxMemory))}},
		{"most memory", Limits{Memory: math.MaxInt64}, []string{"Memory", fmt.Sprint(int64(maxMemory))}},
		{"negative cpu", Limits{CPU: -1}, []string{"CPU", "negative"}},
		{"negative call", Limits{CallTime: -time.Second}, []string{"CallTime", "negative"}},
		{"negative payload", Limits{Payload: -1}, []string{"Payload", "negative"}},
		{"too large a payload", Limits{Payload: math.MaxUint32 + 1}, []string{"Payload", fmt.Sprint(uint32(math.MaxUint32))}},
		{"negative grace", Limits{Grace: -1}, []string{"Grace", "negative"}},
		{"negative start", Limits{Start: -1}, []string{"Start", "negative"}},
		{"negative drain", Limits{Drain: -1}, []string{"Drain", "negative"}},
		{"negative ping", Limits{Ping: -1}, []string{"Ping", "negative"}},
		{"too short a ping", Limits{Ping: minPing - 1}, []string{"Ping", "10ms"}},
	} {
		_, err := Start(testContext(t), faultScript("echo"), &Options{Limits: test.l})
		if err == nil {
			t.Errorf("%s: it started", test.name)
			continue
		}
		for _, says := range test.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, which does not tell of %s", test.name, err, says)
			}
		}
	}
	// The greatest are no mistake, and do not overflow.
	w := startFault(t, "echo", &Options{Limits: Limits{
		Memory: maxMemory, CPU: math.MaxInt64, CallTime: math.MaxInt64, Payload: math.MaxUint32, Grace: math.MaxInt64, Start: math.MaxInt64, Drain: math.MaxInt64, Ping: math.MaxInt64,
	}})
	mustCall(t, w, "x")
	mustClose(t, w)
	w = start(t, faultScript("echo"), &Options{Limits: Limits{Memory: MinMemory}})
	mustCall(t, w, "x")
	mustClose(t, w)
}

func TestSandboxValues(t *testing.T) {
	t.Parallel()
	for _, value := range []Sandbox{"Strict", "none", " "} {
		if _, err := Start(testContext(t), faultScript("echo"), &Options{Sandbox: value}); err == nil || !strings.Contains(err.Error(), `"best-effort"`) {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// Of what a child writes to its standard streams the beginning and the end are
// kept, and it is told how much was between them.
func TestOutputIsCut(t *testing.T) {
	t.Parallel()
	const lines = 10_000
	var size int
	for i := range lines {
		size += len(fmt.Sprintln("line", i))
	}
	w := startFault(t, fmt.Sprintf("lines %d", lines), nil)
	_, err := w.Call(testContext(t))
	var exit *ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("got %v", err)
	}
	s := exit.Stderr
	if want := fmt.Sprintf("\n... (%d bytes are left out)\n", size-headKept-tailKept); !strings.Contains(s, want) || len(s) != headKept+tailKept+len(want) {
		t.Errorf("%d bytes are kept, without %q", len(s), want)
	}
	if !strings.HasPrefix(s, "line 0\nline 1\n") || !strings.HasSuffix(s, fmt.Sprintf("\nline %d\n", lines-1)) {
		t.Errorf("it begins with %.20q and ends with %q", s, s[len(s)-20:])
	}
}
