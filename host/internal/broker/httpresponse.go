package broker

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxEnded is how many handles are remembered that were closed while nothing had
// them: as many as the host calls that a worker can have outstanding, of which
// one may be the request that is to come.
const maxEnded = 1024

// A responseTable is the requests that a worker has under way, and the responses
// that it has open, by the handles that the worker has chosen.
type responseTable struct {
	max     int
	maxSent int64 // what the bodies of the requests may take, in bytes

	mu     sync.Mutex
	open   map[int64]*response
	sent   int64   // bytes of the bodies of their requests
	ended  []int64 // closed before they were opened, the last ones
	closed bool
}

// A response is a request that is under way, or its response.
type response struct {
	cancel context.CancelFunc
	unlink func() bool // from the call that opened it
	host   string
	sent   int64       // bytes of the request's body, which net/http keeps as long
	expiry *time.Timer // nil if there is no time limit
	late   atomic.Bool // it has passed

	mu   sync.Mutex    // held by who reads
	body io.ReadCloser // nil until it has come
}

// add gives a request that is about to be made its handle.
func (t *responseTable) add(handle int64, r *response) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.ended, handle); i >= 0 {
		t.ended = slices.Delete(t.ended, i, i+1)
		return errGivenUp
	}
	switch {
	case t.closed:
		return ErrClosed
	case t.open[handle] != nil:
		return errors.New("the handle is in use")
	case len(t.open) >= t.max:
		return &LimitError{Limit: "open responses", Size: int64(len(t.open)) + 1, Max: int64(t.max)}
	case t.sent+r.sent > t.maxSent:
		return &LimitError{Limit: "request bodies", Size: t.sent + r.sent, Max: t.maxSent}
	}
	t.open[handle] = r
	t.sent += r.sent
	return nil
}

// removeLocked takes what has a handle out of the table.
func (t *responseTable) removeLocked(handle int64) {
	if r := t.open[handle]; r != nil {
		delete(t.open, handle)
		t.sent -= r.sent
	}
}

// get returns a response, nil if there is none.
func (t *responseTable) get(handle int64) *response {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.open[handle]
	if r == nil || r.body == nil {
		return nil
	}
	return r
}

// arrived gives a request its response. It reports false if the request has been
// given up meanwhile.
func (t *responseTable) arrived(handle int64, r *response, body io.ReadCloser) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open[handle] != r {
		return false
	}
	r.body = body
	return true
}

// end gives up a request or a response, unless another has its handle by now.
func (t *responseTable) end(handle int64, r *response) {
	t.mu.Lock()
	if t.open[handle] == r {
		t.removeLocked(handle)
	}
	t.mu.Unlock()
	r.end()
}

// close ends what has a handle, or is going to have it: a request and its close
// may overtake one another, for each is carried out by itself.
func (t *responseTable) close(handle int64) {
	t.mu.Lock()
	r := t.open[handle]
	t.removeLocked(handle)
	if r == nil {
		if len(t.ended) == maxEnded {
			t.ended = slices.Delete(t.ended, 0, 1)
		}
		t.ended = append(t.ended, handle)
	}
	t.mu.Unlock()
	if r != nil {
		r.end()
	}
}

func (t *responseTable) closeAll() {
	t.mu.Lock()
	open := t.open
	t.open, t.closed = nil, true
	t.mu.Unlock()
	for _, r := range open {
		r.end()
	}
}

// end may be called more than once.
func (r *response) end() {
	r.cancel() // ends a read that waits
	r.unlink()
	if r.expiry != nil {
		r.expiry.Stop()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body != nil {
		_ = r.body.Close() // the connection is given up; nothing is lost with it
	}
}

// errGivenUp is the error of a request that its worker has closed.
var errGivenUp = &HTTPError{Host: "the request", Code: "ABORT_ERR", Message: "it was given up"}

// explain is the error of a request or a read whose context may have ended.
func (r *response) explain(ctx context.Context, err error) error {
	var denied *DeniedError
	var told *HTTPError
	switch {
	case errors.As(err, &denied):
		return denied
	case ctx.Err() != nil:
		return ctx.Err()
	case r.late.Load():
		return &HTTPError{Host: r.host, Code: "ETIMEDOUT", Message: "the request took longer than its timeout"}
	case errors.Is(err, context.Canceled):
		return &HTTPError{Host: r.host, Code: errGivenUp.Code, Message: errGivenUp.Message}
	case errors.As(err, &told):
		return told
	}
	return &HTTPError{Host: r.host, Code: "ECONNRESET", Message: "the response broke off: " + err.Error()}
}
