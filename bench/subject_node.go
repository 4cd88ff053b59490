package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// piscinaVersion is installed at run time; nothing of it is kept with this project.
const piscinaVersion = "5.3.2"

func nodeDriver(ctx context.Context, w *workshop) ([]string, error) {
	node, err := exec.LookPath("node")
	return []string{node, w.peer("js", "node.js")}, err
}

func piscinaDriver(ctx context.Context, w *workshop) ([]string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	folder, err := installed(ctx, w)
	return []string{node, w.peer("js", "piscina.js"), folder}, err
}

// installed returns a folder of the user's cache with piscina in it, and installs it
// first if need be.
func installed(ctx context.Context, w *workshop) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "scripthost-bench", "piscina-"+piscinaVersion)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", err
	}
	// It is there as a whole or not at all.
	if err := os.MkdirAll(filepath.Dir(folder), 0o777); err != nil {
		return "", err
	}
	half, err := os.MkdirTemp(filepath.Dir(folder), "installing")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(half)
	fmt.Fprintf(w.progress, "npm installs piscina in %s\n", folder)
	install := exec.CommandContext(ctx, npm, "install", "--prefix", half, "--no-audit", "--no-fund", "--ignore-scripts", "piscina@"+piscinaVersion)
	if _, err := w.output(ctx, install); err != nil {
		return "", err
	}
	return folder, os.Rename(half, folder)
}
