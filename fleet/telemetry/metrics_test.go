package telemetry

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"scripthost.example/fleet"
	"scripthost.example/fleet/jobs"
)

// scrape is what a scrape of the collectors finds, by name.
func scrape(t testing.TB, cs ...prometheus.Collector) map[string]*dto.MetricFamily {
	t.Helper()
	h, err := Handler(nil, cs...)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// figure is the value of a metric, in which a label has the value.
func figure(t testing.TB, families map[string]*dto.MetricFamily, name, labels string) float64 {
	t.Helper()
	for _, m := range families[name].GetMetric() {
		if labelsOf(m) != labels {
			continue
		}
		switch {
		case m.Counter != nil:
			return m.Counter.GetValue()
		case m.Gauge != nil:
			return m.Gauge.GetValue()
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount())
		}
	}
	t.Errorf("there is no %s{%s}: %v", name, labels, families[name])
	return 0
}

func labelsOf(m *dto.Metric) string {
	var labels []string
	for _, l := range m.Label {
		labels = append(labels, l.GetName()+"="+l.GetValue())
	}
	slices.Sort(labels)
	return strings.Join(labels, ",")
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	c := fleet.Client(s.out, "tidy")
	for range 3 {
		if _, err := c.Call(patience(t), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Function("fail").Call(patience(t), "oops"); err == nil {
		t.Fatal("it did not fail")
	}
	if _, err := c.Function("mane").Call(patience(t), "oops"); err == nil {
		t.Fatal("there is a function of that name")
	}
	for _, err := range c.Function("many").Stream(patience(t), 5) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 6 {
		s.observed()
	}
	m := &nats.Msg{Subject: "rpc.tidy.stable", Data: []byte("{")}
	if _, err := s.out.RequestMsgWithContext(patience(t), m); err != nil {
		t.Fatal(err)
	}
	for became, took := range map[jobs.Became]time.Duration{jobs.Again: 1, jobs.Buried: 1, jobs.Refused: 0} {
		s.metrics.ObserveJob(jobs.Attempt{Plugin: "tidy", Track: "stable", Became: became, Took: took})
	}
	s.service.Report("8", "it does not load")
	const track = "plugin=tidy,track=stable"
	// The last call is answered before it has left.
	for s.service.Snapshot().Stats.Running > 0 {
		time.Sleep(time.Millisecond)
	}
	families := scrape(t, s.metrics, Connection(s.out))
	for name, want := range map[string]float64{
		"runner_calls_total{code=200," + track:                 4,
		"runner_calls_total{code=404," + track:                 1,
		"runner_calls_total{code=500," + track:                 1,
		"runner_call_events_total{" + track:                    5,
		"runner_call_duration_seconds{" + track:                6,
		"runner_call_queue_seconds{" + track:                   6,
		"runner_calls_running{" + track:                        0,
		"runner_call_slots{" + track:                           float64(s.pool.Stats().Slots),
		"runner_calls_refused_total{" + track:                  1,
		"runner_script_problem{" + track:                       1,
		"runner_workers{" + track + ",version=7":               1,
		"runner_workers_started_total{" + track + ",version=7": 1,
		"runner_worker_crashes_total{" + track + ",version=7":  0,
		"runner_call_retries_total{" + track + ",version=7":    0,
		"runner_job_attempts_total{became=again," + track:      1,
		"runner_job_attempts_total{became=refused," + track:    1,
		"runner_jobs_running{" + track:                         0,
		"runner_job_attempt_duration_seconds{" + track:         2,
		"runner_broker_connected{":                             1,
		"runner_broker_reconnects_total{":                      0,
	} {
		name, labels, _ := strings.Cut(name, "{")
		if got := figure(t, families, name, labels); got != want {
			t.Errorf("%s{%s} is %v, want %v", name, labels, got, want)
		}
	}
	if families["go_goroutines"] == nil {
		t.Error("nothing is told of the Go runtime")
	}
	if n := figure(t, families, "runner_broker_messages_total", "direction=out"); n < 5 {
		t.Errorf("%v messages were sent", n)
	}
}

// Whatever callers send, there are no more time series than tracks and codes.
func TestMetricsAreBounded(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	count := func() int {
		n := 0
		for name, f := range scrape(t, s.metrics) {
			if strings.HasPrefix(name, "runner_") {
				n += len(f.Metric)
			}
		}
		return n
	}
	call := func(from, to int) {
		for i := from; i < to; i++ {
			m := &nats.Msg{Subject: "rpc.tidy.stable", Data: fmt.Appendf(nil, "[%q]", fmt.Sprint("argument", i)), Header: nats.Header{
				"Rpc-Function": {fmt.Sprint("function", i)}, "traceparent": {fmt.Sprint(i)}, "X-Other": {fmt.Sprint(i)}, "Rpc-Idempotent": {fmt.Sprint(i)},
			}}
			if _, err := s.out.RequestMsgWithContext(patience(t), m); err != nil {
				t.Fatal(err)
			}
			s.observed()
		}
	}
	call(0, 1)
	before := count()
	call(1, 100)
	if after := count(); after != before {
		t.Errorf("%d time series after a call, %d after a hundred", before, after)
	}
}

// A track that is served twice is told of once, and one that is served no more is told
// of once more.
func TestMetricsOfServices(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	other := s.serve()
	canary := s.serve(fleet.OnTrack("canary"), fleet.Version("8"))
	if _, err := fleet.Client(s.out, "tidy", fleet.CallTrack("canary")).Call(patience(t)); err != nil {
		t.Fatal(err)
	}
	s.observed()
	families := scrape(t, s.metrics)
	if got, want := figure(t, families, "runner_call_slots", "plugin=tidy,track=stable"), float64(2*s.pool.Stats().Slots); got != want {
		t.Errorf("%v slots, want %v", got, want)
	}
	for _, end := range []*fleet.Service{other, canary} {
		if err := end.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range []bool{true, false, false} {
		families := scrape(t, s.metrics)
		got := 0
		for _, m := range families["runner_calls_total"].GetMetric() {
			if strings.Contains(labelsOf(m), "track=canary") {
				got++
			}
		}
		if (got == 1) != want {
			t.Errorf("scrape %d: %d time series of a track that is not served", n, got)
		}
		if got, want := figure(t, families, "runner_call_slots", "plugin=tidy,track=stable"), float64(s.pool.Stats().Slots); got != want {
			t.Errorf("%v slots, want %v", got, want)
		}
		if len(families["runner_workers"].GetMetric()) != 1 {
			t.Errorf("%v", families["runner_workers"])
		}
	}
	if !s.metrics.Serves("tidy") || s.metrics.Serves("other") {
		t.Error("what is served is not known")
	}
	if err := s.service.Close(); err != nil {
		t.Fatal(err)
	}
	if s.metrics.Serves("tidy") {
		t.Error("what has ended is said to be served")
	}
	scrape(t, s.metrics)
	for name := range maps.Keys(scrape(t, s.metrics)) {
		if strings.HasPrefix(name, "runner_") {
			t.Errorf("%s is left", name)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	m, spans := NewMetrics(), Spans(nil)
	r := fleet.CallRecord{Plugin: "tidy", Track: "stable", Began: time.Now(), Took: time.Millisecond}
	r.Info.Attempts, r.Info.Given = 1, r.Began
	b.Run("metrics", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Observe(r)
		}
	})
	b.Run("spans/dropped", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			spans(r)
		}
	})
}
