//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/js"
	"scripthost.example/lua"
	"scripthost.example/wire"
)

// undated hides all but what an io.ReadWriteCloser has.
type undated struct{ io.ReadWriteCloser }

// connections are two ends of connections of all kinds.
var connections = map[string]func(t *testing.T) (near io.ReadWriteCloser, far child.Conn){
	"net.Pipe": func(*testing.T) (io.ReadWriteCloser, child.Conn) { return net.Pipe() },
	"unix": func(t *testing.T) (io.ReadWriteCloser, child.Conn) {
		near, far := unixPair(t)
		return near, far
	},
	"tcp": func(t *testing.T) (io.ReadWriteCloser, child.Conn) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		near, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		far, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return near, far
	},
	"file": func(t *testing.T) (io.ReadWriteCloser, child.Conn) {
		near, far, err := socketPair()
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.FileConn(far)
		if err != nil {
			t.Fatal(err)
		}
		far.Close()
		return near, conn
	},
	"without deadlines": func(t *testing.T) (io.ReadWriteCloser, child.Conn) {
		near, far := unixPair(t)
		return undated{near}, far
	},
}

func unixPair(t *testing.T) (near, far *net.UnixConn) {
	t.Helper()
	a, b, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	conn := func(f *os.File) *net.UnixConn {
		c, err := net.FileConn(f)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		return c.(*net.UnixConn)
	}
	return conn(a), conn(b)
}

// A worker at the other end of somebody else's stream is like any other.
func TestAttach(t *testing.T) {
	t.Parallel()
	for name, connect := range connections {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bothModes(t, func(t *testing.T, script *Script, async bool) {
				near, far := connect(t)
				served := make(chan error, 1)
				go func() { served <- child.Serve(far, lua.Engine(), js.Engine()) }()
				w, err := Attach(testContext(t), near, script, &Options{Async: async})
				if err != nil {
					t.Fatal(err)
				}
				if w.PID() != 0 {
					t.Errorf("the process id is %d", w.PID())
				}
				big := strings.Repeat("0123456789", 200_000)
				answers := make(chan error, 100)
				for i := range cap(answers) {
					w.Go(func(out []any, err error) {
						if err == nil && (len(out) != 2 || out[0] != fmt.Sprint(i) || out[1] != big[:i*1000]) {
							err = fmt.Errorf("call %d returned %d values", i, len(out))
						}
						answers <- err
					}, i, big[:i*1000])
				}
				for range cap(answers) {
					if err := <-answers; err != nil {
						t.Error(err)
					}
				}
				for range 3 { // one alone, which reads for itself
					if out := mustCall(t, w, big); len(out) != 1 || out[0] != big {
						t.Error("the large value has changed")
					}
				}
				mustClose(t, w)
				if err := <-served; err != nil {
					t.Errorf("the other end: %v", err)
				}
			})
		})
	}
}

// The end of the connection is the end of the worker.
func TestAttachedEnds(t *testing.T) {
	t.Parallel()
	for name, connect := range connections {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for how, end := range map[string]func(w *Worker, far io.Closer){
				"closed there": func(_ *Worker, far io.Closer) { far.Close() },
				"killed here":  func(w *Worker, _ io.Closer) { w.Kill() },
			} {
				near, far := connect(t)
				served := make(chan error, 1)
				go func() { served <- child.Serve(far, faultEngine{}) }()
				w, err := Attach(testContext(t), near, faultScript("hang until cancelled"), &Options{OnError: func(error) {}})
				if err != nil {
					t.Fatal(err)
				}
				answer := make(chan error, 1)
				w.Go(func(_ []any, err error) { answer <- err })
				until(t, w, func() bool { return w.outstanding == 1 })
				end(w, far)
				var e *ExitError
				if err := <-answer; !errors.As(err, &e) || e.Code != -1 || OutcomeOf(err) != Unknown || e.Killed != (how == "killed here") || e.Unasked() == e.Killed {
					t.Errorf("%s: %v", how, err)
				} else if !e.Killed && !strings.Contains(err.Error(), "connection") {
					t.Errorf("%s: %v", how, err)
				}
				<-w.Done()
				far.Close()
				<-served
			}
		})
	}
}

// A worker that greets, as one does whose stream is its standard output.
func TestAttachStdio(t *testing.T) {
	t.Parallel()
	near, far := unixPair(t)
	served := make(chan error, 1)
	go func() {
		io.WriteString(far, "Welcome!\n"+string(wire.Greeting()))
		served <- child.Serve(far, faultEngine{})
	}()
	w, err := Attach(testContext(t), near, faultScript("echo"), &Options{Stdio: true})
	if err != nil {
		t.Fatal(err)
	}
	if out := mustCall(t, w, "x"); out[0] != "x" {
		t.Errorf("got %q", out)
	}
	mustClose(t, w)
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := far.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

// A start that is given up closes the connection.
func TestAttachGivenUp(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	go io.Copy(io.Discard, far) // which never answers
	if _, err := Attach(testContext(t), near, faultScript("echo"), &Options{Limits: Limits{Start: 50 * time.Millisecond}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	near, far = net.Pipe()
	if _, err := Attach(ctx, near, faultScript("echo"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := far.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
