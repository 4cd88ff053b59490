package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/pflag"

	"scripthost.example/fleet"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
)

// clusterFlags have a broker of serve be one of a cluster.
type clusterFlags struct {
	addr   string
	routes []string
}

func (c *clusterFlags) add(f *pflag.FlagSet) {
	f.StringVar(&c.addr, "cluster", "", "its own broker is one of a cluster, and the others find it at `HOST:PORT`; --ca vouches for their certificates")
	f.StringSliceVar(&c.routes, "routes", nil, "where it finds the other brokers of the cluster, `HOST:PORT` each")
}

// given says that one of the flags is.
func (c *clusterFlags) given() bool { return c.addr != "" || len(c.routes) > 0 }

// option is that of a broker. Ca is --ca.
func (c *clusterFlags) option(ca string) (fleet.BrokerOption, error) {
	if c.addr == "" || len(c.routes) == 0 {
		return nil, usagef("As in --cluster one:6222 --routes two:6222,three:6222", "--cluster HOST:PORT is where the others find this broker, and --routes where it finds them: it needs both")
	}
	return fleet.BrokerCluster(c.addr, c.routes, ca), nil
}

// await waits until the brokers that there are store something: more than half of all.
func (c *clusterFlags) await(ctx context.Context, log *slog.Logger, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	for told := false; ; {
		try, cancel := context.WithTimeout(ctx, tryTime)
		_, err := js.AccountInfo(try)
		cancel()
		if err == nil || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || ctx.Err() != nil {
			return nil // and what is asked for next says why it cannot be
		}
		if !told {
			log.Warn("waiting for the other brokers of the cluster", "routes", c.routes, "error", err)
			told = true
		}
		select {
		case <-time.After(lookTime):
		case <-ctx.Done():
		}
	}
}

// noPeers is JetStream's error where there are fewer brokers than replicas.
const noPeers = jetstream.ErrorCode(10005)

// errUnmade is the error of what the first push makes in a cluster: brokers that would all
// do so at once as they start come in one another's way, and it says how many keep it.
var errUnmade = errors.New("nobody has made it yet")

// unmade is the error of opening what serve does not make, as in a cluster.
func unmade(err error) error {
	switch {
	case errors.Is(err, registry.ErrNoRegistry), errors.Is(err, jobs.ErrNoQueue):
		return fmt.Errorf("%w: %w", errUnmade, err)
	case errors.Is(err, registry.ErrPermission): // not even to see whether it is there
		return &failure{exitFailed, err, "An instance reads scripts and jobs: 'runner-fleet tenant add TENANT USER instance' makes a user who may"}
	}
	return err
}
