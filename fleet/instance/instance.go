package instance

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/registry"
)

// Run serves the plugins of a registry until ctx ends. Then it takes no more calls,
// finishes those that it has, and returns nil. The connection stays the caller's. Where
// that is closed for good, as that of a user who was revoked is, Run finishes what it has
// too, and returns fleet.ErrDisconnected. Other errors are those of Options, or of the
// registry.
func Run(ctx context.Context, nc *nats.Conn, reg *registry.Registry, opts Options) error {
	o, err := opts.check()
	if err != nil {
		return err
	}
	serving, end := context.WithCancel(ctx)
	defer end()
	closed := nc.StatusChanged(nats.CLOSED)
	defer nc.RemoveStatusListener(closed)
	go func() {
		select {
		case <-closed:
			end()
		case <-serving.Done():
		}
	}()
	if nc.IsClosed() { // which may have been before anybody listened
		end()
	}
	moves, err := reg.Watch(serving, "")
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
			all.Go(func() { p.run(serving) })
		}
		p.want(t)
	}
	end()
	all.Wait()
	if ctx.Err() == nil {
		return fmt.Errorf("plugins are not served any more: %w", fleet.ErrDisconnected)
	}
	return nil
}
