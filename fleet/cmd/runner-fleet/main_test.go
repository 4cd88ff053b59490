package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"scripthost.example/child"
	"scripthost.example/fleet/bundle"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// The test binary plays the worker, and under the name runner-fleet the command.
func TestMain(m *testing.M) {
	child.Enter(lua.Engine(), js.Engine())
	testscript.Main(m, map[string]func(){"runner-fleet": main})
}

// The scripts in testdata use the command as people do. $ANN is the public key of ann.nk.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			taken, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Defer(func() { taken.Close() })
			env.Setenv("TAKEN", taken.Addr().String())
			env.Setenv("LONG", strings.Repeat("x", 100<<10))
			env.Setenv("RUNNER_FLEET_DIR", filepath.Join(env.WorkDir, "state"))
			public, err := bundle.CreateKey(filepath.Join(env.WorkDir, "ann.nk"))
			if err != nil {
				return err
			}
			env.Setenv("ANN", public)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": cmdStatus, "serving": cmdServing, "until": cmdUntil},
	})
}

// cmdStatus is "status N ARG...": the command with these arguments exits with N.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("runner-fleet", args[1:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if neg || got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// cmdServing is "serving ARG...": it waits until a broker of "serve" has everything that
// it needs, for "ls" with these arguments.
func cmdServing(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(clusterTime); ; time.Sleep(10 * time.Millisecond) {
		err := ts.Exec("runner-fleet", append([]string{"ls"}, args...)...)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("nothing serves: %v", err)
		}
	}
}

// Every command has an example, and help in 80 columns that tells of all its flags.
func TestHelp(t *testing.T) {
	t.Parallel()
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" {
			return
		}
		if c.Example == "" || c.Long == "" || c.Short == "" {
			t.Errorf("%s: no example, or no text", c.CommandPath())
		}
		var b bytes.Buffer
		c.SetOut(&b)
		if err := c.Help(); err != nil {
			t.Error(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if n := len([]rune(line)); n > 80 {
				t.Errorf("%s: a line of %d columns: %s", c.CommandPath(), n, line)
			}
		}
		for _, s := range c.Commands() {
			visit(s)
		}
	}
	visit(newRoot(&app{in: os.Stdin, out: io.Discard, diag: io.Discard}))
}

func TestBrief(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "-", 1234 * time.Nanosecond: "1µs", 1234567: "1.23ms", 12345678901: "12.35s"} {
		if got := brief(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
	if counted(1, "instance")+counted(2, "instance") != "1 instance2 instances" {
		t.Error(fmt.Sprint(counted(1, "instance")))
	}
}

// The unit for systemd starts a command that there is.
func TestUnit(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "systemd", "runner-fleet.service"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(unit), "\nExecStart=/usr/bin/runner-fleet ")
	line, _, _ = strings.Cut(line, "\n")
	c, args, err := newRoot(&app{}).Find(strings.Fields(line))
	if err != nil || c.Name() != "serve" || len(args) > 0 {
		t.Errorf("%q: %v, %q, %v", line, c.Name(), args, err)
	}
	for _, name := range []string{"RUNNER_NATS", "RUNNER_CREDS", "RUNNER_CA", "RUNNER_FLEET_DIR"} {
		if !strings.Contains(string(unit), name) {
			t.Errorf("the unit does not say %s", name)
		}
	}
}

// What peers say of themselves does nothing to a terminal.
func TestTableOfPeers(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	table(&b, [][]string{{"a\x1b[2Jb", "c\nd\te", "\u009b31m"}})
	if got := b.String(); strings.ContainsAny(got[:len(got)-1], "\x1b\n\t\u009b") || !strings.Contains(got, "\ufffd[2Jb") {
		t.Errorf("%q", got)
	}
}

// The command runner hands each command on.
func TestForwarded(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "cmd", "runner", "fleet.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "\nvar fleetCommands = []string{")
	list, _, _ = strings.Cut(list, "}")
	var want []string
	for name := range strings.SplitSeq(list, ", ") {
		want = append(want, strings.Trim(name, `"`))
	}
	var has []string
	for _, c := range newRoot(&app{}).Commands() {
		if c.Name() != "help" && c.Name() != "completion" && c.Name() != "version" { // which runner has
			has = append(has, c.Name())
		}
	}
	slices.Sort(want)
	slices.Sort(has)
	if !slices.Equal(has, want) {
		t.Errorf("the commands are %q, and runner hands on %q", has, want)
	}
}
