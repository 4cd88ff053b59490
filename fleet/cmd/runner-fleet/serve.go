package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/instance"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
	"scripthost.example/fleet/tenant"
)

type serveFlags struct {
	listen, cert, key, operator string
	plugins, trust              []string
	unsigned                    bool
	workers, slots, jobSlots    int
	drain                       time.Duration
	payload                     size
	replicas, attempts          int
	format                      string
	verbose                     bool
	cluster                     clusterFlags
	telemetry                   telemetryFlags
}

func serveCommand(a *app) *cobra.Command {
	var s serveFlags
	c := &cobra.Command{
		Use: "serve [flags]", Short: "Serve plugins on this machine",
		Long: `Serves all plugins that have been pushed, or those of --plugin, until it gets
SIGINT or SIGTERM: then it takes no more calls, finishes those that it has, and
ends; a second one ends it at once. Versions that are pushed later are served as
they come.

Without --nats it starts a broker of its own, for this machine, or, with
--listen and --tls-cert, for others. What it serves was signed with the key that
push has on this machine; others are named by --trust, and have to be with
--nats.`,
		Example: "    runner-fleet serve --plugin worker",
		Args:    noScript,
		RunE:    func(c *cobra.Command, _ []string) error { return s.run(c.Context(), a) },
	}
	f := c.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "where its own broker listens, `HOST:PORT`; port 0 is one that is free")
	f.StringVar(&s.cert, "tls-cert", "", "a `FILE` with the certificate of its own broker, in PEM")
	f.StringVar(&s.key, "tls-key", "", "a `FILE` with the key of the certificate, in PEM")
	f.StringVar(&s.operator, "operator", "", "its own broker is for the tenants of the operator whose keys are in this folder, or what 'tenant config' prints of it in this file, and --creds has those of an instance: `PATH`")
	s.cluster.add(f)
	f.StringSliceVar(&s.plugins, "plugin", nil, "serve the plugins of these `NAMES` only")
	f.StringSliceVar(&s.trust, "trust", nil, "serve what is signed with these public `KEYS`")
	f.BoolVar(&s.unsigned, "allow-unsigned", false, "serve what nobody has signed too: whoever can write to the broker can run scripts here")
	f.IntVarP(&s.workers, "jobs", "j", 0, "up to `N` workers for each track of a plugin; 4 if not said")
	f.IntVar(&s.slots, "slots", 0, "take up to `N` calls of each at a time, those of jobs among them, of which what is more than its workers can have waits for one; as many as they can have if not said")
	f.IntVar(&s.jobSlots, "job-slots", 0, "run up to `N` jobs of each at a time; as many as its workers can have if not said")
	f.DurationVar(&s.drain, "drain", 30*time.Second, "how long calls have to end when a version is replaced, and at the end")
	payloadFlag(f, &s.payload)
	f.IntVar(&s.replicas, "replicas", 0, "keep scripts and jobs on `N` brokers of a cluster")
	f.IntVar(&s.attempts, "attempts", 0, "try a job `N` times before it is a dead letter; 5 if not said")
	s.telemetry.add(f)
	f.StringVar(&s.format, "log-format", "text", "how its log is written to stderr: `text|json`")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "log more")
	return c
}

// noScript says that serve takes no arguments, and what those who give it a script want.
func noScript(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("'runner-fleet push "+shown(args[:1])[0]+"' brings a script to it; --plugin NAME serves no others", "serve takes no arguments: it serves what was pushed")
}

func (s *serveFlags) run(ctx context.Context, a *app) error {
	log, err := s.logger(a)
	if err != nil {
		return err
	}
	trust, err := s.trusted(a)
	if err != nil {
		return err
	}
	dir, err := a.broker.folder()
	if err != nil {
		return err
	}
	told, err := s.telemetry.start(ctx, log)
	if err != nil {
		return err
	}
	defer told.end()
	nc, own, end, err := s.connect(ctx, a, log)
	if err != nil {
		return err
	}
	defer end()
	if err := told.serve(ctx, s.telemetry.metrics, nc, own, s.plugins); err != nil {
		return err
	}
	if s.cluster.given() {
		if err := s.cluster.await(ctx, log, nc); err != nil {
			return ended(ctx, err)
		}
	}
	// What others make is not made here: of a tenant's users only those who push may, and a
	// broker logs it as an error if others try.
	made := s.cluster.given() || unsaid(nc, s.replicas) || a.broker.scoped()
	reg, err := await(ctx, log, "the registry of scripts", func() (*registry.Registry, error) {
		o := registry.Options{Replicas: s.replicas, Trust: trust, Logger: log}
		if !made {
			r, _, err := openRegistry(ctx, nc, o)
			if made = errors.Is(err, registry.ErrPermission); !made { // which is tried once
				return r, err
			}
		}
		r, err := attempt(ctx, tryTime, func(ctx context.Context) (*registry.Registry, error) { return registry.Open(ctx, nc, o) })
		return r, unmade(err)
	})
	if err != nil {
		return ended(ctx, err)
	}
	queue, err := await(ctx, log, "the queue of jobs", func() (*jobs.Queue, error) {
		o := jobs.Options{Replicas: s.replicas, MaxPayload: int(s.payload)}
		if own != nil { // whose folder is no other process's
			o.Notes = filepath.Join(dir, "jobs")
		}
		if !made {
			q, err := openQueue(ctx, nc, o)
			if made = errors.Is(err, jobs.ErrPermission); !made {
				return q, err
			}
		}
		q, err := attempt(ctx, tryTime, func(ctx context.Context) (*jobs.Queue, error) { return jobs.Open(ctx, nc, o) })
		return q, unmade(err)
	})
	if err != nil {
		return ended(ctx, err)
	}
	o := instance.Options{
		Plugins: s.plugins, Workers: s.workers, Slots: s.slots, JobSlots: s.jobSlots, Drain: s.drain, Logger: log,
		Folder: filepath.Join(dir, "files"), Worker: lean(log), Jobs: queue, Attempts: s.attempts,
		MaxPayload: int(s.payload),
	}
	told.observe(&o)
	log.Info("serving", "plugins", plugins(s.plugins))
	err = instance.Run(ctx, nc, reg, o)
	switch {
	case errors.Is(err, fleet.ErrDisconnected):
		why := nc.LastError()
		if why == nil {
			why = err
		}
		return &failure{exitLost, fmt.Errorf("the broker does not let this instance serve any more: %w", why), "Were its credentials revoked, or have they expired?"}
	case err != nil:
		return &failure{exitUsage, err, ""}
	}
	return nil
}

// ended is the error of a start, or nil if it was told to end meanwhile.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return asked(err)
}

// plugins are what is served, for the log.
func plugins(names []string) any {
	if len(names) == 0 {
		return "all"
	}
	return names
}

func (s *serveFlags) logger(a *app) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if s.verbose {
		o.Level = slog.LevelDebug
	}
	switch s.format {
	case "text":
		return slog.New(slog.NewTextHandler(a.diag, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.diag, o)), nil
	}
	return nil, usagef("", "--log-format %q: it is text or json", s.format)
}

// trusted says whose versions are served.
func (s *serveFlags) trusted(a *app) (bundle.Trust, error) {
	t := bundle.Trust{Keys: s.trust, Unsigned: s.unsigned}
	if len(t.Keys) == 0 && !t.Unsigned {
		if a.broker.url != "" {
			return t, usagef("'runner-fleet key', where versions are pushed, prints the key; --allow-unsigned serves whatever is pushed", "--nats needs --trust KEY: whose versions are to be served?")
		}
		file, err := a.broker.localKey()
		if err != nil {
			return t, err
		}
		public, err := makeKey(file)
		if err != nil {
			return t, &failure{exitUsage, err, ""}
		}
		t.Keys = []string{public}
	}
	if err := t.Check(); err != nil {
		return t, &failure{exitUsage, err, ""}
	}
	return t, nil
}

// connect connects to the broker, which is one within this process unless --nats names
// another; own is nil then.
func (s *serveFlags) connect(ctx context.Context, a *app, log *slog.Logger) (nc *nats.Conn, own *fleet.Broker, end func(), err error) {
	troubles := nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Debug("the broker refuses", "error", err) })
	if a.broker.url != "" {
		if s.cert != "" || s.key != "" || s.operator != "" || s.cluster.given() {
			return nil, nil, nil, usagef("", "--tls-cert, --tls-key, --operator, --cluster and --routes are for a broker of its own, and --nats names another")
		}
		nc, err := a.broker.connect(ctx, "serve", troubles)
		if err != nil {
			return nil, nil, nil, err
		}
		return nc, nil, nc.Close, nil
	}
	dir, err := a.broker.brokerFolder()
	if err != nil {
		return nil, nil, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, nil, nil, &failure{exitUsage, err, ""}
	}
	if _, _, err := net.SplitHostPort(s.listen); err != nil {
		return nil, nil, nil, usagef("", "--listen %s: %v", s.listen, err)
	}
	opts := []fleet.BrokerOption{fleet.BrokerAddr(s.listen), fleet.BrokerLogger(log.With("part", "broker"))}
	if s.cert != "" || s.key != "" {
		opts = append(opts, fleet.BrokerTLS(s.cert, s.key))
	}
	if s.cluster.given() {
		cluster, err := s.cluster.option(a.broker.ca)
		if err != nil {
			return nil, nil, nil, err
		}
		opts = append(opts, cluster)
	}
	user := []nats.Option{nats.Name("runner-fleet serve"), troubles}
	var op *tenant.Operator // whose folder is here
	if s.operator != "" {
		trust, folder, err := trustOf(s.operator)
		if err != nil {
			return nil, nil, nil, err
		}
		op = folder
		if a.broker.creds == "" {
			return nil, nil, nil, usagef("'runner-fleet tenant add TENANT USER instance' makes them", "--operator needs --creds FILE: whose plugins are to be served?")
		}
		own := a.broker
		own.ca = "" // within this program there is no TLS
		login, err := own.login()
		if err != nil {
			return nil, nil, nil, err
		}
		opts, user = append(opts, fleet.BrokerOptions(trust)), append(user, login...)
	}
	b, err := fleet.Embedded(dir, opts...)
	if err != nil {
		hint := ""
		switch {
		case errors.Is(err, fleet.ErrBrokerStore):
			hint = "--dir FOLDER is another one, where 'push' brings the scripts to again; --cluster and --routes make it one of a cluster"
		case errors.Is(err, fleet.ErrBrokerRunning):
			hint = "--dir FOLDER is a place for another broker; --nats URL --trust KEY serves by way of the one that runs"
		case s.cert == "" && reachable(s.listen) && !errors.As(err, new(*net.OpError)):
			hint = "--tls-cert FILE and --tls-key FILE give it a certificate"
		}
		return nil, nil, nil, &failure{exitUsage, err, hint}
	}
	unfollow := follow(ctx, log, b, op)
	stop := func() {
		unfollow()
		if err := b.Close(); err != nil {
			log.Error("the broker did not end well", "error", err)
		}
	}
	if nc, err = b.Connect(user...); err != nil {
		stop()
		hint := ""
		if errors.Is(err, nats.ErrAuthorization) {
			hint = "Are the credentials of --creds those of a tenant of --operator, and has nobody revoked them?"
		}
		return nil, nil, nil, &failure{exitUsage, err, hint}
	}
	log.Info("a broker runs", "url", b.URL(), "folder", dir)
	return nc, b, stop, nil
}

// reachable tells whether other machines reach an address of this one.
func reachable(addr string) bool {
	a, err := net.ResolveTCPAddr("tcp", addr)
	return err == nil && !a.IP.IsLoopback()
}

// trustOf has a broker trust the operator whose keys are in a folder, or what is in a
// file of it that has none: then there is no operator here.
func trustOf(path string) (func(*server.Options) error, *tenant.Operator, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return tenant.Configure(path), nil, nil
	}
	op, err := tenant.Open(path)
	if err != nil {
		return nil, nil, &failure{exitUsage, err, "'runner-fleet tenant create NAME --operator FOLDER' makes one"}
	}
	return op.Configure, op, nil
}

// follow has a broker learn of what is done in the folder of an operator, by commands that
// do not know of this broker; op may be nil. The function that is returned ends that.
func follow(ctx context.Context, log *slog.Logger, b *fleet.Broker, op *tenant.Operator) (end func()) {
	if op == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // calls are finished first
	done := make(chan struct{})
	go func() {
		defer close(done)
		op.Follow(ctx, func(ctx context.Context) error {
			nc, err := b.Connect(op.System(), nats.Name("runner-fleet serve: tenants"))
			if err == nil {
				defer nc.Close()
				ctx, cancel := context.WithTimeout(ctx, tellTime)
				defer cancel()
				err = op.Push(ctx, nc)
			}
			if err != nil && ctx.Err() == nil {
				log.Error("the broker does not know of all that was done to tenants", "error", err)
			}
			return err
		})
	}()
	return func() {
		cancel()
		<-done
	}
}
