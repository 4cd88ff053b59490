package fleet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A folder that a process has, and whose broker listens nowhere yet, is told from one of a
// process that has ended.
func TestBrokerStarting(t *testing.T) {
	t.Parallel()
	ended := exec.Command("go", "version")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		lock     string
		starting bool
	}{
		"one that runs":      {fmt.Sprintln(os.Getpid()), true},
		"one that has ended": {fmt.Sprintln(ended.Process.Pid), false},
		"no number":          {"x", false},
		"a negative one":     {"-1", false},
		"nothing":            {"", false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, lockFile), []byte(c.lock), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ConnectLocal(dir); !errors.Is(err, ErrNoBroker) || errors.Is(err, ErrBrokerStarting) != c.starting {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := ConnectLocal(t.TempDir()); !errors.Is(err, ErrNoBroker) || errors.Is(err, ErrBrokerStarting) {
		t.Errorf("no lock: %v", err)
	}
}
