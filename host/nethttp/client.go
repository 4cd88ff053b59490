package nethttp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"scripthost.example/host/internal/broker"
)

func init() {
	broker.RegisterHTTP(func(c broker.HTTPConfig) broker.HTTPClient { return newClient(c, nil) })
}

// Bounds of a request.
const (
	dialTime     = 10 * time.Second
	tlsTime      = 10 * time.Second
	headerTime   = 30 * time.Second
	idleTime     = 30 * time.Second
	maxIdle      = 16 // connections that no response uses
	maxRedirects = 10
	userAgent    = "runner"
)

// A client makes the requests of one worker.
type client struct {
	broker.HTTPConfig
	resolver  *net.Resolver // nil is the system's
	transport *http.Transport
	handshake time.Duration   // how long one of TLS may take
	closed    context.Context // ends with Close, and dialing with it
	cancel    context.CancelFunc
}

func newClient(c broker.HTTPConfig, resolver *net.Resolver) *client {
	cl := &client{HTTPConfig: c, resolver: resolver, handshake: tlsTime}
	cl.closed, cl.cancel = context.WithCancel(context.Background())
	cl.transport = &http.Transport{
		Proxy:                  nil, // not even one that the environment names
		DialContext:            cl.dial,
		DialTLSContext:         cl.dialTLS,
		ResponseHeaderTimeout:  headerTime,
		IdleConnTimeout:        idleTime,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdle,
		MaxResponseHeaderBytes: c.MaxHeader,
		Protocols:              new(http.Protocols),
	}
	cl.transport.Protocols.SetHTTP1(true)
	return cl
}

// Close closes the connections that no response uses, and makes no new ones.
func (c *client) Close() {
	c.cancel()
	c.transport.CloseIdleConnections()
}

// dial makes a connection to an address that has been checked. addr is what the
// URL says; what is checked is what the dialer is about to connect to.
func (c *client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	name, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	h, err := broker.ParseHost(name, uint16(port))
	if err != nil {
		return nil, err
	}
	if err := c.Rules.CheckHost(h); err != nil {
		return nil, err
	}
	ctx, cancel := c.whileWanted(ctx, dialTime)
	defer cancel()
	d := &net.Dialer{
		Resolver: c.resolver,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			if network != "tcp4" && network != "tcp6" {
				return fmt.Errorf("a connection over %s is not made", network)
			}
			ap, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return c.Rules.CheckAddr(h, ap.Addr())
		},
	}
	d.SetMultipathTCP(false)
	return d.DialContext(ctx, network, addr)
}

// dialTLS is dial with TLS.
func (c *client) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	config := c.transport.TLSClientConfig.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	config.ServerName, _, _ = net.SplitHostPort(addr) // dial has read it
	secure := tls.Client(conn, config)
	ctx, cancel := c.whileWanted(ctx, c.handshake)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// requestKey is the key of the context of a request that is sent, in the one that
// dials for it.
type requestKey struct{}

// whileWanted is ctx, for so long at most, until the client is closed or the
// request is given up that ctx dials for: net/http goes on dialing then, for
// requests to come, and a script could have any number of connections so.
func (c *client) whileWanted(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	request, _ := ctx.Value(requestKey{}).(context.Context)
	ctx, cancel := context.WithTimeout(ctx, most)
	closed := context.AfterFunc(c.closed, cancel)
	ended := func() bool { return true }
	if request != nil {
		ended = context.AfterFunc(request, cancel)
	}
	return ctx, func() {
		closed()
		ended()
		cancel()
	}
}

// Do implements broker.HTTPClient.
func (c *client) Do(ctx context.Context, q *broker.HTTPRequest) (*broker.HTTPResponse, error) {
	var body io.Reader
	if q.Body != nil {
		body = bytes.NewReader(q.Body)
	}
	req, err := http.NewRequestWithContext(ctx, q.Method, q.URL.String(), body)
	if err != nil {
		return nil, &broker.HTTPError{Host: q.Host.String(), Message: cause(err).Error()}
	}
	for _, h := range q.Header {
		req.Header.Add(h[0], h[1])
	}
	if _, given := req.Header["User-Agent"]; !given {
		req.Header.Set("User-Agent", userAgent)
	}
	hops := &hops{client: c}
	hc := &http.Client{Transport: hops, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		return redirect(q, next, via)
	}}
	res, err := hc.Do(req)
	if err != nil {
		return nil, failure(hops.last.Load(), q.Host, err)
	}
	out := &broker.HTTPResponse{
		Status: res.StatusCode, URL: res.Request.URL.String(), Redirected: res.Request.Response != nil, Body: res.Body,
		StatusText: strings.TrimPrefix(strings.TrimPrefix(res.Status, strconv.Itoa(res.StatusCode)), " "),
	}
	for name, values := range res.Header {
		for _, v := range values {
			out.Header = append(out.Header, [2]string{name, v})
		}
	}
	slices.SortStableFunc(out.Header, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return out, nil
}

// hops checks every request that is sent, that of a redirect as well.
type hops struct {
	*client
	last atomic.Pointer[broker.Host]
}

// RoundTrip implements http.RoundTripper.
func (t *hops) RoundTrip(req *http.Request) (*http.Response, error) {
	h, err := broker.HostOfURL(req.URL)
	if err != nil { // the URL of a redirect
		closeBody(req)
		return nil, &redirectError{fmt.Sprintf("the URL of a redirect %v", err)}
	}
	t.last.Store(&h)
	ctx := req.Context()
	if err := t.Rules.CheckHost(h); err != nil {
		closeBody(req)
		t.Used(ctx, h, err)
		return nil, err
	}
	var told atomic.Bool
	used := func(err error) {
		if !told.Swap(true) {
			t.Used(ctx, h, err)
		}
	}
	// There is a connection, and the request is about to be sent.
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { used(nil) }}
	sending := context.WithValue(httptrace.WithClientTrace(ctx, trace), requestKey{}, ctx)
	res, err := t.transport.RoundTrip(req.WithContext(sending))
	if err != nil {
		var denied *broker.DeniedError
		if errors.As(err, &denied) {
			used(denied)
		} else {
			used(nil)
		}
		return nil, err
	}
	return res, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close() // of bytes
	}
}

// A redirectError is a redirect that is not followed.
type redirectError struct{ message string }

func (e *redirectError) Error() string { return e.message }

// redirect decides what becomes of a redirect.
func redirect(q *broker.HTTPRequest, next *http.Request, via []*http.Request) error {
	switch q.Redirect {
	case "manual":
		return http.ErrUseLastResponse
	case "error":
		return &redirectError{`it was redirected, and "redirect" is "error"`}
	}
	if len(via) > maxRedirects {
		return &redirectError{fmt.Sprintf("it was redirected more than %d times", maxRedirects)}
	}
	// net/http keeps secrets for subdomains, other ports, and http after https.
	// It starts from the first request's headers each time.
	away := false // from where it was, or has been away
	for _, r := range via {
		away = away || origin(r.URL) != origin(next.URL)
	}
	if away {
		for _, name := range []string{"Authorization", "Cookie", "Referer"} {
			next.Header.Del(name)
		}
	}
	return nil
}

// origin is what a secret is meant for.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
