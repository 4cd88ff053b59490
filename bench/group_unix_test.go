//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A driver that fails, or whose bench is interrupted, leaves no worker behind, not even
// one that does not notice that its driver is gone.
func TestNoneLeft(t *testing.T) {
	t.Parallel()
	// The worker is the only one that has the pipe open for writing.
	const start = `sh -c 'echo alive; exec sleep 600' >"$0" & echo '{"kinds":["latency"]}'; read job; `
	for name, end := range map[string]string{
		"fails":       `echo '{"error":"no luck"}'; sleep 600`,
		"interrupted": `sleep 600`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
			// For writing, too, so that reading waits for the worker.
			both, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			pipe, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer pipe.Close()
			if err := pipe.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			b := &bench{
				rows: rows(quickSize())[:1], only: regexp.MustCompile(""), rounds: 1, progress: io.Discard,
				subjects: []*subject{{"bad", peer, func(context.Context, *workshop) ([]string, error) {
					return []string{"sh", "-c", start + end, path}, nil
				}}},
			}
			done := make(chan error, 1)
			go func() {
				_, err := b.run(ctx)
				done <- err
			}()
			// A driver that fails at once may take its worker with it before that is
			// alive: then this end is the only one.
			if name == "interrupted" {
				alive := make([]byte, 6)
				if _, err := io.ReadFull(pipe, alive); err != nil {
					t.Fatal(err)
				}
				interrupt()
			}
			err = <-done
			if name == "interrupted" && !errors.Is(err, context.Canceled) || name == "fails" && (err == nil || !strings.Contains(err.Error(), "no luck")) {
				t.Errorf("the error is %v", err)
			}
			both.Close()
			if _, err := io.ReadAll(pipe); err != nil {
				t.Errorf("the worker is still there: %v", err)
			}
		})
	}
}
