package host

import (
	"context"
	"time"
)

// CallThen is c.Call for a caller that does not wait: then is called once, on another
// goroutine, with what Call would return. Where answers come together it is called for one
// after the other, so it should not take long, and give what does to a goroutine of its
// own. Unlike that of Go a call ends with ctx, and like Call it waits for the callbacks of
// events that came before its answer, for the grace period at most. Close waits for the
// answers, and not until then has returned.
//
// With a *Pool, and what its Function and Idempotent return, a call that finds a worker takes
// no goroutine. Of any other Caller it is Call on a goroutine.
func CallThen(ctx context.Context, c Caller, then func(results []any, err error), args ...any) {
	switch c := c.(type) {
	case *Pool:
		c.callThen(ctx, &request{p: c}, then, args)
	case *poolFunction:
		r := c.request()
		c.p.callThen(ctx, &r, then, args)
	default:
		go func() { then(c.Call(ctx, args...)) }()
	}
}

func (p *Pool) callThen(ctx context.Context, r *request, then func([]any, error), args []any) {
	r.made, r.mark = time.Now(), p.markOf(ctx)
	if !p.tryAcquire(r) {
		p.thenComplete(ctx, r, then, args)
		return
	}
	w := r.m.w
	c, err := w.newCall(ctx, r.name, args)
	if err == nil {
		c.req = r
		c.then = func() {
			if r.retry {
				p.thenComplete(ctx, r, then, args)
				return
			}
			out, err := c.results(w)
			infoOf(ctx).tell(w, r.attempts, r.made)
			then(r.outcomeOf(out, err, args))
		}
		err = w.launch(c)
	}
	if err == nil {
		return
	}
	if r.fail(err); r.retry {
		p.thenComplete(ctx, r, then, args)
		return
	}
	infoOf(ctx).tell(w, r.attempts, r.made)
	go then(nil, r.whole(err))
}

// thenComplete is for a call that has to wait for a worker, or for another one: that takes a
// goroutine.
func (p *Pool) thenComplete(ctx context.Context, r *request, then func([]any, error), args []any) {
	go func() { then(p.complete(ctx, r, args)) }()
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
