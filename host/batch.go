package host

import (
	"context"
	"slices"
	"time"
)

// A Batch makes calls for a caller that does not wait for any of them, and sends together those
// that it makes one after the other. The zero value has none. It is of one goroutine at a time,
// and can be used again after Send.
type Batch struct {
	workers []*Worker // that have calls which wait for Send
}

// Call is c.Call, but then is called, once, on another goroutine, with what Call would return. Where
// answers come together it is called for one after the other, so it should not take long, and give
// what does to a goroutine of its own. More says that it is called for another one, of any Batch,
// as soon as it returns: what is to be done with all of them can wait for that. Unlike that of Go a
// call ends with ctx, and like Call it waits for the callbacks of events that came before its answer,
// for the grace period at most. Close waits for the answers, and not until then has returned.
//
// The call is sent by Send, or before, together with others. With a *Pool, and what its Function and
// Idempotent return, a call that finds a worker takes no goroutine. Of any other Caller it is Call on
// a goroutine.
func (b *Batch) Call(ctx context.Context, c Caller, then func(results []any, err error, more bool), args ...any) {
	t := &thenCall{then: then, args: args}
	switch c := c.(type) {
	case *Pool:
		t.request.p = c
	case *poolFunction:
		t.request = c.request()
	default:
		go func() {
			results, err := c.Call(ctx, args...)
			then(results, err, false)
		}()
		return
	}
	t.begin(b, ctx)
}

// Send sends what has not been sent yet. It does not wait for that.
func (b *Batch) Send() {
	for _, w := range b.workers {
		w.pump()
	}
	clear(b.workers)
	b.workers = b.workers[:0]
}

// A thenCall is a call of a Batch.
type thenCall struct {
	request request
	call    call
	w       *Worker // that has it
	then    func(results []any, err error, more bool)
	args    []any
}

// begin gives the call to a worker.
func (t *thenCall) begin(b *Batch, ctx context.Context) {
	r := &t.request
	p := r.p
	t.call.ctx = ctx
	r.made, r.mark = time.Now(), p.markOf(ctx)
	if !p.tryAcquire(r) {
		t.complete()
		return
	}
	t.w = r.m.w
	err := t.w.makeCall(&t.call, ctx, r.name, t.args)
	if err == nil {
		t.call.req, t.call.then = r, t
		err = t.w.launchIn(b, &t.call)
	}
	if err == nil {
		return
	}
	if r.fail(err); r.retry {
		t.complete()
		return
	}
	infoOf(ctx).tell(t.w, r.attempts, r.made)
	go t.then(nil, r.whole(err), false)
}

// complete is for a call that has to wait for a worker, or for another one: that takes a
// goroutine.
func (t *thenCall) complete() {
	ctx := t.call.ctx
	go func() {
		results, err := t.request.p.complete(ctx, &t.request, t.args)
		t.then(results, err, false)
	}()
}

// again gives the call to another worker if it is to have one: then there is nothing to tell.
func (t *thenCall) again() bool {
	if !t.request.retry {
		return false
	}
	t.complete()
	return true
}

// tell tells what the call has come to.
func (t *thenCall) tell(more bool) {
	r := &t.request
	out, err := t.call.results(t.w)
	infoOf(t.call.ctx).tell(t.w, r.attempts, r.made)
	out, err = r.outcomeOf(out, err, t.args)
	t.then(out, err, more)
}

// tellAll tells of several calls.
func tellAll(calls []*thenCall) {
	n := 0
	for _, t := range calls {
		if !t.again() {
			calls[n] = t
			n++
		}
	}
	for i, t := range calls[:n] {
		t.tell(i < n-1)
	}
}

// launchIn sends a call with the others of a batch, or queues it here.
func (w *Worker) launchIn(b *Batch, c *call) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.queueLocked(c); err != nil {
		return err
	}
	w.startReaderLocked()
	w.watchContextLocked(c)
	if !w.out.writing && !w.out.soon && !slices.Contains(b.workers, w) { // others send it otherwise
		b.workers = append(b.workers, w)
	}
	return nil
}

// tryAcquire is acquire for a new call where a worker is free and nothing speaks against it.
// Otherwise it does nothing.
func (p *Pool) tryAcquire(r *request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing || p.queue.len > 0 || r.mark != nil || p.hopelessLocked() {
		return false
	}
	m := p.pickLocked(r)
	if m == nil {
		return false
	}
	p.countLocked(r)
	p.grantLocked(r, m)
	return true
}
