package main

import (
	"context"
	"fmt"
	"strconv"

	"scripthost.example/bench/driver"
	"scripthost.example/host"
)

func (p peer) Start() (driver.Worker, error) {
	script, err := host.Inline(p.language, p.source)
	if err != nil {
		return nil, err
	}
	w := &worker{ctx: context.Background(), events: make(chan int64, 1)}
	opts := p.options()
	opts.OnEvent = w.event
	w.Worker, err = host.Start(w.ctx, script, &opts)
	if err != nil {
		return nil, err
	}
	w.emit = w.Worker.Function("emit")
	return w, nil
}

// A worker is a worker of this project.
type worker struct {
	*host.Worker
	ctx  context.Context
	emit host.Caller
	// sum and left are of the events that came and that are still to come. They
	// belong to the callbacks, which run one at a time, and while no event is
	// expected to Emit.
	sum, left int64
	events    chan int64 // gets the sum when left is 0
}

func (w *worker) Call(payload string) (string, error) {
	return text(w.Worker.Call(w.ctx, payload))
}

// text is the one result of a call.
func text(results []any, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if len(results) == 1 {
		if s, ok := results[0].(string); ok {
			return s, nil
		}
	}
	return "", fmt.Errorf("the results are %q instead of one text", results)
}

func (w *worker) Stream(_ int, fn func(answer string, err error)) (send func(payload string)) {
	answered := func(results []any, err error) { fn(text(results, err)) }
	return func(payload string) { w.Go(answered, payload) }
}

func (w *worker) event(ev host.Event) {
	s, err := text(ev.Args, nil)
	if err == nil {
		var n int64
		n, err = strconv.ParseInt(s, 10, 64)
		w.sum += n
	}
	if err != nil { // so that the sum is wrong
		w.sum = -1 << 62
	}
	if w.left--; w.left == 0 {
		w.events <- w.sum
	}
}

func (w *worker) Emit(n int) (int64, error) {
	w.sum, w.left = 0, int64(n)
	if _, err := w.emit.Call(w.ctx, n); err != nil {
		return 0, err
	}
	return <-w.events, nil
}
