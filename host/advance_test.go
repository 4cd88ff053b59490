//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"scripthost.example/wire"
)

// What is made before the clock goes on begins before, also where several calls go
// into one write.
func TestAdvanceFollowsCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source string
		async  bool
		calls  int
	}{
		"sync":  {`function run(s) sleep(s) return time.now() end`, false, 2},
		"async": {`function run(done, s) sleep(s) done(time.now()) end`, true, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, inline(t, Lua, c.source), &Options{
				Async: c.async, Clock: time.Unix(1000, 0), Tools: Tools{Clock: true}, Serialiser: JSON,
			})
			defer w.Close()
			type answer struct {
				out []any
				err error
			}
			answers := make([]chan answer, c.calls)
			for i := range answers {
				answers[i] = make(chan answer, 1)
				w.Go(func(out []any, err error) { answers[i] <- answer{out, err} }, 10)
			}
			if err := w.Advance(context.Background(), time.Minute); err != nil {
				t.Fatal(err)
			}
			for i := range answers {
				want := 1010.
				if !c.async {
					want += 10 * float64(i)
				}
				select { // Advance returns after the callbacks
				case a := <-answers[i]:
					if a.err != nil || !reflect.DeepEqual(numbers(a.out), []float64{want}) {
						t.Errorf("call %d: %v, %v, want %v", i, a.out, a.err, want)
					}
				default:
					t.Fatalf("call %d began after the clock went on", i)
				}
			}
		})
	}
}

// The frame goes behind the calls that may be sent, and before those that may not.
func TestAdvanceIsSentLast(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts  Options
		calls int // that go before
	}{
		"sync":  {Options{}, 2},
		"async": {Options{Async: true, MaxOutstanding: 3}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &Worker{opts: &c.opts, isReady: true}
			for range 4 {
				w.waiting++
				w.out.queue = append(w.out.queue, &call{frame: wire.AppendFrame(nil, 0, []byte("call"))})
			}
			w.addLastLocked([]byte("last"))
			w.addControlLocked([]byte("first"))
			w.closing = true // DRAIN waits
			var sent []byte
			for w.nextBatchLocked() {
				sent = append(sent, w.out.rest...)
				w.out.rest = nil
			}
			if got := bytes.Count(sent, []byte("call")); got != c.calls {
				t.Errorf("%d calls were sent", got)
			}
			if !bytes.HasPrefix(sent, []byte("first")) || !bytes.HasSuffix(sent, []byte("last")) {
				t.Errorf("what was sent is %q", sent)
			}
		})
	}
}

// numbers are values that are numbers, as floats.
func numbers(values []any) []float64 {
	var all []float64
	for _, v := range values {
		switch n := v.(type) {
		case int64:
			all = append(all, float64(n))
		case float64:
			all = append(all, n)
		}
	}
	return all
}

func TestAdvanceErrors(t *testing.T) {
	t.Parallel()
	script := inline(t, Lua, `function run() end`)
	if err := start(t, script, nil).Advance(context.Background(), 1); !errors.Is(err, ErrClockRuns) {
		t.Errorf("with the real time: %v", err)
	}
	w := start(t, script, &Options{Tools: Tools{Clock: true}})
	if err := w.Advance(context.Background(), -1); err == nil {
		t.Error("it goes back")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Advance(context.Background(), 1); err == nil {
		t.Error("a worker that has ended has gone on")
	}
}
