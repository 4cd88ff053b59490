package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"scripthost.example/fleet"
)

func topCommand(a *app) *cobra.Command {
	interval, count := time.Second, 0
	c := &cobra.Command{
		Use: "top [PLUGIN]", Short: "What the fleet is doing, live",
		Long: `Shows each instance with its version, how many calls it has and can have, the
calls and errors of the last interval in a second, and the time that 99 of 100
calls take; anew each interval until Ctrl-C. On anything but a terminal the
tables follow one another.`,
		Example: "    runner-fleet top --count 1",
		Args:    takes(1, "one PLUGIN, or none"),
		RunE: func(c *cobra.Command, args []string) error {
			if interval < 100*time.Millisecond || count < 0 {
				return usagef("", "--interval is at least 100ms, and --count not negative")
			}
			plugin := ""
			if len(args) > 0 {
				plugin = args[0]
			}
			nc, err := a.broker.connect(c.Context(), "top")
			if err != nil {
				return err
			}
			defer nc.Close()
			return top(c.Context(), a, nc, plugin, interval, count)
		},
	}
	c.Flags().DurationVar(&interval, "interval", interval, "the time between two looks")
	c.Flags().IntVar(&count, "count", count, "end after `N` tables; not at all if 0")
	return c
}

func top(ctx context.Context, a *app, nc *nats.Conn, plugin string, interval time.Duration, count int) error {
	f, isFile := a.out.(*os.File)
	live := isFile && term.IsTerminal(int(f.Fd()))
	before := map[string]fleet.Instance{}
	last := time.Now()
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for n := 0; ; n++ {
		instances, err := fleet.Instances(ctx, nc, plugin, 0)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return &failure{exitLost, err, ""}
		}
		now := time.Now()
		var b bytes.Buffer
		if live {
			b.WriteString("\x1b[H\x1b[J")
		}
		writeTop(&b, instances, before, now.Sub(last))
		if !live && n > 0 {
			fmt.Fprintln(a.out)
		}
		if _, err := a.out.Write(b.Bytes()); err != nil {
			return nil // nobody reads any more
		}
		last = now
		clear(before)
		for _, i := range instances {
			before[i.ID] = i
		}
		if count > 0 && n+1 >= count {
			return nil
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func writeTop(b *bytes.Buffer, instances []fleet.Instance, before map[string]fleet.Instance, took time.Duration) {
	lines := [][]string{{"PLUGIN", "TRACK", "VERSION", "INSTANCE", "RUNNING", "CALLS/S", "ERRORS/S", "P99", "REFUSED", "CRASHES"}}
	for _, i := range instances {
		calls, errs := "-", "-"
		if was, ok := before[i.ID]; ok && i.Calls >= was.Calls && i.Errors >= was.Errors {
			calls = fmt.Sprintf("%.0f", float64(i.Calls-was.Calls)/took.Seconds())
			errs = fmt.Sprintf("%.0f", float64(i.Errors-was.Errors)/took.Seconds())
		}
		lines = append(lines, []string{i.Plugin, i.Track, cmp.Or(i.Version, "-"), i.ID, fmt.Sprintf("%d of %d", i.Stats.Running+i.Stats.Jobs, i.Stats.Slots), calls, errs, brief(i.Stats.P99), fmt.Sprint(i.Stats.Refused), fmt.Sprint(i.Stats.Crashes)})
	}
	if len(instances) == 0 {
		b.WriteString("nobody serves anything\n")
		return
	}
	table(b, lines)
}
