package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"scripthost.example/fleet/registry"
)

type rmFlags struct {
	track string
	all   bool
	wait  time.Duration
}

func rmCommand(a *app) *cobra.Command {
	var r rmFlags
	c := &cobra.Command{
		Use: "rm PLUGIN [VERSION...] [flags]", Short: "Remove versions, a track, or a plugin",
		Long: `Removes versions of a plugin, which a track must not be at; with --track a
track, which instances serve no more then; with --all the plugin. The name of a
version that was removed is not given to another one, unless its plugin is
removed. Jobs and their results stay.`,
		Example: "    runner-fleet push worker.lua --version 1.0.0\n    runner-fleet push worker.lua --version 1.1.0\n    runner-fleet rm worker 1.0.0",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("'runner-fleet ls' lists them", "rm takes a PLUGIN")
			}
			return r.run(c.Context(), a, args[0], args[1:])
		},
	}
	c.Flags().StringVar(&r.track, "track", "", "remove the `TRACK`, and no version")
	c.Flags().BoolVar(&r.all, "all", false, "remove the plugin: its tracks, and all its versions")
	c.Flags().DurationVar(&r.wait, "wait", 10*time.Second, "how long to wait until no instance serves what is removed; 0 does not")
	return c
}

func (r *rmFlags) run(ctx context.Context, a *app, plugin string, versions []string) error {
	given := 0
	for _, is := range []bool{len(versions) > 0, r.track != "", r.all} {
		if is {
			given++
		}
	}
	if given != 1 {
		return usagef("'runner-fleet ls "+plugin+"' lists what there is", "rm takes versions, --track or --all, one of the three")
	}
	return a.withRegistry(ctx, "rm", func(nc *nats.Conn, reg *registry.Registry) error {
		asking, cancel := patient(ctx)
		defer cancel()
		switch {
		case r.all: // which can take any time
			if err := reg.RemovePlugin(ctx, plugin); err != nil {
				return missing(asking, reg, plugin, "", err)
			}
			return a.awaitGone(ctx, nc, plugin, "", r.wait)
		case r.track != "":
			if err := reg.RemoveTrack(asking, plugin, r.track); err != nil {
				return missing(asking, reg, plugin, r.track, err)
			}
			return a.awaitGone(ctx, nc, plugin, r.track, r.wait)
		}
		for _, version := range versions {
			if err := reg.RemoveVersion(asking, plugin, version); err != nil {
				return missing(asking, reg, plugin, version, err)
			}
			fmt.Fprintf(a.diag, "removed %s %s\n", plugin, version)
		}
		return nil
	})
}
