package fleet

import (
	"encoding/json"
	"log/slog"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"scripthost.example/host"
)

// serviceCounts are what a service counts beside its pool.
type serviceCounts struct {
	calls, failed, refused atomic.Uint64
	times                  times

	mu   sync.Mutex
	last string // error
}

// InstanceStats is what an instance says of itself, in the "data" of its endpoint
// in the statistics of NATS services.
type InstanceStats struct {
	Slots, Running int
	Jobs           int    // that run here, and have slots as calls have
	Refused        uint64 // calls, since there was no slot for them
	Workers        int
	Resident       int64  // the memory that the workers' processes are resident in, in bytes
	Started        uint64 // workers
	Retries        uint64
	Crashes        uint64
	Generation     string
	// Median and P99 are how long calls took that have ended, failed ones among them, from
	// their arrival to the answer, each to an eighth. Half of the calls, or 99 of 100, took
	// no longer. They are 0 without calls.
	Median, P99 time.Duration
	// Problem is why the instance does not run the version Wanted, which its track is at.
	// Both are empty if it does, and Problem is if it is about to.
	Wanted, Problem string
}

// settled counts a call that has been answered.
func (s *Service) settled(c *served, events uint64, err error) {
	took := time.Since(c.began)
	s.counts.calls.Add(1)
	s.counts.times.add(took)
	if err != nil {
		s.counts.failed.Add(1)
		s.counts.mu.Lock()
		s.counts.last = err.Error()
		s.counts.mu.Unlock()
	}
	if s.o.observe == nil {
		return
	}
	r := CallRecord{
		Plugin: s.o.plugin, Track: s.o.track, Instance: s.instance, Version: c.backend.version, Function: c.function, Header: c.m.Header,
		Began: c.began, Took: took, Events: events, FirstEvent: c.firstEvent, LastEvent: c.lastEvent, Info: c.info, Err: err,
	}
	if err != nil {
		r.Code = CodeOf(err)
	}
	s.o.observe(r)
}

// discoverable answers the requests by which tools find the services of NATS:
// https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md.
// It is not left to micro.AddService because that takes a call to have ended when it
// has been taken.
func (s *Service) discoverable(add func(*nats.Subscription, error) error) error {
	return discoverable(s.nc, s.Snapshot, s.publishMsg, s.o.logger, add)
}

// discoverable has what instance returns be told to those who ask.
func discoverable(nc *nats.Conn, instance func() Instance, publish func(*nats.Msg), log *slog.Logger, add func(*nats.Subscription, error) error) error {
	i := instance()
	for verb, answer := range map[micro.Verb]func() any{
		micro.PingVerb: func() any {
			return micro.Ping{ServiceIdentity: instance().identity(), Type: micro.PingResponseType}
		},
		micro.InfoVerb:  func() any { return instance().info() },
		micro.StatsVerb: func() any { return instance().stats() },
	} {
		handler := func(m *nats.Msg) {
			data, err := json.Marshal(answer())
			if err != nil {
				log.Error("statistics cannot be told", "plugin", i.Plugin, "error", err)
				return
			}
			if m.Reply != "" {
				publish(&nats.Msg{Subject: m.Reply, Data: data})
			}
		}
		for _, names := range [][2]string{{}, {i.Plugin}, {i.Plugin, i.ID}} {
			subject, err := micro.ControlSubject(verb, names[0], names[1])
			if err != nil {
				return err
			}
			if err := add(nc.Subscribe(subject, handler)); err != nil {
				return err
			}
		}
	}
	return nil
}

// identity is who tools for NATS services take the instance to be. Of a version's name
// they want more than of any other, and so it is in the metadata too, as it is.
func (i Instance) identity() micro.ServiceIdentity {
	return micro.ServiceIdentity{Name: i.Plugin, ID: i.ID, Version: semantic(i.Version), Metadata: map[string]string{
		"track": i.Track, "version": i.Version, "generation": i.Generation,
	}}
}

// Info is what tools for NATS services are told of this one.
func (s *Service) Info() micro.Info { return s.Snapshot().info() }

func (i Instance) info() micro.Info {
	return micro.Info{
		ServiceIdentity: i.identity(), Type: micro.InfoResponseType, Description: "a script's functions",
		Endpoints: []micro.EndpointInfo{{Name: i.Track, Subject: callSubject(i.Plugin, i.Track), QueueGroup: queueGroup}},
	}
}

// Snapshot is what the service is doing, as Instances tells of it.
func (s *Service) Snapshot() Instance {
	s.mu.Lock()
	b := s.backend
	i := Instance{
		Plugin: s.o.plugin, ID: s.instance, Track: s.o.track, Version: b.version, Started: s.started,
		Stats: InstanceStats{Slots: b.slots, Running: len(s.running), Jobs: s.local, Wanted: s.wanted, Problem: s.problem},
	}
	s.mu.Unlock()
	p := b.pool.Stats()
	i.Generation = p.Generation
	d := &i.Stats
	d.Workers, d.Started, d.Retries, d.Crashes, d.Generation = len(p.Workers), p.Started, p.Retries, p.Crashes, p.Generation
	for _, w := range p.Workers {
		d.Resident += w.Resident
	}
	d.Refused = s.counts.refused.Load()
	calls := s.counts.calls.Load()
	i.Calls, i.Errors = calls+d.Refused, s.counts.failed.Load()+d.Refused
	if calls > 0 {
		i.took = time.Duration(s.counts.times.sum.Load())
		i.Mean = i.took / time.Duration(calls)
		times := s.counts.times.read()
		d.Median, d.P99 = times.quantile(0.5), times.quantile(0.99)
	}
	s.counts.mu.Lock()
	i.LastError = s.counts.last
	s.counts.mu.Unlock()
	return i
}

// Stats are the statistics that tools for NATS services are told. Refused calls are
// requests and errors; the times are of the others. Data of the endpoint is an
// InstanceStats.
func (s *Service) Stats() micro.Stats { return s.Snapshot().stats() }

func (i Instance) stats() micro.Stats {
	e := &micro.EndpointStats{
		Name: i.Track, Subject: callSubject(i.Plugin, i.Track), QueueGroup: queueGroup,
		NumRequests: int(i.Calls), NumErrors: int(i.Errors), LastError: i.LastError,
		ProcessingTime: i.took, AverageProcessingTime: i.Mean,
	}
	e.Data, _ = json.Marshal(i.Stats) // numbers and texts
	return micro.Stats{ServiceIdentity: i.identity(), Type: micro.StatsResponseType, Started: i.Started, Endpoints: []*micro.EndpointStats{e}}
}

// pluginOf is the name that a script has as a plugin, unless another is said.
func pluginOf(script *host.Script) string {
	name := path.Base(strings.ReplaceAll(script.Name(), `\`, "/"))
	return strings.TrimSuffix(name, path.Ext(name))
}
