package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
)

// appearTime is how long a broker of this machine has to show itself: "serve & push FILE"
// starts both at once.
const appearTime = time.Second

// A noBroker is the error where none runs in the folder.
type noBroker string

func (dir noBroker) Error() string {
	return "there is no broker: none runs in " + string(dir) + ", and --nats names none"
}

func (noBroker) Is(target error) bool { return target == fleet.ErrNoBroker }

// connectLocal connects to the broker that serve runs on this machine, and waits for one
// that is about to start.
func (b *brokerFlags) connectLocal(ctx context.Context, opts []nats.Option) (*nats.Conn, error) {
	dir, err := b.brokerFolder()
	if err != nil {
		return nil, err
	}
	appears, starts := cmp.Or(b.appears, appearTime), cmp.Or(b.starts, openTime)
	for began, told := time.Now(), false; ; {
		nc, err := fleet.ConnectLocal(dir, opts...)
		switch waited := time.Since(began); {
		case errors.Is(err, fs.ErrPermission):
			return nil, &failure{exitUsage, err, "The broker there is another user's: its owner, or --nats URL with credentials of that broker, reaches it; --dir FOLDER is a place for one of your own"}
		case err == nil:
			return nc, nil
		case !errors.Is(err, fleet.ErrNoBroker):
			return nil, &failure{exitUsage, err, b.connectHint(err)}
		case b.atOnce, waited > appears && !errors.Is(err, fleet.ErrBrokerStarting):
			return nil, &failure{exitUsage, noBroker(dir), "'runner-fleet serve' starts one; --nats URL uses another"}
		case waited > starts:
			return nil, &failure{exitUsage, noBroker(dir), "One is starting there, and was not ready within " + starts.String() + ": what its 'runner-fleet serve' logs tells more"}
		case waited > appears && !told:
			told = true
			fmt.Fprintf(b.diag, "runner-fleet: the broker in %s is starting; it is asked again for up to %v\n", dir, starts)
		}
		select {
		case <-time.After(againTime):
		case <-ctx.Done():
			return nil, asked(fmt.Errorf("there is no broker in %s yet: %w", dir, ctx.Err()))
		}
	}
}
