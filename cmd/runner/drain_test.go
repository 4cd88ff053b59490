//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"scripthost.example/host"
)

// A worker that has nothing to do any more, and does not end, is not waited for for ever.
func TestUndrained(t *testing.T) {
	t.Parallel()
	p, err := host.NewPool(t.Context(), nil, &host.PoolOptions{Max: 1, Options: host.Options{
		Command: []string{"sleep", "1000"}, Wire: host.Classic, Async: true,
		Limits: host.Limits{Drain: noLimit, Grace: time.Hour},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Call(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Call(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	s := newSession()
	s.log, s.drain = slog.New(slog.NewTextHandler(io.Discard, nil)), 10*time.Millisecond
	var told bytes.Buffer
	s.diag = newDiagnostics(&told, "sleep", nil)
	s.out = &textOutput{out: &stream{file: io.Discard}, diag: s.diag}
	s.pool.Store(p)
	s.endWorkers()
	if s.status != exitDied {
		t.Errorf("status %d", s.status)
	}
	if want := "runner: a worker did not end within 10ms of the last answer, and was killed\n"; told.String() != want {
		t.Errorf("told %q", told.String())
	}
}
