package request

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// lookTime is how often it is looked whether the broker has told the connection that it
// refuses.
const lookTime = 20 * time.Millisecond

// Do calls f, which asks the broker for something, and ends its context once the broker has
// told the connection that the user may not, by a violation that has one of the names: that is
// the error then, and no answer is waited for that does not come.
func Do(ctx context.Context, nc *nats.Conn, names []string, f func(context.Context) error) error {
	return do(ctx, nc, names, f, nil)
}

// do is Do; beside, which may be nil, runs meanwhile, and ends f with an error if it returns
// one.
func do(ctx context.Context, nc *nats.Conn, names []string, f func(context.Context) error, beside func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	running := 1
	before := nc.LastError() // of something that was asked for before
	go func() { ended <- refused(ctx, nc, before, names, cancel) }()
	if beside != nil {
		running++
		go func() {
			err := beside(ctx)
			if err != nil {
				cancel()
			}
			ended <- err
		}()
	}
	err := f(ctx)
	cancel()
	for range running {
		if why := <-ended; err != nil && why != nil {
			err = why
		}
	}
	return err
}

// refused waits for a violation until ctx ends.
func refused(ctx context.Context, nc *nats.Conn, before error, names []string, cancel func()) error {
	looks := time.NewTicker(lookTime)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-looks.C:
		}
		if err := nc.LastError(); err != before && about(err, names) != nil {
			cancel()
			return err
		}
	}
}
