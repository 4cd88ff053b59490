package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"scripthost.example/fleet/jobs"
	"scripthost.example/host"
)

// All attempts at a job are spans of the trace that it was submitted in, those after it was
// a dead letter too.
func TestJobSpans(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	attempts := make(chan jobs.Attempt, 10)
	spans := JobSpans(s.traces)
	q, err := jobs.Open(t.Context(), s.out, jobs.Options{Create: true, Headers: Inject})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		o := jobs.WorkOptions{Attempts: 2, Pause: time.Millisecond, Observe: func(a jobs.Attempt) {
			spans(a)
			attempts <- a
		}}
		if err := q.Work(ctx, "tidy", "stable", s.service.Local(), o); err != nil {
			t.Error(err)
		}
	}()
	defer func() {
		stop()
		<-ended
	}()
	submitting, outer := s.traces.Tracer("test").Start(patience(t), "outer")
	id, _, err := q.Submit(submitting, jobs.Job{Plugin: "tidy", Function: "fail", Priority: jobs.High, Args: []any{strings.Repeat("oops", 100)}})
	if err != nil {
		t.Fatal(err)
	}
	outer.End()
	var all []jobs.Attempt
	for n := range 4 {
		if n == 2 {
			if err := q.Retry(patience(t), id); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case a := <-attempts:
			all = append(all, a)
		case <-time.After(time.Minute):
			t.Fatal("there was no attempt within a minute")
		}
	}
	// One may be told after the next.
	slices.SortFunc(all, func(a, b jobs.Attempt) int { return a.Began.Compare(b.Began) })
	for n, a := range all {
		var consumer, run sdk.ReadOnlySpan
		for _, span := range s.spans.Ended() {
			if span.SpanKind() == trace.SpanKindConsumer && span.StartTime().Equal(a.Began) {
				consumer = span
			}
		}
		if consumer == nil {
			t.Fatalf("attempt %d has no span", n)
		}
		for _, span := range s.spans.Ended() {
			if span.Name() == "run" && span.Parent().SpanID() == consumer.SpanContext().SpanID() {
				run = span
			}
		}
		if run == nil {
			t.Fatalf("attempt %d was not run in its span", n)
		}
		if got, want := consumer.Parent(), outer.SpanContext(); got.SpanID() != want.SpanID() || got.TraceID() != want.TraceID() || !got.IsRemote() {
			t.Errorf("the parent is %v, want %v", got, want)
		}
		if run.Status().Code != codes.Error {
			t.Errorf("run is %+v", run.Status())
		}
		if run.StartTime().Before(consumer.StartTime()) || run.EndTime().After(consumer.EndTime()) || consumer.EndTime().Sub(consumer.StartTime()) != a.Took {
			t.Errorf("run from %v to %v, within %v to %v, which took %v", run.StartTime(), run.EndTime(), consumer.StartTime(), consumer.EndTime(), a.Took)
		}
		if consumer.Name() != "tidy" || consumer.Status().Code != codes.Error || len(consumer.Status().Description) > textSize {
			t.Errorf("%s: %+v", consumer.Name(), consumer.Status())
		}
		became := []string{"again", "dead"}[n%2]
		got := attributes(consumer)
		for key, want := range map[attribute.Key]string{
			keyPlugin: "tidy", keyFunction: "fail", keyTrack: "stable", keyVersion: "7", keyInstance: s.service.Instance(),
			keyJob: id, keyPriority: "high", keyAttempt: fmt.Sprint(n%2 + 1), keyBecame: became, keyCode: "500", keyOutcome: "completed",
		} {
			if got := got[key].String(); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		if got[keyWaited].AsFloat64() <= 0 {
			t.Errorf("it has waited for %v", got[keyWaited])
		}
	}
	if n := len(s.spans.Ended()); n != 9 {
		t.Errorf("%d spans, want 9", n)
	}
}

// What was refused is no span, and what became of a job without a call is one.
func TestJobSpanWithoutCall(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := jobs.Attempt{Plugin: "tidy", Track: "stable", Became: jobs.Refused, Began: time.Now(), Err: host.ErrBusy, Code: 429}
	JobSpans(s.traces)(a)
	if n := len(s.spans.Ended()); n != 0 {
		t.Errorf("%d spans", n)
	}
	a.Became, a.Header = jobs.Buried, nats.Header{"traceparent": {"no trace"}}
	JobSpans(s.traces)(a)
	ended := s.spans.Ended()
	if len(ended) != 1 || ended[0].Parent().IsValid() || attributes(ended[0])[keyBecame].AsString() != "dead" {
		t.Errorf("%v", ended)
	}
	if _, there := attributes(ended[0])[keyInstance]; there {
		t.Error("it was at an instance")
	}
	JobSpans(nil)(a)
}
