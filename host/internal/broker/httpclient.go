package broker

import (
	"context"
	"io"
	"net/url"
	"sync/atomic"
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
	Redirected bool   // they were
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
	Host    string // and port
	Code    string // that of Node for it, e.g. "ENOTFOUND" or "ECONNREFUSED"
	Message string
}

// Error names the host and what was wrong.
func (e *HTTPError) Error() string { return e.Host + ": " + e.Message }
