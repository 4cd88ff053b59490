//go:build unix

package host

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"scripthost.example/child"
	"scripthost.example/js"
	"scripthost.example/lua"
)

// A megabyte there and back takes one buffer of its size at either end: what was
// read there is the script's value, which is written from where it is, and so it is
// here. Both ends are in this process, so that what they allocate can be counted.
//
// It is not parallel, because that is of the whole process.
func TestLargePayloadAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	for _, language := range []Language{Lua, JS} {
		for _, async := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/async=%v", language, async), func(t *testing.T) {
				source := echo[language]
				if async {
					source = echoAsync[language]
				}
				script, err := Inline(language, source)
				if err != nil {
					t.Fatal(err)
				}
				near, far := unixPair(t)
				served := make(chan error, 1)
				go func() { served <- child.Serve(far, lua.Engine(), js.Engine()) }()
				w, err := Attach(testContext(t), near, script, &Options{Async: async})
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					mustClose(t, w)
					<-served
				}()
				const calls, size = 8, 1 << 20
				value := strings.Repeat("0123456789abcdef", size/16)
				call := func() {
					out, err := w.Call(context.Background(), value)
					if err != nil || len(out) != 1 || out[0] != value {
						t.Fatalf("%d values, %v", len(out), err)
					}
				}
				call()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for range calls {
					call()
				}
				runtime.ReadMemStats(&after)
				used := float64(after.TotalAlloc-before.TotalAlloc) / calls / size
				t.Logf("%.2f payloads for each call", used)
				if used > 2.1 {
					t.Errorf("%.2f payloads were allocated for each call, want one at either end", used)
				}
			})
		}
	}
}
