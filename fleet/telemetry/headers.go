package telemetry

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/propagation"

	"scripthost.example/fleet"
)

// format is how a request's headers name the span that it is from: W3C Trace Context.
var format = propagation.TraceContext{}

// Headers has each request name the span of its context, in the headers "traceparent"
// and "tracestate" of W3C Trace Context. Baggage is not sent: whoever shares the tenant
// could read it.
func Headers() fleet.ClientOption { return fleet.Headers(Inject) }

// Inject names the span of a context in headers, as [Headers] does. It is for those of
// jobs.Options: whoever runs a job, and be it days later, adds to the trace of who has
// submitted it.
func Inject(ctx context.Context, h nats.Header) { format.Inject(ctx, carrier(h)) }

// A carrier has what a propagator reads and writes in the headers of a message. Their
// names are as they were sent: NATS changes no letters of them.
type carrier nats.Header

// Get returns the first header of the name, in whatever case it was sent.
func (c carrier) Get(name string) string {
	if v := c[name]; len(v) > 0 {
		return v[0]
	}
	for k, v := range c {
		if len(v) > 0 && strings.EqualFold(k, name) {
			return v[0]
		}
	}
	return ""
}

// Set sets a header.
func (c carrier) Set(name, value string) { c[name] = []string{value} }

// Keys returns the names of all headers.
func (c carrier) Keys() []string {
	var names []string
	for k := range c {
		names = append(names, k)
	}
	return names
}
