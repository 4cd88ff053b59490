package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
)

// connecting has a command connect to the broker of a folder.
func connecting(ctx context.Context, b *brokerFlags) chan error {
	done := make(chan error, 1)
	go func() {
		nc, err := b.connect(ctx, "test")
		if err == nil {
			nc.Close()
		}
		done <- err
	}()
	return done
}

// startBroker starts a broker in a folder, as serve does.
func startBroker(t *testing.T, b *brokerFlags) {
	t.Helper()
	dir, err := b.brokerFolder()
	if err != nil {
		t.Fatal(err)
	}
	broker, err := fleet.Embedded(dir, fleet.BrokerLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
}

// lockedBy makes the folder of a broker that the process of a number has, or had.
func lockedBy(t *testing.T, b *brokerFlags, pid int) {
	t.Helper()
	dir, err := b.brokerFolder()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "lock"), fmt.Appendln(nil, pid), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A command that is started together with serve waits for its broker, whose folder may not
// be there yet.
func TestBrokerAppears(t *testing.T) {
	t.Parallel()
	var diag bytes.Buffer
	b := &brokerFlags{dir: filepath.Join(t.TempDir(), "new"), appears: time.Hour, diag: &diag}
	done := connecting(t.Context(), b)
	startBroker(t, b)
	if err := <-done; err != nil || diag.Len() > 0 {
		t.Errorf("%v: %s", err, &diag)
	}
}

// One that has shown itself and takes its time is waited for longer, and that is said.
func TestBrokerStarting(t *testing.T) {
	t.Parallel()
	said, diag := io.Pipe()
	b := &brokerFlags{dir: t.TempDir(), appears: time.Nanosecond, diag: diag}
	lockedBy(t, b, os.Getpid())
	done := connecting(t.Context(), b)
	line := make([]byte, 1000)
	n, err := said.Read(line)
	if err != nil || !strings.Contains(string(line[:n]), "is starting; it is asked again for up to 30s") {
		t.Errorf("%v: %s", err, line[:n])
	}
	startBroker(t, b)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Where none is about to start nobody waits.
func TestNoBroker(t *testing.T) {
	t.Parallel()
	ended := exec.Command("go", "version")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	for what, prepare := range map[string]func(b *brokerFlags){
		"no folder":            func(*brokerFlags) {},
		"one that has ended":   func(b *brokerFlags) { lockedBy(t, b, ended.Process.Pid) },
		"what is no number":    func(b *brokerFlags) { lockedBy(t, b, -1) },
		"one that was killed":  func(b *brokerFlags) { lockedBy(t, b, os.Getpid()); gone(t, b) },
		"told not to wait":     func(b *brokerFlags) { lockedBy(t, b, os.Getpid()); b.appears, b.atOnce = time.Hour, true },
		"told so as another's": func(b *brokerFlags) { b.appears = time.Hour },
	} {
		var diag bytes.Buffer
		b := &brokerFlags{dir: t.TempDir(), appears: time.Nanosecond, diag: &diag}
		prepare(b)
		var err error
		if what == "told so as another's" {
			_, err = b.connectAs(t.Context(), "test", nats.Name("another"))
		} else {
			err = <-connecting(t.Context(), b)
		}
		var f *failure
		if !errors.As(err, &f) || f.status != exitUsage || !errors.Is(err, fleet.ErrNoBroker) || !strings.Contains(f.hint, "serve' starts one") || diag.Len() > 0 {
			t.Errorf("%s: %v, %+v, %s", what, err, f, &diag)
		}
	}
}

// One that takes too long is told from none.
func TestBrokerNotStarted(t *testing.T) {
	t.Parallel()
	b := &brokerFlags{dir: t.TempDir(), appears: time.Nanosecond, starts: time.Nanosecond, diag: io.Discard}
	lockedBy(t, b, os.Getpid())
	var f *failure
	if err := <-connecting(t.Context(), b); !errors.As(err, &f) || f.status != exitUsage || !strings.HasPrefix(f.hint, "One is starting there, and was not ready within 1ns") {
		t.Errorf("%v", err)
	}
}

// gone leaves the address of a broker where nothing answers.
func gone(t *testing.T, b *brokerFlags) {
	t.Helper()
	dir, err := b.brokerFolder()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "url"), []byte("nats://127.0.0.1:1\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Who does not wait any more is told at once.
func TestBrokerNotWaitedFor(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	done := connecting(ctx, &brokerFlags{dir: t.TempDir(), appears: time.Hour})
	cancel()
	var f *failure
	if err := <-done; !errors.As(err, &f) || f.status != exitInterrupted {
		t.Errorf("%v", err)
	}
}

// A broker of another user's is told from none.
func TestBrokerOfAnother(t *testing.T) {
	t.Parallel()
	b := &brokerFlags{dir: t.TempDir(), appears: time.Hour}
	lockedBy(t, b, os.Getpid())
	gone(t, b)
	file := filepath.Join(b.dir, "broker", "url")
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(file); err == nil {
		t.Skip("this user may read it all the same")
	}
	var f *failure
	if err := <-connecting(t.Context(), b); !errors.As(err, &f) || f.status != exitUsage || !strings.HasPrefix(f.hint, "The broker there is another user's") {
		t.Errorf("%v", err)
	}
}
