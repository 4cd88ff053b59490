package instance

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
	"scripthost.example/host"
)

// A plugin is served on the tracks that it has. One goroutine sees to them.
type plugin struct {
	name string
	nc   *nats.Conn
	reg  *registry.Registry
	o    Options
	news chan struct{} // of capacity 1

	mu     sync.Mutex
	wanted map[string]registry.Track // by name

	// The rest is that goroutine's own.
	served   map[string]*served // by track
	diverted []fleet.Share      // what stable has been told
	replaced []replaced         // pools that are to be closed
	ending   sync.WaitGroup     // of pools that finish what they have
}

// A replaced is a pool that a service does not use any more once unused is closed,
// which may be nil.
type replaced struct {
	unused <-chan struct{}
	pool   *host.Pool
	// service is to be closed before, if there is one, and jobs to be called.
	service *fleet.Service
	jobs    func()
}

// A served is a track of a plugin that is served here.
type served struct {
	track   registry.Track
	service *fleet.Service
	pool    *host.Pool
	// unserved tells of the track as long as there is no service: that it is about to be
	// served, or why it is not.
	unserved *fleet.Unserved
	jobs     func()         // has jobs of the track be run here no more; waits for those that are
	failed   registry.Track // what did not load
	again    time.Time      // when it is tried again
}

// want says where a track is now.
func (p *plugin) want(t registry.Track) {
	p.mu.Lock()
	p.wanted[t.Name] = t
	p.mu.Unlock()
	select {
	case p.news <- struct{}{}:
	default:
	}
}

func (p *plugin) run(ctx context.Context) {
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			p.end()
			return
		case <-p.news:
		case <-retry.C:
		}
		if d := p.follow(ctx); d > 0 {
			retry.Reset(d)
		}
	}
}

// follow has each track be served as it is wanted, and returns when to try again what
// failed; 0 is never.
func (p *plugin) follow(ctx context.Context) (again time.Duration) {
	p.mu.Lock()
	wanted := maps.Clone(p.wanted)
	p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		t, s := wanted[name], p.served[name]
		switch {
		case t.Version == "":
			if s != nil {
				p.drop(name)
				p.o.OnMove(t, nil)
			}
			continue
		case s != nil && s.service != nil && s.track.Version == t.Version && s.track.Hash == t.Hash:
			if s.failed.Version != "" { // it was moved on, and back
				s.failed = registry.Track{}
				s.service.Report("", "")
			}
			s.track = t
			continue
		case s != nil && s.failed.Version == t.Version && s.failed.Hash == t.Hash && time.Now().Before(s.again):
		default:
			err := p.move(ctx, t)
			if ctx.Err() != nil {
				return 0
			}
			if err == nil {
				p.o.OnMove(t, nil)
				continue
			}
			p.fail(t, err)
			s = p.served[name]
		}
		if wait := time.Until(s.again); again == 0 || wait < again {
			again = max(wait, time.Millisecond)
		}
	}
	p.finish()
	return again
}

// fail notes that a track cannot be served as it is.
func (p *plugin) fail(t registry.Track, err error) {
	s := p.served[t.Name]
	s.failed, s.again = t, time.Now().Add(p.o.Retry)
	p.report(s, t, strings.TrimSpace(err.Error()))
	p.o.Logger.Error("a version cannot be served", "plugin", p.name, "track", t.Name, "version", t.Version, "error", err, "goes on", s.track.Version)
	p.o.OnMove(t, err)
}

// report has those who ask for instances be told why a track is not served as it is.
func (p *plugin) report(s *served, t registry.Track, problem string) {
	switch {
	case s.service != nil:
		s.service.Report(t.Version, problem)
	case s.unserved != nil:
		s.unserved.Report(t.Version, problem)
	default:
		var err error
		if s.unserved, err = fleet.NewUnserved(p.nc, p.name, t.Name, t.Version, problem, p.o.Logger); err != nil {
			// It is told when the version has been tried again.
			p.o.Logger.Warn("others are not told that a version is not served", "plugin", p.name, "error", err)
		}
	}
}

// announce has those who ask for instances see that one is about to serve a track, which
// may take a while: they would take none to be there.
func (p *plugin) announce(t registry.Track) {
	s := p.served[t.Name]
	if s == nil {
		s = &served{}
		p.served[t.Name] = s
	}
	if s.service == nil && s.unserved == nil {
		p.report(s, t, "")
	}
}

// settle ends what tells that a track is not served.
func (s *served) settle() {
	if s.unserved != nil {
		s.unserved.Close()
		s.unserved = nil
	}
}

// move has a track be served with the version that it is at.
func (p *plugin) move(ctx context.Context, t registry.Track) error {
	p.announce(t)
	b, err := p.reg.Load(ctx, t)
	if err != nil {
		return err
	}
	pool, err := p.start(ctx, b)
	if err != nil {
		return err
	}
	s := p.served[t.Name]
	if s.service != nil {
		p.replaced = append(p.replaced, replaced{unused: s.service.Use(pool, t.Version), pool: s.pool})
		s.service.Report("", "")
	} else {
		opts := []fleet.ServeOption{fleet.As(p.name), fleet.OnTrack(t.Name), fleet.Version(t.Version), fleet.Slots(p.o.Slots), fleet.Drain(p.o.Drain), fleet.Logger(p.o.Logger)}
		if p.o.MaxPayload > 0 {
			opts = append(opts, fleet.MaxPayload(p.o.MaxPayload))
		}
		if p.o.Observe != nil {
			opts = append(opts, fleet.Observe(p.o.Observe))
		}
		s.settle() // nobody is to see it both served and not
		if s.service, err = fleet.NewService(p.nc, pool, opts...); err != nil {
			pool.Kill()
			return err
		}
		p.o.OnService(s.service)
		s.jobs = p.work(t.Name, s.service.Local())
	}
	s.track, s.pool, s.failed = t, pool, registry.Track{}
	p.o.Logger.Info("a version is served", "plugin", p.name, "track", t.Name, "version", t.Version)
	return nil
}

// work runs jobs of a track until stop is called, which waits for those that run.
func (p *plugin) work(track string, caller host.Caller) (stop func()) {
	if p.o.Jobs == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o := jobs.WorkOptions{Concurrency: p.o.JobSlots, Attempts: p.o.Attempts, Drain: p.o.Drain, Observe: p.o.ObserveJob, Logger: p.o.Logger}
		if err := p.o.Jobs.Work(ctx, p.name, track, caller, o); err != nil {
			p.o.Logger.Error("jobs are not run", "plugin", p.name, "track", track, "error", err)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// start makes a pool of a bundle's script. Nothing of it is read before the bundle's
// signature has been verified, and nothing is parsed in this process.
func (p *plugin) start(ctx context.Context, b *bundle.Bundle) (*host.Pool, error) {
	script, err := b.Script()
	if err != nil {
		return nil, err
	}
	folder, err := pluginFolder(p.o.Folder, p.name)
	if err != nil {
		return nil, err
	}
	opts, err := b.Settings().Options(folder)
	if err != nil {
		return nil, err
	}
	opts.Worker = p.o.Worker(script)
	opts.Logger = p.o.Logger.With("plugin", p.name)
	opts.Limits.Drain = p.o.Drain
	opts.OnEvent = func(host.Event) {} // those who call want them, or nobody does
	load := 0
	if !opts.Async {
		// What is sent to a worker that has a call waits for that one, and be it a job of
		// an hour. It waits for all workers instead.
		load = 1
	}
	return host.NewPool(ctx, script, &host.PoolOptions{Options: opts, Max: p.o.Workers, Load: load, Idle: 1})
}

// finish sees to it that pools which were replaced are closed once nobody uses them any
// more: neither the service of their track, nor that of stable.
func (p *plugin) finish() {
	diverted := p.divert()
	for _, r := range p.replaced {
		p.ending.Go(func() {
			if r.service != nil {
				// No more calls are taken while jobs end. These do not need the service.
				var both sync.WaitGroup
				both.Go(r.jobs)
				both.Go(func() { p.closed(r.service.Close()) })
				both.Wait()
			}
			for _, unused := range []<-chan struct{}{r.unused, diverted} {
				if unused != nil {
					<-unused
				}
			}
			p.closed(r.pool.Close())
		})
	}
	p.replaced = nil
}

func (p *plugin) closed(err error) {
	if err != nil && !errors.Is(err, host.ErrClosed) {
		p.o.Logger.Error("a version did not end well", "plugin", p.name, "error", err)
	}
}

// divert has the service of stable give some of its calls to the tracks with a weight. The
// channel, which may be nil, is closed once it does not use the pools any more that it gave
// calls to before, and does not now.
func (p *plugin) divert() (unused <-chan struct{}) {
	stable := p.served[fleet.Stable]
	if stable == nil || stable.service == nil {
		p.diverted = nil
		return nil
	}
	var to []fleet.Share
	for _, name := range slices.Sorted(maps.Keys(p.served)) {
		if s := p.served[name]; name != fleet.Stable && s.service != nil && s.track.Weight > 0 {
			to = append(to, fleet.Share{Pool: s.pool, Version: s.track.Version, Weight: s.track.Weight})
		}
	}
	if slices.Equal(to, p.diverted) {
		return nil
	}
	unused, err := stable.service.Divert(to...)
	if err != nil {
		p.o.Logger.Error("calls cannot be diverted", "plugin", p.name, "error", err)
		return nil
	}
	p.diverted = to
	return unused
}

// drop ends what is served on a track, once finish is called.
func (p *plugin) drop(track string) {
	s := p.served[track]
	delete(p.served, track)
	s.settle()
	if s.service != nil {
		p.replaced = append(p.replaced, replaced{service: s.service, pool: s.pool, jobs: s.jobs})
	}
}

// end finishes what there is.
func (p *plugin) end() {
	for _, name := range slices.Sorted(maps.Keys(p.served)) {
		p.drop(name)
	}
	p.finish()
	p.ending.Wait()
}
