package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"scripthost.example/fleet"
	"scripthost.example/fleet/jobs"
	"scripthost.example/host"
)

// The attributes of spans. The first three are those that OpenTelemetry has for remote
// procedure calls.
const (
	keySystem   = attribute.Key("rpc.system")
	keyPlugin   = attribute.Key("rpc.service")
	keyFunction = attribute.Key("rpc.method")

	keyTrack      = attribute.Key("runner.track")
	keyVersion    = attribute.Key("runner.version")
	keyInstance   = attribute.Key("runner.instance")
	keyCode       = attribute.Key("runner.code")
	keyOutcome    = attribute.Key("runner.outcome")
	keyEvents     = attribute.Key("runner.events")
	keyQueue      = attribute.Key("runner.queue_seconds")
	keyWorker     = attribute.Key("runner.worker")
	keyGeneration = attribute.Key("runner.generation")
	keyAttempts   = attribute.Key("runner.attempts")
	keyPID        = attribute.Key("process.pid")

	// Of jobs.
	keyJob      = attribute.Key("messaging.message.id")
	keyPriority = attribute.Key("runner.priority")
	keyAttempt  = attribute.Key("runner.attempt")
	keyBecame   = attribute.Key("runner.became")
	keyWaited   = attribute.Key("runner.waited_seconds")
)

// The events of spans.
const (
	firstEvent = "first event"
	lastEvent  = "last event"
)

// textSize is how much of a text that others choose a span has, in octets.
const textSize = 256

// Spans returns a function for fleet.Observe that makes two spans of each call: one for
// the time that the instance had it, whose parent is the span that the request names, and
// within it "run", for the time that its last worker had it. They are made once the call
// has ended. Whether they are recorded is for the provider's sampler to say; one that
// follows its parent leaves it to the callers. A nil provider is otel.GetTracerProvider().
func Spans(provider trace.TracerProvider) func(fleet.CallRecord) {
	t := tracer(provider)
	return func(r fleet.CallRecord) {
		ctx := format.Extract(context.Background(), carrier(r.Header))
		ctx, span := t.Start(ctx, r.Plugin, trace.WithTimestamp(r.Began), trace.WithSpanKind(trace.SpanKindServer))
		end := trace.WithTimestamp(r.Began.Add(r.Took))
		defer span.End(end)
		if !span.IsRecording() {
			return
		}
		span.SetAttributes(called(r.Plugin, r.Function)...)
		span.SetAttributes(keyTrack.String(r.Track), keyVersion.String(r.Version), keyInstance.String(r.Instance))
		queue := r.Took
		if r.Info.Attempts > 0 {
			queue = r.Info.Given.Sub(r.Began)
			run(ctx, t, r.Info, r.Err, end, func(span trace.Span) {
				if r.Events > 0 {
					span.AddEvent(firstEvent, trace.WithTimestamp(r.FirstEvent))
					span.AddEvent(lastEvent, trace.WithTimestamp(r.LastEvent))
				}
			})
		}
		span.SetAttributes(keyQueue.Float64(queue.Seconds()))
		if r.Events > 0 {
			span.SetAttributes(keyEvents.Int64(int64(r.Events)))
		}
		if r.Err != nil {
			span.SetAttributes(keyCode.Int(r.Code))
		}
		failed(span, r.Err)
	}
}

// JobSpans returns a function for jobs.WorkOptions that makes a span of each attempt at a
// job, of the kind of a consumer, and within it "run", as Spans does. Its parent is the
// span that the job names: that of who has submitted it, however long ago. All attempts
// are in that trace, beside each other; what was refused is none. A nil provider is
// otel.GetTracerProvider().
func JobSpans(provider trace.TracerProvider) func(jobs.Attempt) {
	t := tracer(provider)
	return func(a jobs.Attempt) {
		if a.Became == jobs.Refused {
			return
		}
		ctx := format.Extract(context.Background(), carrier(a.Header))
		ctx, span := t.Start(ctx, a.Plugin, trace.WithTimestamp(a.Began), trace.WithSpanKind(trace.SpanKindConsumer))
		end := trace.WithTimestamp(a.Began.Add(a.Took))
		defer span.End(end)
		if !span.IsRecording() {
			return
		}
		span.SetAttributes(called(a.Plugin, a.Function)...)
		span.SetAttributes(keyTrack.String(a.Track), keyJob.String(a.Job), keyPriority.String(string(a.Priority)), keyAttempt.Int(a.Number), keyBecame.String(string(a.Became)))
		if a.Instance != "" {
			span.SetAttributes(keyVersion.String(a.Version), keyInstance.String(a.Instance))
		}
		if waited := a.Began.Sub(a.Submitted); waited > 0 { // clocks differ
			span.SetAttributes(keyWaited.Float64(waited.Seconds()))
		}
		queue := a.Took
		if a.Info.Attempts > 0 {
			queue = a.Info.Given.Sub(a.Began)
			run(ctx, t, a.Info, a.Err, end, nil)
		}
		span.SetAttributes(keyQueue.Float64(queue.Seconds()))
		if a.Err != nil {
			span.SetAttributes(keyCode.Int(a.Code))
		}
		failed(span, a.Err)
	}
}

// run makes the span of the worker, to which more adds what there is, unless it is nil.
func run(ctx context.Context, t trace.Tracer, info host.CallInfo, err error, end trace.SpanEndOption, more func(trace.Span)) {
	_, span := t.Start(ctx, "run", trace.WithTimestamp(info.Given), trace.WithAttributes(
		keyWorker.Int(info.Worker), keyGeneration.String(info.Generation), keyAttempts.Int(info.Attempts), keyPID.Int(info.PID)))
	if more != nil {
		more(span)
	}
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End(end)
}

// called are the attributes that say what is called. A function's name is the caller's
// to choose, so that no span is called by it.
func called(plugin, function string) []attribute.KeyValue {
	a := []attribute.KeyValue{keySystem.String("runner"), keyPlugin.String(plugin)}
	if function != "" {
		a = append(a, keyFunction.String(brief(function)))
	}
	return a
}

// failed notes in a span why its call failed, if it did.
func failed(span trace.Span, err error) {
	if err == nil {
		return
	}
	span.SetStatus(codes.Error, brief(err.Error()))
	if o := host.OutcomeOf(err); o != 0 {
		span.SetAttributes(keyOutcome.String(o.String()))
	}
}

// brief is the beginning of a text, in UTF-8.
func brief(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), textSize)], "")
}

func tracer(provider trace.TracerProvider) trace.Tracer {
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	return provider.Tracer("scripthost.example/fleet/telemetry")
}
