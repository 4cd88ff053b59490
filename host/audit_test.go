//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "scripthost.example/host/nethttp"
	"scripthost.example/wire"
)

// Every use of a grant is told of, with the number of its call.
func TestAudit(t *testing.T) {
	t.Parallel()
	source{
		Lua: `
			local top = os.getenv("HOST_TEST_TOP")
			function run(path) local f = io.open(path) return (f:read("*a")) end
			function env(name) return os.getenv(name) end`,
		JS: `
			const fs = require('fs');
			const top = process.env.HOST_TEST_TOP;
			function run(path) { return fs.readFileSync(path, 'utf8') }
			function env(name) { return process.env[name] }`,
	}.each(t, func(t *testing.T, script *Script) {
		dir := t.TempDir()
		file := filepath.Join(dir, "file")
		if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var records []AuditRecord
		w := start(t, script, &Options{
			Grants: Grants{Read: []string{file}, Env: []string{"PATH"}},
			Audit: func(r AuditRecord) {
				mu.Lock()
				defer mu.Unlock()
				records = append(records, r)
			},
		})
		mustCall(t, w, file)
		if _, err := w.Call(testContext(t), dir); !errors.As(err, new(*DeniedError)) {
			t.Errorf("the folder: %v", err)
		}
		if out, err := w.Function("env").Call(testContext(t), "PATH"); err != nil || fmt.Sprint(out) != fmt.Sprint([]any{os.Getenv("PATH")}) {
			t.Errorf("PATH: %v, %v", out, err)
		}
		if _, err := w.Function("env").Call(testContext(t), "HOME"); err != nil && !strings.Contains(err.Error(), "nil") {
			t.Errorf("HOME: %v", err)
		}
		mustClose(t, w)
		mu.Lock()
		defer mu.Unlock()
		var got []string
		for _, r := range records {
			if r.Worker != script.name || r.Time.IsZero() || r.Allowed != (r.Reason == "") {
				t.Errorf("%+v", r)
			}
			got = append(got, fmt.Sprint(r.Call, " ", r.Grant, " ", r.Target, " ", r.Allowed))
		}
		want := []string{"0 env HOST_TEST_TOP false", "1 read " + file + " true", "2 read " + dir + " false", "3 env PATH true", "4 env HOME false"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

// A script's requests are host calls that the parent checks, as any other.
func TestHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "from ", r.URL.Path) }))
	t.Cleanup(server.Close)
	records := make(chan AuditRecord, 10)
	w, c := playChild(t, &Options{
		Grants: Grants{Net: []string{"127.0.0.1", "localhost:1"}},
		Audit:  func(r AuditRecord) { records <- r },
	})
	done := make(chan error)
	w.Go(func(_ []any, err error) { done <- err }, "x")
	call := c.next().ID
	a := c.do(call, 1, "runner.http.open", map[string]any{"handle": 1, "url": server.URL + "/p"})
	if a.thrown != nil {
		t.Fatal(a.thrown)
	}
	if a := c.do(call, 2, "runner.http.read", 1, 4); a.thrown != nil || fmt.Sprintf("%s", a.results) != "[from %!s(bool=false)]" {
		t.Fatalf("%+v", a)
	}
	if r := <-records; r.Call != 1 || r.Grant != "net" || r.Operation != "http" || "http://"+r.Target != server.URL || !r.Allowed {
		t.Errorf("%+v", r)
	}
	a = c.do(call, 4, "runner.http.open", map[string]any{"handle": 2, "url": "https://[::1]/"})
	if a.thrown == nil || a.thrown.Kind != wire.ErrorDenied || string(a.thrown.Value) != `{"grant":"net","path":"[::1]:443"}` {
		t.Errorf("%+v", a)
	}
	if r := <-records; r.Allowed || r.Target != "[::1]:443" || r.Missing != "[::1]:443" {
		t.Errorf("%+v", r)
	}
	a = c.do(call, 5, "runner.http.open", map[string]any{"handle": 3, "url": "http://127.0.0.1:1"})
	if a.thrown == nil || a.thrown.Kind != wire.ErrorScript || !strings.Contains(string(a.thrown.Value), `"code":"ECONNREFUSED"`) {
		t.Errorf("%+v", a)
	}
	// The response ends with the call that it belongs to.
	c.write(wire.AppendFrame(nil, call, []byte{1, 'x'}))
	if err := <-done; err != nil {
		t.Error(err)
	}
	await(t, func() bool {
		a := c.do(0, 6, "runner.http.read", 1, 1)
		return a.thrown != nil && strings.Contains(a.thrown.Message, "there is no open response")
	})
}

func TestBadGrants(t *testing.T) {
	t.Parallel()
	for want, g := range map[string]Grants{
		`allow-read: the path "x" is relative`:           {Read: []string{"x"}},
		`deny-write: a path is empty`:                    {DenyWrite: []string{""}},
		`allow-net: "http://x" is not a host`:            {Net: []string{"http://x"}},
		`deny-net: "x:0" is not a host`:                  {DenyNet: []string{"x:0"}},
		`allow-env: the name "A=B" has a character`:      {Env: []string{"A=B"}},
		`deny-env: the name "*A" has a * that is not at`: {DenyEnv: []string{"*A"}},
	} {
		_, err := Start(context.Background(), faultScript("echo"), &Options{Grants: g})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", g, err)
		}
		if err := g.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: Validate: %v", g, err)
		}
		if _, err := Start(context.Background(), nil, &Options{Wire: Classic, Command: []string{"true"}, Grants: g}); err == nil || !strings.Contains(err.Error(), "Options.Grants") {
			t.Errorf("classic with %+v: %v", g, err)
		}
	}
	if got := fmt.Sprint((Grants{Read: []string{"/"}, Env: []string{"*"}, Net: []string{"*"}}).names()); got != "[read net env]" {
		t.Errorf("names: %s", got)
	}
}

// A use that cannot be audited is not to be had, and who could not is told.
func TestAuditPanics(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") }))
	t.Cleanup(server.Close)
	source{
		Lua: `
			function run(path) return (io.open(path):read("*a")) end
			function env(name) return tostring(os.getenv(name)) end
			function get(url) return http.get(url).body end
			function call() return host.f() end`,
		JS: `
			const fs = require('fs')
			function run(path) { return fs.readFileSync(path, 'utf8') }
			function env(name) { return String(process.env[name]) }
			async function get(url) { return (await fetch(url)).text() }
			function call() { return host.f() }`,
	}.each(t, func(t *testing.T, script *Script) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
		told := make(chan error, 100)
		w := start(t, script, &Options{
			Grants:  Grants{Read: []string{file}, Env: []string{"PATH"}, Net: []string{server.Listener.Addr().String()}},
			Host:    map[string]any{"f": func() string { return "mine" }},
			Audit:   func(AuditRecord) { panic("the disk is full") },
			OnError: func(err error) { told <- err },
		})
		for _, c := range []struct{ function, arg string }{{"run", file}, {"get", server.URL}, {"call", ""}} {
			var denied *DeniedError
			if out, err := w.Function(c.function).Call(testContext(t), c.arg); !errors.As(err, &denied) || !strings.Contains(denied.Message, "cannot be audited") {
				t.Errorf("%s: %v, %v", c.function, out, err)
			}
			if err := <-told; !strings.HasPrefix(err.Error(), "Options.Audit panicked: the disk is full\n") {
				t.Errorf("told: %v", err)
			}
		}
		// In Lua that is nil.
		if out, err := w.Function("env").Call(testContext(t), "PATH"); err == nil && out[0] != "nil" || err != nil && !errors.As(err, new(*DeniedError)) {
			t.Errorf("PATH: %v, %v", out, err)
		}
	})
}
