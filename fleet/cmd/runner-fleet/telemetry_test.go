package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what has to happen.
const patience = time.Minute

// A collector keeps what is sent to it by OTLP.
type collector struct {
	mu     sync.Mutex
	bodies []byte
	wrong  string
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies = append(c.bodies, body...)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/at/v1/traces" {
		c.wrong = r.Method + " " + r.URL.Path
	}
}

// run runs a command within the test, and fails with it.
func run(ctx context.Context, t *testing.T, diag io.Writer, args ...string) (out string) {
	t.Helper()
	var b bytes.Buffer
	root := newRoot(&app{in: strings.NewReader(""), out: &b, diag: diag})
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		t.Errorf("%s: %v", strings.Join(args, " "), err)
	}
	return b.String()
}

// A journal has what a command logs as JSON.
type journal chan map[string]any

// keep reads all that is logged. What nobody waits for is dropped.
func keep(r io.Reader) journal {
	j := make(journal, 1000)
	go func() {
		for lines := bufio.NewScanner(r); lines.Scan(); {
			var record map[string]any
			if json.Unmarshal(lines.Bytes(), &record) != nil {
				continue
			}
			select {
			case j <- record:
			default:
			}
		}
	}()
	return j
}

// await returns the next record with the message.
func (j journal) await(t *testing.T, message string) map[string]any {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case record := <-j:
			if record["msg"] == message {
				return record
			}
		case <-timeout:
			t.Fatalf("%q was not logged within %v", message, patience)
		}
	}
}

// awaitURL gets a URL until it has the status, and the text.
func awaitURL(t *testing.T, url string, status int, text string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err == nil && r.StatusCode == status && strings.Contains(string(body), text) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %d %s", url, r.StatusCode, body)
		}
	}
}

// An instance is ready once the plugin is served, counts its calls and jobs, and sends
// their spans, in the trace that the caller's environment names.
func TestTelemetry(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	t.Setenv("TRACEPARENT", "00-"+trace+"-00f067aa0ba902b7-01")
	t.Setenv("OTEL_SERVICE_NAME", "of-the-test")
	c := &collector{}
	at := httptest.NewServer(c)
	defer at.Close()
	dir := t.TempDir()
	script := filepath.Join(dir, "tidy.lua")
	if err := os.WriteFile(script, []byte("function run(x) return x end"), 0o600); err != nil {
		t.Fatal(err)
	}
	read, write := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	defer serving.Wait()
	defer stop()
	fleet := []string{"--dir", filepath.Join(dir, "state")}
	serving.Go(func() {
		defer write.Close()
		run(ctx, t, write, append(fleet, "serve", "--plugin", "tidy", "--metrics", "127.0.0.1:0", "--otlp", at.URL+"/at/", "--log-format", "json")...)
	})
	log := keep(read)
	metrics := log.await(t, "metrics are served")["url"].(string)
	base := strings.TrimSuffix(metrics, "/metrics")
	awaitURL(t, base+"/healthz", 200, "ok")
	awaitURL(t, base+"/readyz", 503, "the plugin tidy is not served yet")
	awaitURL(t, metrics, 200, "runner_broker_connected 1")
	log.await(t, "serving") // there is what push needs
	run(t.Context(), t, io.Discard, append(fleet, "push", script, "--version", "1")...)
	awaitURL(t, base+"/readyz", 200, "ok")
	if out := run(t.Context(), t, io.Discard, append(fleet, "call", "tidy", "hello")...); out != "hello\n" {
		t.Errorf("the call printed %q", out)
	}
	awaitURL(t, metrics, 200, `runner_calls_total{code="200",plugin="tidy",track="stable"} 1`)
	awaitURL(t, metrics, 200, `runner_call_duration_seconds_count{plugin="tidy",track="stable"} 1`)
	awaitURL(t, metrics, 200, `runner_workers{plugin="tidy",track="stable",version="1"} 1`)
	run(t.Context(), t, io.Discard, append(fleet, "job", "submit", "tidy", "hello", "--wait", "1m")...)
	awaitURL(t, metrics, 200, `runner_job_attempts_total{became="answered",plugin="tidy",track="stable"} 1`)
	http.DefaultClient.CloseIdleConnections()
	stop()
	serving.Wait()

	c.mu.Lock()
	defer c.mu.Unlock()
	id, err := hex.DecodeString(trace)
	if err != nil {
		t.Fatal(err)
	}
	if c.wrong != "" || bytes.Count(c.bodies, id) != 4 || !bytes.Contains(c.bodies, []byte("of-the-test")) {
		t.Errorf("the collector got %q, wrong is %q; the trace is in it %d times, want 4", c.bodies, c.wrong, bytes.Count(c.bodies, id))
	}
}

// Without the flags nothing is listened to, and nothing is made.
func TestNoTelemetry(t *testing.T) {
	for _, name := range append(endpointVariables, protocolVariables...) {
		t.Setenv(name, "")
	}
	told, err := (&telemetryFlags{}).start(t.Context(), nil)
	if err != nil || told.metrics != nil || told.spans != nil {
		t.Errorf("%+v, %v", told, err)
	}
	if err := told.serve(t.Context(), "", nil, nil, nil); err != nil || told.server != nil {
		t.Errorf("%+v, %v", told, err)
	}
	told.end()
}
