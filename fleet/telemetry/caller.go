package telemetry

import (
	"context"
	"iter"

	"go.opentelemetry.io/otel/trace"

	"scripthost.example/host"
)

// Caller returns a Caller that makes a span for each Call and Stream of c, which may be
// of package fleet or of package host; plugin is what it is called there. Go has no
// context, and so no span. A nil provider is otel.GetTracerProvider().
func Caller(c host.Caller, plugin string, provider trace.TracerProvider) host.Caller {
	return &caller{Caller: c, plugin: plugin, tracer: tracer(provider)}
}

type caller struct {
	host.Caller
	plugin, function string
	tracer           trace.Tracer
}

// Call implements host.Caller.
func (c *caller) Call(ctx context.Context, args ...any) ([]any, error) {
	ctx, span := c.start(ctx)
	defer span.End()
	results, err := c.Caller.Call(ctx, args...)
	failed(span, err)
	return results, err
}

// Stream implements host.Caller. The span begins and ends with the loop.
func (c *caller) Stream(ctx context.Context, args ...any) iter.Seq2[host.Event, error] {
	return func(yield func(host.Event, error) bool) {
		ctx, span := c.start(ctx)
		defer span.End()
		events := 0
		defer func() {
			if events > 0 {
				span.SetAttributes(keyEvents.Int(events))
			}
		}()
		for e, err := range c.Caller.Stream(ctx, args...) {
			if err == nil && !e.Result {
				if events++; events == 1 {
					span.AddEvent(firstEvent)
				}
			}
			failed(span, err)
			if !yield(e, err) {
				return
			}
		}
	}
}

// Function implements host.Caller.
func (c *caller) Function(name string) host.Caller {
	return &caller{Caller: c.Caller.Function(name), plugin: c.plugin, function: name, tracer: c.tracer}
}

// Idempotent is what host.Idempotent asks for.
func (c *caller) Idempotent() host.Caller {
	return &caller{Caller: host.Idempotent(c.Caller), plugin: c.plugin, function: c.function, tracer: c.tracer}
}

func (c *caller) start(ctx context.Context) (context.Context, trace.Span) {
	ctx, span := c.tracer.Start(ctx, c.plugin, trace.WithSpanKind(trace.SpanKindClient))
	if span.IsRecording() {
		span.SetAttributes(called(c.plugin, c.function)...)
	}
	return ctx, span
}
