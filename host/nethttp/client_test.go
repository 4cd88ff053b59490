package nethttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"scripthost.example/host/internal/broker"
)

// All tests look names up in names. Nothing of a client may be left at the end.
func TestMain(m *testing.M) {
	roots.AddCert(trusted.cert)
	broker.RegisterHTTP(func(c broker.HTTPConfig) broker.HTTPClient {
		cl := newClient(c, fakeResolver)
		cl.transport.TLSClientConfig = &tls.Config{RootCAs: roots}
		cl.handshake = time.Hour // what ends before that was ended by something else
		return cl
	})
	status := m.Run()
	for range 3000 {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		if !strings.Contains(string(buf), "persistConn") && !strings.Contains(string(buf), "serveDNS") {
			os.Exit(status)
		}
		time.Sleep(10 * time.Millisecond) // they are about to end: nothing to wait on
	}
	fmt.Println("connections are left over")
	os.Exit(1)
}

// A tester is a broker, with what was audited.
type tester struct {
	*broker.Broker
	t    *testing.T
	last atomic.Int64 // handle
	mu   sync.Mutex
	us   []string
}

func newTester(t *testing.T, g broker.Grants, opts ...broker.Option) *tester {
	t.Helper()
	tt := &tester{t: t}
	b, err := broker.New(g, append(opts, broker.WithAudit(func(_ context.Context, u broker.Use) {
		tt.mu.Lock()
		defer tt.mu.Unlock()
		word := "refused"
		if u.Allowed {
			word = "allowed"
		}
		tt.us = append(tt.us, word+" "+u.Target)
	}))...)
	if err != nil {
		t.Fatal(err)
	}
	tt.Broker = b
	t.Cleanup(func() { b.Close() })
	return tt
}

func (tt *tester) uses() string {
	tt.mu.Lock()
	defer tt.mu.Unlock()
	s := strings.Join(tt.us, ", ")
	tt.us = nil
	return s
}

type object = map[string]any

func (tt *tester) open(spec object) (object, error) {
	return tt.openIn(tt.t.Context(), spec)
}

func (tt *tester) openIn(ctx context.Context, spec object) (object, error) {
	spec = tt.named(spec)
	out, err := tt.Call(ctx, "runner.http.open", []any{spec})
	if err != nil {
		return nil, err
	}
	r := out[0].(object)
	r["handle"] = spec["handle"]
	return r, nil
}

// named gives a request a handle, unless it has one.
func (tt *tester) named(spec object) object {
	named := object{"handle": tt.last.Add(1)}
	maps.Copy(named, spec)
	return named
}

// get returns the body of a response, or an error in words.
func (tt *tester) get(spec object) string {
	r, err := tt.open(spec)
	if err != nil {
		return "error: " + err.Error()
	}
	defer tt.Call(tt.t.Context(), "runner.http.close", []any{r["handle"]})
	return tt.rest(r)
}

func (tt *tester) rest(r object) string {
	var body []byte
	for {
		out, err := tt.Call(tt.t.Context(), "runner.http.read", []any{r["handle"], int64(1 << 30)})
		if err != nil {
			return "error: " + err.Error()
		}
		body = append(body, out[0].([]byte)...)
		if out[1].(bool) {
			return string(body)
		}
	}
}

// serve starts a server on a loopback address, and returns its port.
func serve(t *testing.T, h http.HandlerFunc) (port string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func local(names ...string) broker.Grants {
	return broker.Grants{Net: append([]string{"127.0.0.1"}, names...)}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("X-Two", "1")
		w.Header().Add("X-Two", "2")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %q %q %q %s", r.Method, r.URL, r.Host, r.Header["X-A"], r.Header["User-Agent"], body, r.Proto)
	})
	tt := newTester(t, local())
	base := "http://127.0.0.1:" + port
	r, err := tt.open(object{"url": base + "/p?q=1#f"})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%v %v %v", r["status"], r["status_text"], r["url"]) != "418 I'm a teapot "+base+"/p?q=1#f" {
		t.Errorf("%v", r)
	}
	if s := fmt.Sprint(r["headers"]); !strings.Contains(s, "[X-Two 1] [X-Two 2]") {
		t.Errorf("headers: %s", s)
	}
	if got, want := tt.rest(r), fmt.Sprintf(`GET /p?q=1 127.0.0.1:%s [] ["runner"] "" HTTP/1.1`, port); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got := tt.get(object{"url": base, "method": "post", "body": []byte("\xff"), "timeout_ms": int64(60000), "redirect": "manual",
		"headers": []any{[]any{"x-a", "1"}, []any{"X-A", []byte("b\xff ")}, []any{"User-Agent", "me"}}})
	if want := fmt.Sprintf(`POST / 127.0.0.1:%s ["1" "b\xff"] ["me"] "\xff" HTTP/1.1`, port); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := tt.uses(), "allowed 127.0.0.1:"+port+", allowed 127.0.0.1:"+port; got != want {
		t.Errorf("audited: %s", got)
	}
}

// A body comes as the server sends it.
func TestBodyStreams(t *testing.T) {
	t.Parallel()
	seen := make(chan struct{})
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-seen
		io.WriteString(w, strings.Repeat("x", 3<<20))
	})
	tt := newTester(t, local())
	r, err := tt.open(object{"url": "http://127.0.0.1:" + port})
	if err != nil {
		t.Fatal(err)
	}
	out, err := tt.Call(t.Context(), "runner.http.read", []any{r["handle"], int64(100)})
	if err != nil || string(out[0].([]byte)) != "first" {
		t.Fatalf("%v, %v", out, err)
	}
	close(seen)
	for total := 0; total < 3<<20; {
		out, err := tt.Call(t.Context(), "runner.http.read", []any{r["handle"], int64(1 << 40)})
		if err != nil {
			t.Fatal(err)
		}
		n := len(out[0].([]byte))
		last := out[1].(bool)
		if n == 0 && !last || n > 256<<10 {
			t.Fatalf("%d bytes at once, after %d", n, total)
		}
		if total += n; last && total != 3<<20 {
			t.Fatalf("the last octets came after %d", total)
		}
	}
}

// A granted name reaches no address that is not public, however it is written.
func TestNamesLeadToPublicAddresses(t *testing.T) {
	t.Parallel()
	port := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "SECRET") })
	for name, address := range map[string]string{
		"named.test": "127.0.0.1", "NAMED.test.": "127.0.0.1", "six.test": "[::1]", "mapped.test": "127.0.0.1", "nat64.test": "127.0.0.1", "cloud.test": "169.254.169.254",
		"inside.test": "10.0.0.1", "private.test": "[fd00::1]", "mixed.test": "", "zero.test": "0.0.0.0",
	} {
		plain := strings.ToLower(strings.TrimSuffix(name, "."))
		for _, g := range []broker.Grants{{Net: []string{plain}}, {Net: []string{"*"}}, {Net: []string{"*.test:" + port}}} {
			tt := newTester(t, g)
			_, err := tt.open(object{"url": "http://" + name + ":" + port})
			var d *broker.DeniedError
			if !errors.As(err, &d) || d.Path != plain+":"+port || address != "" && d.Missing != address+":"+port {
				t.Errorf("%s with %v: %v", name, g.Net, err)
			}
			if got := tt.uses(); got != "refused "+plain+":"+port {
				t.Errorf("%s: audited: %s", name, got)
			}
		}
	}
	for url, g := range map[string]broker.Grants{
		"http://named.test:" + port:                   local("named.test"),
		"http://mapped.test:" + port:                  local("*"),
		"http://mixed.test:" + port:                   local("mixed.test"), // by the one of its addresses that is granted
		"http://127.0.0.1:" + port:                    {Net: []string{"localhost"}},
		"http://[::ffff:127.0.0.1]:" + port:           {Net: []string{"127.0.0.0/8:" + port}},
		"HTTP://NAMED.TEST:" + port + "/a?b=c#d":      {Net: []string{"*.test", "localhost:" + port}},
		"http://named.test:" + port + "/" + " spaced": local("named.test:" + port),
	} {
		if got := newTester(t, g).get(object{"url": url}); got != "SECRET" {
			t.Errorf("%s with %v: %s", url, g.Net, got)
		}
	}
	for url, g := range map[string]broker.Grants{
		"http://127.0.0.1:" + port:           {Net: []string{"*"}},
		"http://[::ffff:7f00:1]:" + port:     {Net: []string{"*"}},
		"http://[64:ff9b::7f00:1]:" + port:   {Net: []string{"*"}},
		"http://[::1]:" + port:               local(),
		"http://named.test:" + port + "/x":   local(),
		"http://127.0.0.1:" + port + "/y":    {Net: []string{"named.test"}},
		"http://127.0.0.1:" + port + "/z":    {Net: []string{"127.0.0.1"}, DenyNet: []string{"*"}},
		"http://other.test:" + port:          {Net: []string{"*", "127.0.0.1"}, DenyNet: []string{"other.test"}},
		"http://other.test:" + port + "/low": {Net: []string{"*", "127.0.0.1"}, DenyNet: []string{"127.0.0.0/8"}},
	} {
		if _, err := newTester(t, g).open(object{"url": url}); !errors.As(err, new(*broker.DeniedError)) {
			t.Errorf("%s with %v: %v", url, g.Net, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %q %q %q %q", r.Method, r.URL.Path, r.Header["Authorization"], r.Header["Cookie"], r.Header["Referer"], r.Header["X-Mine"])
	})
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch to := r.URL.Query().Get("to"); {
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case to != "":
			status := http.StatusFound
			if r.Method == "POST" {
				status = http.StatusTemporaryRedirect
			}
			w.Header().Set("Location", to)
			w.WriteHeader(status)
		default:
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %q %q", r.Method, r.Host, r.Header["Authorization"], body)
		}
	})
	secrets := []any{[]any{"Authorization", "Bearer x"}, []any{"Cookie", "c=1"}, []any{"X-Mine", "1"}}
	from := func(to string) string { return "http://named.test:" + port + "/from?to=" + url.QueryEscape(to) }
	tt := newTester(t, local("named.test", "other.test:"+target))
	for _, test := range []struct {
		url, redirect string
		want, uses    string
	}{
		{from("/same"), "follow", fmt.Sprintf(`GET named.test:%s ["Bearer x"] ""`, port), fmt.Sprintf("allowed named.test:%s, allowed named.test:%[1]s", port)},
		{from("http://other.test:" + target + "/p"), "follow", `GET /p [] [] [] ["1"]`, fmt.Sprintf("allowed named.test:%s, allowed other.test:%s", port, target)},
		{from("http://named.test:" + target + "/p"), "follow", `GET /p [] [] [] ["1"]`, ""}, // another port is another origin
		{from("http://other.test:" + port + "/"), "follow", "error: network access to \"other.test:" + port + "\" is not granted", fmt.Sprintf("allowed named.test:%s, refused other.test:%[1]s", port)},
		{from("http://127.0.0.2:" + port + "/"), "follow", "error: network access to \"127.0.0.2:" + port + "\" is not granted", ""},
		{from("http://[::ffff:10.0.0.1]/"), "follow", "error: network access to", ""},
		{from("file:///etc/passwd"), "follow", `error: named.test:` + port + `: the URL of a redirect must begin with http:// or https://`, ""},
		{from("http://u:p@named.test:" + target + "/"), "follow", "error: named.test:" + port + ": the URL of a redirect must not have a user", ""},
		{from("/same"), "error", `error: named.test:` + port + `: it was redirected, and "redirect" is "error"`, ""},
		{from("/same"), "manual", "", "allowed named.test:" + port},
		{"http://named.test:" + port + "/loop", "follow", "error: named.test:" + port + ": it was redirected more than 10 times", ""},
	} {
		tt.uses()
		got := tt.get(object{"url": test.url, "redirect": test.redirect, "headers": secrets})
		if got != test.want && (test.want == "" || !strings.HasPrefix(got, test.want)) {
			t.Errorf("%s:\n got %s\nwant %s", test.url, got, test.want)
		}
		if uses := tt.uses(); test.uses != "" && uses != test.uses {
			t.Errorf("%s: audited: %s", test.url, uses)
		}
	}
	if got := tt.get(object{"url": from("/again"), "method": "POST", "body": "text"}); !strings.HasPrefix(got, "POST ") || !strings.HasSuffix(got, `"text"`) {
		t.Errorf("POST: %s", got)
	}
	// A public name whose redirect leads to this machine.
	tt = newTester(t, broker.Grants{Net: []string{"*", "127.0.0.1:" + port}})
	if got := tt.get(object{"url": from("http://named.test:" + target + "/")}); !strings.Contains(got, "it leads to 127.0.0.1, a loopback address") {
		t.Errorf("to loopback: %s", got)
	}
}

// Secrets do not come back once a redirect has led away.
func TestRedirectAndBack(t *testing.T) {
	t.Parallel()
	var back string
	there := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, back, http.StatusFound) })
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back" {
			fmt.Fprintf(w, "%q", r.Header["Authorization"])
			return
		}
		http.Redirect(w, r, "http://127.0.0.1:"+there, http.StatusFound)
	})
	back = "http://127.0.0.1:" + here + "/back"
	tt := newTester(t, local())
	if got := tt.get(object{"url": "http://127.0.0.1:" + here, "headers": []any{[]any{"authorization", "x"}}}); got != "[]" {
		t.Errorf("got %s", got)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	tt := newTester(t, broker.Grants{Net: []string{"0.0.0.0/0", "::/0", "*"}})
	header := func(name, value any) object {
		return object{"url": "http://127.0.0.1:1", "headers": []any{[]any{name, value}}}
	}
	for _, spec := range []any{
		nil, "http://127.0.0.1", object{}, object{"url": nil}, object{"url": ""}, object{"url": "/path"}, object{"url": "//host/"}, object{"url": "ftp://x/"},
		object{"url": "http:x"}, object{"url": "http://"}, object{"url": "http://:80/"}, object{"url": "http://u@x/"}, object{"url": "http://u:p@x/"},
		object{"url": "http://x:0/"}, object{"url": "http://x:99999/"}, object{"url": "http://x:a/"}, object{"url": "http://bücher.example/"},
		object{"url": "http://[fe80::1%25eth0]/"}, object{"url": "http://127.1/"}, object{"url": "http://0x7f.1/"}, object{"url": "http://2130706433/"},
		object{"url": "http://a b/"}, object{"url": "http://a\r\nb/"}, object{"url": "http://a/\r\nHost: b"}, object{"url": "unix:///run/x"}, object{"url": "http://%31%32%37.1/"},
		object{"url": "http://" + strings.Repeat("a", 100000)},
		object{"url": "http://127.0.0.1:1", "nonsense": 1}, object{"url": "http://127.0.0.1:1", "method": "GET / HTTP/1.1\r\nX: "},
		object{"url": "http://127.0.0.1:1", "method": "CONNECT"}, object{"url": "http://127.0.0.1:1", "method": "trace"}, object{"url": "http://127.0.0.1:1", "method": ""},
		object{"url": "http://127.0.0.1:1", "redirect": "perhaps"}, object{"url": "http://127.0.0.1:1", "timeout_ms": int64(0)}, object{"url": "http://127.0.0.1:1", "timeout_ms": int64(-1)},
		object{"url": "http://127.0.0.1:1", "timeout_ms": 1e300}, object{"url": "http://127.0.0.1:1", "body": int64(1)}, object{"url": "http://127.0.0.1:1", "headers": "x"},
		object{"url": "http://127.0.0.1:1", "headers": []any{"x"}}, object{"url": "http://127.0.0.1:1", "headers": []any{[]any{"x"}}},
		object{"url": "http://127.0.0.1:1", "headers": make([]any, 10000)},
		header("Host", "other"), header("hOST", "other"), header("Content-Length", "5"), header("Transfer-Encoding", "chunked"), header("Connection", "x"),
		header("Upgrade", "h2c"), header("TE", "x"), header("Trailer", "x"), header("Expect", "100-continue"), header("Proxy-Authorization", "x"), header("Keep-Alive", "x"),
		header("X", "a\r\nY: b"), header("X", "a\nb"), header("X", "a\x00b"), header("X\r\nY", "a"), header("X Y", "a"), header("X:", "a"), header("", "a"), header("X", "\x7f"),
		object{"url": "http://127.0.0.1:1", "handle": nil}, object{"url": "http://127.0.0.1:1", "handle": int64(0)}, object{"url": "http://127.0.0.1:1", "handle": "x"},
		header("Ü", "a"), header(int64(1), "a"), header("X", int64(1)), header("X", strings.Repeat("x", 1<<20)),
	} {
		if s, ok := spec.(object); ok && s != nil {
			spec = tt.named(s)
		}
		out, err := tt.Call(t.Context(), "runner.http.open", []any{spec})
		if !errors.As(err, new(*broker.ArgumentError)) || len(err.Error()) > 300 {
			t.Errorf("%.100v: %v, %v", spec, out, err)
		}
	}
	if uses := tt.uses(); uses != "" {
		t.Errorf("audited: %s", uses)
	}
	for name, args := range map[string][]any{"read": {int64(7), int64(1)}, "close": {"x"}} {
		if _, err := tt.Call(t.Context(), "runner.http."+name, args); !errors.As(err, new(*broker.ArgumentError)) {
			t.Errorf("%s %v: %v", name, args, err)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-hang
		case "/body":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "some")
			w.(http.Flusher).Flush()
			<-hang
		case "/short":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "some")
		case "/header":
			w.Header().Set("X-Large", strings.Repeat("x", 10<<20))
		case "/gone", "/garbage":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			if r.URL.Path == "/garbage" {
				io.WriteString(conn, "HTTP/1.1 what\r\n\r\n")
			}
			conn.Close()
		}
	})
	t.Cleanup(func() { close(hang) }) // before the server is closed
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
	tt := newTester(t, local("none.test"))
	base := "http://127.0.0.1:" + port
	for _, test := range []struct {
		spec object
		code string
	}{
		{object{"url": base + "/hang", "timeout_ms": int64(50)}, "ETIMEDOUT"},
		{object{"url": base + "/body", "timeout_ms": int64(500)}, "ETIMEDOUT"},
		{object{"url": base + "/short"}, "ECONNRESET"},
		{object{"url": base + "/header"}, "HPE_HEADER_OVERFLOW"},
		{object{"url": "http://" + deaf.LocalAddr().String()}, "ECONNREFUSED"},
		{object{"url": "http://none.test"}, "ENOTFOUND"},
		{object{"url": secure.URL}, "DEPTH_ZERO_SELF_SIGNED_CERT"},
		{object{"url": "https" + strings.TrimPrefix(base, "http")}, "ERR_SSL_WRONG_VERSION_NUMBER"},
		{object{"url": base + "/gone"}, "ECONNRESET"},
		{object{"url": base + "/garbage"}, "EPROTO"},
	} {
		r, err := tt.open(test.spec)
		for err == nil {
			var out []any
			if out, err = tt.Call(t.Context(), "runner.http.read", []any{r["handle"], int64(100)}); err == nil && out[1].(bool) {
				t.Fatalf("%v: no error", test.spec)
			}
		}
		var he *broker.HTTPError
		if !errors.As(err, &he) || he.Code != test.code || he.Host == "" || he.Message == "" {
			t.Errorf("%v: %#v: %v", test.spec, err, err)
		}
	}
}

// Responses end when they are closed, with their call, and with the worker.
func TestResponsesEnd(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 10)
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "some")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		gone <- struct{}{}
	})
	tt := newTester(t, local(), broker.WithMaxResponses(2))
	spec := object{"url": "http://127.0.0.1:" + port}
	read := func(r object) ([]byte, error) {
		out, err := tt.Call(t.Context(), "runner.http.read", []any{r["handle"], int64(100)})
		if err != nil {
			return nil, err
		}
		return out[0].([]byte), nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	first, err := tt.openIn(ctx, spec)
	if err != nil {
		t.Fatal(err)
	}
	second, err := tt.open(spec)
	if err != nil {
		t.Fatal(err)
	}
	var le *broker.LimitError
	if _, err := tt.open(spec); !errors.As(err, &le) || le.Max != 2 {
		t.Fatalf("a third: %v", err)
	}

	if b, err := read(first); string(b) != "some" {
		t.Fatalf("%q, %v", b, err)
	}
	waiting := make(chan error)
	go func() {
		_, err := read(first)
		waiting <- err
	}()
	cancel()
	if err := <-waiting; err == nil {
		t.Error("a read goes on when its response's call has ended")
	}
	<-gone

	if _, err := tt.Call(t.Context(), "runner.http.close", []any{second["handle"]}); err != nil {
		t.Fatal(err)
	}
	<-gone
	if _, err := read(second); !errors.As(err, new(*broker.ArgumentError)) {
		t.Errorf("read after close: %v", err)
	}
	// There is room again.
	third, err := tt.open(spec)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := read(third); string(b) != "some" {
		t.Fatalf("%q, %v", b, err)
	}
	go func() {
		_, err := read(third)
		waiting <- err
	}()
	tt.Close()
	if err := <-waiting; err == nil {
		t.Error("a read goes on when the worker has ended")
	}
	<-gone
	if _, err := tt.open(spec); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("open after Close: %v", err)
	}
}

// No proxy is used, whatever the environment says; and it is not parallel.
func TestNoProxy(t *testing.T) {
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:"+proxy)
	}
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		fmt.Fprintf(w, "%q", r.Header["Cookie"])
	})
	tt := newTester(t, local("named.test"))
	for range 2 { // and there is no jar
		if got := tt.get(object{"url": "http://named.test:" + port}); got != "[]" {
			t.Errorf("got %s", got)
		}
	}
}
