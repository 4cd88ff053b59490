package nethttp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"scripthost.example/host/internal/broker"
)

// A script can give requests up as fast as it makes them: their connections end
// with them, also in the middle of a TLS handshake.
func TestGivenUpConnectionsEnd(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted, ended := make(chan struct{}, 100), make(chan struct{}, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- struct{}{}
			go func() {
				_, _ = io.Copy(io.Discard, c) // and never a word
				c.Close()
				ended <- struct{}{}
			}()
		}
	}()
	tt := newTester(t, local())
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		opened := make(chan error, 1)
		go func() {
			_, err := tt.openIn(ctx, object{"url": "https://" + l.Addr().String()})
			opened <- err
		}()
		<-accepted
		cancel()
		if err := <-opened; err == nil {
			t.Fatal("it was answered")
		}
	}
	for range 20 { // and not when the time of a handshake has passed
		<-ended
	}
}

// net/http keeps the body of a request as long as its response is open.
func TestBodiesOfOpenRequests(t *testing.T) {
	t.Parallel()
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	const most = 1 << 20
	tt := newTester(t, local(), broker.WithMaxRead(most/2))
	post := func(size int) (object, error) {
		return tt.open(object{"url": "http://127.0.0.1:" + port, "method": "POST", "body": make([]byte, size)})
	}
	first, err := post(most - 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := post(10); err != nil {
		t.Fatal(err)
	}
	var le *broker.LimitError
	if _, err := post(1); !errors.As(err, &le) || le.Limit != "request bodies" || le.Max != most || le.Size != most+1 {
		t.Errorf("one byte too many: %v", err)
	}
	if _, err := post(0); err != nil {
		t.Error(err)
	}
	for range 3 { // closed once, it is counted once
		if _, err := tt.Call(t.Context(), "runner.http.close", []any{first["handle"]}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := tt.openIn(ctx, object{"url": "http://127.0.0.1:" + port, "method": "POST", "body": make([]byte, most-10)}); err != nil {
		t.Error(err)
	}
	if _, err := post(1); !errors.As(err, &le) {
		t.Errorf("one byte too many again: %v", err)
	}
	cancel() // as a call does that ends
	for _, err := post(most - 10); err != nil; _, err = post(most - 10) {
		if !errors.As(err, &le) {
			t.Fatal(err)
		}
	}
}
