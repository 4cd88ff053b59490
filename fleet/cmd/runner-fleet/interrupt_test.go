package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
)

// A call that is interrupted ends at the instance too, and its exit status says what has
// interrupted it. One that the instance has ended has failed.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	dir := t.TempDir()
	bin, script := filepath.Join(dir, "runner-fleet"), filepath.Join(dir, "tidy.lua")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, bin); err != nil {
		t.Skipf("links are not made here: %v", err)
	}
	if err := os.WriteFile(script, []byte("function run() event('it begins') while true do end end"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := []string{"--nats", b.ClientURL(), "--dir", dir}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() {
		defer close(served)
		run(ctx, t, io.Discard, append(at, "serve", "--allow-unsigned", "--drain", "10ms")...)
	}()
	defer func() {
		stop()
		<-served
	}()
	nc := brokertest.Connect(t, b)
	running := func(n int) func() bool {
		return func() bool {
			all, err := fleet.Instances(t.Context(), nc, "tidy", 1)
			return err == nil && len(all) == 1 && all[0].Version != "" && all[0].Stats.Running == n
		}
	}
	run(t.Context(), t, io.Discard, append(at, "push", script, "--allow-unsigned", "--wait", "0")...)
	brokertest.Await(t, running(0))
	call := func(interrupt func(*os.Process) error, want int) {
		t.Helper()
		call := exec.Command(bin, append(at, "call", "tidy")...)
		diag, err := call.StderrPipe()
		if err == nil {
			err = call.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(diag)
		if !lines.Scan() || lines.Text() != "event: it begins" { // who calls knows the instance by then
			t.Errorf("it says %q", lines.Text())
		}
		if err := interrupt(call.Process); err != nil {
			_ = call.Process.Kill() // it may have ended
			_ = call.Wait()
			t.Skipf("no process can be interrupted here: %v", err)
		}
		lines.Scan()
		text := lines.Text()
		for lines.Scan() {
		}
		var exit *exec.ExitError
		if err := call.Wait(); !errors.As(err, &exit) || exit.ExitCode() != want || !strings.HasPrefix(text, "runner-fleet: the call was given up: ") {
			t.Errorf("%v, want exit status %d: %s", err, want, text)
		}
	}
	for _, x := range []struct {
		signal os.Signal
		want   int
	}{{os.Interrupt, exitInterrupted}, {syscall.SIGTERM, exitTerminated}} {
		call(func(p *os.Process) error { return p.Signal(x.signal) }, x.want)
		brokertest.Await(t, running(0))
	}
	call(func(*os.Process) error { stop(); return nil }, exitFailed)
}
