package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The bounds of what a client of the server can have it hold and wait for.
const (
	requestTime = 10 * time.Second
	idleTime    = 2 * time.Minute
	headerSize  = 16 << 10
	endTime     = time.Second
)

// A Server answers HTTP requests until it is closed. It is safe for concurrent use.
type Server struct {
	addr  net.Addr
	http  *http.Server
	ended chan struct{}
}

// Serve has h answer at an address, HOST:PORT, from now on; port 0 is one that is free.
// There is no TLS: whoever can reach the address can read what h tells. That the server
// has failed, and what it has to tell of connections, goes to log; nil is slog.Default().
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
