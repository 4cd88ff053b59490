package broker

import (
	"context"
	"errors"
	"io"
	"time"
)

// maxResponseChunk bounds what one read of a response hands over, in bytes. A
// worker's reads can all be under way at once.
const maxResponseChunk = 256 << 10

// httpOpen makes a request, and returns the response without its body. That is
// read by the handle that the worker chose, until it is read to its end, closed,
// or the call that ctx belongs to has ended.
func (b *Broker) httpOpen(ctx context.Context, a *arguments) ([]any, error) {
	q, err := a.httpRequest()
	if err != nil {
		return nil, err
	}
	if err := b.net.CheckHost(q.Host); err != nil {
		b.usedNet(ctx, q.Host, err)
		return nil, err
	}
	// New has seen to it that there is a client where anything is granted.
	reqCtx, cancel := context.WithCancel(ctx)
	r := &response{host: q.Host.String(), sent: int64(len(q.Body)), cancel: cancel}
	ready := make(chan struct{})
	r.unlink = context.AfterFunc(ctx, func() {
		<-ready
		b.responses.end(q.handle, r)
	})
	if q.timeout > 0 {
		r.expiry = time.AfterFunc(q.timeout, func() {
			r.late.Store(true)
			cancel()
		})
	}
	err = b.responses.add(q.handle, r)
	close(ready)
	if err != nil {
		r.end()
		return nil, a.handleError(err)
	}
	got, err := b.http.Do(reqCtx, &q.HTTPRequest)
	if err == nil && !b.responses.arrived(q.handle, r, got.Body) {
		_ = got.Body.Close()
		err = context.Canceled
	}
	if err != nil {
		b.responses.end(q.handle, r)
		return nil, r.explain(ctx, err)
	}
	headers := make([]any, len(got.Header))
	for i, h := range got.Header {
		headers[i] = []any{octets(h[0]), octets(h[1])}
	}
	return []any{map[string]any{
		"status": int64(got.Status), "status_text": octets(got.StatusText), "headers": headers,
		"url": octets(got.URL), "redirected": got.Redirected, "max_body": b.maxRead,
	}}, nil
}

// handleError is an error of responseTable.add as that of a function.
func (a *arguments) handleError(err error) error {
	var (
		limit *LimitError
		told  *HTTPError
	)
	if errors.As(err, &limit) || errors.As(err, &told) || errors.Is(err, ErrClosed) {
		return err
	}
	return a.errorf(0, `"handle": %v`, err)
}

// httpRead returns some octets of a response, and whether these are the last; an
// error ends the response, too.
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
		return nil, a.errorf(0, "there is no open response %d: it was read to its end or closed, or its call has ended", handle)
	}
	stop := context.AfterFunc(ctx, func() { b.responses.end(handle, r) })
	defer stop()
	data, err := r.read(min(n, maxResponseChunk, b.maxRead))
	if err == nil {
		return []any{data, false}, nil
	}
	b.responses.end(handle, r)
	if errors.Is(err, io.EOF) {
		return []any{data, true}, nil
	}
	return nil, r.explain(ctx, err)
}

// read returns at most n bytes. An error comes with the last of them if it is
// io.EOF, and otherwise without any.
func (r *response) read(n int64) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data := make([]byte, n)
	for {
		got, err := r.body.Read(data)
		if got > 0 && err != nil && !errors.Is(err, io.EOF) {
			err = nil // it comes again
		}
		if got > 0 || err != nil {
			return data[:got], err
		}
	}
}

// httpClose gives up a response, or the request that it is to be the response of.
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
