package telemetry

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"scripthost.example/child"
	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
	"scripthost.example/lua"
)

func TestMain(m *testing.M) {
	child.Enter(lua.Engine())
	os.Exit(m.Run())
}

const source = `
function run(...) return ... end
function fail(why) error(why, 0) end
function many(n) for i = 1, n do event(i) end return n end
`

// A stage is a plugin that is served by way of a broker, with all that is told of it.
type stage struct {
	t       testing.TB
	in, out *nats.Conn
	pool    *host.Pool
	service *fleet.Service
	metrics *Metrics
	records chan fleet.CallRecord // after they have been counted
	spans   *tracetest.SpanRecorder
	traces  *sdk.TracerProvider
}

func newStage(t testing.TB, opts ...fleet.ServeOption) *stage {
	t.Helper()
	b := brokertest.Start(t, nil)
	s := &stage{
		t: t, in: brokertest.Connect(t, b), out: brokertest.Connect(t, b), metrics: NewMetrics(),
		records: make(chan fleet.CallRecord, 10_000), spans: tracetest.NewSpanRecorder(),
	}
	s.traces = sdk.NewTracerProvider(sdk.WithSpanProcessor(s.spans))
	script, err := host.Inline(host.Lua, source)
	if err != nil {
		t.Fatal(err)
	}
	s.pool, err = host.NewPool(t.Context(), script.WithName("tidy.lua"), &host.PoolOptions{Max: 1, Options: host.Options{Serialiser: host.CBOR, Limits: host.Limits{Start: 5 * time.Minute}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.pool.Kill)
	s.service = s.serve(opts...)
	return s
}

// serve serves the pool until the test ends.
func (s *stage) serve(opts ...fleet.ServeOption) *fleet.Service {
	s.t.Helper()
	spans := Spans(s.traces)
	service, err := fleet.NewService(s.in, s.pool, append([]fleet.ServeOption{fleet.Version("7"), fleet.Observe(func(r fleet.CallRecord) {
		s.metrics.Observe(r)
		spans(r)
		s.records <- r
	})}, opts...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { service.Close() })
	s.metrics.Watch(service)
	return service
}

// observed waits until a call has been observed.
func (s *stage) observed() fleet.CallRecord {
	s.t.Helper()
	select {
	case r := <-s.records:
		return r
	case <-time.After(time.Minute):
		s.t.Fatal("no call was observed within a minute")
	}
	return fleet.CallRecord{}
}

// caller is a client of the plugin whose calls make spans.
func (s *stage) caller() host.Caller {
	return Caller(fleet.Client(s.out, "tidy", Headers()), "tidy", s.traces)
}

// patience bounds what a test waits for.
func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
