package main

import (
	"context"
	"sync"
	"time"

	"scripthost.example/host"
)

// An observer is told what becomes of the calls of a session. Its methods are not
// called concurrently, must not use the session, and keep nothing of what they get.
type observer interface {
	// sent tells of a call with its arguments before anything else of it.
	sent(number uint64, worker int, args []any)
	// hostCall tells of the answer of a host call of a call, or for 0 of none, in the
	// order in which the script gets them.
	hostCall(number uint64, c host.HostCall, results []any, err error, took time.Duration)
	// line tells of a line that is about to be run, with --trace lines.
	line(number uint64, l host.Line)
	event(number uint64, args []any)
	answered(number uint64, results []any, err error, took time.Duration)
}

// observers know of the calls of a session by the numbers of whoever makes them, and
// tell observers of them by those of the user. The methods of nil do nothing.
type observers struct {
	list []observer

	// answering is held while an answer is told of and on its way into the queue of what
	// is written: they are told of in that order.
	answering chan struct{}

	mu    sync.Mutex // guards what follows, and the observers
	calls map[uint64]*observedCall
}

type observedCall struct {
	number uint64
	args   []any
	told   bool // that it was sent
	worker int  // to this one
	at     time.Time
}

// newObservers returns nil for none.
func newObservers(list ...observer) *observers {
	if len(list) == 0 {
		return nil
	}
	return &observers{list: list, answering: make(chan struct{}, 1), calls: make(map[uint64]*observedCall)}
}

// options has a worker, or workers, observed.
func (o *observers) options(opts *host.Options) {
	if o == nil {
		return
	}
	opts.OnSend = func(s host.Sent) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if c := o.calls[s.Call]; c != nil {
			o.sentLocked(c, s.Worker)
		}
	}
	answer := opts.Intercept
	opts.Intercept = func(ctx context.Context, c host.HostCall, next func() ([]any, error)) ([]any, error) {
		return o.hostCall(ctx, c, next, answer)
	}
}

// made notes a call that is about to be made, under either number.
func (o *observers) made(id, number uint64, args []any) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[id] = &observedCall{number: number, args: args}
}

func (o *observers) sentLocked(c *observedCall, worker int) {
	if c.told && c.worker == worker {
		return
	}
	c.told, c.worker, c.at = true, worker, time.Now()
	for _, each := range o.list {
		each.sent(c.number, worker, c.args)
	}
}

// hostCall has a host call answered, by answer if that is not nil.
func (o *observers) hostCall(ctx context.Context, c host.HostCall, next func() ([]any, error), answer host.Interceptor) ([]any, error) {
	o.mu.Lock()
	var number uint64
	if call := o.calls[c.Call]; call != nil && c.Call != 0 {
		o.sentLocked(call, c.Worker) // that is told of later, on another goroutine
		number = call.number
	}
	o.mu.Unlock()
	begun := time.Now()
	var results []any
	var err error
	if answer != nil {
		results, err = answer(ctx, c, next)
	} else {
		results, err = next()
	}
	took := time.Since(begun)
	<-c.Told // so that it stands behind what the script did before it asked
	o.answering <- struct{}{}
	go func() {
		<-c.Answered
		<-o.answering
	}()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, each := range o.list {
		each.hostCall(number, c, results, err, took)
	}
	return results, err
}

func (o *observers) line(l host.Line) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var number uint64
	if c := o.calls[l.Call]; c != nil {
		number = c.number
	}
	for _, each := range o.list {
		each.line(number, l)
	}
}

func (o *observers) event(id uint64, args []any) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var number uint64
	if c := o.calls[id]; c != nil {
		number = c.number
	}
	for _, each := range o.list {
		each.event(number, args)
	}
}

// forget drops a call that is to be made again, under another number.
func (o *observers) forget(id uint64) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.calls, id)
}

// answered tells of an answer, if the call was sent.
func (o *observers) answered(id uint64, results []any, err error) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.calls[id]
	delete(o.calls, id)
	if c == nil || !c.told {
		return
	}
	for _, each := range o.list {
		each.answered(c.number, results, err, time.Since(c.at))
	}
}
