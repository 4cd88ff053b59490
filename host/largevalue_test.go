//go:build unix

package host

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// Values of the sizes at which something else is done with them come back as they
// were sent, as results and as events, whether they stand at the end or before it.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	scripts := map[bool]source{
		false: {
			Lua: `function run(...) event(...); return ... end`,
			JS:  `function run(...args) { event(...args); return results(...args) }`,
		},
		true: {
			Lua: `function run(done, ...) done.event(...); done(...) end`,
			JS:  `function run(done, ...args) { done.event(...args); done(...args) }`,
		},
	}
	for _, s := range []Serialiser{String, JSON, CBOR, MsgPack} {
		sizes := []int{outDirectly - 1, outDirectly, outDirectly + 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, 4<<20 - 4, 4<<20 - 3}
		if raceDetector || s != String { // which alone does not copy what stands at the end
			sizes = []int{outDirectly, 64<<10 + 1, 1 << 20}
		}
		for async, source := range scripts {
			t.Run(fmt.Sprintf("%s/async=%v", s.Name(), async), func(t *testing.T) {
				t.Parallel()
				source.each(t, func(t *testing.T, script *Script) {
					var mu sync.Mutex
					var events [][]any
					w := start(t, script, &Options{Async: async, Serialiser: s, OnEvent: func(e Event) {
						mu.Lock()
						defer mu.Unlock()
						events = append(events, e.Args)
					}})
					var sent [][]any
					for _, n := range sizes {
						large := strings.Repeat("0123456789abcdef é ", n/20+1)[:n]
						if n%2 == 0 { // nothing but ASCII, which goja keeps in another way
							large = strings.Repeat("0123456789abcdef", n/16+1)[:n]
						}
						large = strings.ToValidUTF8(large, "?")
						for _, args := range [][]any{{large}, {"first", large}, {large, "last"}} {
							sameValues(t, "the results", mustCall(t, w, args...), args)
							sent = append(sent, args)
						}
					}
					mustClose(t, w)
					if len(events) != len(sent) {
						t.Fatalf("there were %d events, want %d", len(events), len(sent))
					}
					for i, e := range events {
						sameValues(t, "the event", e, sent[i])
					}
				})
			})
		}
	}
}

// outDirectly is the size from which a worker writes a frame from where it is.
const outDirectly = 32 << 10

// sameValues compares lists of texts, and shows no megabytes.
func sameValues(t *testing.T, what string, got, want []any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s have %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: value %d is %.40v... of another length or content than the %d bytes %.40v...", what, i, got[i], len(want[i].(string)), want[i])
		}
	}
}

// Octets that a script answers with are those at the time of the answer, whatever it
// does with them later; and octets that a caller passes may be changed as soon as
// Go returns.
func TestLargeOctets(t *testing.T) {
	t.Parallel()
	const size = 300 << 10
	script, err := Inline(JS, `
let octets = new Uint8Array(300 * 1024).fill(65)
function run(done, x) {
	if (x !== undefined) return done(x)
	done.event(octets)
	octets.fill(66)
	done(octets)
	octets.fill(67)
}`)
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan any, 1)
	w := start(t, script, &Options{Async: true, OnEvent: func(e Event) { events <- e.Args[0] }})
	if out := mustCall(t, w); out[0] != strings.Repeat("B", size) {
		t.Errorf("the result is %.20v...", out[0])
	}
	if e := <-events; e != strings.Repeat("A", size) {
		t.Errorf("the event is %.20v...", e)
	}
	answers := make(chan any, 20)
	octets := bytes.Repeat([]byte("D"), size)
	for range cap(answers) {
		w.Go(func(out []any, err error) {
			if err != nil {
				answers <- err
				return
			}
			answers <- out[0]
		}, octets)
	}
	clear(octets)
	for range cap(answers) {
		if a := <-answers; a != strings.Repeat("D", size) {
			t.Errorf("an answer is %.40v...", a)
		}
	}
	mustClose(t, w)
}
