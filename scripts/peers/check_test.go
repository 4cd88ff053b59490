//go:build unix

package peers_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"scripthost.example/host"
)

func checkEcho(t *testing.T, c cell) {
	w := c.start(t, host.Options{})
	for _, values := range [][]any{
		{},
		{""},
		{"", "", ""},
		{octets(256)},
		{"größe", "\xff", "a\r\n\tb\x00"},
		{octets(large)},
		{"after"}, // nothing is left over
	} {
		got, err := w.Call(t.Context(), append([]any{"echo"}, values...)...)
		if err != nil || !slices.Equal(got, values) {
			t.Fatalf("echo of %.100q: got %.300q, %v", values, got, err)
		}
	}
	closeWell(t, w)
}

// closeWell drains a worker that has no reason to complain.
func closeWell(t *testing.T, w *matrixWorker) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// Events and results come in the order in which the worker made them, and events
// say which call they belong to, where that is known.
func checkOrder(t *testing.T, c cell) {
	var got, want []string // of callbacks only, until the worker has ended
	var finished int
	w := c.start(t, host.Options{
		OnEvent: func(ev host.Event) { got = append(got, fmt.Sprint("event ", ev.Call, ev.Args)) },
		OnError: func(err error) { t.Error(err) },
		OnDestroy: func() {
			finished = len(got)
		},
	})
	for i, n := range []int{1000, 0, 1} {
		number := w.Go(func(results []any, err error) {
			got = append(got, fmt.Sprint("result ", i+1, results, err))
		}, "events", n)
		if c.async {
			number = 0
		}
		for i := range n {
			want = append(want, fmt.Sprint("event ", number, []string{"tick", strconv.Itoa(i + 1)}))
		}
		want = append(want, fmt.Sprint("result ", i+1, []int{n}, nil))
	}
	closeWell(t, w)
	if !slices.Equal(got, want) {
		t.Errorf("got %d callbacks: %.1000q…, want %d: %.1000q…", len(got), got, len(want), want)
	}
	if finished != len(want) {
		t.Errorf("OnDestroy came after %d callbacks, want %d", finished, len(want))
	}
}

// More calls than are sent at a time.
func checkMany(t *testing.T, c cell) {
	const n = 2*host.DefaultMaxOutstanding + 10
	w := c.start(t, host.Options{})
	calls := goCalls(w, n, func(i int) []any {
		if c.async && i%2 == 0 {
			return []any{"sleep", "0.1" + strconv.Itoa(i)}
		}
		return []any{"echo", "0.1" + strconv.Itoa(i)}
	})
	for i, err := range calls.wait() {
		if want := []any{"0.1" + strconv.Itoa(i)}; err != nil || !slices.Equal(calls.results[i], want) {
			t.Fatalf("call %d: got %q, %v; want %q", i, calls.results[i], err, want)
		}
	}
	closeWell(t, w)
}

// All that was asked for before Close is answered before it returns.
func checkDrain(t *testing.T, c cell) {
	const n = 500
	var destroyed int
	w := c.start(t, host.Options{OnDestroy: func() { destroyed++ }})
	calls := goCalls(w, n, func(i int) []any {
		if c.async {
			return []any{"sleep", "0.2"}
		}
		return []any{"echo", "0.2"}
	})
	closeWell(t, w)
	if got := calls.left(); got != 0 {
		t.Errorf("%d calls are not answered when Close returns", got)
	}
	for i, err := range calls.errs {
		if err != nil || !slices.Equal(calls.results[i], []any{"0.2"}) {
			t.Fatalf("call %d: got %q, %v", i, calls.results[i], err)
		}
	}
	if destroyed != 1 {
		t.Errorf("OnDestroy was called %d times", destroyed)
	}
	if _, err := w.Call(t.Context(), "echo"); !errors.Is(err, host.ErrClosed) || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("a call after Close: %v", err)
	}
}

// A worker that is killed by somebody else takes its calls along.
func checkDeath(t *testing.T, c cell) {
	var told error
	w := c.start(t, host.Options{OnError: func(err error) { told = err }})
	calls := busy(t, w)
	if err := syscall.Kill(w.pid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for i, err := range calls.wait() {
		exit := new(host.ExitError)
		if !errors.As(err, &exit) || exit.Killed {
			t.Fatalf("call %d: got %#v: %v", i, err, err)
		}
		if got, want := host.OutcomeOf(err), c.outcomeOfLeft(i); got != want {
			t.Fatalf("call %d: the outcome is %v, want %v", i, got, want)
		}
		// What ssh knows is that the connection ended without an exit status.
		if ssh := c.transport == "ssh"; ssh && exit.Code != 255 || !ssh && exit.Signal != "killed" {
			t.Fatalf("call %d: the status is %d, the signal %q: %v", i, exit.Code, exit.Signal, err)
		}
	}
	err := w.Close()
	if exit := new(host.ExitError); !errors.As(err, &exit) || told != err {
		t.Errorf("Close: %v; OnError: %v", err, told)
	}
}

// Kill ends a worker, at the other end of ssh too, whatever it does.
func checkKill(t *testing.T, c cell) {
	if c.transport == "ssh" && c.wire == host.Classic {
		t.Skip("a worker of the classic dialect cannot tell a parent that is gone from one that has no more calls")
	}
	w := c.start(t, host.Options{OnError: func(err error) { t.Error(err) }})
	calls := busy(t, w)
	pid := w.pid(t)
	w.Kill()
	for i, err := range calls.wait() {
		exit := new(host.ExitError)
		if !errors.As(err, &exit) || !exit.Killed || !errors.Is(err, host.ErrClosed) {
			t.Fatalf("call %d: got %#v: %v", i, err, err)
		}
		if got, want := host.OutcomeOf(err), c.outcomeOfLeft(i); got != want {
			t.Fatalf("call %d: the outcome is %v, want %v", i, got, want)
		}
	}
	if err := w.Close(); !errors.Is(err, host.ErrClosed) {
		t.Errorf("Close: %v", err)
	}
	for running(pid) { // until the test's own deadline
		time.Sleep(time.Millisecond) // nothing tells of the end of a process that is not ours
	}
}

// busy gives a worker calls that take for ever. In an async one all are under
// way, and in a sync one the first.
func busy(t *testing.T, w *matrixWorker) *calls {
	t.Helper()
	const n = 200
	wait := func() {
		if got, err := w.Call(t.Context(), "echo", "x"); err != nil || !slices.Equal(got, []any{"x"}) {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if !w.cell.async {
		wait()
	}
	c := goCalls(w, n, func(int) []any { return []any{"sleep", "1000"} })
	if w.cell.async {
		wait()
	}
	return c
}

// outcomeOfLeft is how far call i of busy got.
func (c cell) outcomeOfLeft(i int) host.Outcome {
	if !c.async && i > 0 {
		return host.NotSent
	}
	return host.Unknown
}

// The command has the worker behave the same, too.
func checkRunner(t *testing.T, c cell) {
	m := c.mode()
	command := m.flags(runner(t), "--wire", string(c.wire), "--events", "stdout", "--calls", "-",
		"--exec", quoteAll(c.command(t, "/dev/null")))
	if c.wire == host.Extended {
		command = append(command, "--script", scriptFor(c.worker.name, m))
	}
	values := strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(octets(256))
	input := "echo\t" + values + "\t\tx\necho\nevents\t2\nsleep\t0.01\n"
	// The answer to the empty call is the empty line.
	want := []string{values + "\t\tx", "", "event: tick\t1", "event: tick\t2", "2", "0.01"}
	got, stderr, status := converse(t, command, input)
	if c.async { // answers wait for those of earlier calls, and events do not
		slices.Sort(got)
		slices.Sort(want)
	}
	if status != 0 || stderr != "" || !slices.Equal(got, want) {
		t.Errorf("exit status %d\n%s\nit printed %q\nand should  %q", status, stderr, got, want)
	}
}

// calls are calls that were made at once.
type calls struct {
	results [][]any
	errs    []error
	pending sync.WaitGroup

	mu sync.Mutex
	n  int
}

func goCalls(w *matrixWorker, n int, args func(i int) []any) *calls {
	c := &calls{results: make([][]any, n), errs: make([]error, n), n: n}
	c.pending.Add(n)
	for i := range n {
		w.Go(func(results []any, err error) {
			c.results[i], c.errs[i] = results, err
			c.mu.Lock()
			c.n--
			c.mu.Unlock()
			c.pending.Done()
		}, args(i)...)
	}
	return c
}

// wait waits for all answers and returns the errors in the order of the calls.
func (c *calls) wait() []error {
	c.pending.Wait()
	return c.errs
}

// left is how many answers have not come.
func (c *calls) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// running reports whether a process is there and has not ended.
func running(pid int) bool { return syscall.Kill(pid, 0) == nil && !ended(pid) }
