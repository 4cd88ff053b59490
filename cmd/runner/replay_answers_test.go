package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

// An answer does not wait for ever for one that the script may be unable to ask for
// without it.
func TestAnswerOutOfOrder(t *testing.T) {
	t.Parallel()
	var notes []string
	a := &recordedAnswers{note: func(s string) { notes = append(notes, s) }, patience: time.Millisecond}
	never := &recordedAnswer{line: recordLine{Host: "runner.fs.readfile"}, released: make(chan struct{})}
	if err := a.await(context.Background(), never); err != nil {
		t.Error(err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "runner.fs.readfile") {
		t.Errorf("the notes are %q", notes)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a.patience = time.Hour
	if err := a.await(ctx, never); err != context.Canceled {
		t.Errorf("a call that was given up: %v", err)
	}
}
