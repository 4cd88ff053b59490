package metrics

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"scripthost.example/host"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := Write(&out, map[string]host.PoolStats{
		"b":               {Broken: true, Calls: 5, Answers: 2, Errors: 1, Queued: 1, Outstanding: 1, Took: 1500 * time.Millisecond},
		`a "\` + "\n\xff": {Workers: []host.WorkerStats{{State: "ready", Resident: 3 << 20}, {State: "ready", Resident: 1 << 20}, {State: "starting"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for _, want := range []string{
		"# TYPE runner_pool_calls_total counter",
		`runner_pool_calls_total{pool="a \"\\\n` + "�" + `"} 0`,
		`runner_pool_calls_total{pool="b"} 5`,
		`runner_pool_calls_answered_total{pool="b"} 2`,
		`runner_pool_calls_failed_total{pool="b"} 1`,
		`runner_pool_calls_queued{pool="b"} 1`,
		`runner_pool_workers{pool="a \"\\\n` + "�" + `",state="ready"} 2`,
		`runner_pool_workers{pool="b",state="ready"} 0`,
		`runner_pool_worker_resident_bytes{pool="a \"\\\n` + "�" + `"} 4194304`,
		`runner_pool_broken{pool="b"} 1`,
		"# TYPE runner_pool_call_duration_seconds histogram",
		`runner_pool_call_duration_seconds_bucket{pool="b",le="0.0001"} 0`,
		`runner_pool_call_duration_seconds_bucket{pool="b",le="+Inf"} 2`,
		`runner_pool_call_duration_seconds_sum{pool="b"} 1.5`,
		`runner_pool_call_duration_seconds_count{pool="b"} 2`,
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("there is no line %s", want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}

	out.Reset()
	if err := Write(&out, map[string]host.PoolStats{"": {Calls: 5}}); err != nil || !strings.Contains(out.String(), "\nrunner_pool_calls_total 5\n") {
		t.Errorf("without a name: %v\n%s", err, out.String())
	}
	if err := Write(full{}, map[string]host.PoolStats{"": {}}); !errors.Is(err, errFull) {
		t.Errorf("to a writer that fails: %v", err)
	}
}

var errFull = errors.New("it is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// The page lists what there is, and nothing else.
func TestPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/METRICS.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range all {
		want = append(want, m.name)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(runner_pool_[a-z_]+)`").FindAllSubmatch(page, -1) {
		got = append(got, string(m[1]))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the page has\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
