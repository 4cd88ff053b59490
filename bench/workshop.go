package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A workshop is where drivers are made.
type workshop struct {
	folder   string // of this module
	programs string // those that were built; a temporary folder
	progress io.Writer
}

func newWorkshop(folder string, progress io.Writer) (*workshop, error) {
	programs, err := os.MkdirTemp("", "bench")
	return &workshop{folder, programs, progress}, err
}

func (w *workshop) close() { os.RemoveAll(w.programs) }

// peer is the path of a file in peers/.
func (w *workshop) peer(names ...string) string {
	return filepath.Join(append([]string{w.folder, "peers"}, names...)...)
}

// output runs a command that makes or looks for something.
func (w *workshop) output(ctx context.Context, cmd *exec.Cmd) (string, error) {
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		said := strings.TrimSpace(string(out))
		if len(said) > 500 {
			said = said[len(said)-500:]
		}
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, said)
	}
	return strings.TrimSpace(string(out)), nil
}
