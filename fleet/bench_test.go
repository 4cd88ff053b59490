package fleet

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// callText is what the calls that are measured carry there and back.
const callText = "sixteen octets.."

// measured are what is measured: a bare request and reply of NATS, a call by way of the
// fleet, and one of the pool itself.
func measured(b testing.TB) (raw, fleet, bare func() error, p *host.Pool) {
	url := brokertest.Start(b, nil)
	in, out := brokertest.Connect(b, url), brokertest.Connect(b, url)
	if _, err := in.Subscribe("raw", func(m *nats.Msg) { _ = m.Respond(m.Data) }); err != nil {
		b.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		b.Fatal(err)
	}
	p = pool(b, host.Lua, `function run(done, x) done(x) end`, &host.PoolOptions{Max: 1, Load: 128, Options: host.Options{Async: true}})
	serve(b, brokertest.Connect(b, url, WriteThrough()), p)
	c := Client(brokertest.Connect(b, url, WriteThrough()), "tidy")
	raw = func() error { _, err := out.Request("raw", []byte(callText), time.Minute); return err }
	fleet = func() error { _, err := c.Call(b.Context(), callText); return err }
	bare = func() error { _, err := p.Call(b.Context(), callText); return err }
	return raw, fleet, bare, p
}

// What a call costs beside a bare request and reply of NATS, with one caller and with 64. The
// three are measured by turns, some milliseconds each, so that what else the machine does
// concerns all of them; the medians are told of. cpu is the time of all processors, in this
// process and the worker's.
func BenchmarkCall(b *testing.B) {
	const turn = 1000
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			raw, fleet, bare, p := measured(b)
			names := []string{"raw", "fleet", "pool"}
			calls := []func() error{raw, fleet, bare}
			took, used := make([][]float64, len(calls)), make([][]float64, len(calls))
			b.ResetTimer()
			for done := 0; done < b.N; done += turn {
				for i, call := range calls {
					cpu, began := processorTime(b, p), time.Now()
					many(b, callers, turn, call)
					took[i] = append(took[i], float64(time.Since(began))/turn)
					used[i] = append(used[i], float64(processorTime(b, p)-cpu)/turn)
				}
			}
			for i, name := range names {
				b.ReportMetric(median(took[i]), name+"-ns")
				b.ReportMetric(median(used[i]), name+"-cpu-ns")
			}
			b.ReportMetric(median(took[1])/median(took[0]), "fleet/raw")
			b.ReportMetric(0, "ns/op") // of all three together, which is nothing
		})
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// many makes n calls, so many at a time.
func many(b testing.TB, callers int, n int64, call func() error) {
	var (
		all  sync.WaitGroup
		left atomic.Int64
	)
	left.Store(n)
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
