package metrics

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"scripthost.example/host"
)

// ContentType is of what Write writes: Prometheus's text format, version 0.0.4.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Handler answers GET requests with what Write writes of what stats returns, which is called
// for each request, concurrently.
func Handler(stats func() map[string]host.PoolStats) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "metrics are there to be read", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", ContentType)
		w.Header().Set("Cache-Control", "no-store")
		_ = Write(w, stats()) // who has gone does not want it
	})
}

// durations are the upper bounds of what is told of times: calls take from a tenth of a
// millisecond to minutes. Those of a fleet's calls have the same.
var durations = []time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second,
	10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute,
}

// states are those that a worker of a pool can be in.
var states = []string{"starting", "ready", "draining", "dead"}

// A metric is what is told of each pool under one name.
type metric struct {
	name, kind, help string
	tell             func(*samples, host.PoolStats)
}

const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

var all = []metric{
	{"runner_pool_calls_total", counter, "Calls that were made.", whole(func(s host.PoolStats) uint64 { return s.Calls })},
	{"runner_pool_calls_answered_total", counter, "Calls that have been answered.", whole(func(s host.PoolStats) uint64 { return s.Answers })},
	{"runner_pool_calls_failed_total", counter, "Calls that have failed.", whole(func(s host.PoolStats) uint64 { return s.Errors })},
	{"runner_pool_calls_quarantined_total", counter, "Calls that failed because workers had died of the like of them.", whole(func(s host.PoolStats) uint64 { return s.Quarantined })},
	{"runner_pool_call_retries_total", counter, "How often a call was given to another worker.", whole(func(s host.PoolStats) uint64 { return s.Retries })},
	{"runner_pool_calls_queued", gauge, "Calls that wait for a worker.", whole(func(s host.PoolStats) uint64 { return uint64(max(0, s.Queued)) })},
	{"runner_pool_calls_outstanding", gauge, "Calls that a worker has.", whole(func(s host.PoolStats) uint64 { return uint64(max(0, s.Outstanding)) })},
	{"runner_pool_call_slots", gauge, "Calls that workers can have at once.", whole(func(s host.PoolStats) uint64 { return uint64(max(0, s.Slots)) })},
	{"runner_pool_call_duration_seconds", histogram, "How long the calls took that have been answered, with their time in the queue.", tellDurations},
	{"runner_pool_workers", gauge, "Workers, by their state.", tellWorkers},
	{"runner_pool_worker_resident_bytes", gauge, "Memory that the workers' processes are resident in.", whole(func(s host.PoolStats) uint64 {
		sum := int64(0)
		for _, w := range s.Workers {
			sum += w.Resident
		}
		return uint64(max(0, sum))
	})},
	{"runner_pool_workers_started_total", counter, "Workers that were started.", whole(func(s host.PoolStats) uint64 { return s.Started })},
	{"runner_pool_worker_crashes_total", counter, "Workers that died by themselves, or did not load the script.", whole(func(s host.PoolStats) uint64 { return s.Crashes })},
	{"runner_pool_reloads_total", counter, "How often the script was replaced.", whole(func(s host.PoolStats) uint64 { return s.Reloads })},
	{"runner_pool_broken", gauge, "Whether no worker is started because too many have died.", whole(func(s host.PoolStats) uint64 {
		if s.Broken {
			return 1
		}
		return 0
	})},
}

func whole(of func(host.PoolStats) uint64) func(*samples, host.PoolStats) {
	return func(out *samples, s host.PoolStats) { out.add("", "", strconv.FormatUint(of(s), 10)) }
}

func tellWorkers(out *samples, s host.PoolStats) {
	count := make(map[string]int, len(states))
	for _, w := range s.Workers {
		count[w.State]++
	}
	for _, state := range states {
		out.add("", label("state", state), strconv.Itoa(count[state]))
	}
}

func tellDurations(out *samples, s host.PoolStats) {
	for _, d := range durations {
		out.add("_bucket", label("le", seconds(d)), strconv.FormatUint(s.Within(d), 10))
	}
	out.add("_bucket", label("le", "+Inf"), strconv.FormatUint(s.Answers, 10))
	out.add("_sum", "", seconds(s.Took))
	out.add("_count", "", strconv.FormatUint(s.Answers, 10))
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'g', -1, 64) }

// Write writes what pools are doing, in Prometheus's text format: all metrics are those
// whose names begin with runner_pool_, and docs/METRICS.md lists them. What a pool is
// called is the label pool of what is told of it; the empty name is no label. Write
// returns the first error of w.
func Write(w io.Writer, pools map[string]host.PoolStats) error {
	buffered := bufio.NewWriter(w)
	names := slices.Sorted(maps.Keys(pools))
	for _, m := range all {
		out := &samples{w: buffered, metric: m.name}
		out.write("# HELP ", m.name, " ", m.help, "\n# TYPE ", m.name, " ", m.kind, "\n")
		for _, name := range names {
			out.pool = ""
			if name != "" {
				out.pool = label("pool", name)
			}
			m.tell(out, pools[name])
		}
	}
	return buffered.Flush()
}

// samples writes what is told of one metric. The errors of w stay in it.
type samples struct {
	w            *bufio.Writer
	metric, pool string
}

func (s *samples) add(suffix, label, value string) {
	s.write(s.metric, suffix)
	switch {
	case s.pool != "" && label != "":
		s.write("{", s.pool, ",", label, "}")
	case s.pool != "" || label != "":
		s.write("{", s.pool, label, "}")
	}
	s.write(" ", value, "\n")
}

func (s *samples) write(texts ...string) {
	for _, text := range texts {
		_, _ = s.w.WriteString(text)
	}
}

// escaped is as the format wants the values of labels; what is not UTF-8 is no value.
var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func label(name, value string) string {
	return name + `="` + escaped.Replace(strings.ToValidUTF8(value, "�")) + `"`
}
