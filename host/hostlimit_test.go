//go:build unix

package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// A blocker is a host function that waits until it is told to return.
func blocker() (fn func(string) string, release func()) {
	wait := make(chan struct{})
	return func(s string) string { <-wait; return s }, func() { close(wait) }
}

func TestTooManyHostCalls(t *testing.T) {
	t.Parallel()
	fn, release := blocker()
	_, c := playChild(t, &Options{Host: map[string]any{"f": fn}, Limits: Limits{HostCalls: 3}})
	for id := uint32(1); id <= 5; id++ {
		c.write(c.hostCall(0, id, "f", "x"))
	}
	for id := uint32(4); id <= 5; id++ {
		a := c.answer()
		if a.id != id || a.thrown == nil || a.thrown.Kind != wire.ErrorLimit || !strings.Contains(a.thrown.Message, "3 outstanding calls") ||
			!strings.Contains(string(a.thrown.Value), `"limit":"host calls"`) {
			t.Fatalf("host call %d: %+v", id, a)
		}
	}
	release()
	for range 3 {
		if a := c.answer(); a.thrown != nil || a.results[0] != "x" {
			t.Fatalf("%+v", a)
		}
	}
	// There is room again, and the ids are free.
	for id := uint32(1); id <= 10; id++ {
		if a := c.do(0, id, "f", "y"); a.thrown != nil || a.id != id {
			t.Fatalf("%+v", a)
		}
	}
}

func TestHostCallBytes(t *testing.T) {
	t.Parallel()
	fn, release := blocker()
	_, c := playChild(t, &Options{Host: map[string]any{"f": fn}, Limits: Limits{Payload: 64 << 10}})
	large := strings.Repeat("x", 50<<10)
	for id := uint32(1); id <= 3; id++ {
		c.write(c.hostCall(0, id, "f", large))
	}
	a := c.answer()
	if a.id != 3 || a.thrown == nil || a.thrown.Kind != wire.ErrorLimit || !strings.Contains(string(a.thrown.Value), `"max":131072`) {
		t.Fatalf("%+v", a)
	}
	release()
	for range 2 {
		if a := c.answer(); a.thrown != nil || len(a.results[0].(string)) != len(large) {
			t.Fatalf("%+v", a)
		}
	}
}

// Answers that are not read are not kept without end.
func TestUnreadAnswers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, make([]byte, 900<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	w, c := playChild(t, &Options{Grants: Grants{Read: []string{file}}, Limits: Limits{Payload: 1 << 20}})
	const calls = 200
	for id := uint32(1); id <= calls; id++ {
		c.write(c.hostCall(0, id, "runner.fs.readfile", file))
	}
	// Nothing is read until all is answered, but for what the socket holds.
	await(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.hostUse.bytes > w.maxHostBytes()+calls*1024 {
			t.Errorf("%d bytes are kept", w.hostUse.bytes)
		}
		return len(w.hostCalls) == 0 && w.hostUse.calls > 0
	})
	read, refused := 0, 0
	for range calls {
		if a := c.answer(); a.thrown == nil {
			read++
		} else if a.thrown.Kind == wire.ErrorLimit {
			refused++
		} else {
			t.Fatalf("%+v", a)
		}
	}
	if read < 1 || refused < calls/2 {
		t.Errorf("%d were answered and %d refused", read, refused)
	}
	if a := c.do(0, 1, "runner.fs.readfile", file); a.thrown != nil {
		t.Errorf("afterwards: %v", a.thrown)
	}
}

// A child that makes host calls without end and reads nothing is ended.
func TestFloodOfHostCalls(t *testing.T) {
	t.Parallel()
	fn, release := blocker()
	defer release()
	w, c := playChild(t, &Options{Host: map[string]any{"f": fn}, Limits: Limits{HostCalls: 1}})
	var batch []byte
	for id := range uint32(1000) {
		batch = append(batch, c.hostCall(0, id+2, "f", "x")...)
	}
	c.write(c.hostCall(0, 1, "f", "x"))
	for {
		if _, err := c.conn.Write(batch); err != nil {
			break // the parent has closed the stream
		}
	}
	<-w.Done()
	if err := w.Close(); !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), "host calls without end") {
		t.Errorf("the worker ended with %v", err)
	}
}

func TestHostCallsOption(t *testing.T) {
	t.Parallel()
	if _, err := Start(context.Background(), faultScript("echo"), &Options{Limits: Limits{HostCalls: -1}}); err == nil || !strings.Contains(err.Error(), "HostCalls") {
		t.Errorf("negative: %v", err)
	}
}
