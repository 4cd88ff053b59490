package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
)

// lookTime is how often an instance that may not make what the broker keeps looks
// whether somebody else has.
const lookTime = 250 * time.Millisecond

// withRegistry calls f with the registry of scripts.
func (a *app) withRegistry(ctx context.Context, name string, f func(*nats.Conn, *registry.Registry) error) error {
	nc, err := a.broker.connect(ctx, name)
	if err != nil {
		return err
	}
	defer nc.Close()
	reg, err := a.registry(ctx, nc)
	if err != nil {
		return asked(err)
	}
	return f(nc, reg)
}

// How long a broker has to answer to one attempt, and to be asked to make something; and
// for how long it is tried. What is asked of a cluster without a leader is lost, and an
// election takes up to 9 s.
const (
	tryTime  = 2 * time.Second
	makeTime = 10 * time.Second
	openTime = 30 * time.Second
	// formTime is how long nothing is said of brokers that are not there yet.
	formTime = 10 * time.Second
)

// try calls open, again if the broker does not answer in time.
func try[T any](ctx context.Context, a *app, nc *nats.Conn, open func(context.Context) (T, error)) (T, error) {
	patience := cmp.Or(a.patience, openTime)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	told, began := false, time.Now()
	for {
		v, err := attempt(ctx, tryTime, open)
		if err == nil || ctx.Err() != nil || !unanswered(err) && !forming(nc, err) {
			return v, err
		}
		if !told && (unanswered(err) || time.Since(began) > formTime) {
			told = true
			fmt.Fprintf(a.diag, "runner-fleet: %s; it is asked again for up to %v\n", whatKeeps(err), patience)
		}
		select { // it may have answered, that it has no leader
		case <-time.After(lookTime):
		case <-ctx.Done():
			return v, err // which says more than that the time is up
		}
	}
}

// attempt calls open with a time.
func attempt[T any](ctx context.Context, d time.Duration, open func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return open(ctx)
}

// patient is a context in which what is asked of the broker is asked again, for as long as
// try does. It is for little: what is many requests can take longer, though each is answered.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, openTime)
}

// unanswered tells whether an error is of a broker that has not answered, for reasons that
// may pass.
func unanswered(err error) bool {
	return errors.Is(err, registry.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

// whatKeeps says what try waits for.
func whatKeeps(err error) string {
	if unanswered(err) {
		return "the broker does not answer"
	}
	return "not all brokers of the cluster are there"
}

// forming tells whether an error is of a cluster that has fewer servers than replicas were
// asked for: of one that has just been started not all may be there yet.
func forming(nc *nats.Conn, err error) bool {
	var api jetstream.JetStreamError
	return nc.ConnectedClusterName() != "" && errors.As(err, &api) && api.APIError() != nil && api.APIError().ErrorCode == noPeers
}

// registry is that of a broker, for who verifies nothing of what is there.
func (a *app) registry(ctx context.Context, nc *nats.Conn) (*registry.Registry, error) {
	return try(ctx, a, nc, func(ctx context.Context) (*registry.Registry, error) {
		return registry.Open(ctx, nc, registry.Options{Trust: bundle.Trust{Unsigned: true}, By: whoami()})
	})
}

// openRegistry opens the registry, and makes it if there is none.
func openRegistry(ctx context.Context, nc *nats.Conn, o registry.Options) (r *registry.Registry, made bool, err error) {
	open := func(ctx context.Context) (*registry.Registry, error) { return registry.Open(ctx, nc, o) }
	o.Create = false
	r, err = attempt(ctx, tryTime, open)
	if errors.Is(err, registry.ErrNoRegistry) {
		if unsaid(nc, o.Replicas) {
			return nil, false, usagef("3 of three bear the loss of one; later pushes, and all else, go by it", "it is the first push to this cluster: --replicas N says how many of its brokers are to keep scripts and jobs")
		}
		o.Create, made = true, true
		r, err = attempt(ctx, makeTime, open)
		err = madeMeanwhile(err, registry.ErrNoRegistry)
	}
	return r, made, err
}

// unsaid tells whether nobody has said how many brokers of a cluster are to keep what is
// made there. That one does, and all goes with it, is not to be by chance.
func unsaid(nc *nats.Conn, replicas int) bool {
	return nc.ConnectedClusterName() != "" && replicas == 0
}

// openQueue opens the queue of jobs, and makes it if there is none, unless it is unsaid on
// how many brokers. Of one that is not there, and that the user may not make, the error is both.
func openQueue(ctx context.Context, nc *nats.Conn, o jobs.Options) (*jobs.Queue, error) {
	open := func(ctx context.Context) (*jobs.Queue, error) { return jobs.Open(ctx, nc, o) }
	o.Create = false
	q, err := attempt(ctx, tryTime, open)
	if errors.Is(err, jobs.ErrNoQueue) && !unsaid(nc, o.Replicas) {
		o.Create = true
		q, err = attempt(ctx, makeTime, open)
		err = madeMeanwhile(err, jobs.ErrNoQueue)
		if errors.Is(err, jobs.ErrPermission) {
			err = fmt.Errorf("%w, and this user may not make it: %w", jobs.ErrNoQueue, err)
		}
	}
	return q, err
}

// madeMeanwhile is the error of making what was not there and still is not: others make it
// at the same time, and not all brokers of a cluster know yet. That passes.
func madeMeanwhile(err, none error) error {
	if errors.Is(err, none) {
		return fmt.Errorf("%w: %w", registry.ErrUnavailable, err)
	}
	return err
}

// await calls open until it can, where the broker does not answer, or somebody else is to make
// what it opens.
func await[T any](ctx context.Context, log *slog.Logger, what string, open func() (T, error)) (T, error) {
	told := false
	for {
		v, err := open()
		missing := errors.Is(err, errUnmade)
		if err == nil || !missing && !unanswered(err) || ctx.Err() != nil {
			return v, err
		}
		switch {
		case told:
		case missing:
			log.Warn("waiting until somebody who may makes it: the first push of a tenant's pusher or admin does", "missing", what)
		default:
			log.Warn("waiting until the broker answers", "missing", what, "error", err)
		}
		told = true
		select {
		case <-time.After(lookTime):
		case <-ctx.Done():
		}
	}
}
