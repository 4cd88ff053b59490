package telemetry

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"scripthost.example/fleet"
	"scripthost.example/host"
)

// attributes are those of a span by name.
func attributes(s sdk.ReadOnlySpan) map[attribute.Key]attribute.Value {
	all := map[attribute.Key]attribute.Value{}
	for _, a := range s.Attributes() {
		all[a.Key] = a.Value
	}
	return all
}

// chain returns the spans of a trace from the caller's on: that of the caller, of the
// instance and of the worker.
func (s *stage) chain() (client, server, run sdk.ReadOnlySpan) {
	s.t.Helper()
	for _, span := range s.spans.Ended() {
		switch {
		case span.SpanKind() == trace.SpanKindClient:
			client = span
		case span.SpanKind() == trace.SpanKindServer:
			server = span
		case span.Name() == "run":
			run = span
		}
	}
	if client == nil || server == nil || run == nil {
		s.t.Fatalf("spans are missing: %v, %v, %v", client, server, run)
	}
	return client, server, run
}

// A call's spans hang together across the broker, and lie within one another.
func TestSpans(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx, outer := s.traces.Tracer("test").Start(patience(t), "outer")
	if _, err := s.caller().Function("run").Call(ctx, "x"); err != nil {
		t.Fatal(err)
	}
	outer.End()
	r := s.observed()
	client, server, run := s.chain()
	for _, link := range [][2]trace.SpanContext{
		{client.Parent(), outer.SpanContext()}, {server.Parent(), client.SpanContext()}, {run.Parent(), server.SpanContext()},
	} {
		if link[0].SpanID() != link[1].SpanID() || link[0].TraceID() != link[1].TraceID() {
			t.Errorf("the parent is %v, want %v", link[0], link[1])
		}
	}
	if !server.Parent().IsRemote() {
		t.Error("the instance's parent is not from elsewhere")
	}
	if client.Name() != "tidy" || server.Name() != "tidy" {
		t.Errorf("the spans are called %q and %q", client.Name(), server.Name())
	}
	if run.StartTime().Before(server.StartTime()) || run.EndTime().After(server.EndTime()) || server.EndTime().Sub(server.StartTime()) != r.Took {
		t.Errorf("run from %v to %v, within %v to %v, which took %v", run.StartTime(), run.EndTime(), server.StartTime(), server.EndTime(), r.Took)
	}
	a := attributes(server)
	if queue := time.Duration(a[keyQueue].AsFloat64() * float64(time.Second)); (queue - run.StartTime().Sub(server.StartTime())).Abs() > time.Microsecond {
		t.Errorf("%v in the queue, and run from %v on", queue, run.StartTime().Sub(server.StartTime()))
	}
	for key, want := range map[attribute.Key]string{keyPlugin: "tidy", keyFunction: "run", keyTrack: "stable", keyVersion: "7", keyInstance: s.service.Instance()} {
		if got := a[key].AsString(); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	a = attributes(run)
	if a[keyWorker].AsInt64() != 1 || a[keyAttempts].AsInt64() != 1 || a[keyPID].AsInt64() == 0 || a[keyGeneration].AsString() != s.pool.Stats().Generation {
		t.Errorf("the worker is %v", a)
	}
	if _, there := attributes(server)[keyEvents]; there || len(run.Events()) > 0 {
		t.Error("events where there were none")
	}
}

func TestSpansOfEvents(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, err := range s.caller().Function("many").Stream(patience(t), 3) {
		if err != nil {
			t.Fatal(err)
		}
	}
	r := s.observed()
	client, server, run := s.chain()
	for _, span := range []sdk.ReadOnlySpan{client, server} {
		if n := attributes(span)[keyEvents].AsInt64(); n != 3 {
			t.Errorf("%d events, want 3", n)
		}
	}
	events := run.Events()
	if len(events) != 2 || events[0].Name != firstEvent || events[1].Name != lastEvent || !events[0].Time.Equal(r.FirstEvent) || !events[1].Time.Equal(r.LastEvent) {
		t.Fatalf("%+v, want those of %v and %v", events, r.FirstEvent, r.LastEvent)
	}
	if events[0].Time.Before(run.StartTime()) || events[1].Time.Before(events[0].Time) || run.EndTime().Before(events[1].Time) {
		t.Errorf("%+v within %v to %v", events, run.StartTime(), run.EndTime())
	}
}

func TestSpansOfErrors(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	c := host.Idempotent(s.caller()).Function("fail")
	if _, err := c.Call(patience(t), strings.Repeat("oops", 1000)); err == nil {
		t.Fatal("it did not fail")
	}
	s.observed()
	client, server, run := s.chain()
	for _, span := range []sdk.ReadOnlySpan{client, server, run} {
		if span.Status().Code != codes.Error || len(span.Status().Description) > textSize {
			t.Errorf("%s: %+v", span.Name(), span.Status())
		}
	}
	if got := attributes(server)[keyCode].AsInt64(); got != 500 {
		t.Errorf("the code is %d", got)
	}
	if got := attributes(client)[keyOutcome].AsString(); got != "completed" {
		t.Errorf("the outcome is %q", got)
	}
}

// A loop that is left ends its span, and Go makes none.
func TestSpansEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for range s.caller().Function("many").Stream(patience(t), 3) {
		break
	}
	s.observed()
	client, _, _ := s.chain()
	if client.Status().Code == codes.Error {
		t.Errorf("%+v", client.Status())
	}
	before := len(s.spans.Started())
	done := make(chan error, 1)
	s.caller().Go(func(_ []any, err error) { done <- err }, "x")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.observed()
	after := s.spans.Ended()[before:]
	if len(after) != 2 || after[1].SpanKind() != trace.SpanKindServer || after[1].Parent().IsValid() {
		t.Errorf("Go made %v", after)
	}
}

// A request says what it likes: an instance makes spans all the same.
func TestSpansOfHostileRequests(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	function := "f" + strings.Repeat("ä", 4000)
	for _, parent := range []string{
		"", "x", strings.Repeat("0", 100_000), "00-00000000000000000000000000000000-0000000000000000-01",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	} {
		m := &nats.Msg{Subject: "rpc.tidy.stable", Header: nats.Header{"traceparent": {parent}, "tracestate": {strings.Repeat("a=b,", 10_000)}, "Rpc-Function": {function}}}
		if _, err := s.out.RequestMsgWithContext(patience(t), m); err != nil {
			t.Fatal(err)
		}
		s.observed()
	}
	var server sdk.ReadOnlySpan
	for _, span := range s.spans.Ended() {
		if span.Parent().IsRemote() {
			t.Errorf("%v is taken for a parent", span.Parent())
		}
		if span.SpanKind() == trace.SpanKindServer {
			server = span
		}
	}
	if f := attributes(server)[keyFunction].AsString(); len(f) > textSize || !utf8.ValidString(f) || server.Name() != "tidy" {
		t.Errorf("%q has the function %q", server.Name(), f)
	}
	// Others spell headers as HTTP does.
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	m := &nats.Msg{Subject: "rpc.tidy.stable", Header: nats.Header{"Traceparent": {parent}, "TraceState": {"a=b"}}}
	if _, err := s.out.RequestMsgWithContext(patience(t), m); err != nil {
		t.Fatal(err)
	}
	s.observed()
	ended := s.spans.Ended()
	last := ended[len(ended)-1]
	if c := last.Parent(); c.TraceID().String() != parent[3:35] || c.SpanID().String() != parent[36:52] || c.TraceState().Get("a") != "b" {
		t.Errorf("the parent is %v", c)
	}
}

// What is not sampled at the caller is not recorded at the instance.
func TestSpansFollowTheirSampler(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	never := sdk.NewTracerProvider(sdk.WithSampler(sdk.NeverSample()))
	c := Caller(fleet.Client(s.out, "tidy", Headers()), "tidy", never)
	if _, err := c.Call(patience(t), "x"); err != nil {
		t.Fatal(err)
	}
	s.observed()
	if n := len(s.spans.Ended()); n != 0 {
		t.Errorf("%d spans", n)
	}
}

// A call that no worker has had waited all the time.
func TestSpanWithoutWorker(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := fleet.CallRecord{Plugin: "tidy", Track: "stable", Began: time.Now(), Took: time.Second, Err: fleet.ErrLost, Code: 503}
	Spans(s.traces)(r)
	ended := s.spans.Ended()
	if len(ended) != 1 || attributes(ended[0])[keyQueue].AsFloat64() != 1 {
		t.Errorf("%v", ended)
	}
	// Without a provider, spans are dropped.
	Spans(nil)(r)
	if _, err := Caller(s.pool, "tidy", nil).Call(patience(t), "x"); err != nil {
		t.Error(err)
	}
}
