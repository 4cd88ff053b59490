//go:build linux

package host

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"scripthost.example/wire"
)

// How large the payloads of TestLargePayload are. The whole range, which takes
// about 14 GiB of memory and is for a run of its own:
//
//	go test -run TestLargePayload -v ./host -large 4095
var large = flag.Int("large", 48, "payloads of this many MiB in TestLargePayload; 4095 is 4 GiB - 1")

// peak is the most memory that a process has used, in bytes.
func peak(t *testing.T, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	var kib float64
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib * 1024
}

// A payload as large as the limit gets through in either direction, one octet
// more does not leave, and a worker holds no copy that it could do without. One
// that is sent a payload holds it once, but for the smaller buffers in which its
// beginning came; one that answers with one holds the value and the frame.
func TestLargePayload(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes more memory than what is measured")
	}
	// Not parallel, so that what others use is not measured.
	limit := int64(*large) << 20
	if *large >= 4095 {
		limit = math.MaxUint32
	}
	// With its length before it the value fills the payload, and with the other
	// argument in front it does.
	size := int(limit) - len(wire.AppendOctets(nil, make([]byte, limit))) + int(limit)
	// One for each use, and not one for all: there may not be memory for more.
	value := func(n int) string { return strings.Repeat("0123456789abcdef", n/16+1)[:n] }
	beside := len(text("length"))

	for language, source := range map[Language]string{
		Lua: `function run(what, x) if what == "length" then return #x end return (string.rep(what, tonumber(x))) end`,
		// A repeat of one letter takes its time.
		JS: `function run(what, x) {
			if (what === "length") return x.length;
			const n = Number(x), k = n % 10 === 0 ? 10 : n % 7 === 0 ? 7 : 1;
			return what.repeat(n / k).repeat(k);
		}`,
	} {
		script, err := Inline(language, source)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(string(language), func(t *testing.T) {
			ctx := t.Context()
			for name, test := range map[string]struct {
				call func(w *Worker) (out []any, err error)
				want func(out any) bool
				most float64 // payloads that the worker uses
			}{
				"there": {
					func(w *Worker) ([]any, error) { return w.Call(ctx, "length", value(size-beside)) },
					func(out any) bool { return out == fmt.Sprint(size-beside) }, 2.6,
				},
				"back": {
					func(w *Worker) ([]any, error) { return w.Call(ctx, "x", size) },
					func(out any) bool { s := out.(string); return len(s) == size && strings.Trim(s, "x") == "" }, 2.4,
				},
			} {
				if name == "back" && language == Lua && limit > 1<<30 {
					continue // which is as large as a string gets in our Lua
				}
				w := start(t, script, &Options{Limits: Limits{Payload: limit}})
				before := peak(t, w.PID())
				if out, err := test.call(w); err != nil {
					t.Fatal(err)
				} else if !test.want(out[0]) {
					t.Errorf("%s: %.20v came", name, out[0])
				}
				used := (peak(t, w.PID()) - before) / float64(limit)
				t.Logf("%s: the worker used %.2f payloads, this process has used %.2f", name, used, peak(t, os.Getpid())/float64(limit))
				if used > test.most {
					t.Errorf("%s: the worker used %.2f payloads", name, used)
				}
				mustClose(t, w)
				w = nil
				debug.FreeOSMemory()
			}
		})
	}

	w := startFault(t, "echo", &Options{Limits: Limits{Payload: limit}})
	for _, over := range []int{1, 100} {
		_, err := w.Call(t.Context(), value(size-1+over), "") // an empty one takes an octet
		var e *LimitError
		if !errors.As(err, &e) || OutcomeOf(err) != NotSent || e.Size <= e.Max || e.Max != uint64(limit) || !strings.Contains(err.Error(), fmt.Sprint(e.Size)) {
			t.Errorf("%d bytes too many: %v", over, err)
		}
	}
	mustClose(t, w)
}
