package instance

import (
	"context"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/registry"
)

// Run serves the plugins of a registry until ctx ends. Then it takes no more calls,
// finishes those that it has, and returns nil. It does so too when the connection was
// closed for good, which is the caller's otherwise. An error is that of Options, or of the
// registry.
func Run(ctx context.Context, nc *nats.Conn, reg *registry.Registry, opts Options) error {
	o, err := opts.check()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	moves, err := reg.Watch(ctx, "")
	if err != nil {
		return err
	}
	var (
		all     sync.WaitGroup
		plugins = map[string]*plugin{}
	)
	for t := range moves {
		if len(o.Plugins) > 0 && !slices.Contains(o.Plugins, t.Plugin) {
			continue
		}
		p := plugins[t.Plugin]
		if p == nil {
			p = &plugin{name: t.Plugin, nc: nc, reg: reg, o: o, news: make(chan struct{}, 1), wanted: map[string]registry.Track{}, served: map[string]*served{}}
			plugins[t.Plugin] = p
			all.Go(func() { p.run(ctx) })
		}
		p.want(t)
	}
	cancel() // of the moves there are no more, be it since the connection was closed
	all.Wait()
	return nil
}
