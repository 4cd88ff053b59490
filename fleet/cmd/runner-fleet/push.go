package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
	"scripthost.example/host"
)

type pushFlags struct {
	name, version, track, key string
	unsigned                  bool
	weight, replicas          int
	wait                      time.Duration
}

func pushCommand(a *app) *cobra.Command {
	var p pushFlags
	c := &cobra.Command{
		Use: "push FILE [flags]", Short: "Give the fleet a script, or a new version of it",
		Long: `Loads the script of FILE in a sandboxed worker, and if that goes well signs it
with the other files of its folder and its runner.toml, stores it as a version,
and has a track be at that version. Every instance of the track serves it from
then on, and no call is lost. A version does not change: what was pushed under
its name stays.`,
		Example: "    runner-fleet push worker.lua --version 1.2.0 --track canary --weight 10",
		Args:    oneArg("FILE"),
		RunE:    func(c *cobra.Command, args []string) error { return p.run(c, a, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&p.name, "name", "", "the plugin's `NAME`; that of FILE without folder and ending if not said")
	f.StringVar(&p.version, "version", "", "the version's `NAME`; the first 12 digits of the SHA-256 of all of it if not said")
	f.StringVar(&p.track, "track", fleet.Stable, "the `TRACK` to be at the version")
	f.IntVar(&p.weight, "weight", 0, "so many of a hundred calls of stable go to the track, `0-100`")
	f.StringVar(&p.key, "key", "", "sign with the key in this `FILE`, and not with this user's")
	f.BoolVar(&p.unsigned, "allow-unsigned", false, "do not sign it: only instances that say so too serve it")
	f.IntVar(&p.replicas, "replicas", 0, "the first push to a cluster says that `N` of its brokers keep scripts and jobs")
	waitFlag(f, &p.wait)
	return c
}

// oneArg says that a command takes one argument.
func oneArg(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef(helpOf(c), "%s takes one %s, and there %s", c.Name(), name, are(len(args), "argument"))
		}
		return nil
	}
}

func (p *pushFlags) run(c *cobra.Command, a *app, file string) error {
	ctx := c.Context()
	if p.name == "" {
		p.name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	if p.weight < 0 || p.weight > 100 || c.Flags().Changed("weight") && p.track == fleet.Stable {
		return usagef("", "--weight is 0 to 100, and for another --track than stable, which has the calls that are left")
	}
	b, err := bundle.Read(file, bundle.ReadOptions{Plugin: p.name})
	if err != nil {
		return &failure{exitUsage, err, ""}
	}
	if p.version == "" {
		p.version = b.Hash()[:12]
	}
	nc, known, err := p.prepare(ctx, a, b, file)
	if err != nil {
		return err
	}
	defer nc.Close()
	defer known.end()
	o := registry.Options{Trust: bundle.Trust{Unsigned: true}, Replicas: p.replicas, By: whoami()}
	if !p.unsigned {
		if o.Signer, err = a.broker.signer(p.key); err != nil {
			return err
		}
	}
	made := false
	reg, err := try(ctx, a, nc, func(ctx context.Context) (*registry.Registry, error) {
		r, m, err := openRegistry(ctx, nc, o)
		made = made || m
		return r, err
	})
	if err == nil {
		err = p.queue(ctx, a, nc, made)
	}
	if err != nil {
		return asked(err)
	}
	t, err := pushed(ctx, reg, b, p.version, p.track)
	if err != nil {
		return asked(err)
	}
	if c.Flags().Changed("weight") {
		ctx, cancel := patient(ctx)
		defer cancel()
		if t, err = reg.SetWeight(ctx, p.name, p.track, p.weight); err != nil {
			return asked(err)
		}
	}
	fmt.Fprintf(a.out, "%s %s %s\n", t.Plugin, t.Version, t.Name)
	absent := absentTime
	if made { // for which instances may have been waiting
		absent = p.wait
	}
	return a.awaitLive(ctx, nc, t, known, p.wait, absent)
}

// prepare loads the script, and connects meanwhile, so that instances have the more time to show
// themselves. What does not load is told whatever is wrong with the broker.
func (p *pushFlags) prepare(ctx context.Context, a *app, b *bundle.Bundle, file string) (*nats.Conn, *roll, error) {
	type connection struct {
		nc    *nats.Conn
		known *roll
		err   error
	}
	connecting, cancel := context.WithCancel(ctx)
	defer cancel()
	connected := make(chan connection, 1)
	go func() {
		var c connection
		if c.nc, c.err = a.broker.connect(connecting, "push"); c.err == nil {
			c.known = callRoll(ctx, c.nc, p.name)
		}
		connected <- c
	}()
	if err := loads(ctx, b); err != nil {
		go func() { // which may take its time
			if c := <-connected; c.err == nil {
				c.known.end()
				c.nc.Close()
			}
		}()
		return nil, nil, &failure{exitUsage, fmt.Errorf("%s does not load, and was not pushed: %w", file, err), ""}
	}
	c := <-connected
	return c.nc, c.known, c.err
}

// queue sees to it that there is a queue of jobs: a tenant's instances do not make it, and wait
// for it. Made: nobody has pushed before.
func (p *pushFlags) queue(ctx context.Context, a *app, nc *nats.Conn, made bool) error {
	_, err := try(ctx, a, nc, func(ctx context.Context) (*jobs.Queue, error) {
		return openQueue(ctx, nc, jobs.Options{Replicas: p.replicas})
	})
	none := errors.Is(err, jobs.ErrNoQueue)
	switch {
	case errors.Is(err, jobs.ErrPermission) && p.replicas == 0: // others may have made it, or will
		if made || none {
			fmt.Fprintf(a.diag, "runner-fleet: instances wait for the queue of jobs until somebody who may makes it, as a push of an admin does: %v\n", err)
		}
		return nil
	case none && unsaid(nc, p.replicas): // a push that was broken off has made the registry only
		return &failure{exitUsage, err, "--replicas N says how many of the cluster's brokers are to keep it"}
	}
	return err
}

// slowLink is how many bytes of a bundle reach the broker in a second at least.
const slowLink = 128 << 10

// pushed pushes, again if nobody was there to be asked: what has just been made in a cluster
// has no leader yet.
func pushed(ctx context.Context, reg *registry.Registry, b *bundle.Bundle, version, track string) (registry.Track, error) {
	// What is large takes its time.
	ctx, cancel := context.WithTimeout(ctx, openTime+time.Duration(len(b.Bytes())/slowLink)*time.Second)
	defer cancel()
	for {
		t, err := reg.Push(ctx, b, version, track)
		if !errors.Is(err, nats.ErrNoResponders) || ctx.Err() != nil {
			return t, err
		}
		select {
		case <-time.After(lookTime):
		case <-ctx.Done():
			return t, err
		}
	}
}

// loads says why the script of a bundle cannot be served, having tried it in a worker.
func loads(ctx context.Context, b *bundle.Bundle) error {
	script, err := b.Script()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "runner-fleet-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	o, err := b.Settings().Options(folder)
	if err != nil {
		return err
	}
	o.OnEvent, o.OnLog = func(host.Event) {}, func(host.LogRecord) {}
	o.Worker = lean(slog.New(slog.DiscardHandler))(script)
	w, err := host.Start(ctx, script, &o)
	if err != nil {
		return err
	}
	return w.Close()
}

// whoami is who has pushed, for the history.
func whoami() string {
	name, machine := "somebody", "somewhere"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		machine = h
	}
	return name + "@" + machine
}
