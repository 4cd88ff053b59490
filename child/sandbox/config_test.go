package sandbox_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/child/sandbox"
)

// What cannot be meant is refused before anything is done to the process.
func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cfg  sandbox.Config
		want string
	}{
		{"no mode", sandbox.Config{}, `the sandbox's mode is "": there are "strict", "best-effort" and "off"`},
		{"unknown mode", sandbox.Config{Mode: "lax"}, `mode is "lax"`},
		{"memory", sandbox.Config{Mode: sandbox.Strict, Memory: 1 << 63}, "9223372036854775808 bytes of memory is more than any machine has"},
		{"stack", sandbox.Config{Mode: sandbox.Strict, Stack: 1 << 63}, "bytes for a stack is more than any machine has"},
		{"CPU time", sandbox.Config{Mode: sandbox.Off, CPU: -1}, "CPU time is limited to -1ns"},
		{"unknown layer", sandbox.Config{Mode: sandbox.BestEffort, Without: []string{"landlock", "moat"}}, `there is no layer "moat"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inForce, err := sandbox.Apply(c.cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) || inForce != nil {
				t.Errorf("Apply returned %q, %v, want an error with %q", inForce, err, c.want)
			}
		})
	}
}

func TestMissingError(t *testing.T) {
	t.Parallel()
	err := error(&sandbox.MissingError{Layer: "moat", Err: syscall.ENOSYS, Hint: "Dig one"})
	want := `the protection "moat" is not to be had: ` + syscall.ENOSYS.Error() + `. Dig one, or do without what is missing: mode "best-effort"`
	if err.Error() != want {
		t.Errorf("it says\n%s\nwant\n%s", err, want)
	}
	if !errors.Is(err, syscall.ENOSYS) {
		t.Error("the reason cannot be told from it")
	}
}

// Probe names every layer once, in order, and says how to get what is missing.
func TestProbe(t *testing.T) {
	t.Parallel()
	var names []string
	for _, l := range sandbox.Probe() {
		t.Logf("%-14s %-5v %s", l.Name, l.Available, l.Detail)
		names = append(names, l.Name)
		if !l.Available && (l.Detail == "" || l.Hint == "") {
			t.Errorf("%s is not available: why is %q and how to get it %q", l.Name, l.Detail, l.Hint)
		}
	}
	want := "max-stack soft-memory no-new-privs descriptors rlimit-core rlimit-fsize rlimit-nofile rlimit-cpu rlimit-data rlimit-as landlock not-dumpable seccomp self-test"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the layers are\n%s\nwant\n%s", got, want)
	}
}
