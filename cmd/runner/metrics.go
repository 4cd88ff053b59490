package main

import (
	"net"
	"net/http"
	"net/url"

	"scripthost.example/host"
	"scripthost.example/host/metrics"
)

// serveMetrics has requests for metrics answered, if they are to be, until end is called.
func (f *runFlags) serveMetrics(s *session) (end func(), err error) {
	if f.metrics == "" {
		return func() {}, nil
	}
	if _, _, err := net.SplitHostPort(f.metrics); err != nil {
		return nil, usagef("It is an address like 127.0.0.1:9464, or :9464 for all of this machine", "--metrics %s: %v", quoted(f.metrics), err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(s.stats))
	server, err := metrics.Serve(f.metrics, mux, s.log)
	if err != nil {
		return nil, usagef("", "--metrics %s: %v", quoted(f.metrics), err)
	}
	at := url.URL{Scheme: "http", Host: server.Addr().String(), Path: "/metrics"}
	s.diag.note("metrics are at " + at.String())
	return func() {
		if err := server.Close(); err != nil {
			s.log.Warn("requests for metrics were cut off", "error", err)
		}
	}, nil
}

// stats is what the session's pool is doing: nothing is told before there is one.
func (s *session) stats() map[string]host.PoolStats {
	p := s.pool.Load()
	if p == nil {
		return nil
	}
	return map[string]host.PoolStats{"": p.Stats()}
}
