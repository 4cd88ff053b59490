package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A machine is what the numbers are of.
type machine struct {
	System string `json:"system"` // and its architecture
	Kernel string `json:"kernel,omitempty"`
	CPU    string `json:"cpu,omitempty"`
	CPUs   int    `json:"cpus"` // that this process may use
}

// about notes when, where and of what the results are.
func (r *results) about(ctx context.Context, folder string) {
	r.Date = time.Now().UTC().Format(time.RFC3339)
	r.Go = runtime.Version()
	r.Commit = commit(ctx, folder)
	r.Machine = machine{
		System: runtime.GOOS + "/" + runtime.GOARCH,
		Kernel: line("/proc/sys/kernel/osrelease", ""),
		CPU:    line("/proc/cpuinfo", "model name"),
		CPUs:   runtime.NumCPU(),
	}
}

// commit is the commit of the sources; "unknown" where there is no Git to ask.
func commit(ctx context.Context, folder string) string {
	git := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = folder
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	hash, err := git("rev-parse", "HEAD")
	if err != nil {
		return "unknown"
	}
	// What the bench itself writes is no difference.
	if changed, err := git("status", "--porcelain", "--", "..", ":!README.md", ":!plot.svg", ":!results.json"); err != nil || changed != "" {
		hash += "+"
	}
	return hash
}

// line is what a file says after a key and a colon, or its first line if key is
// empty; nothing if there is no such file or line.
func line(path, key string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "" // another system
	}
	for l := range strings.Lines(string(b)) {
		if key == "" {
			return strings.TrimSpace(l)
		}
		if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
