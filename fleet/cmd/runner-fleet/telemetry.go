package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"

	"scripthost.example/fleet"
	"scripthost.example/fleet/instance"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/telemetry"
	"scripthost.example/host/metrics"
)

// spansEndTime is how long the last spans have to be sent when serve ends.
const spansEndTime = 5 * time.Second

// telemetryFlags say what serve tells of itself, and to whom.
type telemetryFlags struct {
	metrics, otlp string
}

func (t *telemetryFlags) add(f *pflag.FlagSet) {
	f.StringVar(&t.metrics, "metrics", "", "answer HTTP requests at `HOST:PORT`: /metrics for Prometheus, /healthz and /readyz; port 0 is one that is free")
	f.StringVar(&t.otlp, "otlp", "", "send traces to the OpenTelemetry collector at `URL`, by OTLP over HTTP (OTEL_EXPORTER_OTLP_ENDPOINT)")
}

// A told is what is told of an instance as long as it serves.
type told struct {
	log     *slog.Logger
	metrics *telemetry.Metrics
	server  *metrics.Server
	spans   *trace.TracerProvider
}

// start checks the flags, and has spans be made if somebody wants them.
func (t *telemetryFlags) start(ctx context.Context, log *slog.Logger) (*told, error) {
	x := &told{log: log}
	if t.metrics != "" {
		if _, _, err := net.SplitHostPort(t.metrics); err != nil {
			return nil, usagef("", "--metrics %s: %v", t.metrics, err)
		}
		x.metrics = telemetry.NewMetrics()
	}
	exporter, err := t.exporter(ctx)
	if err == nil && exporter != nil {
		err = x.trace(ctx, exporter)
	}
	return x, err
}

// serve answers requests for metrics, if it was asked to. Plugins are those without which
// the instance is not ready; ctx ends when it is to take no more calls. Own is its own broker,
// or nil.
func (x *told) serve(ctx context.Context, addr string, nc *nats.Conn, own *fleet.Broker, plugins []string) error {
	if x.metrics == nil {
		return nil
	}
	h, err := telemetry.Handler(func() error { return x.ready(ctx, nc, own, plugins) }, x.metrics, telemetry.Connection(nc))
	if err == nil {
		x.server, err = metrics.Serve(addr, h, x.log.With("part", "metrics"))
	}
	if err != nil {
		return &failure{exitUsage, fmt.Errorf("--metrics %s: %w", addr, err), ""}
	}
	at := url.URL{Scheme: "http", Host: x.server.Addr().String(), Path: "/metrics"}
	x.log.Info("metrics are served", "url", at.String())
	return nil
}

// The variables that OpenTelemetry has for where traces go, and how.
var (
	endpointVariables = []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}
	protocolVariables = []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"}
)

// exporter is what sends spans, or nil if nobody wants them. Where --otlp does not say to
// whom, the environment may.
func (t *telemetryFlags) exporter(ctx context.Context) (trace.SpanExporter, error) {
	var opts []otlptracehttp.Option
	where, name := t.otlp, "--otlp"
	if t.otlp == "" {
		if where, name = first(endpointVariables); where == "" {
			return nil, nil
		}
	}
	// The library would go on with a default.
	u, err := url.Parse(where)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usagef("It is that of a collector, as http://127.0.0.1:4318", "%s %q is no URL of http or https", name, where)
	}
	if protocol, name := first(protocolVariables); protocol != "" && protocol != "http/protobuf" && protocol != "http/json" {
		return nil, usagef("A collector has another port for that, mostly 4318", "%s is %q, and traces are sent by http/protobuf or http/json only", name, protocol)
	}
	if t.otlp != "" {
		opts = append(opts, otlptracehttp.WithEndpointURL(u.JoinPath("v1", "traces").String()))
	}
	exporter, err := otlptracehttp.New(ctx, opts...)
	if err != nil {
		return nil, &failure{exitUsage, fmt.Errorf("traces cannot be sent: %w", err), ""}
	}
	return exporter, nil
}

// first is the first variable of the environment that has a value.
func first(names []string) (value, name string) {
	for _, name := range names {
		if v := os.Getenv(name); v != "" {
			return v, name
		}
	}
	return "", ""
}

// trace has spans be made, and sent in the background.
func (x *told) trace(ctx context.Context, exporter trace.SpanExporter) error {
	// The environment has the last word: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES.
	r, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(attribute.String("service.name", "runner-fleet")), resource.WithFromEnv())
	if err != nil {
		return &failure{exitUsage, fmt.Errorf("what OpenTelemetry finds in the environment: %w", err), ""}
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { x.log.Warn("traces are lost", "error", err) }))
	x.spans = trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(r))
	return nil
}

// observe has the instance tell.
func (x *told) observe(o *instance.Options) {
	var (
		tell       []func(fleet.CallRecord)
		tellOfJobs []func(jobs.Attempt)
	)
	if x.metrics != nil {
		tell = append(tell, x.metrics.Observe)
		tellOfJobs = append(tellOfJobs, x.metrics.ObserveJob)
		o.OnService = x.metrics.Watch
	}
	if x.spans != nil {
		tell = append(tell, telemetry.Spans(x.spans))
		tellOfJobs = append(tellOfJobs, telemetry.JobSpans(x.spans))
	}
	if len(tell) > 0 {
		o.Observe = func(r fleet.CallRecord) {
			for _, fn := range tell {
				fn(r)
			}
		}
	}
	if len(tellOfJobs) > 0 {
		o.ObserveJob = func(a jobs.Attempt) {
			for _, fn := range tellOfJobs {
				fn(a)
			}
		}
	}
}

// ready returns why the instance does not serve what it should.
func (x *told) ready(ctx context.Context, nc *nats.Conn, own *fleet.Broker, plugins []string) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("it ends")
	case !nc.IsConnected():
		return fmt.Errorf("there is no connection to the broker")
	}
	if own != nil {
		if err := own.Storing(); err != nil {
			return err
		}
	}
	for _, name := range plugins {
		if !x.metrics.Serves(name) {
			return fmt.Errorf("the plugin %s is not served yet", name)
		}
	}
	return nil
}

// end sends the spans that there are, and ends what was begun.
func (x *told) end() {
	if x.server != nil {
		if err := x.server.Close(); err != nil {
			x.log.Warn("requests for metrics were cut off", "error", err)
		}
	}
	if x.spans != nil {
		ctx, cancel := context.WithTimeout(context.Background(), spansEndTime)
		defer cancel()
		if err := x.spans.Shutdown(ctx); err != nil {
			x.log.Warn("the last traces are lost", "error", err)
		}
	}
}

// fromEnvironment returns a context with the span that the environment names: whoever
// runs a command may have it be part of a trace of its own.
func fromEnvironment(ctx context.Context) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{
		"traceparent": os.Getenv("TRACEPARENT"), "tracestate": os.Getenv("TRACESTATE"),
	})
}
