package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
)

// lookTime is how often an instance that may not make what the broker keeps looks
// whether somebody else has.
const lookTime = time.Second

// withRegistry calls f with the registry of scripts.
func (a *app) withRegistry(ctx context.Context, name string, f func(*nats.Conn, *registry.Registry) error) error {
	nc, err := a.broker.connect(name)
	if err != nil {
		return err
	}
	defer nc.Close()
	reg, err := registry.Open(ctx, nc, registry.Options{Trust: bundle.Trust{Unsigned: true}, By: whoami()})
	if err != nil {
		return asked(err)
	}
	return f(nc, reg)
}

// openRegistry opens the registry, and makes it if there is none.
func openRegistry(ctx context.Context, nc *nats.Conn, o registry.Options) (r *registry.Registry, made bool, err error) {
	o.Create = false
	r, err = registry.Open(ctx, nc, o)
	if errors.Is(err, registry.ErrNoRegistry) {
		o.Create, made = true, true
		r, err = registry.Open(ctx, nc, o)
	}
	return r, made, err
}

// openQueue opens the queue of jobs, and makes it if there is none.
func openQueue(ctx context.Context, nc *nats.Conn, o jobs.Options) (*jobs.Queue, error) {
	o.Create = false
	q, err := jobs.Open(ctx, nc, o)
	if errors.Is(err, jobs.ErrNoQueue) {
		o.Create = true
		return jobs.Open(ctx, nc, o)
	}
	return q, err
}

// await calls open until it can, where the user may not make what it opens, but somebody
// else may yet do so.
func await[T any](ctx context.Context, log *slog.Logger, what string, open func() (T, error)) (T, error) {
	told := false
	for {
		v, err := open()
		if err == nil || !errors.Is(err, registry.ErrPermission) && !errors.Is(err, nats.ErrPermissionViolation) || ctx.Err() != nil {
			return v, err
		}
		if !told {
			log.Warn("waiting until somebody who may makes it: the first push of a tenant's admin does", "missing", what)
			told = true
		}
		select {
		case <-time.After(lookTime):
		case <-ctx.Done():
		}
	}
}
