package fleet

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// What a call costs beside a bare request and reply of NATS, in the same run: with
// one caller and with 64.
func BenchmarkCall(b *testing.B) {
	in, out := connections(b)
	if _, err := in.Subscribe("raw", func(m *nats.Msg) { _ = m.Respond(m.Data) }); err != nil {
		b.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		b.Fatal(err)
	}
	p := pool(b, host.Lua, `function run(done, x) done(x) end`, &host.PoolOptions{Max: 1, Load: 128, Options: host.Options{Async: true}})
	serve(b, in, p)
	c := Client(out, "tidy")
	const text = "sixteen octets.."
	for _, with := range []struct {
		name string
		call func() error
	}{
		{"raw", func() error { _, err := out.Request("raw", []byte(text), time.Minute); return err }},
		{"fleet", func() error { _, err := c.Call(b.Context(), text); return err }},
		{"pool", func() error { _, err := p.Call(b.Context(), text); return err }},
	} {
		for _, callers := range []int{1, 64} {
			b.Run(map[int]string{1: "one/", 64: "64/"}[callers]+with.name, func(b *testing.B) {
				b.ReportAllocs()
				var (
					all  sync.WaitGroup
					left atomic.Int64
				)
				left.Store(int64(b.N))
				used := processorTime(b, p)
				for range callers {
					all.Go(func() {
						for left.Add(-1) >= 0 {
							if err := with.call(); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(processorTime(b, p)-used)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}
