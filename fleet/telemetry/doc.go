// Package telemetry tells of a fleet in the formats that others understand: traces of
// OpenTelemetry, from a caller by way of an instance to its worker, and metrics of
// Prometheus. No other package of the fleet imports it, or what it needs.
//
// A caller has its calls be part of its traces by [Headers], and gets a span for each by
// [Caller]:
//
//	c := telemetry.Caller(fleet.Client(nc, "tidy", telemetry.Headers()), "tidy", nil)
//
// An instance makes spans of what it is told by [fleet.Observe], and counts it:
//
//	m := telemetry.NewMetrics()
//	spans := telemetry.Spans(nil)
//	s, err := fleet.NewService(nc, pool, fleet.Observe(func(r fleet.CallRecord) { m.Observe(r); spans(r) }))
//	m.Watch(s)
//	h, err := telemetry.Handler(nil, m)
//
// Jobs are told of by functions of their own:
//
//	q, err := jobs.Open(ctx, nc, jobs.Options{Headers: telemetry.Inject})     // who submits
//	o := jobs.WorkOptions{Observe: telemetry.JobSpans(nil)}                   // who runs them; or m.ObserveJob
//
// Spans go where the TracerProvider has them go, by default that of [otel.GetTracerProvider],
// which drops them unless the program has set one.
package telemetry
