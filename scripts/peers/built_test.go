//go:build unix

package peers_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// scratch is a folder for what all tests use; TestMain removes it.
var scratch = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "peers") })

// runnerPath is a freshly built runner command.
var runnerPath = sync.OnceValues(func() (string, error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "runner")
	out, err := exec.Command("go", "build", "-o", path, "scripthost.example/cmd/runner").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// runner returns the path of the runner command.
func runner(t *testing.T) string {
	t.Helper()
	path, err := runnerPath()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// scriptFor is the script in this folder that is written for a mode.
func scriptFor(language string, m mode) string {
	if m.async {
		return "worker_async." + language
	}
	return "worker." + language
}

// classicChild returns the command of a script that a classic parent drives.
func classicChild(language string) func(*testing.T, mode) []string {
	return func(t *testing.T, m mode) []string {
		return m.flags(runner(t), "child", "--wire", "classic", "--script", scriptFor(language, m))
	}
}
