package metrics

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/host"
)

func get(t *testing.T, url string) (status int, header http.Header, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header, string(data)
}

func TestServe(t *testing.T) {
	t.Parallel()
	h := Handler(func() map[string]host.PoolStats { return map[string]host.PoolStats{"tidy": {Calls: 3}} })
	s, err := Serve("127.0.0.1:0", h, nil)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + s.Addr().String()
	status, header, body := get(t, url)
	if status != 200 || header.Get("Content-Type") != ContentType || !strings.Contains(body, "\nrunner_pool_calls_total{pool=\"tidy\"} 3\n") {
		t.Errorf("%d %v\n%s", status, header, body)
	}
	if r, err := http.Post(url, "text/plain", nil); err != nil || r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %v, %v", r, err)
	} else {
		r.Body.Close()
	}
	if _, err := Serve(s.Addr().String(), h, nil); !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "metrics cannot be served") {
		t.Errorf("the address is in use: %v", err)
	}
	if _, err := Serve("nowhere", h, nil); err == nil || !strings.Contains(err.Error(), "missing port") {
		t.Errorf("an address without a port: %v", err)
	}
	for range 2 { // the second time there is nothing to do
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if _, err := http.Get(url); err == nil {
		t.Error("a closed server answers")
	}
}

// A request that does not come to an end does not keep a server from ending.
func TestCloseInRequest(t *testing.T) {
	t.Parallel()
	begun, over := make(chan struct{}), make(chan struct{})
	s, err := Serve("127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(over)
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		_, err := http.Get("http://" + s.Addr().String())
		failed <- err
	}()
	<-begun
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; err == nil {
		t.Error("a request was answered")
	}
	<-over
}
