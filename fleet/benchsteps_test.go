package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// What lies between a bare request and reply of NATS and a call by way of the fleet, step
// by step: who answers at once, who has another goroutine do so, who calls a pool first and
// does nothing else, and the fleet. Each runs alone, so that what it does can be counted from
// outside, as docs/PERFORMANCE.md says.
func BenchmarkSteps(b *testing.B) {
	for _, callers := range []int{1, 64} {
		for _, step := range []string{"reply", "hop", "pool", "fleet", "alone"} {
			b.Run(fmt.Sprintf("%s/%d", step, callers), func(b *testing.B) {
				call, p := stepped(b, step)
				many(b, callers, 1000, call)
				b.ResetTimer()
				cpu := processorTime(b, p)
				many(b, callers, int64(b.N), call)
				b.ReportMetric(float64(processorTime(b, p)-cpu)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// stepped is one of the steps.
func stepped(b *testing.B, step string) (call func() error, p *host.Pool) {
	in, out := connections(b)
	p = pool(b, host.Lua, `function run(done, x) done(x) end`, &host.PoolOptions{Max: 1, Load: 128, Options: host.Options{Async: true}})
	var handler nats.MsgHandler
	switch step {
	case "alone":
		return func() error { _, err := p.Call(b.Context(), callText); return err }, p
	case "fleet":
		serve(b, in, p)
		c := Client(out, "tidy")
		return func() error { _, err := c.Call(b.Context(), callText); return err }, p
	case "reply":
		handler = func(m *nats.Msg) { _ = m.Respond(m.Data) }
	case "hop":
		hop := make(chan *nats.Msg, 128)
		b.Cleanup(func() { close(hop) })
		go func() {
			for m := range hop {
				_ = m.Respond(m.Data)
			}
		}()
		handler = func(m *nats.Msg) { hop <- m }
	case "pool":
		var r receivers
		r.start(func(m *nats.Msg, _ *host.Batch) runner {
			return runFunc(func() {
				results, err := p.Call(b.Context(), string(m.Data))
				if err != nil {
					b.Error(err)
					return
				}
				_ = m.Respond([]byte(results[0].(string)))
			})
		})
		b.Cleanup(r.end)
		if _, err := in.ChanSubscribe("raw", r.requests); err != nil {
			b.Fatal(err)
		}
	}
	if handler != nil {
		if _, err := in.Subscribe("raw", handler); err != nil {
			b.Fatal(err)
		}
	}
	if err := in.Flush(); err != nil {
		b.Fatal(err)
	}
	return func() error { _, err := out.Request("raw", []byte(callText), time.Minute); return err }, p
}

// A runFunc is a runner.
type runFunc func()

func (f runFunc) run() { f() }
