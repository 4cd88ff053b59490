package main

import (
	"context"
	"strconv"
	"time"

	"scripthost.example/bench/driver"
	"scripthost.example/host"
)

// pool returns a pool and a channel that tells of each worker that has become ready.
func (p peer) pool(opts host.PoolOptions) (*host.Pool, <-chan struct{}, error) {
	script, err := host.Inline(p.language, p.source)
	if err != nil {
		return nil, nil, err
	}
	ready := make(chan struct{}, 1024)
	opts.Options = p.options()
	opts.OnStart = func(host.WorkerStart) { ready <- struct{}{} }
	pool, err := host.NewPool(context.Background(), script, &opts)
	return pool, ready, err
}

func (p peer) Pool(workers int) (compute func(n int) (int64, error), end func() error, err error) {
	// Idle has all of them started in advance.
	pool, ready, err := p.pool(host.PoolOptions{Idle: workers, Max: workers, Start: time.Nanosecond})
	if err != nil {
		return nil, nil, err
	}
	for range workers {
		<-ready
	}
	ctx := context.Background()
	fn := pool.Function("compute")
	return func(n int) (int64, error) {
		sum, err := text(fn.Call(ctx, n))
		if err != nil {
			return 0, err
		}
		return strconv.ParseInt(sum, 10, 64)
	}, pool.Close, nil
}

// Spares has a pool whose workers serve one call each, and a spare that takes the
// place of the one that has.
func (p peer) Spares() (first func(string) (string, time.Duration, error), end func() error, err error) {
	pool, ready, err := p.pool(host.PoolOptions{Max: 1, Idle: 1, Spare: 1, MaxCalls: 1})
	if err != nil {
		return nil, nil, err
	}
	<-ready
	ctx := context.Background()
	return func(payload string) (string, time.Duration, error) {
		<-ready // of the two that there are now, the younger one
		begun := time.Now()
		answer, err := text(pool.Call(ctx, payload))
		return answer, time.Since(begun), err
	}, pool.Close, nil
}

var (
	_ driver.Pooler  = peer{}
	_ driver.Sparer  = peer{}
	_ driver.Objects = peer{}
)
