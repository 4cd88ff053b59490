//go:build unix

package host

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// calls reports calls a second beside the time a call.
func reportCalls(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/call")
	b.ReportMetric(0, "ns/op")
}

func eachWorker(b *testing.B, bench func(b *testing.B, w *Worker)) {
	for _, language := range []Language{Lua, JS} {
		for _, mode := range []string{"sync", "async"} {
			b.Run(string(language)+"/"+mode, func(b *testing.B) {
				w := startBench(b, language, mode == "async")
				defer w.Close()
				b.ReportAllocs()
				bench(b, w)
				reportCalls(b)
			})
		}
	}
}

const payload = "0123456789abcdef"

// One call after the other: the latency of a call.
func BenchmarkCall(b *testing.B) {
	ctx := context.Background()
	eachWorker(b, func(b *testing.B, w *Worker) {
		for b.Loop() {
			if _, err := w.Call(ctx, payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// 64 goroutines that call.
func BenchmarkCall64(b *testing.B) {
	ctx := context.Background()
	eachWorker(b, func(b *testing.B, w *Worker) {
		b.SetParallelism(32)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := w.Call(ctx, payload); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// Calls with callbacks, as many outstanding as the worker takes.
func BenchmarkGo(b *testing.B) {
	eachWorker(b, func(b *testing.B, w *Worker) {
		done := make(chan error)
		left := b.N
		for range b.N {
			w.Go(func(_ []any, err error) {
				if left--; left == 0 || err != nil {
					done <- err
				}
			}, payload)
		}
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	})
}

// A megabyte there and back.
func BenchmarkCall1MB(b *testing.B) {
	ctx := context.Background()
	large := make([]byte, 1<<20)
	for i := range large {
		large[i] = 'a' + byte(i%26)
	}
	eachWorker(b, func(b *testing.B, w *Worker) {
		b.SetBytes(2 << 20)
		for b.Loop() {
			if _, err := w.Call(ctx, string(large)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A worker from Start to READY, beside the bare child: what the protections cost.
// The median is what counts: on a machine with other work the mean is of that too.
func BenchmarkStart(b *testing.B) {
	for _, language := range []Language{Lua, JS} {
		for _, sandbox := range []Sandbox{SandboxOff, SandboxStrict} {
			b.Run(fmt.Sprintf("%s/%s", language, sandbox), func(b *testing.B) {
				script, err := Inline(language, echo[language])
				if err != nil {
					b.Fatal(err)
				}
				var took []time.Duration
				for b.Loop() {
					begun := time.Now()
					w, err := Start(context.Background(), script, &Options{Sandbox: sandbox})
					took = append(took, time.Since(begun))
					if err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					w.Kill()
					b.StartTimer()
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/start-median")
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/start")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// One call after the other, of a worker on its own and of a pool's: what the
// scheduling costs.
func BenchmarkPoolCall(b *testing.B) {
	ctx := context.Background()
	script, err := Inline(Lua, echo[Lua])
	if err != nil {
		b.Fatal(err)
	}
	w, err := Start(ctx, script, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	p, err := NewPool(ctx, script, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	for name, c := range map[string]Caller{"worker": w, "pool": p} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Call(ctx, payload); err != nil {
					b.Fatal(err)
				}
			}
			reportCalls(b)
		})
	}
}

// The scheduling by itself: a slot taken and given back.
func BenchmarkPoolSlot(b *testing.B) {
	ctx := context.Background()
	p := schedulerOf(b, &PoolOptions{Max: 1})
	b.ReportAllocs()
	for b.Loop() {
		r := &request{p: p, made: time.Now()}
		if err := p.acquire(ctx, r); err != nil {
			b.Fatal(err)
		}
		r.settle(nil, false, nil)
	}
	p.Kill()
}

// 64 goroutines that call a pool.
func BenchmarkPoolCall64(b *testing.B) {
	ctx := context.Background()
	script, err := Inline(Lua, echo[Lua])
	if err != nil {
		b.Fatal(err)
	}
	p, err := NewPool(ctx, script, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Call(ctx, payload); err != nil {
				b.Error(err)
				return
			}
		}
	})
	reportCalls(b)
}
