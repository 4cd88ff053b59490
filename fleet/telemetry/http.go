package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The bounds of what a client of the HTTP server can have it hold and wait for.
const (
	requestTime = 10 * time.Second
	idleTime    = 2 * time.Minute
	headerSize  = 16 << 10
	scrapes     = 4 // at a time
	endTime     = time.Second
)

// Handler answers at three paths: /metrics with what the collectors tell, and with what
// Go and the system know of this process; /healthz with 200, as long as the process
// answers at all; and /readyz with 200, or 503 and the error where ready returns one. A
// nil function is always ready. Two collectors that tell of the same metrics are an
// error.
func Handler(ready func() error, cs ...prometheus.Collector) (http.Handler, error) {
	if ready == nil {
		ready = func() error { return nil }
	}
	registry := prometheus.NewRegistry()
	for _, c := range append(cs, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})) {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapes, Timeout: requestTime / 2}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			answer(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		answer(w, http.StatusOK, "ok")
	})
	return mux, nil
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // who has gone does not want it
}

// A Server answers HTTP requests until it is closed. It is safe for concurrent use.
type Server struct {
	addr  net.Addr
	http  *http.Server
	ended chan struct{}
}

// Serve has h answer at an address, HOST:PORT, from now on. There is no TLS: whoever can
// reach the address can read what h tells. That the server has failed, and what it has to
// tell of connections, goes to log; nil is slog.Default().
func Serve(addr string, h http.Handler, log *slog.Logger) (*Server, error) {
	if log == nil {
		log = slog.Default()
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("metrics cannot be served: %w", err)
	}
	s := &Server{addr: l.Addr(), ended: make(chan struct{}), http: &http.Server{
		Handler: h, ReadTimeout: requestTime, WriteTimeout: requestTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}
	go func() {
		defer close(s.ended)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are not served any more", "address", l.Addr().String(), "error", err)
		}
	}()
	return s, nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.addr }

// Close ends the server. Requests have a second to be answered.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.ended
	return err
}
