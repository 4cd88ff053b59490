package host

import (
	"context"
	"iter"
	"time"

	"scripthost.example/wire"
)

// Call implements Caller for the function of Options. Time in the queue counts for
// Limits.CallTime.
func (p *Pool) Call(ctx context.Context, args ...any) ([]any, error) {
	return p.call(ctx, &request{p: p}, args)
}

// Go implements Caller for the function of Options. The arguments are frozen at
// once. A call that no worker is free for waits in the queue; fn gets ErrBusy if
// that is full.
func (p *Pool) Go(fn func(results []any, err error), args ...any) uint64 {
	return p.goCall(&request{p: p}, fn, args)
}

// Stream implements Caller for the function of Options.
func (p *Pool) Stream(ctx context.Context, args ...any) iter.Seq2[Event, error] {
	return p.stream(ctx, request{p: p}, args)
}

// Function implements Caller.
func (p *Pool) Function(name string) Caller { return &poolFunction{p: p, name: name} }

// A poolFunction is a Caller for one function, in a way of its own.
type poolFunction struct {
	p          *Pool
	name       string
	idempotent bool
}

// Idempotent returns a Caller whose calls may run more than once: a pool gives one
// whose worker dies while it may have run it to another worker, where it is alone.
// A call that two workers have died of fails with a *QuarantineError. Events of an
// attempt that failed have been told by then; a Stream that has had one is not tried
// again. Of a Caller of another package it returns what that one's method Idempotent
// does. For anything else but a *Pool, and what its Function returns, it returns c.
func Idempotent(c Caller) Caller {
	switch c := c.(type) {
	case *Pool:
		return &poolFunction{p: c, idempotent: true}
	case *poolFunction:
		return &poolFunction{p: c.p, name: c.name, idempotent: true}
	case interface{ Idempotent() Caller }:
		return c.Idempotent()
	}
	return c
}

func (f *poolFunction) request() request {
	return request{p: f.p, name: f.name, idempotent: f.idempotent}
}

func (f *poolFunction) Call(ctx context.Context, args ...any) ([]any, error) {
	r := f.request()
	return f.p.call(ctx, &r, args)
}

func (f *poolFunction) Go(fn func(results []any, err error), args ...any) uint64 {
	r := f.request()
	return f.p.goCall(&r, fn, args)
}

func (f *poolFunction) Stream(ctx context.Context, args ...any) iter.Seq2[Event, error] {
	return f.p.stream(ctx, f.request(), args)
}

func (f *poolFunction) Function(name string) Caller {
	return &poolFunction{p: f.p, name: name, idempotent: f.idempotent}
}

func (p *Pool) call(ctx context.Context, r *request, args []any) ([]any, error) {
	r.made, r.mark = time.Now(), p.markOf(ctx)
	return p.complete(ctx, r, args)
}

// complete makes a call, as often as it has to be, and waits for what comes of it.
func (p *Pool) complete(ctx context.Context, r *request, args []any) ([]any, error) {
	info := infoOf(ctx)
	for {
		if err := p.acquire(ctx, r); err != nil {
			return nil, err
		}
		w := r.m.w
		given := r.made
		if r.ready != nil { // it waited
			given = info.now()
		}
		out, err := w.call(ctx, r.name, args, r)
		if r.retry {
			continue
		}
		info.tell(w, r.attempts, given)
		return r.outcomeOf(out, err, args)
	}
}

// outcomeOf is what a call has come to whose last attempt has.
func (r *request) outcomeOf(out []any, err error, args []any) ([]any, error) {
	if r.poison {
		frozen, _ := r.p.self.freeze(nil, args) // as it was before
		return nil, r.quarantined(frozen, err)
	}
	return out, r.whole(err)
}

func (p *Pool) stream(ctx context.Context, r request, args []any) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r := r // each loop is a call
		r.made, r.mark = time.Now(), p.markOf(ctx)
		info := infoOf(ctx)
		for {
			if err := p.acquire(ctx, &r); err != nil {
				yield(Event{Call: r.number}, err)
				return
			}
			if !p.streamOnce(ctx, &r, args, info, yield) {
				return
			}
		}
	}
}

// streamOnce is one attempt of a streamed call. It reports whether another is to
// be made.
func (p *Pool) streamOnce(ctx context.Context, r *request, args []any, info *CallInfo, yield func(Event, error) bool) (again bool) {
	w := r.m.w
	given := info.now()
	for e, err := range w.streamCall(ctx, r.name, args, r) {
		if err != nil && r.retry {
			return true
		}
		if err != nil && r.poison {
			frozen, _ := p.self.freeze(nil, args)
			err = r.quarantined(frozen, err)
		}
		err = r.whole(err)
		if e.Result || err != nil {
			info.tell(w, r.attempts, given)
		}
		if !yield(e, err) {
			return false
		}
	}
	return false
}

func (p *Pool) goCall(r *request, fn func([]any, error), args []any) uint64 {
	r.made, r.isGo, r.fn = time.Now(), true, fn
	c, err := p.self.newCall(context.Background(), r.name, args)
	p.mu.Lock()
	defer p.unlock()
	if refused := p.enterLocked(r); refused != nil && err == nil {
		err = refused
	}
	if err == nil && p.queue.len >= p.o.Queue {
		err = p.busyError()
	}
	if err != nil {
		p.answerLocked(r, err)
		return r.number
	}
	r.frame = append(c.frame, c.has().tail...) // which may be sent more than once
	if d := p.o.Limits.CallTime; d > 0 {
		r.timer = time.AfterFunc(d, func() { p.expire(r) })
	}
	p.queue.pushBack(r) // unlock sends it if a worker is free
	return r.number
}

// expire ends a Go whose time is up before it has a worker.
func (p *Pool) expire(r *request) {
	p.mu.Lock()
	defer p.unlock()
	if r.list != nil {
		r.list.remove(r)
		p.answerLocked(r, callTimeError(p.o.Limits.CallTime, r.outcome()))
	}
}

// launches are calls made with Go that have got their workers.
type launches []*request

// run sends them. No lock may be held: a worker's own is taken.
func (l launches) run() {
	for _, r := range l {
		c := &call{ctx: context.Background(), fn: r.fn, frame: r.frame, keep: true, req: r}
		c.frame[0] = 0
		if r.name != "" {
			c.frame[0] = named
		}
		if err := r.m.w.launch(c); err != nil {
			r.failGo(err)
		}
	}
}

// launch sends a call, or queues it here.
func (w *Worker) launch(c *call) error {
	w.mu.Lock()
	err := w.queueLocked(c)
	when := pumpNever
	if err == nil {
		w.startReaderLocked()
		w.watchContextLocked(c)
		when = w.pumpWhenLocked()
	}
	w.mu.Unlock()
	if err != nil {
		return err
	}
	w.pumpWhen(when)
	return nil
}

// args are the frozen arguments of a Go.
func (r *request) args() []byte {
	head := wire.HeaderSize
	if r.name != "" {
		head += len(wire.AppendName(nil, r.name))
	}
	return r.frame[head:]
}

// A CallInfo says who answered a call.
type CallInfo struct {
	// Worker and Generation are as in Event.
	Worker     int
	Generation string
	PID        int // of the worker; 0 if it is not a process of ours
	// Attempts is how many workers the call was given to, from 1.
	Attempts int
	// Given is when the call was given to this worker: when it was made, unless it
	// waited for one. A sync worker still does those first that it was given before
	// (PoolOptions.Load).
	Given time.Time
}

type callInfoKey struct{}

// WithCallInfo returns a context for a Call or a Stream that fills info once it has
// been to a worker, before Call returns or the loop gets the last Event. A call
// that no worker has had leaves it as it is.
func WithCallInfo(ctx context.Context, info *CallInfo) context.Context {
	return context.WithValue(ctx, callInfoKey{}, info)
}

// infoOf is what ctx has for the call to fill, or nil.
func infoOf(ctx context.Context) *CallInfo {
	info, _ := ctx.Value(callInfoKey{}).(*CallInfo)
	return info
}

// now is the time, if somebody wants to know it.
func (info *CallInfo) now() (t time.Time) {
	if info != nil {
		t = time.Now()
	}
	return t
}

// tell fills info, if there is one.
func (info *CallInfo) tell(w *Worker, attempts int, given time.Time) {
	if info != nil {
		*info = CallInfo{Worker: w.number(), Generation: w.version(), PID: w.PID(), Attempts: attempts, Given: given}
	}
}
