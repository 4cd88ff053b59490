package main

import (
	"context"
	"errors"
	"fmt"

	"scripthost.example/child/engine"
	"scripthost.example/fleet/registry"
)

// missing is the error of what was asked of a registry, with what may have been meant if
// there is no such plugin, or the plugin has nothing of that name, which is that of a
// version or a track.
func missing(ctx context.Context, reg *registry.Registry, plugin, name string, err error) error {
	if !errors.Is(err, registry.ErrNotFound) {
		return asked(err)
	}
	plugins, _ := reg.List(ctx, "") // what can be read of them
	var names []string
	for _, p := range plugins {
		if p.Name != plugin {
			names = append(names, p.Name)
			continue
		}
		var has []string
		for _, v := range p.Versions {
			has = append(has, v.Version)
		}
		for _, t := range p.Tracks {
			has = append(has, t.Name)
		}
		return &failure{exitFailed, fmt.Errorf("%w%s", err, engine.DidYouMean(name, has)), "'runner-fleet ls " + plugin + "' lists its versions and tracks"}
	}
	return &failure{exitFailed, fmt.Errorf("%w%s", err, engine.DidYouMean(plugin, names)), "'runner-fleet ls' lists the plugins that there are"}
}
