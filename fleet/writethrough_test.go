package fleet

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// A record is a connection that keeps what is written to it, a write an element.
type record struct {
	net.Conn

	mu        sync.Mutex
	writes    []string
	deadlines []time.Time
	fails     error
	closed    bool
}

func (w *record) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fails != nil {
		return 0, w.fails
	}
	w.writes = append(w.writes, string(data))
	return len(data), nil
}

func (w *record) SetWriteDeadline(t time.Time) error {
	w.deadlines = append(w.deadlines, t)
	return nil
}

func (w *record) SetDeadline(t time.Time) error { return w.SetWriteDeadline(t) }

func (w *record) Close() error {
	w.closed = true
	return nil
}

func (w *record) String() string { return strings.Join(w.writes, "|") }

// What is written while a connection is held becomes one write, in its order.
func TestGatherer(t *testing.T) {
	t.Parallel()
	w := &record{}
	g := &gatherer{Conn: w}
	write := func(data string) {
		if n, err := g.Write([]byte(data)); n != len(data) || err != nil {
			t.Error(n, err)
		}
	}
	write("a")
	g.hold()
	write("b")
	g.hold() // by another one
	write("c")
	g.release()
	write("d")
	g.release()
	write("e")
	g.hold()
	g.release()
	if w.String() != "a|bcd|e" {
		t.Error(w)
	}
	// No more is kept than there may be.
	g.hold()
	write(strings.Repeat("x", maxGatheredWrite))
	if w.String() != "a|bcd|e|"+strings.Repeat("x", maxGatheredWrite) {
		t.Errorf("%.100s", w)
	}
	write("f")
	g.release()
	if !strings.HasSuffix(w.String(), "x|f") {
		t.Errorf("%.100s", w)
	}
	var none *gatherer
	none.hold()
	none.release()
}

// Deadlines are set before they pass, and not for each write.
func TestGathererDeadlines(t *testing.T) {
	t.Parallel()
	w := &record{}
	g := &gatherer{Conn: w}
	start := time.Now()
	var want []time.Time
	set := func(after time.Duration, sets bool) {
		if err := errors.Join(g.SetWriteDeadline(start.Add(after)), g.SetWriteDeadline(time.Time{})); err != nil {
			t.Error(err)
		}
		if sets {
			want = append(want, start.Add(after))
		}
	}
	set(writeTime, true)
	set(writeTime+deadlineStep-1, false)
	set(writeTime+deadlineStep, true)
	set(writeTime, true) // earlier
	set(10*writeTime, true)
	if err := g.SetDeadline(start); err != nil { // another one altogether
		t.Error(err)
	}
	want = append(want, start)
	set(10*writeTime+1, true)
	for i, d := range w.deadlines {
		if i >= len(want) || !d.Equal(want[i]) {
			t.Fatalf("%v, want %v", w.deadlines, want)
		}
	}
	if len(w.deadlines) != len(want) {
		t.Errorf("%v, want %v", w.deadlines, want)
	}
}

// A connection whose gathered writes fail is closed.
func TestGathererFails(t *testing.T) {
	t.Parallel()
	w := &record{fails: errors.New("no")}
	g := &gatherer{Conn: w}
	g.hold()
	if _, err := g.Write([]byte("a")); err != nil {
		t.Error(err)
	}
	if g.release(); !w.closed {
		t.Error("it is open")
	}
	g.hold()
	if _, err := g.Write(make([]byte, maxGatheredWrite)); !errors.Is(err, w.fails) {
		t.Error(err)
	}
	g.release()
}

// What many goroutines write is all there, whoever holds.
func TestGathererShared(t *testing.T) {
	t.Parallel()
	w := &record{}
	g := &gatherer{Conn: w}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 500 {
				if (i+n)%3 == 0 {
					g.hold()
				}
				if _, err := g.Write(fmt.Appendf(nil, "%d:%d;", i, n)); err != nil {
					t.Error(err)
				}
				if (i+n)%3 == 0 {
					g.release()
				}
			}
		})
	}
	all.Wait()
	next := [8]int{}
	for _, message := range strings.Split(strings.Trim(strings.Join(w.writes, ""), ";"), ";") {
		var i, n int
		if _, err := fmt.Sscanf(message, "%d:%d", &i, &n); err != nil || next[i] != n {
			t.Fatalf("%q, want number %d: %v", message, next[i], err)
		}
		next[i]++
	}
	for i, n := range next {
		if n != 500 {
			t.Errorf("%d messages of %d", n, i)
		}
	}
}

// A dialer is one that another option has named.
type dialer struct {
	dialed []string
	tls    bool
}

func (d *dialer) Dial(network, address string) (net.Conn, error) {
	d.dialed = append(d.dialed, address)
	return net.Dial(network, address)
}

func (d *dialer) SkipTLSHandshake() bool { return d.tls }

// Connections that write through are made as they would be otherwise.
func TestWriteThroughDialer(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, nil)
	d := &dialer{tls: true}
	nc := brokertest.Connect(t, b, nats.SetCustomDialer(d), WriteThrough())
	if len(d.dialed) != 1 || d.dialed[0] != b.Addr().String() || gathererOf(nc) == nil || !nc.Opts.CustomDialer.(*gatherDialer).SkipTLSHandshake() {
		t.Errorf("%+v", d)
	}
	if _, err := nats.Connect("nats://127.0.0.1:1", WriteThrough()); !errors.Is(err, nats.ErrNoServers) {
		t.Error(err)
	}
	if gathererOf(brokertest.Connect(t, b)) != nil {
		t.Error("all write through")
	}
	if within := brokertest.Connect(t, b, nats.InProcessServer(b), WriteThrough()); gathererOf(within) != nil || within.Opts.WriteBufferSize > nats.DefaultWriteBufSize || within.Opts.WriteBufferSize < 1024 {
		t.Errorf("without a socket too: %d", within.Opts.WriteBufferSize)
	}
}

// Calls, events and errors are the same on connections that write through, and when these are
// made anew while calls are sent.
func TestWriteThrough(t *testing.T) {
	t.Parallel()
	forBoth(t, func(t *testing.T, language host.Language) {
		b := brokertest.StartProcess(t, "")
		opts := append(again(), WriteThrough())
		out := b.Connect(opts...)
		serve(t, b.Connect(opts...), pool(t, language, echo[language], &host.PoolOptions{Load: 8, Options: host.Options{Serialiser: host.CBOR, OnEvent: func(host.Event) {}}}))
		c := Client(out, "tidy")
		l := newLoad(t, host.Idempotent(c), 8, time.Minute)
		more(t, &l.answered, 100)
		first := gathererOf(out)
		b.Kill()
		b.Start()
		more(t, &l.answered, 100)
		l.end()
		if l.answered.Load() == 0 || gathererOf(out) == first {
			t.Error(l)
		}
		n := 0
		for e, err := range c.Function("many").Stream(patience(t), 2000) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; !e.Result && fmt.Sprint(e.Args...) != fmt.Sprint(n) {
				t.Fatalf("event %d is %v", n, e.Args)
			}
		}
		if n != 2001 {
			t.Errorf("%d events", n)
		}
	})
}
