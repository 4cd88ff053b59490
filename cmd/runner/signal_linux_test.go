package main

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// What reads standard input, and has nothing to finish, ends on a signal with the status
// that says so. It reads once more than a pipe holds has been taken from it.
func TestSignalsWhileReading(t *testing.T) {
	t.Parallel()
	const more = 128 << 10 // than that
	for _, line := range []string{
		"--script - --lang lua", "--script - --lang js", "check --lang lua -", "bundle --lang ts -", "grants --from -", "replay -",
		"child --wire classic --script - --lang lua",
	} {
		for sig, status := range map[syscall.Signal]int{syscall.SIGINT: exitInterrupted, syscall.SIGTERM: exitTerminated} {
			t.Run(line+" "+sig.String(), func(t *testing.T) {
				t.Parallel()
				cmd := exec.Command("runner", strings.Fields(line)...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				defer stdin.Close()
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(stdin, strings.Repeat(" ", more)); err != nil {
					t.Fatalf("%v: %s", err, stderr.String())
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				err = cmd.Wait()
				if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != status || stderr.String() != "runner: interrupted\n" {
					t.Errorf("%v, and not exit status %d: %q", err, status, stderr.String())
				}
			})
		}
	}
}
