package nethttp

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"scripthost.example/host/internal/broker"
)

// An authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// roots are the authorities that the clients of tests trust.
var (
	trusted = newAuthority("trusted")
	roots   = x509.NewCertPool()
)

func newAuthority(name string) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &authority{cert, key}
}

// sign returns a certificate for 127.0.0.1, changed by change, with the
// authority's own behind it.
func (a *authority) sign(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: a.key}
}

// What is wrong with a certificate is told by the name that Node has for it.
func TestCertificates(t *testing.T) {
	t.Parallel()
	same := func(*x509.Certificate) {}
	tt := newTester(t, local())
	alone := newAuthority("stranger").sign(t, same)
	alone.Certificate = alone.Certificate[:1]
	for want, cert := range map[string]tls.Certificate{
		"":                                trusted.sign(t, same),
		"SELF_SIGNED_CERT_IN_CHAIN":       newAuthority("stranger").sign(t, same),
		"UNABLE_TO_VERIFY_LEAF_SIGNATURE": alone,
		"ERR_TLS_CERT_ALTNAME_INVALID":    trusted.sign(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.test"} }),
		"CERT_HAS_EXPIRED":                trusted.sign(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }),
		"CERT_NOT_YET_VALID":              trusted.sign(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }),
		"ERR_TLS_CERT":                    trusted.sign(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
	} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "secure") }))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
		server.StartTLS()
		t.Cleanup(server.Close)
		r, err := tt.open(object{"url": server.URL})
		if want == "" {
			if err != nil || tt.rest(r) != "secure" {
				t.Errorf("a good certificate: %v", err)
			}
			continue
		}
		var he *broker.HTTPError
		if !errors.As(err, &he) || he.Code != want || !strings.Contains(he.Message, "its certificate is not accepted: ") {
			t.Errorf("%s: %#v", want, err)
		}
	}
}

// A bomb of gzip is taken in parts, as any body.
func TestGzip(t *testing.T) {
	t.Parallel()
	const size = 200 << 20
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			io.WriteString(w, "plain")
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range size / len(zeros) {
			if _, err := z.Write(zeros); err != nil {
				return // the client has gone, which is the point
			}
			if err := z.Flush(); err != nil { // so that what a busy machine takes long for comes bit by bit
				return
			}
			w.(http.Flusher).Flush()
		}
		z.Close()
	})
	tt := newTester(t, local())
	url := "http://127.0.0.1:" + port
	r, err := tt.open(object{"url": url})
	if err != nil {
		t.Fatal(err)
	}
	for total := 0; total < 1<<20; {
		out, err := tt.Call(t.Context(), "runner.http.read", []any{r["handle"], int64(1 << 30)})
		if err != nil || len(out[0].([]byte)) > 256<<10 || out[1].(bool) {
			t.Fatalf("%v after %d", err, total)
		}
		total += len(out[0].([]byte))
	}
	if _, err := tt.Call(t.Context(), "runner.http.close", []any{r["handle"]}); err != nil {
		t.Fatal(err)
	}
	asked := []any{[]any{"Accept-Encoding", "gzip"}}
	if r, err = tt.open(object{"url": url, "headers": asked}); err != nil {
		t.Fatal(err)
	}
	out, err := tt.Call(t.Context(), "runner.http.read", []any{r["handle"], int64(2)})
	if err != nil || string(out[0].([]byte)) != "\x1f\x8b" {
		t.Errorf("what the script asked for is decompressed: %q, %v", out, err)
	}
}

// A request can be given up before, while and after it is made. Its handle is
// free then, and so is its place.
func TestGiveUp(t *testing.T) {
	t.Parallel()
	asked, gone := make(chan struct{}), make(chan struct{})
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
		gone <- struct{}{}
	})
	tt := newTester(t, local(), broker.WithMaxResponses(1))
	url := "http://127.0.0.1:" + port
	givenUp := func(err error) {
		t.Helper()
		var he *broker.HTTPError
		if !errors.As(err, &he) || he.Code != "ABORT_ERR" {
			t.Errorf("%v", err)
		}
	}
	shut := func(handle int64) {
		t.Helper()
		if _, err := tt.Call(t.Context(), "runner.http.close", []any{handle}); err != nil {
			t.Error(err)
		}
	}
	shut(7)
	_, err := tt.open(object{"url": url, "handle": int64(7)})
	givenUp(err) // nothing has been sent

	opened := make(chan error)
	go func() {
		_, err := tt.open(object{"url": url, "handle": int64(7)}) // which is one of its own
		opened <- err
	}()
	<-asked
	if _, err := tt.open(object{"url": url, "handle": int64(7)}); !errors.As(err, new(*broker.ArgumentError)) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a handle that is in use: %v", err)
	}
	if _, err := tt.open(object{"url": url, "handle": int64(8)}); !errors.As(err, new(*broker.LimitError)) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := tt.Call(t.Context(), "runner.http.read", []any{int64(7), int64(1)}); !errors.As(err, new(*broker.ArgumentError)) {
		t.Errorf("a read before the response: %v", err)
	}
	shut(7)
	givenUp(<-opened)
	<-gone

	// However many are given up that do not exist, what is remembered is bounded.
	for handle := range int64(5000) {
		shut(1000 + handle)
	}
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "text") })
	if got := tt.get(object{"url": "http://127.0.0.1:" + plain, "handle": int64(1000)}); got != "text" {
		t.Errorf("after others were given up: %s", got)
	}
	_, err = tt.open(object{"url": "http://127.0.0.1:" + plain, "handle": int64(5999)})
	givenUp(err)
}

// Responses that nobody reads do not hold up requests to the same host.
func TestManyOpen(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 1<<20) // more than fits on the way
	port := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
	const most = 256
	tt := newTester(t, local())
	var open []object
	for range most {
		r, err := tt.open(object{"url": "http://127.0.0.1:" + port})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, r)
	}
	var le *broker.LimitError
	if _, err := tt.open(object{"url": "http://127.0.0.1:" + port}); !errors.As(err, &le) || le.Max != most {
		t.Errorf("one more: %v", err)
	}
	for _, r := range open[:3] {
		if tt.rest(r) != body {
			t.Error("a body is not what was sent")
		}
	}
	for range 3 { // for those that were read have closed themselves
		if _, err := tt.open(object{"url": "http://127.0.0.1:" + port}); err != nil {
			t.Error(err)
		}
	}
}

// What a URL must not have in the first line of a request is escaped.
func TestURLs(t *testing.T) {
	t.Parallel()
	port := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RequestURI) })
	tt := newTester(t, local())
	for url, want := range map[string]string{
		"":                         "/",
		"?q=a b":                   "/?q=a%20b",
		"/ä?q=ö\"<>'%20+#fragment": "/%C3%A4?q=%C3%B6%22%3C%3E'%20+",
		"/a%2Fb/../c?x=%zz":        "/a%2Fb/../c?x=%zz",
		"/a HTTP/1.1?b HTTP/1.1":   "/a%20HTTP/1.1?b%20HTTP/1.1",
	} {
		if got := tt.get(object{"url": "http://127.0.0.1:" + port + url}); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}
