package instance

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"scripthost.example/fleet"
)

// How long after a push two instances on this machine serve the version. A round is
// longer, as it pushes, too.
func BenchmarkLive(b *testing.B) {
	s := newStage(b)
	for range 2 {
		s.start(Options{Logger: slog.New(slog.DiscardHandler)})
	}
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		version := fmt.Sprint(n)
		s.push("function run() return "+version+" end", "", version, fleet.Stable)
		began := time.Now()
		for range 2 {
			if err := s.moved(version, fleet.Stable); err != nil {
				b.Fatal(err)
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}

// What it is worth, and what it costs, that an instance takes no more calls than it has
// workers for. Two instances have four sync workers each, and take as many calls, or as many
// more, which wait for a worker. Some callers make calls that take 100 ms, one after the
// other, and others make short ones, of which is told.
func BenchmarkSlots(b *testing.B) {
	for _, callers := range []struct{ long, short int }{{0, 1}, {6, 1}, {0, 4}, {4, 4}, {0, 64}, {4, 64}} {
		for _, slots := range []int{4, 8} {
			b.Run(fmt.Sprintf("long=%d/short=%d/slots=%d", callers.long, callers.short, slots), func(b *testing.B) {
				s := newStage(b)
				s.push("function run(long) if long == 'long' then sleep(0.1) end end", "", "1", fleet.Stable)
				for range 2 {
					s.start(Options{Slots: slots, Logger: slog.New(slog.DiscardHandler)})
					if err := s.moved("1", fleet.Stable); err != nil {
						b.Fatal(err)
					}
				}
				c := fleet.Client(s.caller, "tidy", fleet.Patience(time.Minute))
				call := func(arg string) time.Duration {
					began := time.Now()
					if _, err := c.Call(b.Context(), arg); err != nil {
						b.Error(err)
					}
					return time.Since(began)
				}
				var all, long sync.WaitGroup
				for range 16 { // so that all workers are there
					all.Go(func() { call("long") })
				}
				all.Wait()
				done := make(chan struct{})
				for range callers.long {
					long.Go(func() {
						for {
							select {
							case <-done:
								return
							default:
								call("long")
							}
						}
					})
				}
				var (
					mu   sync.Mutex
					took []time.Duration
				)
				b.ResetTimer()
				for range callers.short {
					all.Go(func() {
						var own []time.Duration
						for range b.N/callers.short + 1 {
							own = append(own, call("short"))
						}
						mu.Lock()
						defer mu.Unlock()
						took = append(took, own...)
					})
				}
				all.Wait()
				b.StopTimer()
				close(done)
				long.Wait()
				slices.Sort(took)
				b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "calls/s")
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
