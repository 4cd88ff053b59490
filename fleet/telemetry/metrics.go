package telemetry

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"scripthost.example/fleet"
	"scripthost.example/fleet/jobs"
)

// durations are the upper bounds of histograms, in seconds: calls take from a tenth of a
// millisecond to minutes.
var durations = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

// Metrics counts the calls of this program's instances, and tells Prometheus what these
// are doing. Labels are the names of plugins, tracks and versions, and codes: nothing that
// a caller could choose. It is a Collector, and safe for concurrent use.
type Metrics struct {
	calls, events, jobs   *prometheus.CounterVec
	duration, queue, work *prometheus.HistogramVec

	mu       sync.Mutex
	services []*fleet.Service
	// ended are tracks that are not served any more, and whether that has been told:
	// then what was counted of them is forgotten.
	ended map[track]bool
}

// A track is one of a plugin's.
type track struct{ plugin, name string }

// NewMetrics returns Metrics that know of no instance yet.
func NewMetrics() *Metrics {
	of := []string{"plugin", "track"}
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: durations}, of)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &Metrics{
		calls:    counter("runner_calls_total", "Calls that have ended, by the code of their error; 200 is none.", append(of[:2:2], "code")...),
		events:   counter("runner_call_events_total", "Events that were sent to callers.", of...),
		duration: histogram("runner_call_duration_seconds", "How long a call took, from its arrival to its answer."),
		queue:    histogram("runner_call_queue_seconds", "How long a call waited for a worker."),
		jobs:     counter("runner_job_attempts_total", "Attempts at jobs, by what became of the job: answered, dead, or again; or refused, which is none.", append(of[:2:2], "became")...),
		work:     histogram("runner_job_attempt_duration_seconds", "How long the call of an attempt at a job took."),
		ended:    map[track]bool{},
	}
}

// Observe counts a call, for fleet.Observe.
func (m *Metrics) Observe(r fleet.CallRecord) {
	code := "200"
	if r.Err != nil {
		code = strconv.Itoa(r.Code)
	}
	m.calls.WithLabelValues(r.Plugin, r.Track, code).Inc()
	m.duration.WithLabelValues(r.Plugin, r.Track).Observe(r.Took.Seconds())
	queue := r.Took
	if r.Info.Attempts > 0 {
		queue = r.Info.Given.Sub(r.Began)
	}
	m.queue.WithLabelValues(r.Plugin, r.Track).Observe(queue.Seconds())
	if r.Events > 0 {
		m.events.WithLabelValues(r.Plugin, r.Track).Add(float64(r.Events))
	}
}

// ObserveJob counts an attempt at a job, for jobs.WorkOptions.
func (m *Metrics) ObserveJob(a jobs.Attempt) {
	m.jobs.WithLabelValues(a.Plugin, a.Track, string(a.Became)).Inc()
	if a.Took > 0 && a.Became != jobs.Refused { // otherwise there was no call, or no attempt
		m.work.WithLabelValues(a.Plugin, a.Track).Observe(a.Took.Seconds())
	}
}

// Watch tells of a service from now on, until it has ended.
func (m *Metrics) Watch(s *fleet.Service) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.services = append(m.services, s)
	m.liveLocked()
}

// Serves reports whether there is a service of the plugin, on whichever track.
func (m *Metrics) Serves(plugin string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.liveLocked()
	for _, s := range m.services {
		if s.Plugin() == plugin {
			return true
		}
	}
	return false
}

// liveLocked forgets the services that have ended.
func (m *Metrics) liveLocked() {
	live := m.services[:0]
	for _, s := range m.services {
		select {
		case <-s.Done():
			m.ended[trackOf(s)] = false
		default:
			live = append(live, s)
		}
	}
	clear(m.services[len(live):])
	m.services = live
	for _, s := range live {
		delete(m.ended, trackOf(s))
	}
}

func trackOf(s *fleet.Service) track { return track{s.Plugin(), s.Track()} }

// forgetLocked drops what was counted of tracks that are not served any more, at the
// second time that it is asked for: the last calls are told once.
func (m *Metrics) forgetLocked() {
	for t, told := range m.ended {
		if !told {
			m.ended[t] = true
			continue
		}
		delete(m.ended, t)
		labels := prometheus.Labels{"plugin": t.plugin, "track": t.name}
		for _, v := range []interface {
			DeletePartialMatch(prometheus.Labels) int
		}{m.calls, m.events, m.duration, m.queue, m.jobs, m.work} {
			v.DeletePartialMatch(labels)
		}
	}
}

// A value is what the services of a track, or of a version on it, say of themselves.
type value struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(fleet.Instance) float64
}

var trackLabels, versionLabels = []string{"plugin", "track"}, []string{"plugin", "track", "version"}

// trackValues are those of a track, and versionValues of the version that it has now:
// their counts begin anew with each.
var (
	trackValues = []value{
		gauge("runner_calls_running", "Calls that there are, waiting or at work.", trackLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Running) }),
		gauge("runner_jobs_running", "Jobs that have a slot, waiting for a worker or at work.", trackLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Jobs) }),
		gauge("runner_call_slots", "Calls, and jobs, that are taken at a time.", trackLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Slots) }),
		count("runner_calls_refused_total", "Requests that were not taken: there was no slot, the instance ended, or they could not be read.", trackLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Refused) }),
		gauge("runner_script_problem", "Whether the track is at a version that could not be loaded.", trackLabels, func(i fleet.Instance) float64 { return number(i.Stats.Problem != "") }),
	}
	versionValues = []value{
		gauge("runner_workers", "Workers that there are.", versionLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Workers) }),
		gauge("runner_worker_resident_bytes", "Memory that the workers' processes are resident in.", versionLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Resident) }),
		count("runner_workers_started_total", "Workers that were started.", versionLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Started) }),
		count("runner_worker_crashes_total", "Workers that died by themselves, or did not load the script.", versionLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Crashes) }),
		count("runner_call_retries_total", "How often a call was given to another worker.", versionLabels, func(i fleet.Instance) float64 { return float64(i.Stats.Retries) }),
	}
)

func gauge(name, help string, labels []string, of func(fleet.Instance) float64) value {
	return value{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue, of}
}

func count(name, help string, labels []string, of func(fleet.Instance) float64) value {
	return value{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue, of}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	for _, c := range m.counted() {
		c.Describe(out)
	}
	for _, v := range append(trackValues[:len(trackValues):len(trackValues)], versionValues...) {
		out <- v.desc
	}
}

func (m *Metrics) counted() []prometheus.Collector {
	return []prometheus.Collector{m.calls, m.events, m.duration, m.queue, m.jobs, m.work}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.liveLocked()
	m.forgetLocked()
	for _, c := range m.counted() {
		c.Collect(out)
	}
	// A program may serve a track twice: what both have is told once.
	type version struct {
		track
		version string
	}
	tracks, versions := map[track][]fleet.Instance{}, map[version][]fleet.Instance{}
	for _, s := range m.services {
		i := s.Snapshot()
		t := track{i.Plugin, i.Track}
		tracks[t] = append(tracks[t], i)
		v := version{t, i.Version}
		versions[v] = append(versions[v], i)
	}
	for t, is := range tracks {
		tell(out, trackValues, is, t.plugin, t.name)
	}
	for v, is := range versions {
		tell(out, versionValues, is, v.plugin, v.name, v.version)
	}
}

// tell sends the sums of the instances' values.
func tell(out chan<- prometheus.Metric, values []value, is []fleet.Instance, labels ...string) {
	for _, v := range values {
		sum := 0.0
		for _, i := range is {
			sum += v.of(i)
		}
		out <- prometheus.MustNewConstMetric(v.desc, v.kind, sum, labels...)
	}
}
