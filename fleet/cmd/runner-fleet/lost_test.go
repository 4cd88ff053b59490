package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"scripthost.example/fleet/internal/brokertest"
)

// An instance whose user is taken away ends, and its exit status and last words say why:
// it serves nothing, and whoever has started it is to know.
func TestServeRevoked(t *testing.T) {
	t.Parallel()
	allowed := []*server.User{{Username: "ada", Password: "pw"}, {Username: "one", Password: "pw"}}
	options := new(server.Options)
	b := brokertest.Start(t, func(o *server.Options) {
		o.Users = allowed
		options = o.Clone()
	})
	at := "@" + strings.TrimPrefix(b.ClientURL(), "nats://")
	bin := filepath.Join(t.TempDir(), "runner-fleet")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, bin); err != nil {
		t.Skipf("links are not made here: %v", err)
	}
	file := filepath.Join(t.TempDir(), "tidy.lua")
	if err := os.WriteFile(file, []byte("function run() return 1 end"), 0o600); err != nil {
		t.Fatal(err)
	}
	push := exec.Command(bin, "push", file, "--allow-unsigned", "--wait", "0", "--nats", "nats://ada:pw"+at, "--dir", t.TempDir())
	if out, err := push.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	serve := exec.Command(bin, "serve", "--allow-unsigned", "--nats", "nats://one:pw"+at, "--dir", t.TempDir())
	log, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = serve.Process.Kill() }) // it may have ended
	defer late.Stop()
	var last []string
	for r := bufio.NewScanner(log); r.Scan(); {
		last = append(last, r.Text())
		if strings.Contains(r.Text(), "a version is served") {
			options.Users = allowed[:1]
			if err := b.ReloadOptions(options); err != nil {
				t.Error(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := serve.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitLost {
		t.Errorf("%v, want exit status %d:\n%s", err, exitLost, strings.Join(last, "\n"))
	}
	if text := strings.Join(last, "\n"); !strings.Contains(text, "runner-fleet: the broker does not let this instance serve any more: nats: Authorization Violation") || !strings.Contains(text, "Were its credentials revoked") {
		t.Errorf("its last words:\n%s", text)
	}
}
