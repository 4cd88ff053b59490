//go:build unix

package host

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"scripthost.example/wire"
)

// A mirror is a stream whose other end needs no time: it answers each call as it is
// written, with its arguments. What is measured is the parent alone, without a system
// call.
type mirror struct {
	answers chan []byte
	ready   []byte // written for BOOT
	rest    []byte
	closed  chan struct{}
}

func newMirror(tb testing.TB) *mirror {
	tb.Helper()
	payload, err := wire.AppendMessage(nil, &wire.Ready{Version: wire.Version, PID: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return &mirror{
		answers: make(chan []byte, 1<<16),
		ready:   wire.AppendFrame(nil, wire.ControlID(wire.KindReady, 0), payload),
		closed:  make(chan struct{}),
	}
}

func (m *mirror) Write(b []byte) (int, error) {
	answer := b
	if m.ready != nil {
		answer, m.ready = m.ready, nil
	}
	m.answers <- append([]byte(nil), answer...)
	return len(b), nil
}

func (m *mirror) Read(b []byte) (int, error) {
	if len(m.rest) == 0 {
		select {
		case m.rest = <-m.answers:
		case <-m.closed:
			return 0, io.EOF
		}
	}
	n := copy(b, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

func (m *mirror) Close() error {
	close(m.closed)
	return nil
}

func (m *mirror) SetReadDeadline(time.Time) error { return nil }

// BenchmarkMirror is a call from its arguments to its results, all of it but the socket
// and the child: it is frozen, framed, queued, written, read, matched and thawed. To a
// stream that is no socket another goroutine writes, which is most of the time; one
// allocation of 32 bytes is the mirror's own.
func BenchmarkMirror(b *testing.B) {
	ctx := context.Background()
	w, err := Attach(ctx, newMirror(b), faultScript("none"), &Options{Async: true})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Kill()
	args := benchArgs()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := w.Call(ctx, args[i%len(args)]...); err != nil {
			b.Fatal(err)
		}
	}
}

// benchArgs are arguments that differ from call to call.
func benchArgs() [][]any {
	all := make([][]any, 64)
	for i := range all {
		all[i] = []any{fmt.Sprint(1_000_000_000_000_000 + i)}
	}
	return all
}

// BenchmarkNewCall freezes the arguments of a call and makes its frame.
func BenchmarkNewCall(b *testing.B) {
	ctx := context.Background()
	w, err := Attach(ctx, newMirror(b), faultScript("none"), &Options{Async: true})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Kill()
	args := benchArgs()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := w.newCall(ctx, "", args[i%len(args)]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHandover is what it costs that another goroutine reads than the one that has
// called: it is woken through a channel, as a Call among many is.
func BenchmarkHandover(b *testing.B) {
	asked, answered := make(chan struct{}), make(chan struct{}, 1)
	go func() {
		for range asked {
			answered <- struct{}{}
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		asked <- struct{}{}
		<-answered
	}
	close(asked)
}

// The mirror answers what it was asked.
func TestMirror(t *testing.T) {
	t.Parallel()
	w, err := Attach(t.Context(), newMirror(t), faultScript("none"), &Options{Async: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Kill()
	for _, args := range benchArgs() {
		results, err := w.Call(t.Context(), args...)
		if err != nil || len(results) != 1 || results[0] != args[0] {
			t.Fatalf("the answer to %v is %v, %v", args, results, err)
		}
	}
}
