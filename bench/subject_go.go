package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// goDriver is a program in Go, with its arguments. Each peer is a program of its own,
// so that none pays for what others import: all of it would be initialised in every
// child.
func goDriver(name string, args ...string) func(context.Context, *workshop) ([]string, error) {
	return func(ctx context.Context, w *workshop) ([]string, error) {
		program := filepath.Join(w.programs, name)
		build := exec.CommandContext(ctx, "go", "build", "-o", program, "./peers/"+name)
		build.Dir = w.folder
		// Without cgo children start faster, most of all those that import package net.
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if _, err := os.Stat(program); err != nil {
			if _, err := w.output(ctx, build); err != nil {
				return nil, err
			}
			if name == "scripthost" {
				if err := leanWorkers(ctx, w); err != nil {
					return nil, err
				}
			}
		}
		return append([]string{program}, args...), nil
	}
}

// leanWorkers builds the children that are installed beside the command runner, for
// the driver of this project to find beside itself.
func leanWorkers(ctx context.Context, w *workshop) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", w.programs,
		"scripthost.example/cmd/runner/runner-worker-lua", "scripthost.example/cmd/runner/runner-worker-js")
	build.Dir = w.folder
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	_, err := w.output(ctx, build)
	return err
}
