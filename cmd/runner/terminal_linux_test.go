package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The end of the terminal ends the run, and does not reload its script.
func TestTerminalGone(t *testing.T) {
	t.Parallel()
	master, terminal, err := openTerminal()
	if err != nil {
		t.Skip("there is no terminal: ", err)
	}
	defer terminal.Close()
	script := filepath.Join(t.TempDir(), "wait.lua")
	if err := os.WriteFile(script, []byte("function run(x) event(x) return x end"), 0o600); err != nil {
		t.Fatal(err)
	}
	runner, err := exec.LookPath("runner") // which testscript has made of this program
	if err != nil {
		t.Fatal(err)
	}
	stdin, calls, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer calls.Close()
	results, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	cmd := exec.Command(runner, "-s", script, "--calls", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	stdout.Close()
	fmt.Fprintln(calls, "x")
	if _, err := results.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	master.Close()
	err = cmd.Wait()
	exit := new(exec.ExitError)
	if !errors.As(err, &exit) || exit.ExitCode() != exitHungUp {
		t.Errorf("it ended with %v, want exit status %d", err, exitHungUp)
	}
}

// openTerminal returns both ends of a new pseudo-terminal.
func openTerminal() (master, terminal *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, terminal, nil
}
