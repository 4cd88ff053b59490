package telemetry

import (
	"errors"
	"io"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func get(t *testing.T, s *Server, path string) (status int, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://" + s.Addr().String() + path)
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

func TestServe(t *testing.T) {
	before := runtime.NumGoroutine()
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
	s, err := Serve("127.0.0.1:0", h, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path   string
		status int
		body   string
	}{
		{"/metrics", 200, "go_goroutines"}, {"/healthz", 200, "ok\n"}, {"/readyz", 503, "it is not ready yet\n"},
		{"/", 404, ""}, {"/debug/pprof/", 404, ""},
	} {
		if status, body := get(t, s, c.path); status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
	}
	ready.Store(true)
	if status, body := get(t, s, "/readyz"); status != 200 || body != "ok\n" {
		t.Errorf("ready: %d %s", status, body)
	}
	if r, err := http.Post("http://"+s.Addr().String()+"/metrics", "text/plain", nil); err != nil || r.StatusCode != http.StatusMethodNotAllowed {
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
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if _, err := http.Get("http://" + s.Addr().String()); err == nil {
		t.Error("a closed server answers")
	}
	http.DefaultClient.CloseIdleConnections()
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
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
