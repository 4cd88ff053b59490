//go:build unix

package host

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"scripthost.example/wire"
)

// quietly runs a test with a child that the test plays, and whose time passes as
// soon as both have nothing to do. The call that it may make is outstanding.
func quietly(t *testing.T, opts Options, test func(t *testing.T, w *Worker, c *handChild)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		opts.Limits.Start = time.Hour
		w, c := playLoading(t, near, far, faultScript("by hand"), &opts)
		test(t, w, c)
	})
}

// callPing makes a call, which the child has read when it returns.
func (c *handChild) callPing(w *Worker, args ...any) <-chan error {
	c.t.Helper()
	answer := make(chan error, 1)
	w.Go(func(_ []any, err error) { answer <- err }, args...)
	if f := c.next(); f.ID != 1 {
		c.t.Fatalf("the frame has the id %x, and not that of the call", f.ID)
	}
	return answer
}

// ping reads a PING, and returns the answer to it.
func (c *handChild) ping() []byte {
	c.t.Helper()
	f := c.next()
	var p wire.Ping
	if err := wire.ParseMessage(f.Payload, &p); f.ID != wire.ControlID(wire.KindPing, 0) || err != nil {
		c.t.Fatalf("the frame %x %q is no PING (%v)", f.ID, f.Payload, err)
	}
	return c.message(wire.KindPong, &wire.Pong{Nonce: p.Nonce, Call: 1, RunningMS: 7})
}

// silentFor checks that nothing is sent to the child for so long.
func (c *handChild) silentFor(d time.Duration) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(d))
	if f, err := c.rd.Next(); err == nil {
		c.t.Fatalf("the child was sent %x %q", f.ID, f.Payload)
	} else if e := net.Error(nil); !errors.As(err, &e) || !e.Timeout() {
		c.t.Fatal(err)
	}
	c.conn.SetReadDeadline(time.Time{})
}

// ended waits for the end of the stream to the child, and returns when it came.
func (c *handChild) ended() time.Time {
	c.t.Helper()
	if f, err := c.rd.Next(); !errors.Is(err, io.EOF) {
		c.t.Fatalf("the child was sent %x %q, %v", f.ID, f.Payload, err)
	}
	return time.Now()
}

// checkStopped checks the error of what was asked of a worker that was killed
// because it gave no sign of life.
func checkStopped(t *testing.T, err error, o Outcome, says string) {
	t.Helper()
	var e *ExitError
	if !errors.As(err, &e) || !e.Killed || !e.Unasked() || OutcomeOf(err) != o {
		t.Fatalf("got %v (%v), want an *ExitError, killed and unasked, with the outcome %v", err, OutcomeOf(err), o)
	}
	for _, s := range []string{says, "Limits.Ping", "stopped"} {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q does not tell of %q", err, s)
		}
	}
}

// tookBetween checks how long something took.
func tookBetween(t *testing.T, what string, took, least, most time.Duration) {
	t.Helper()
	if took < least || took > most {
		t.Errorf("%s took %v, want %v to %v", what, took, least, most)
	}
}

const (
	pingWait = DefaultPing
	lookWait = pingWait / looksPerPing
)

// A worker that says nothing is asked, and killed if it does not answer.
func TestPingUnanswered(t *testing.T) {
	quietly(t, Options{}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		c.silentFor(24 * time.Hour) // nothing is expected of it
		made := time.Now()
		answer := c.callPing(w)
		c.ping()
		asked := time.Now()
		tookBetween(t, "the PING", asked.Sub(made), pingWait, pingWait+lookWait)
		tookBetween(t, "the kill", c.ended().Sub(asked), pingWait, pingWait+lookWait)
		checkStopped(t, <-answer, Unknown, "did not answer a PING within 10s")
	})
}

// One that answers is asked again and again, and not disturbed.
func TestPingAnswered(t *testing.T) {
	quietly(t, Options{}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		answer := c.callPing(w)
		begun := time.Now()
		pings := 0
		for ; time.Since(begun) < time.Hour; pings++ {
			pong := c.ping()
			time.Sleep(pingWait - time.Millisecond) // as late as it may be
			c.write(pong)
		}
		tookBetween(t, "a PING, in the mean", time.Since(begun)/time.Duration(pings), 2*pingWait-lookWait, 2*pingWait+2*lookWait)
		synctest.Wait()
		w.mu.Lock()
		if p := w.silence.pong; p.Nonce != uint64(pings) || p.Call != 1 || p.RunningMS != 7 {
			t.Errorf("after %d PINGs the last PONG is %+v", pings, p)
		}
		w.mu.Unlock()
		c.write(wire.AppendFrame(nil, 1, nil))
		if err := <-answer; err != nil {
			t.Error(err)
		}
		c.silentFor(24 * time.Hour)
	})
}

// A PONG that answers no PING is a sign of life, and nothing else.
func TestPongUnasked(t *testing.T) {
	quietly(t, Options{}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		c.callPing(w)
		c.write(c.message(wire.KindPong, &wire.Pong{Nonce: 99, Call: 99}))
		c.ping()
		c.write(c.message(wire.KindPong, &wire.Pong{Nonce: 99, Call: 99}))
		c.ping()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.silence.pong.Call != 0 {
			t.Errorf("it is taken for an answer: %+v", w.silence.pong)
		}
	})
}

// Each byte is a sign of life, wherever in a frame it is.
func TestAnyByteIsASign(t *testing.T) {
	quietly(t, Options{OnLog: func(LogRecord) {}}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		answer := c.callPing(w)
		for _, b := range c.message(wire.KindLog, &wire.Log{Level: "info", Message: "slow"}) {
			c.silentFor(pingWait - time.Millisecond)
			c.write([]byte{b})
		}
		// And so is the answer to another call.
		for range 10 {
			c.silentFor(pingWait - time.Millisecond)
			c.write(wire.AppendFrame(nil, 1, nil))
			<-answer
			answer = c.callPing(w)
		}
		c.ping()
	})
}

// Calls that follow one another cost no timer each.
func TestPingTimerStays(t *testing.T) {
	quietly(t, Options{}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		for i := range 1000 {
			answer := c.callPing(w)
			c.write(wire.AppendFrame(nil, 1, nil))
			<-answer
			w.mu.Lock()
			if s := &w.silence; !s.armed {
				t.Errorf("call %d: the timer is not armed", i)
			}
			w.mu.Unlock()
		}
		time.Sleep(lookWait)
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.silence.armed {
			t.Error("the timer is armed, and nothing is expected of the worker")
		}
	})
}

// A program that may take its time until it reads is not asked before it has
// sent something.
func TestPingWhileLoading(t *testing.T) {
	quietly(t, Options{OnLog: func(LogRecord) {}}, func(t *testing.T, w *Worker, c *handChild) {
		answer := make(chan error, 1)
		w.Go(func(_ []any, err error) { answer <- err })
		c.silentFor(59 * time.Minute) // an hour is Limits.Start
		c.write(c.message(wire.KindLog, &wire.Log{Level: "info", Message: "loading"}))
		c.ping()
		c.ended()
		checkStopped(t, <-answer, NotSent, "did not answer a PING")
		checkStopped(t, w.Close(), 0, "did not answer a PING")
	})
}

// A worker has nothing to say while its script is still being bundled, and the
// first frame that it is sent is BOOT.
func TestPingWhileBundling(t *testing.T) {
	quietly(t, Options{OnLog: func(LogRecord) {}}, func(t *testing.T, w *Worker, c *handChild) {
		bundled := func(is bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.bootMade = is
		}
		bundled(false)
		c.write(c.message(wire.KindLog, &wire.Log{Level: "info", Message: "loading"})) // from when on it can be asked
		c.silentFor(59 * time.Minute)
		bundled(true)
		c.write(c.ping())
	})
}

// Over standard streams nothing may be sent before the greeting.
func TestPingBehindGreeting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		w, err := Attach(t.Context(), near, faultScript("by hand"), &Options{NoWait: true, Stdio: true, OnError: func(error) {}, Limits: Limits{Start: time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Kill()
		c := &handChild{t, far, wire.NewReader(far, 1<<30)}
		c.silentFor(50 * time.Minute)
		c.write(wire.Greeting())
		if f := c.next(); f.ID != wire.ControlID(wire.KindBoot, 0) {
			t.Fatalf("the frame is %x, and no BOOT", f.ID)
		}
		c.write(c.ping())
		c.ping()
	})
}

// A worker that was told to end, and neither does nor says anything.
func TestPingWhileDraining(t *testing.T) {
	quietly(t, Options{}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		synctest.Wait()
		closed := make(chan error, 1)
		go func() { closed <- w.Close() }()
		if f := c.next(); f.ID != wire.ControlID(wire.KindDrain, 0) {
			t.Fatalf("the frame is %x, and no DRAIN", f.ID)
		}
		c.ping()
		c.ended()
		checkStopped(t, <-closed, 0, "did not answer a PING")
	})
}

// The classic dialect has no PING.
func TestClassicIsNotPinged(t *testing.T) {
	t.Parallel()
	for _, async := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			defer far.Close()
			w, err := Attach(t.Context(), near, nil, &Options{Wire: Classic, Async: async, OnError: func(error) {}})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Kill()
			answer := make(chan error, 1)
			w.Go(func(_ []any, err error) { answer <- err })
			c := &handChild{t, far, wire.NewClassicReader(far, 1<<30)}
			size := 4
			if async {
				size = 8
			}
			if _, err := io.ReadFull(far, make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			c.silentFor(24 * time.Hour)
			c.write(wire.AppendFrame(nil, wire.SyncID, nil))
			if err := <-answer; err != nil {
				t.Error(err)
			}
		})
	}
}

// A parent that does not read has no reason to complain.
func TestPingWhileNotReading(t *testing.T) {
	var slow chan bool // made below: it is of the bubble
	events := 0
	opts := Options{independent: true, OnEvent: func(Event) {
		if events++; events == 1 {
			<-slow
		}
	}}
	quietly(t, opts, func(t *testing.T, w *Worker, c *handChild) {
		slow = make(chan bool)
		c.ready()
		answer := c.callPing(w)
		flood := wire.AppendFrame(nil, wire.ControlID(wire.KindCallEvent, 1), make([]byte, 1<<20))
		written := make(chan error, 1)
		go func() {
			for range 2 * backlogHigh >> 20 {
				if _, err := c.conn.Write(flood); err != nil {
					written <- err
					return
				}
			}
			_, err := c.conn.Write(wire.AppendFrame(nil, 1, nil))
			written <- err
		}()
		c.silentFor(24 * time.Hour)
		if !w.backlog.isPaused() {
			t.Error("the parent reads")
		}
		close(slow)
		if err := <-written; err != nil {
			t.Error(err)
		}
		if err := <-answer; err != nil {
			t.Error(err)
		}
	})
}

// A worker that reads what it is sent slowly is alive; one that stops in the
// middle of it is not, although no PING can be sent.
func TestPingBehindLargeCall(t *testing.T) {
	quietly(t, Options{}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		synctest.Wait()
		answer := make(chan error, 1)
		w.Go(func(_ []any, err error) { answer <- err }, strings.Repeat("x", 20*longWrite))
		piece := make([]byte, longWrite)
		for i := range 10 {
			time.Sleep(2*pingWait - lookWait)
			if _, err := io.ReadFull(c.conn, piece); err != nil {
				t.Fatal(err)
			}
			if i > 0 && bytes.Trim(piece, "x") != nil {
				t.Fatalf("there is something else in the argument")
			}
		}
		stopped := time.Now()
		err := <-answer
		tookBetween(t, "the kill", time.Since(stopped), 2*pingWait-lookWait, 2*pingWait+lookWait)
		checkStopped(t, err, Unknown, "neither read nor sent anything for 20s")
	})
}

// The longest interval is none.
func TestPingNever(t *testing.T) {
	quietly(t, Options{Limits: Limits{Ping: 1<<63 - 1}}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		answer := c.callPing(w)
		c.silentFor(365 * 24 * time.Hour)
		c.write(wire.AppendFrame(nil, 1, nil))
		if err := <-answer; err != nil {
			t.Error(err)
		}
	})
}

// A worker that reads nothing and says something now and then is not sent one
// PING behind the other.
func TestPingsDoNotPileUp(t *testing.T) {
	quietly(t, Options{OnLog: func(LogRecord) {}}, func(t *testing.T, w *Worker, c *handChild) {
		c.ready()
		synctest.Wait()
		w.Go(func([]any, error) {}, strings.Repeat("x", longWrite))
		for range 100 {
			time.Sleep(2*pingWait - lookWait)
			c.write(c.message(wire.KindLog, &wire.Log{Level: "info", Message: "here"}))
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if n := len(w.out.control); w.silence.nonce != 1 || n == 0 || n > 100 {
			t.Errorf("%d PINGs were made, %d bytes wait", w.silence.nonce, n)
		}
	})
}

// What has come and has not been read is a sign of life: the parent may be busy.
func TestUnreadIsNoSilence(t *testing.T) {
	t.Parallel()
	near, far, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	defer far.Close()
	w := &Worker{opts: &Options{}, t: socketTransport(near), bootMade: true, isReady: true}
	w.pulse.count.Store(3)
	w.noteLifeLocked()
	for _, text := range []string{"", "x"} {
		io.WriteString(far, text)
		if silent := w.isSilentLocked(); silent != (text == "") {
			t.Errorf("with %q to be read: it is silent: %v", text, silent)
		}
	}
}
