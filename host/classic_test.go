//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"scripthost.example/wire"
)

// text is a payload of the serialiser string.
func text(values ...string) []byte {
	var b []byte
	for _, v := range values {
		b = wire.AppendOctets(b, v)
	}
	return b
}

// attachClassic attaches to a worker that the test itself plays at the other
// end of conn.
func attachClassic(t *testing.T, opts Options) (w *Worker, conn *net.UnixConn) {
	t.Helper()
	near, far := unixPair(t)
	far.SetDeadline(time.Now().Add(testTime))
	opts.Wire = Classic
	if opts.OnError == nil {
		opts.OnError = func(err error) {}
	}
	w, err := Attach(testContext(t), near, nil, &opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Kill()
		w.Close()
		far.Close()
	})
	return w, far
}

// expect reads exactly these octets.
func expect(t *testing.T, r io.Reader, want []byte) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %x, %v; want %x", got[:n], err, want)
	}
}

func send(t *testing.T, w io.Writer, b []byte) {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
}

// A goCall is a call that is waited for later.
func goCallback(w *Worker, args ...any) <-chan string {
	answer := make(chan string, 1)
	w.Go(func(out []any, err error) { answer <- fmt.Sprint(out, err) }, args...)
	return answer
}

// The octets of a whole sync conversation: requests have no id and every result
// has the id 1; the end of the requests is the drain.
func TestClassicSync(t *testing.T) {
	t.Parallel()
	events := make(chan Event, 8)
	w, conn := attachClassic(t, Options{OnEvent: func(ev Event) { events <- ev }})
	first, second := goCallback(w, "hello"), goCallback(w)
	expect(t, conn, wire.AppendSyncRequest(nil, text("hello")))
	expect(t, conn, wire.AppendSyncRequest(nil, nil))
	third := goCallback(w, strings.Repeat("x", 100_000)) // waits: there are two on the wire
	send(t, conn, wire.AppendFrame(nil, 0, text("tick")))
	send(t, conn, wire.AppendFrame(nil, 1, text("a", "b")))
	send(t, conn, wire.AppendFrame(nil, 0, nil))
	send(t, conn, wire.AppendFrame(nil, 1, nil))
	if got := <-first; got != "[a b] <nil>" {
		t.Errorf("the first call: %s", got)
	}
	if got := <-second; got != "[] <nil>" {
		t.Errorf("the second call: %s", got)
	}
	for i, want := range []string{"{1 [tick] false  0}", "{2 [] false  0}"} {
		if got := fmt.Sprint(<-events); got != want {
			t.Errorf("event %d is %s, want %s", i, got, want)
		}
	}
	expect(t, conn, wire.AppendSyncRequest(nil, text(strings.Repeat("x", 100_000))))
	send(t, conn, wire.AppendFrame(nil, 1, text("c")))
	if got := <-third; got != "[c] <nil>" {
		t.Errorf("the third call: %s", got)
	}
	closed := make(chan error, 1)
	go func() { closed <- w.Close() }()
	if n, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after Close: %d, %v", n, err)
	}
	send(t, conn, wire.AppendFrame(nil, 0, text("bye"))) // the other direction is still open
	conn.Close()
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	if got := fmt.Sprint(<-events); got != "{0 [bye] false  0}" {
		t.Errorf("the last event is %s", got)
	}
}

// In async requests have ids, and are answered in any order.
func TestClassicAsync(t *testing.T) {
	t.Parallel()
	events := make(chan Event, 8)
	w, conn := attachClassic(t, Options{Async: true, OnEvent: func(ev Event) { events <- ev }})
	rd := wire.NewClassicReader(conn, 1<<20)
	answers := make([]<-chan string, 3)
	ids := make([]uint32, 3)
	for i := range answers {
		answers[i] = goCallback(w, i)
		f, err := rd.Next()
		if err != nil || f.ID == 0 || !bytes.Equal(f.Payload, text(fmt.Sprint(i))) {
			t.Fatalf("request %d: %v, %v", i, f, err)
		}
		ids[i] = f.ID
	}
	for _, i := range []int{1, 2, 0} {
		send(t, conn, wire.AppendFrame(nil, 0, text("tick")))
		send(t, conn, wire.AppendFrame(nil, ids[i], text(fmt.Sprint("result ", i))))
		if got, want := <-answers[i], fmt.Sprintf("[result %d] <nil>", i); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := fmt.Sprint(<-events); got != "{0 [tick] false  0}" {
			t.Errorf("event %s", got)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- w.Close() }()
	if _, err := rd.Next(); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
	conn.Close()
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}

// What a classic worker must not send ends the connection and every call.
func TestClassicProtocolErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		async bool
		sent  []byte
		says  string
		exit  bool // it is the end of the stream and not a broken protocol
	}{
		"sync: another id":         {false, wire.AppendFrame(nil, 2, nil), "id 2", false},
		"sync: result of no call":  {false, bytes.Repeat(wire.AppendFrame(nil, 1, nil), 3), "id 1", false},
		"async: result of no call": {true, wire.AppendFrame(nil, 77, nil), "id 77", false},
		"extended FATAL":           {true, wire.AppendFrame(nil, wire.ControlID(wire.KindFatal, 0), []byte("{}")), "extended dialect", false},
		"greeting":                 {false, wire.Greeting(), "extended dialect", false},
		"a banner":                 {false, []byte("Welcome to this machine!\n"), "too large", false},
		"a lie about the length":   {false, wire.AppendHeader(nil, 1, 1<<31), "too large", false},
		"end with a call":          {true, nil, "connection", true},
		"end within a header":      {false, []byte{0, 0, 0}, "3 bytes of a frame's header", false},
		"end within a payload":     {false, []byte("\x00\x00\x00\x01\x00\x00\x00\x09abc"), "3 of 9 bytes", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, conn := attachClassic(t, Options{Async: test.async})
			errs := make(chan error, 2)
			for range 2 {
				w.Go(func(_ []any, err error) { errs <- err }, "x")
			}
			until(t, w, func() bool { return w.outstanding == 2 })
			send(t, conn, test.sent)
			conn.CloseWrite()
			for i := range 2 {
				err := <-errs
				if name == "sync: result of no call" && err == nil {
					continue // there are results for both, and another one
				}
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("call %d: %v, want %q", i, err, test.says)
				}
				if exit := errors.As(err, new(*ExitError)); exit != test.exit {
					t.Errorf("call %d: %T", i, err)
				}
				want := wire.ErrorProtocol
				switch {
				case test.exit:
					want = wire.ErrorExit
				case test.says == "too large":
					want = wire.ErrorLimit
				}
				if kind := kindOf(err); kind != want {
					t.Errorf("call %d has the kind %s, want %s", i, kind, want)
				}
			}
			<-w.Done()
			if _, err := w.Call(testContext(t)); err == nil || OutcomeOf(err) != NotSent {
				t.Errorf("a call after the end: %v", err)
			}
			if err := w.Close(); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// A classic worker cannot be told that a call was given up. A sync one would
// keep the others waiting, and is killed; an async one goes on.
func TestClassicGiveUp(t *testing.T) {
	t.Parallel()
	t.Run("sync", func(t *testing.T) {
		t.Parallel()
		w, conn := attachClassic(t, Options{Limits: Limits{Grace: time.Millisecond}})
		ctx, cancel := context.WithCancel(context.Background())
		stuck := make(chan error, 1)
		go func() {
			_, err := w.Call(ctx, "x")
			stuck <- err
		}()
		expect(t, conn, wire.AppendSyncRequest(nil, text("x")))
		cancel()
		if err := <-stuck; !errors.Is(err, context.Canceled) || OutcomeOf(err) != Unknown {
			t.Errorf("got %v", err)
		}
		<-w.Done()
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("it was sent %d bytes more", n)
		}
	})
	t.Run("sync, answered in time", func(t *testing.T) {
		t.Parallel()
		w, conn := attachClassic(t, Options{Limits: Limits{Grace: testTime}})
		ctx, cancel := context.WithCancel(context.Background())
		stuck := make(chan error, 1)
		go func() {
			_, err := w.Call(ctx, "x")
			stuck <- err
		}()
		expect(t, conn, wire.AppendSyncRequest(nil, text("x")))
		cancel()
		<-stuck
		next := goCallback(w, "y")
		expect(t, conn, wire.AppendSyncRequest(nil, text("y")))
		send(t, conn, wire.AppendFrame(wire.AppendFrame(nil, 1, text("late")), 1, text("next")))
		if got := <-next; got != "[next] <nil>" {
			t.Errorf("the next call: %s", got)
		}
	})
	t.Run("async", func(t *testing.T) {
		t.Parallel()
		w, conn := attachClassic(t, Options{Async: true, MaxOutstanding: 2, Limits: Limits{Grace: time.Millisecond}})
		rd := wire.NewClassicReader(conn, 1<<20)
		ctx, cancel := context.WithCancel(context.Background())
		left := make(chan error, 1)
		go func() {
			_, err := w.Call(ctx, "left")
			left <- err
		}()
		f, err := rd.Next()
		if err != nil {
			t.Fatal(err)
		}
		leftID := f.ID
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		// Its id stays in use until it is answered.
		second, third := goCallback(w, "second"), goCallback(w, "third")
		if f, err = rd.Next(); err != nil || f.ID == leftID {
			t.Fatalf("%v, %v", f, err)
		}
		send(t, conn, wire.AppendFrame(nil, leftID, text("late")))
		secondID := f.ID
		if f, err = rd.Next(); err != nil || f.ID != leftID {
			t.Fatalf("%v, %v", f, err)
		}
		send(t, conn, wire.AppendFrame(wire.AppendFrame(nil, f.ID, text("3")), secondID, text("2")))
		if a, b := <-second, <-third; a != "[2] <nil>" || b != "[3] <nil>" {
			t.Errorf("got %s and %s", a, b)
		}
	})
}

// A worker that ends while nothing is asked of it is no error; it is closed.
func TestClassicEndsUnasked(t *testing.T) {
	t.Parallel()
	w, conn := attachClassic(t, Options{OnError: func(err error) { t.Errorf("OnError got %v", err) }})
	answer := goCallback(w, "x")
	expect(t, conn, wire.AppendSyncRequest(nil, text("x")))
	send(t, conn, wire.AppendFrame(nil, 1, nil))
	<-answer
	conn.Close()
	<-w.Done()
	if _, err := w.Call(testContext(t)); !errors.Is(err, ErrClosed) || OutcomeOf(err) != NotSent {
		t.Errorf("a call after the end: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestClassicLacks(t *testing.T) {
	t.Parallel()
	w, _ := attachClassic(t, Options{})
	if _, err := w.Function("f").Call(testContext(t)); !errors.Is(err, errors.ErrUnsupported) || OutcomeOf(err) != NotSent || !strings.Contains(err.Error(), "f ") {
		t.Errorf("a named function: %v", err)
	}
	if err := w.SendFile(nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("SendFile: %v", err)
	}
}

// A connection that cannot be half-closed is closed when all is answered.
func TestClassicWithoutHalfClose(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	defer far.Close()
	w, err := Attach(testContext(t), near, nil, &Options{Wire: Classic})
	if err != nil {
		t.Fatal(err)
	}
	answer := goCallback(w, "x")
	expect(t, far, wire.AppendSyncRequest(nil, text("x")))
	closed := make(chan error, 1)
	go func() { closed <- w.Close() }()
	until(t, w, func() bool { return w.closing })
	send(t, far, wire.AppendFrame(nil, 1, text("y")))
	if got := <-answer; got != "[y] <nil>" {
		t.Errorf("the call: %s", got)
	}
	if n, err := far.Read(make([]byte, 1)); err == nil {
		t.Errorf("after Close came %d bytes", n)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}

// A call that is given up while it waits behind another one in a sync worker does
// not cost that one its worker.
func TestClassicGiveUpBehind(t *testing.T) {
	t.Parallel()
	w, conn := attachClassic(t, Options{Limits: Limits{Grace: time.Millisecond}})
	first := goCallback(w, "first")
	expect(t, conn, wire.AppendSyncRequest(nil, text("first")))
	ctx, cancel := context.WithCancel(context.Background())
	second := make(chan error, 1)
	go func() {
		_, err := w.Call(ctx, "second")
		second <- err
	}()
	expect(t, conn, wire.AppendSyncRequest(nil, text("second")))
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the second call: %v", err)
	}
	select {
	case <-w.Done():
		t.Fatal("the worker was killed")
	case <-time.After(50 * time.Millisecond): // many times the grace period
	}
	send(t, conn, wire.AppendFrame(nil, 1, text("1")))
	if got := <-first; got != "[1] <nil>" {
		t.Errorf("the first call: %s", got)
	}
	<-w.Done() // now the second one is the one that does not end
}

// An open file that blocks, as a program may have inherited one, is as good a
// connection as any, and is closed when the worker is killed.
func TestAttachBlockingFile(t *testing.T) {
	t.Parallel()
	parent, child, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer child.Close()
	fd := int(parent.Fd()) // which makes it block
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	w, err := Attach(testContext(t), parent, nil, &Options{Wire: Classic, OnError: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := w.Call(ctx, strings.Repeat("x", 10<<20)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	w.Kill()
	if _, err := io.Copy(io.Discard, child); err != nil {
		t.Errorf("the other end: %v", err)
	}
}
