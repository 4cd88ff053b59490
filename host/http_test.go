//go:build unix

package host

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	_ "scripthost.example/host/nethttp"
)

// A webServer answers as the path says, some paths without end. waiting counts the
// requests of those whose clients have not gone.
func webServer(t *testing.T) (server *httptest.Server, waiting *atomic.Int32) {
	t.Helper()
	waiting = new(atomic.Int32)
	wait := func(r *http.Request) {
		waiting.Add(1)
		<-r.Context().Done()
		waiting.Add(-1)
	}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		some := func() {
			io.WriteString(w, "some")
			w.(http.Flusher).Flush()
		}
		switch r.URL.Path {
		case "/echo":
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Got", r.Header.Get("X-Sent"))
			fmt.Fprintf(w, "%s %s", r.Method, body)
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"a": [1, 2]}`)
		case "/away":
			http.Redirect(w, r, "http://127.0.0.2:"+strings.TrimPrefix(r.Host, "127.0.0.1:"), http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/from":
			http.Redirect(w, r, "/json", http.StatusFound)
		case "/short":
			w.Header().Set("Content-Length", "100")
			some()
		case "/header":
			w.Header().Set("X-Large", strings.Repeat("x", 10<<20))
		case "/silent":
			wait(r)
		case "/hang":
			some()
			wait(r)
		case "/endless":
			waiting.Add(1)
			for part, err := make([]byte, 64<<10), error(nil); err == nil; {
				_, err = w.Write(part)
			}
			waiting.Add(-1)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			part := make([]byte, 1<<20)
			for range 100 {
				if _, err := z.Write(part); err != nil {
					return // the client has gone
				}
			}
			z.Close()
		case "/lines":
			for i := range 1000 {
				fmt.Fprintln(w, "line", i)
			}
		}
	}))
	t.Cleanup(server.Close)
	return server, waiting
}

// client calls a script's functions with the URLs of a server.
var client = source{
	Lua: `
		local function outcome(r, message, code) -- of a request
			if not r then return "failed", code end
			return r.status, r.body
		end
		function get(url, opts) return outcome(http.get(url, opts)) end
		function post(url) local r = http.post(url, "a\0b", {headers = {["X-Sent"] = "1"}}) return r.headers["x-got"], r.body end
		function caught(url) local ok, e = pcall(http.get, url) return ok, e.kind, (e.value or {}).grant or (e.value or {}).limit end
		function late(url) return outcome(http.get(url, {timeout = 0.05})) end
		function lines(url) local r, n = http.get(url, {stream = true}), 0 for line in r:lines() do n = n + 1 end return n end
		function manual(url) local r = http.get(url, {redirect = "manual"}) return r.status, r.headers.location end
		function followed(url) local r = http.get(url) return r.redirected, r.url end
		function leave(url) local r = http.get(url, {stream = true}) return r:read(4) end`,
	JS: `
		const outcome = async (p) => { try { const r = await p; return results(r.status, await r.text()) } catch (e) { if (!e.cause) throw e; return results('failed', e.cause.code) } };
		function get(url, opts) { return outcome(fetch(url, opts)) }
		async function post(url) { const r = await fetch(url, {method: 'POST', body: 'a\0b', headers: {'X-Sent': 1}}); return results(r.headers.get('x-got'), await r.text()) }
		async function caught(url) { try { await (await fetch(url)).text(); return true } catch (e) { return results(false, e.kind, e.value.grant || e.value.limit) } }
		async function late(url) { try { await (await fetch(url, {signal: AbortSignal.timeout(50)})).text() } catch (e) { return results('failed', e.name === 'TimeoutError' ? 'ETIMEDOUT' : e.name) } }
		async function lines(url) { const d = (await fetch(url)).body.getReader(); let n = 0; for (let x; !(x = await d.read()).done; ) for (const c of x.value) if (c === 10) n++; return n }
		async function manual(url) { const r = await fetch(url, {redirect: 'manual'}); return results(r.status, r.headers.get('location')) }
		async function followed(url) { const r = await fetch(url); return results(r.redirected, r.url) }
		let kept; async function leave(url) { kept = await fetch(url); return String.fromCharCode(...(await kept.body.getReader().read()).value) }`,
}

// Scripts make requests, to real servers.
func TestScriptRequests(t *testing.T) {
	t.Parallel()
	server, waiting := webServer(t)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that is to fail
	secure.StartTLS()
	t.Cleanup(secure.Close)
	// One end of a connection keeps an address on which nobody listens.
	deaf, err := net.Dial("tcp", secure.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deaf.Close() })
	for _, test := range []struct {
		function, url string
		want          string
	}{
		{"get", "/json", `[200 {"a": [1, 2]}]`},
		{"get", "/none", "[200 ]"},
		{"post", "/echo", "[1 POST a\x00b]"},
		{"lines", "/lines", "[1000]"},
		{"get", "/from", `[200 {"a": [1, 2]}]`},
		{"followed", "/from", "[true " + server.URL + "/json]"},
		{"followed", "/json", "[false " + server.URL + "/json]"},
		{"manual", "/from", "[302 /json]"},
		{"get", "/loop", "[failed ERR_REDIRECT]"},
		{"get", "/short", "[failed ECONNRESET]"},
		{"get", "/header", "[failed HPE_HEADER_OVERFLOW]"},
		{"get", "http://" + deaf.LocalAddr().String(), "[failed ECONNREFUSED]"},
		{"get", secure.URL, "[failed DEPTH_ZERO_SELF_SIGNED_CERT]"},
		{"get", "http://nothing.invalid/", "[failed ENOTFOUND]"},
		{"late", "/silent", "[failed ETIMEDOUT]"},
		{"late", "/hang", "[failed ETIMEDOUT]"},
		{"caught", "/away", "[false denied net]"},
		{"caught", "http://127.0.0.2/", "[false denied net]"},
		{"caught", "/endless", "[false limit response body]"},
		{"caught", "/bomb", "[false limit response body]"},
	} {
		if strings.HasPrefix(test.url, "/") {
			test.url = server.URL + test.url
		}
		t.Run(test.function+" "+test.url, func(t *testing.T) {
			client.each(t, func(t *testing.T, script *Script) {
				w := start(t, script, &Options{
					Function: test.function, Serialiser: JSON, Limits: Limits{Payload: 8 << 20},
					Grants: Grants{Net: []string{"127.0.0.1", "nothing.invalid"}},
				})
				got := fmt.Sprint(mustCall(t, w, test.url))
				if test.url == "http://nothing.invalid/" && got == "[failed EAI_AGAIN]" {
					t.Skip("there is no name server here")
				}
				if got != test.want {
					t.Errorf("%s %s: %s, want %s", test.function, test.url, got, test.want)
				}
				if test.function == "late" || test.function == "caught" { // while the worker lives
					await(t, func() bool { return waiting.Load() == 0 })
				}
				mustClose(t, w)
			})
		})
	}
}

// A request ends with its call: when that is cancelled, and when it is answered.
func TestRequestsEndWithCalls(t *testing.T) {
	t.Parallel()
	client.each(t, func(t *testing.T, script *Script) {
		server, waiting := webServer(t)
		w := start(t, script, &Options{Function: "get", Serialiser: JSON, Limits: Limits{Grace: testTime}, Grants: Grants{Net: []string{"127.0.0.1"}}})
		for _, path := range []string{"/silent", "/hang"} {
			ctx, cancel := context.WithCancel(testContext(t))
			answered := make(chan error)
			go func() {
				_, err := w.Call(ctx, server.URL+path)
				answered <- err
			}()
			await(t, func() bool { return waiting.Load() == 1 })
			cancel()
			if err := <-answered; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", path, err)
			}
			await(t, func() bool { return waiting.Load() == 0 })
		}
		if got := fmt.Sprint(mustCall(t, w.Function("leave"), server.URL+"/hang")); got != "[some]" {
			t.Errorf("%s", got)
		}
		await(t, func() bool { return waiting.Load() == 0 })
		if got := fmt.Sprint(mustCall(t, w, server.URL+"/json")); got != `[200 {"a": [1, 2]}]` {
			t.Errorf("afterwards: %s", got)
		}
		mustClose(t, w)
	})
}

// Far too many requests at once: those that are too many are told so, and none of
// the others is lost.
func TestTenThousandRequests(t *testing.T) {
	t.Parallel()
	server, _ := webServer(t)
	script, err := Inline(JS, `
		async function run(url, n) {
			const one = async () => { try { return (await (await fetch(url)).json()).a.length } catch (e) { return e.kind } };
			const all = await Promise.all(Array.from({length: n}, one));
			const count = (x) => all.filter((y) => y === x).length;
			return results(count(2), count('limit'), count(2) + count('limit') === n);
		}`)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, script, &Options{Serialiser: JSON, Grants: Grants{Net: []string{"127.0.0.1"}}})
	out := mustCall(t, w, server.URL+"/json", 10_000)
	if out[2] != true || out[0].(int64) < 100 {
		t.Errorf("requests that were made, and those that were too many: %v", out)
	}
	if out := mustCall(t, w, server.URL+"/json", 200); out[0] != int64(200) {
		t.Errorf("200 requests afterwards: %v", out)
	}
	mustClose(t, w)
}

// A request that is not granted, and that nobody catches, is the call's error.
func TestRequestNotGranted(t *testing.T) {
	t.Parallel()
	client.each(t, func(t *testing.T, script *Script) {
		w := start(t, script, &Options{Function: "get", Serialiser: JSON})
		_, err := w.Call(testContext(t), "https://example.com/")
		var denied *DeniedError
		if !errors.As(err, &denied) || denied.Grant != "net" || denied.Target != "example.com:443" || !strings.Contains(denied.Message, "--allow-net=example.com:443") {
			t.Errorf("%v", err)
		}
		mustClose(t, w)
	})
}
