package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/fleet"
	"scripthost.example/fleet/registry"
)

// moveTrack has f move a track of a plugin, and waits until instances serve what it is at.
// From is the track or version that has to be there.
func (a *app) moveTrack(ctx context.Context, name, plugin, from string, wait time.Duration, f func(context.Context, *registry.Registry) (registry.Track, error)) error {
	return a.withRegistry(ctx, name, func(nc *nats.Conn, reg *registry.Registry) error {
		known := callRoll(ctx, nc, plugin)
		defer known.end()
		asking, cancel := patient(ctx)
		defer cancel()
		t, err := f(asking, reg)
		if err != nil {
			return missing(asking, reg, plugin, from, err)
		}
		fmt.Fprintf(a.out, "%s %s %s\n", t.Plugin, t.Version, t.Name)
		return a.awaitLive(ctx, nc, t, known, wait, absentTime)
	})
}

// waitFlag is how long a command waits until instances serve what it has done.
func waitFlag(f *pflag.FlagSet, wait *time.Duration) {
	f.DurationVar(wait, "wait", 10*time.Second, "how long to wait until all instances serve it; 0 does not")
}

func promoteCommand(a *app) *cobra.Command {
	var (
		from, to string
		wait     time.Duration
	)
	c := &cobra.Command{
		Use: "promote PLUGIN [flags]", Short: "Have a track be at the version of another one",
		Long: `Has the track of --to, which is stable unless said otherwise, be at the version
that the one of --from is at, and gives that one no more of stable's calls.`,
		Example: "    runner-fleet promote worker",
		Args:    oneArg("PLUGIN"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.moveTrack(c.Context(), "promote", args[0], from, wait, func(ctx context.Context, r *registry.Registry) (registry.Track, error) {
				return r.Promote(ctx, args[0], from, to)
			})
		},
	}
	c.Flags().StringVar(&from, "from", "canary", "the `TRACK` whose version it is")
	c.Flags().StringVar(&to, "to", fleet.Stable, "the `TRACK` that is to be at it")
	waitFlag(c.Flags(), &wait)
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) && unknown.GetSpecifiedName() == "track" {
			// It could be either, and the wrong one would have a version go where it must not.
			return usagef("--from TRACK is the one whose version it is, and --to TRACK the one that is to be at it", "promote has no --track, as there are two tracks")
		}
		return flagError(c, err)
	})
	return c
}

func rollbackCommand(a *app) *cobra.Command {
	var (
		track, to string
		wait      time.Duration
	)
	c := &cobra.Command{
		Use: "rollback PLUGIN [flags]", Short: "Have a track be at an earlier version",
		Long: `Has a track be at the version that it was at before, or at that of --to. To do
so again leads back further.`,
		Example: "    runner-fleet rollback worker",
		Args:    oneArg("PLUGIN"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.moveTrack(c.Context(), "rollback", args[0], cmp.Or(to, track), wait, func(ctx context.Context, r *registry.Registry) (registry.Track, error) {
				return r.Rollback(ctx, args[0], track, to)
			})
		},
	}
	c.Flags().StringVar(&track, "track", fleet.Stable, "the `TRACK`")
	c.Flags().StringVar(&to, "to", "", "the `VERSION`; the one before if not said")
	waitFlag(c.Flags(), &wait)
	return c
}
