package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scripthost.example/bench/driver"
	"scripthost.example/host"
)

func (p peer) Pairs() []string {
	kinds := []string{driver.Unused, driver.Scheduling}
	if p.canCodec() {
		kinds = append(kinds, driver.Codec)
	}
	return kinds
}

func (p peer) Pair(kind string) (*driver.Pair, error) {
	switch kind {
	case driver.Unused:
		return p.unused()
	case driver.Scheduling:
		return p.scheduling()
	}
	return p.codec()
}

// unused has a worker with all that Options offer and that a plain call does not use.
func (p peer) unused() (*driver.Pair, error) {
	script, err := host.Inline(p.language, p.source)
	if err != nil {
		return nil, err
	}
	plain, full := p.options(), p.options()
	full.OnEvent = func(host.Event) {}
	full.OnError = func(error) {}
	full.OnDestroy = func() {}
	full.OnLog = func(host.LogRecord) {}
	full.Audit = func(host.AuditRecord) {}
	full.Host = map[string]any{"add": func(a, b int) int { return a + b }, "time.now": time.Now}
	full.Grants = host.Grants{Read: []string{"/srv/data"}, Env: []string{"LANG"}}
	full.Limits = host.Limits{
		Memory: 1 << 30, CPU: time.Hour, CallTime: time.Minute, Payload: 1 << 20,
		HostCalls: 10, Grace: time.Second, Drain: time.Minute, Ping: time.Minute,
	}
	return startPair(
		func(ctx context.Context) (closer, error) { return host.Start(ctx, script, &full) },
		func(ctx context.Context) (closer, error) { return host.Start(ctx, script, &plain) },
	)
}

// scheduling has a pool of one worker.
func (p peer) scheduling() (*driver.Pair, error) {
	script, err := host.Inline(p.language, p.source)
	if err != nil {
		return nil, err
	}
	o := p.options()
	return startPair(
		func(ctx context.Context) (closer, error) {
			return host.NewPool(ctx, script, &host.PoolOptions{Options: o, Max: 1, Idle: 1})
		},
		func(ctx context.Context) (closer, error) { return host.Start(ctx, script, &o) },
	)
}

// A closer is a worker or a pool.
type closer interface {
	host.Caller
	Close() error
}

// startPair starts two that echo.
func startPair(one, other func(context.Context) (closer, error)) (*driver.Pair, error) {
	ctx := context.Background()
	a, err := one(ctx)
	if err != nil {
		return nil, err
	}
	b, err := other(ctx)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &driver.Pair{
		One: echoes(ctx, a), Other: echoes(ctx, b),
		End: func() error { return errors.Join(a.Close(), b.Close()) },
	}, nil
}

// echoes calls what answers with its argument.
func echoes(ctx context.Context, c host.Caller) func(n int) error {
	return func(n int) error {
		asked := driver.Number(n)
		answer, err := text(c.Call(ctx, asked))
		if err == nil && answer != asked {
			err = fmt.Errorf("the answer to %s is %s", asked, answer)
		}
		return err
	}
}

var _ driver.Pairer = peer{}
