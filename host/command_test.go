//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"scripthost.example/wire"
)

// self is this test binary as a command that is a child; with stdio, on its
// standard input and output.
func self(stdio bool) []string {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if stdio {
		return []string{exe, wire.ChildArg, "--stdio"}
	}
	return []string{exe, wire.ChildArg}
}

// shell is a command that runs a shell script. In that "$@" is this test binary
// as a child.
func shell(script string, stdio bool) []string {
	return append([]string{"sh", "-c", script, "sh"}, self(stdio)...)
}

// A command is as good a child as this program itself.
func TestCommand(t *testing.T) {
	t.Parallel()
	for _, stdio := range []bool{false, true} {
		bothModes(t, func(t *testing.T, script *Script, async bool) {
			t.Run(fmt.Sprintf("stdio=%v", stdio), func(t *testing.T) {
				t.Parallel()
				for name, command := range map[string][]string{
					"itself": self(stdio),
					"behind": shell(`exec "$@"`, stdio),
					"below":  shell(`"$@"; exit $?`, stdio),
				} {
					w := start(t, script, &Options{Async: async, Command: command, Stdio: stdio})
					big := strings.Repeat("\x00\xff0123456789", 100_000)
					if out := mustCall(t, w, "", "a\x00b", big); len(out) != 3 || out[0] != "" || out[1] != "a\x00b" || out[2] != big {
						t.Errorf("%s: it returned %d values", name, len(out))
					}
					mustClose(t, w)
				}
			})
		})
	}
}

func TestCommandEnvironment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  []string
		want string
	}{
		{nil, fmt.Sprint(len(os.Environ()))},
		{[]string{}, "0"},
		{[]string{"A=1", "B=2"}, "2"},
	} {
		w := startFault(t, "environment", &Options{Command: self(true), Stdio: true, Env: test.env})
		if out := mustCall(t, w); out[0] != test.want {
			t.Errorf("%q: the worker has %v variables, want %s", test.env, out[0], test.want)
		}
		mustClose(t, w)
	}
}

// What a worker prints cannot get into its stream, even if its standard error
// is the stream too.
func TestCommandNoise(t *testing.T) {
	t.Parallel()
	logs := make(chan LogRecord, 16)
	w := startFault(t, "noise", &Options{
		Command: shell(`echo "Welcome to box"; printf '\000RUNNER/'; exec "$@"`, true), Stdio: true,
		OnLog: func(l LogRecord) { logs <- l },
	})
	if out := mustCall(t, w, "x"); out[0] != "x" {
		t.Errorf("got %q", out)
	}
	for _, want := range []string{"to stdout", "to stderr"} {
		if l := <-logs; l.Message != want || !l.Process {
			t.Errorf("logged %+v, want %q", l, want)
		}
	}
	mustClose(t, w)

	w = startFault(t, "noise", &Options{Command: shell(`exec "$@" 2>&1`, true), Stdio: true})
	if out := mustCall(t, w, "x"); out[0] != "x" {
		t.Errorf("with one stream for both: %q", out)
	}
	mustClose(t, w)
}

// A command that is no worker is told of so that one knows what to do.
func TestCommandErrors(t *testing.T) {
	t.Parallel()
	notFound := func(err error) bool {
		return errors.As(err, new(*CommandError)) && errors.Is(err, exec.ErrNotFound)
	}
	exited := func(code int) func(error) bool {
		return func(err error) bool {
			var e *ExitError
			return errors.As(err, &e) && e.Code == code && !e.Killed
		}
	}
	protocol := func(err error) bool { return errors.Is(err, ErrProtocol) }
	late := func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
	tests := []struct {
		name    string
		command []string
		stdio   bool
		is      func(error) bool
		says    []string
	}{
		{"does not exist", []string{"no-such-command-here"}, true, notFound, []string{"no-such-command-here", "not found"}},
		{"is a folder", []string{t.TempDir()}, true, func(err error) bool { return errors.As(err, new(*CommandError)) }, []string{"cannot start the command"}},
		{"exits at once", shell("exit 0", true), true, exited(0), []string{"status 0", "without the greeting"}},
		{"fails", shell("echo no route to host >&2; exit 255", true), true, exited(255), []string{"status 255", "no route to host"}},
		{"fails on fd 3", shell("echo out of cheese >&2; exit 5", false), false, exited(5), []string{"status 5", "out of cheese"}},
		{"exits at once on fd 3", shell("exit 0", false), false, exited(0), []string{"before it was ready"}},
		{"prints too much", shell("while :; do echo spam; done", true), true, protocol, []string{"64 KiB", "spam"}},
		{"prints and ends", shell("echo Permission denied.", true), true, exited(0), []string{"Permission denied."}},
		{"another version", shell(`printf '\000RUNNER/2\n'; read x`, true), true, protocol, []string{"parent speaks version 1", "child version 2", "same release"}},
		{"closes its output", shell("exec >&-; read x", true), true, func(err error) bool {
			var e *ExitError
			return errors.As(err, &e) && e.Killed
		}, []string{"did not exit"}},
		{"never greets", shell("read x", true), true, late, []string{"Limits.Start"}},
		{"stalls in the greeting", shell(`printf '\000RUNN'; read x`, true), true, late, []string{"Limits.Start"}},
		{"stalls in a frame", shell(`printf '\000RUNNER/1\n\200\000\000\000\000\000'; cat >/dev/null`, true), true, late, []string{"Limits.Start"}},
		{"ends in a frame", shell(`printf '\000RUNNER/1\n\200\000\000\000\000\000'`, true), true, protocol, []string{"6 bytes of a frame's header", "status 0"}},
		{"fails in a frame", shell(`printf '\000RUNNER/1\n\200\000\000\000\000\000'; exit 4`, true), true, exited(4), []string{"6 bytes of a frame's header"}},
		{"READY of another version", shell(`printf '\000RUNNER/1\n\200\000\000\000\000\000\000\015{"version":7}'; read x`, true), true, protocol, []string{"child version 7"}},
		{"greets on fd 3", self(true), false, func(err error) bool { return err != nil }, []string{"file descriptor 0"}},
		{"greets at the wrong place", shell(`printf '\000RUNNER/1\n'; exit 1`, false), false, exited(1), []string{"Options.Stdio", "--stdio"}},
		{"speaks classic", shell(`printf '\000\000\000\001\000\000\000\001x' >&3; read x`, false), false, protocol, []string{"--wire classic"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			limit := testTime
			if strings.Contains(strings.Join(test.says, ""), "Limits.Start") {
				limit = 300 * time.Millisecond
			}
			w, err := Start(testContext(t), faultScript("echo"), &Options{
				Command: test.command, Stdio: test.stdio, Limits: Limits{Start: limit},
				OnError: func(error) {}, OnLog: func(LogRecord) {},
			})
			if err == nil {
				w.Kill()
				t.Fatal("it started")
			}
			if !test.is(err) {
				t.Errorf("the error is %T: %[1]v", err)
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// A child whose parent speaks something else says so at once, and does not wait
// for the rest of what it takes for a frame.
func TestWrongParent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sent []byte
		says string
	}{
		"classic, sync":   {wire.AppendSyncRequest(nil, []byte("\x05hello")), "classic"},
		"classic, async":  {wire.AppendFrame(nil, 1, []byte("\x05hello")), "classic"},
		"another version": {wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), []byte(`{"version":2,"source":{}}`)), "parent speaks version 2 of the protocol and the child version 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sock, childEnd, err := socketPair()
			if err != nil {
				t.Fatal(err)
			}
			defer sock.Close()
			logged := make(chan string, 8)
			p, err := startProcess(launch{name: "worker", files: []*os.File{childEnd}, line: func(l string) { logged <- l }})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sock.Write(test.sent); err != nil {
				t.Fatal(err)
			}
			f, err := wire.NewReader(sock, 1<<20).Next()
			if err != nil || f.ID != wire.ControlID(wire.KindFatal, 0) || !strings.Contains(string(f.Payload), test.says) {
				t.Errorf("it answered %#x %q, %v", f.ID, f.Payload, err)
			}
			select {
			case <-p.gone():
			case <-time.After(testTime):
				t.Fatal("it still runs")
			}
			if e := p.exit(); e.code != 2 || !strings.Contains(e.output, test.says) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A command is killed with what it has started.
func TestCommandIsKilledAsAWhole(t *testing.T) {
	t.Parallel()
	// The shell stays, and the worker is its child.
	w := startFault(t, "hang", &Options{Command: shell(`"$@"; exit $?`, true), Stdio: true})
	answer := make(chan error, 1)
	w.Go(func(_ []any, err error) { answer <- err })
	w.Kill()
	var e *ExitError
	if err := <-answer; !errors.As(err, &e) || !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// A command that reads no more, or stalls in the middle of an answer, is subject
// to the deadline of a call.
func TestCommandStalls(t *testing.T) {
	t.Parallel()
	ready := `printf '\000RUNNER/1\n\200\000\000\000\000\000\000\015{"version":1}'; `
	for name, test := range map[string]struct {
		script string
		wire   Wire
	}{
		"reads nothing":              {ready + "sleep 1000", Extended},
		"stalls in an answer":        {ready + `printf '\000\000\000\001\000\000\000\011x'; sleep 1000`, Extended},
		"classic: reads nothing":     {"sleep 1000", Classic},
		"classic: stalls in a frame": {`printf '\000\000\000\001\000\000'; sleep 1000`, Classic},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := faultScript("echo")
			if test.wire == Classic {
				script = nil
			}
			w, err := Start(testContext(t), script, &Options{
				Command: shell(test.script, true), Stdio: true, Wire: test.wire,
				Limits:  Limits{CallTime: 200 * time.Millisecond},
				OnError: func(error) {},
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Call(testContext(t), strings.Repeat("x", 1<<20)); !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != Unknown {
				t.Errorf("got %v", err)
			}
			<-w.Done() // the grace period ends it
			var e *ExitError
			if err := w.Close(); !errors.As(err, &e) || !e.Killed {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// What is not for the kind of worker that is started is an error.
func TestCommandOptions(t *testing.T) {
	t.Parallel()
	script := faultScript("echo")
	for name, test := range map[string]struct {
		script *Script
		opts   Options
		says   string
	}{
		"unknown wire":             {script, Options{Wire: "morse"}, `"morse"`},
		"classic with a script":    {script, Options{Wire: Classic, Command: self(false)}, "has its script already"},
		"classic without command":  {nil, Options{Wire: Classic}, "Options.Command"},
		"no script":                {nil, Options{}, "nil"},
		"no script for a command":  {nil, Options{Command: self(false)}, "nil"},
		"stdio without command":    {script, Options{Stdio: true}, "Options.Command"},
		"env without command":      {script, Options{Env: []string{}}, "Options.Command"},
		"empty name":               {script, Options{Command: []string{""}}, "empty"},
		"files over stdio":         {script, Options{Command: self(true), Stdio: true, InitFiles: []*os.File{os.Stdin}}, "standard input and output"},
		"classic with function":    {nil, Options{Wire: Classic, Command: self(false), Function: "f"}, "Options.Function"},
		"classic with init":        {nil, Options{Wire: Classic, Command: self(false), Init: "f"}, "Options.Init"},
		"classic with init args":   {nil, Options{Wire: Classic, Command: self(false), InitArgs: []any{1}}, "Options.InitArgs"},
		"classic with no wait":     {nil, Options{Wire: Classic, Command: self(false), NoWait: true}, "Options.NoWait"},
		"classic with functions":   {nil, Options{Wire: Classic, Command: self(false), Host: map[string]any{"f": func() {}}}, "Options.Host"},
		"classic with grants":      {nil, Options{Wire: Classic, Command: self(false), Grants: Grants{Read: []string{"/"}}}, "Options.Grants"},
		"classic with many grants": {nil, Options{Wire: Classic, Command: self(false), Grants: Grants{DenyWrite: []string{"/"}}}, "Options.Grants"},
	} {
		if w, err := Start(testContext(t), test.script, &test.opts); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want an error with %q", name, err, test.says)
			if w != nil {
				w.Kill()
			}
		}
	}
	for name, test := range map[string]struct {
		opts Options
		says string
	}{
		"command":      {Options{Command: self(false)}, "Options.Command"},
		"env":          {Options{Env: []string{}}, "Options.Env"},
		"files":        {Options{InitFiles: []*os.File{os.Stdin}}, "Options.InitFiles"},
		"no such wire": {Options{Wire: "morse"}, "morse"},
	} {
		near, far := net.Pipe()
		if w, err := Attach(testContext(t), near, script, &test.opts); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("Attach with %s: %v, want an error with %q", name, err, test.says)
			if w != nil {
				w.Kill()
			}
		}
		if _, err := far.Read(make([]byte, 1)); err == nil {
			t.Errorf("Attach with %s left the connection open", name)
		}
	}
	if _, err := Attach(testContext(t), nil, script, nil); err == nil {
		t.Error("attached to nil")
	}
}
