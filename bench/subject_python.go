package main

import (
	"context"
	"os/exec"
)

func pythonDriver(ctx context.Context, w *workshop) ([]string, error) {
	const python = "python3"
	// A wrapper that chooses between versions would be part of what is measured.
	program, err := w.output(ctx, exec.CommandContext(ctx, python, "-c", "import sys; print(sys.executable)"))
	return []string{program, w.peer("python", "driver.py")}, err
}
