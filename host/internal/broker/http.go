package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An HTTPRequest is a request that a script makes. Header names and values, the
// method and the URL have been checked.
type HTTPRequest struct {
	Method   string
	URL      *url.URL
	Host     Host // that of URL
	Header   [][2]string
	Body     []byte // nil is none
	Redirect string // "follow", "manual" or "error"
}

// An HTTPResponse is what came back. Its body has to be closed.
type HTTPResponse struct {
	Status     int
	StatusText string
	Header     [][2]string
	URL        string // the last one, where redirects were followed
	Body       io.ReadCloser
}

// An HTTPClient makes the requests of one worker. It is safe for concurrent use.
type HTTPClient interface {
	// Do makes a request. The body ends with ctx, too. Errors are a
	// *DeniedError, an *HTTPError, or ctx's.
	Do(ctx context.Context, r *HTTPRequest) (*HTTPResponse, error)
	Close()
}

// An HTTPConfig is what a client is made of. It has to check each host that it
// sends a request to and each address that it dials against Rules, and to tell
// Used of each request that it sends, or is not allowed to.
type HTTPConfig struct {
	Rules *NetRules
	// Used is told of a request to a host: refused with err, or nil if it is
	// sent. It may be called by several goroutines at once.
	Used func(ctx context.Context, h Host, err error)
	// MaxHeader bounds the header of a response, in bytes.
	MaxHeader int64
}

// newHTTPClient makes the clients; nil if the program has none.
var newHTTPClient atomic.Pointer[func(HTTPConfig) HTTPClient]

// RegisterHTTP sets what makes the clients of brokers to come.
func RegisterHTTP(newClient func(HTTPConfig) HTTPClient) { newHTTPClient.Store(&newClient) }

// An HTTPError says that a request was granted and came to nothing.
type HTTPError struct {
	Host string // and port
	// Code is that of Node for it, e.g. "ENOTFOUND" or "ECONNREFUSED"; empty if
	// it has none.
	Code    string
	Message string
}

// Error names the host and what was wrong.
func (e *HTTPError) Error() string { return e.Host + ": " + e.Message }

// Bounds of requests.
const (
	maxURL       = 64 << 10 // bytes
	maxHeaders   = 256
	maxHeader    = 256 << 10 // bytes, of all headers of a request or a response
	maxTimeoutMS = 24 * 60 * 60 * 1000
)

// A responseTable is the responses that a worker has open, by handle.
type responseTable struct {
	max int

	mu     sync.Mutex
	open   map[int64]*response
	taken  int // by requests that are under way, and by open responses
	last   int64
	closed bool
}

// A response is one that is open.
type response struct {
	cancel context.CancelFunc
	unlink func() bool // from the call that opened it
	host   string
	expiry *time.Timer // nil if there is no time limit
	late   atomic.Bool // it has passed

	mu   sync.Mutex // held by who reads
	body io.ReadCloser
}

// reserve takes a place.
func (t *responseTable) reserve() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return ErrClosed
	case t.taken >= t.max:
		return &LimitError{Limit: "open responses", Size: int64(t.taken) + 1, Max: int64(t.max)}
	}
	t.taken++
	return nil
}

func (t *responseTable) release() {
	t.mu.Lock()
	t.taken--
	t.mu.Unlock()
}

// add puts a response into the place that was reserved.
func (t *responseTable) add(r *response) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return 0, ErrClosed
	}
	t.last++
	t.open[t.last] = r
	return t.last, nil
}

func (t *responseTable) get(handle int64) *response {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open[handle]
}

// close closes a response, if it is open, and frees its place.
func (t *responseTable) close(handle int64) {
	t.mu.Lock()
	r := t.open[handle]
	if r != nil {
		delete(t.open, handle)
		t.taken--
	}
	t.mu.Unlock()
	if r != nil {
		r.close()
	}
}

func (t *responseTable) closeAll() {
	t.mu.Lock()
	open := t.open
	t.open, t.closed = nil, true
	t.mu.Unlock()
	for _, r := range open {
		r.close()
	}
}

func (r *response) close() {
	r.cancel() // ends a read that waits
	r.unlink()
	if r.expiry != nil {
		r.expiry.Stop()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// The connection is given up; nothing is lost with it.
	_ = r.body.Close()
}

// httpOpen makes a request, and returns the response without its body. That is
// read by handle, until it is closed or the call that ctx belongs to has ended.
func (b *Broker) httpOpen(ctx context.Context, a *arguments) ([]any, error) {
	q, timeout, err := a.httpRequest()
	if err != nil {
		return nil, err
	}
	if err := b.net.CheckHost(q.Host); err != nil {
		b.usedNet(ctx, q.Host, err)
		return nil, err
	}
	// New has seen to it that there is one where anything is granted.
	if err := b.responses.reserve(); err != nil {
		return nil, err
	}
	added := false
	r := &response{host: q.Host.String()}
	reqCtx, cancel := context.WithCancel(ctx)
	r.cancel = cancel
	if timeout > 0 {
		r.expiry = time.AfterFunc(timeout, func() {
			r.late.Store(true)
			cancel()
		})
	}
	defer func() {
		if !added {
			cancel()
			b.responses.release()
			if r.expiry != nil {
				r.expiry.Stop()
			}
		}
	}()
	got, err := b.http.Do(reqCtx, q)
	if err != nil {
		return nil, r.explain(ctx, err)
	}
	r.body = got.Body
	handle := int64(0)
	ready := make(chan struct{})
	r.unlink = context.AfterFunc(ctx, func() {
		<-ready
		b.responses.close(handle)
	})
	handle, err = b.responses.add(r)
	close(ready)
	if err != nil {
		r.close()
		return nil, err
	}
	added = true
	headers := make([]any, len(got.Header))
	for i, h := range got.Header {
		headers[i] = []any{octets(h[0]), octets(h[1])}
	}
	return []any{map[string]any{
		"handle": handle, "status": int64(got.Status), "status_text": octets(got.StatusText),
		"headers": headers, "url": octets(got.URL),
	}}, nil
}

// explain is the error of a request whose context may have ended.
func (r *response) explain(ctx context.Context, err error) error {
	var denied *DeniedError
	switch {
	case errors.As(err, &denied):
		return denied
	case ctx.Err() != nil:
		return ctx.Err()
	case r.late.Load():
		return &HTTPError{Host: r.host, Code: "ETIMEDOUT", Message: "the request took longer than its timeout_ms"}
	}
	return err
}

func (b *Broker) httpRead(ctx context.Context, a *arguments) ([]any, error) {
	handle, err := a.integer(0)
	if err != nil {
		return nil, err
	}
	n, err := a.integer(1)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, a.errorf(1, "%d bytes cannot be read", n)
	}
	r := b.responses.get(handle)
	if r == nil {
		return nil, a.errorf(0, "there is no open response %d: it was closed, or its call has ended", handle)
	}
	stop := context.AfterFunc(ctx, func() { b.responses.close(handle) })
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	data := make([]byte, min(n, maxChunk, b.maxRead))
	for {
		got, err := r.body.Read(data)
		switch {
		case got > 0: // an error comes again
			return []any{data[:got]}, nil
		case errors.Is(err, io.EOF):
			return []any{data[:0]}, nil
		case err != nil:
			err = r.explain(ctx, err)
			if errors.Is(err, context.Canceled) && ctx.Err() == nil {
				return nil, a.errorf(0, "the response %d was closed while it was read", handle)
			}
			var told *HTTPError
			if ctx.Err() == nil && !errors.As(err, &told) {
				err = &HTTPError{Host: r.host, Code: "ECONNRESET", Message: "the response broke off: " + err.Error()}
			}
			return nil, err
		}
	}
}

func (b *Broker) httpClose(_ context.Context, a *arguments) ([]any, error) {
	handle, err := a.integer(0)
	if err != nil {
		return nil, err
	}
	b.responses.close(handle)
	return []any{}, nil
}

// usedNet tells of a request.
func (b *Broker) usedNet(ctx context.Context, h Host, err error) {
	if b.audit == nil {
		return
	}
	u := Use{Grant: "net", Operation: "http", Target: h.String(), Allowed: true}
	var denied *DeniedError
	if errors.As(err, &denied) {
		u = u.refused(denied)
	}
	b.audit(ctx, u)
}

// httpRequest reads and checks the specification of a request.
func (a *arguments) httpRequest() (*HTTPRequest, time.Duration, error) {
	spec, ok := a.list[0].(map[string]any)
	if !ok {
		return nil, 0, a.errorf(0, "must be an object, not %T", a.list[0])
	}
	q := &HTTPRequest{Method: "GET", Redirect: "follow"}
	var timeout time.Duration
	for key, value := range spec {
		var err error
		field := &arguments{function: a.function, list: []any{value}}
		switch key {
		case "method":
			q.Method, err = field.text(0)
		case "url":
			err = q.setURL(field)
		case "headers":
			err = q.setHeaders(value)
		case "body":
			err = q.setBody(value)
		case "timeout_ms":
			timeout, err = field.timeout()
		case "redirect":
			q.Redirect, err = field.text(0)
		default:
			err = errors.New("there is no such field")
		}
		if err != nil {
			var bad *ArgumentError
			if errors.As(err, &bad) {
				err = errors.New(strings.TrimPrefix(bad.Message, "argument 1: "))
			}
			return nil, 0, a.errorf(0, "%s: %v", strconv.Quote(key[:min(len(key), 32)]), err)
		}
	}
	var err error
	switch q.Redirect {
	case "follow", "manual", "error":
	default:
		err = errors.New(`"redirect": must be "follow", "manual" or "error"`)
	}
	switch upper := strings.ToUpper(q.Method); upper {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS":
		q.Method = upper // as everybody writes them
	case "CONNECT", "TRACE", "TRACK":
		err = fmt.Errorf(`"method": %s is not for scripts`, upper)
	default:
		if !isToken(q.Method) || len(q.Method) > 64 {
			err = errors.New(`"method": must be a word like GET`)
		}
	}
	if q.URL == nil {
		err = errors.New(`"url" is missing`)
	}
	if err != nil {
		return nil, 0, a.errorf(0, "%v", err)
	}
	return q, timeout, nil
}

func (a *arguments) timeout() (time.Duration, error) {
	if a.list[0] == nil {
		return 0, nil
	}
	n, err := a.integer(0)
	if err == nil && (n < 1 || n > maxTimeoutMS) {
		err = fmt.Errorf("must be 1 to %d", maxTimeoutMS)
	}
	return time.Duration(n) * time.Millisecond, err
}

func (q *HTTPRequest) setURL(field *arguments) error {
	text, err := field.text(0)
	if err != nil {
		return err
	}
	if len(text) > maxURL {
		return fmt.Errorf("is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("cannot be read") // the error would repeat it
	}
	q.URL = u
	q.Host, err = HostOfURL(u)
	return err
}

// HostOfURL returns the host that a URL leads to. It refuses what is not
// absolute, not of HTTP, or has a password in it.
func HostOfURL(u *url.URL) (Host, error) {
	port := uint64(80)
	switch u.Scheme {
	case "http":
	case "https":
		port = 443
	default:
		return Host{}, fmt.Errorf("must begin with http:// or https://, not %q", u.Scheme[:min(len(u.Scheme), 32)])
	}
	if u.User != nil {
		return Host{}, errors.New("must not have a user or password in it: use the header Authorization")
	}
	if u.Opaque != "" || u.Hostname() == "" {
		return Host{}, errors.New("names no host")
	}
	if text := u.Port(); text != "" {
		var err error
		if port, err = strconv.ParseUint(text, 10, 16); err != nil || port == 0 {
			return Host{}, fmt.Errorf("has the port %.8q, which is not one of 1 to 65535", text)
		}
	}
	return ParseHost(u.Hostname(), uint16(port))
}

func (q *HTTPRequest) setBody(value any) error {
	switch v := value.(type) {
	case nil:
	case []byte:
		q.Body = v
	case string:
		q.Body = []byte(v)
	default:
		return fmt.Errorf("must be bytes or a string, not %T", v)
	}
	return nil
}

func (q *HTTPRequest) setHeaders(value any) error {
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("must be an array of [name, value], not %T", value)
	}
	if len(list) > maxHeaders {
		return fmt.Errorf("has more than %d entries", maxHeaders)
	}
	size := 0
	for i, item := range list {
		pair, _ := item.([]any)
		if len(pair) != 2 {
			return fmt.Errorf("entry %d must be [name, value]", i+1)
		}
		field := &arguments{list: pair}
		name, err := field.text(0)
		if err != nil {
			return fmt.Errorf("the name of entry %d must be a string", i+1)
		}
		text, err := field.text(1)
		if err != nil {
			return fmt.Errorf("the value of entry %d must be a string", i+1)
		}
		if err := checkHeader(name, text); err != nil {
			return err
		}
		if size += len(name) + len(text); size > maxHeader {
			return fmt.Errorf("has more than %d bytes", maxHeader)
		}
		q.Header = append(q.Header, [2]string{name, strings.Trim(text, " \t")})
	}
	return nil
}

// checkHeader refuses a header that scripts must not set: what would make
// another request of this one, and what belongs to the connection.
func checkHeader(name, value string) error {
	if !isToken(name) {
		return fmt.Errorf("%.64q is not the name of a header", name)
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("the value of %.64q has a control character in it", name)
		}
	}
	switch lower := strings.ToLower(name); {
	case lower == "host":
		return errors.New("Host is taken from the URL")
	case lower == "content-length":
		return errors.New("Content-Length is taken from the body")
	case lower == "connection", lower == "keep-alive", lower == "transfer-encoding", lower == "te", lower == "trailer",
		lower == "upgrade", lower == "expect", lower == "http2-settings", strings.HasPrefix(lower, "proxy-"):
		return fmt.Errorf("%s belongs to the connection, and is not for scripts", name)
	}
	return nil
}

// isToken tells whether s is what HTTP calls a token.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}
