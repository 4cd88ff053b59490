package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/fleet/internal/brokertest"
)

// A serve whose broker has no room on its disk any more says so to who submits, to who pushes,
// and to who asks whether it is ready; with room it goes on when it is started anew.
func TestServeDiskFull(t *testing.T) {
	t.Parallel()
	dir, ballast := brokertest.SmallDisk(t, "32m", 0)
	p := newProgram(t, filepath.Join(dir, "state"))
	file := filepath.Join(t.TempDir(), "tidy.lua")
	if err := os.WriteFile(file, []byte("function run(x) return x end"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.serve("--metrics", "127.0.0.1:0")
	_, url, _ := strings.Cut(s.await("metrics are served", 1), "url=")
	p.waited("push", file, "--version", "1", "--wait", "1m")
	ready := func() (int, string) {
		t.Helper()
		r, err := http.Get(strings.TrimSuffix(url, "metrics") + "readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(text)
	}
	if status, text := ready(); status != http.StatusOK {
		t.Errorf("%d: %s", status, text)
	}
	if err := os.WriteFile(ballast, make([]byte, 64<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk does not fill: %v", err)
	}
	// There may be room in blocks that were begun.
	out, status := "", 0
	for range 100 {
		if out, status = p.run("job", "submit", "tidy", strings.Repeat("x", 60<<10)); status != 0 {
			break
		}
	}
	const says = "the broker's storage is full: it answers, and stores nothing more in RPC_JOBS: its disk has no room, or is broken, as its log says (make room there, then start the broker anew)"
	if status != exitFailed || !strings.Contains(out, says) {
		t.Errorf("exit status %d: %s", status, out)
	}
	if out, status := p.run("push", file, "--version", "2", "--track", "canary", "--wait", "0"); status != exitFailed || !strings.Contains(out, "the broker's storage is full") {
		t.Errorf("exit status %d: %s", status, out)
	}
	if out, status := p.run("call", "tidy", "hello"); status != exitOK || out != "hello\n" {
		t.Errorf("exit status %d: %s", status, out)
	}
	if status, text := ready(); status != http.StatusServiceUnavailable || !strings.Contains(text, "the broker's storage is full") || !strings.Contains(text, filepath.Join(p.dir, "broker")) {
		t.Errorf("%d: %s", status, text)
	}
	s.kill()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s = p.serve()
	if out := p.waited("job", "submit", "tidy", "--wait", "1m", "hello"); out != "hello\n" {
		t.Error(out)
	}
	s.kill()
}
