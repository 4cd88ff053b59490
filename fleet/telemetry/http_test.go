package telemetry

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"scripthost.example/host"
	"scripthost.example/host/metrics"
)

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(data)
}

func TestHandler(t *testing.T) {
	t.Parallel()
	var ready atomic.Bool
	h, err := Handler(func() error {
		if !ready.Load() {
			return errors.New("it is not ready yet")
		}
		return nil
	}, NewMetrics())
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	for _, c := range []struct {
		path   string
		status int
		body   string
	}{
		{"/metrics", 200, "go_goroutines"}, {"/healthz", 200, "ok\n"}, {"/readyz", 503, "it is not ready yet\n"},
		{"/", 404, ""}, {"/debug/pprof/", 404, ""},
	} {
		if status, body := get(t, s.URL+c.path); status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
	}
	ready.Store(true)
	if status, body := get(t, s.URL+"/readyz"); status != 200 || body != "ok\n" {
		t.Errorf("ready: %d %s", status, body)
	}
	if r, err := http.Post(s.URL+"/metrics", "text/plain", nil); err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v, %v", r, err)
	} else {
		r.Body.Close()
	}
}

// What the core writes by itself Prometheus's own parser reads.
func TestPoolMetricsParse(t *testing.T) {
	t.Parallel()
	const name = "a \"pool\"\\ of\nmany"
	var text strings.Builder
	if err := metrics.Write(&text, map[string]host.PoolStats{
		"": {Calls: 7}, name: {Calls: 1 << 40, Answers: 3, Took: 1500e6, Workers: []host.WorkerStats{{State: "ready"}}},
	}); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text.String()))
	if err != nil {
		t.Fatalf("%v:\n%s", err, text.String())
	}
	calls := families["runner_pool_calls_total"].GetMetric()
	if len(calls) != 2 || calls[0].GetCounter().GetValue() != 7 || len(calls[0].GetLabel()) != 0 ||
		calls[1].GetCounter().GetValue() != 1<<40 || calls[1].GetLabel()[0].GetValue() != name {
		t.Errorf("calls: %v", calls)
	}
	took := families["runner_pool_call_duration_seconds"].GetMetric()[1].GetHistogram()
	if took.GetSampleCount() != 3 || took.GetSampleSum() != 1.5 || len(took.GetBucket()) != len(durations)+1 {
		t.Errorf("durations: %v", took)
	}
	for i, d := range durations {
		if b := took.GetBucket()[i].GetUpperBound(); b != d {
			t.Errorf("a bucket up to %g, and one up to %g of a fleet's calls", b, d)
		}
	}
}

func TestHandlerTwice(t *testing.T) {
	t.Parallel()
	if _, err := Handler(nil, NewMetrics(), NewMetrics()); err == nil || !strings.Contains(err.Error(), "metrics: ") {
		t.Errorf("two collectors of the same: %v", err)
	}
}

// Who does not import this package does not link what it needs.
func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "scripthost.example/fleet", "scripthost.example/fleet/instance", "scripthost.example/fleet/jobs", "scripthost.example/fleet/registry", "scripthost.example/fleet/tenant").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(out)) {
		if strings.Contains(path, "opentelemetry") || strings.Contains(path, "prometheus") {
			t.Errorf("%s is linked", path)
		}
	}
}
