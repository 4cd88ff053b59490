package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"scripthost.example/fleet"
	"scripthost.example/fleet/registry"
)

// A row is a track of a plugin, with the instances that serve it.
type row struct {
	Plugin    string           `json:"plugin"`
	Track     string           `json:"track"`   // "" if none has one of its versions
	Version   string           `json:"version"` // that it is at; "" if nobody has pushed it
	Weight    int              `json:"weight"`
	By        string           `json:"by,omitempty"`
	At        time.Time        `json:"at,omitzero"`
	Instances []fleet.Instance `json:"instances"`

	// unread: who asks may not read at which version it is.
	unread bool
}

// live is how many instances serve the version that the track is at, or any, if who asks may
// not know it.
func (r *row) live() (n int) {
	for _, i := range r.Instances {
		if i.Version != "" && (r.unread || i.Version == r.Version) {
			n++
		}
	}
	return n
}

// versions are those that instances serve.
func (r *row) versions() (all []string) {
	for _, i := range r.Instances {
		if i.Version != "" && !slices.Contains(all, i.Version) {
			all = append(all, i.Version)
		}
	}
	slices.Sort(all)
	return all
}

func lsCommand(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "ls [PLUGIN]", Short: "Plugins of the fleet, their versions and instances",
		Long: `Lists tracks, the version that each is at, and how many instances serve it of
those that are there; of one PLUGIN also its instances, its versions, and what
its tracks have been at.`,
		Example: "    runner-fleet ls",
		Args:    takes(1, "one PLUGIN, or none"),
		RunE: func(c *cobra.Command, args []string) error {
			plugin := ""
			if len(args) > 0 {
				plugin = args[0]
			}
			nc, err := a.broker.connect(c.Context(), "ls")
			if err != nil {
				return err
			}
			defer nc.Close()
			rows, reg, err := a.listed(c.Context(), nc, plugin)
			if err != nil {
				return asked(err)
			}
			if plugin != "" && len(rows) == 0 {
				return usagef("'runner-fleet ls' lists all", "nobody has pushed a plugin %s, and nobody serves one", plugin)
			}
			if asJSON {
				for _, r := range rows {
					if err := json.NewEncoder(a.out).Encode(r); err != nil {
						return &failure{exitFailed, err, ""}
					}
				}
				if plugin == "" {
					return nil
				}
				versions, err := versionsOf(c.Context(), reg, plugin)
				for _, v := range versions {
					if err := json.NewEncoder(a.out).Encode(v); err != nil {
						return &failure{exitFailed, err, ""}
					}
				}
				return err
			}
			writeRows(a.out, rows)
			if plugin != "" {
				return writeDetails(c.Context(), a.out, reg, rows)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "a JSON object for each track, and of one PLUGIN for each version")
	return c
}

// listed is what there is of a plugin, or of all. The registry is nil if nothing was
// ever pushed.
func (a *app) listed(ctx context.Context, nc *nats.Conn, plugin string) ([]*row, *registry.Registry, error) {
	var rows []*row
	unread := false
	at := func(plugin, track string) *row {
		for _, r := range rows {
			if r.Plugin == plugin && r.Track == track {
				return r
			}
		}
		rows = append(rows, &row{Plugin: plugin, Track: track, Instances: []fleet.Instance{}, unread: unread})
		return rows[len(rows)-1]
	}
	reg, err := a.registry(ctx, nc)
	switch {
	case errors.Is(err, registry.ErrNoRegistry), errors.Is(err, registry.ErrPermission), errors.Is(err, nats.ErrPermissionViolation):
		reg, unread = nil, !errors.Is(err, registry.ErrNoRegistry) // who only calls sees what is served
	case err != nil:
		return nil, nil, err
	default:
		plugins, err := reg.List(ctx, plugin)
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			return nil, nil, err
		}
		for _, p := range plugins {
			if len(p.Tracks) == 0 {
				at(p.Name, "")
			}
			for _, t := range p.Tracks {
				r := at(p.Name, t.Name)
				r.Version, r.Weight, r.By, r.At = t.Version, t.Weight, t.By, t.At
			}
		}
	}
	instances, err := fleet.Instances(ctx, nc, plugin, 0)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range instances {
		r := at(i.Plugin, i.Track)
		r.Instances = append(r.Instances, i)
	}
	slices.SortFunc(rows, func(a, b *row) int { return strings.Compare(a.Plugin+" "+a.Track, b.Plugin+" "+b.Track) })
	return rows, reg, nil
}

// table writes lines with columns. What is in them is what others say: it does nothing
// to a terminal.
func table(w io.Writer, lines [][]string) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, l := range lines {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(shown(l), "\t"), "\t"))
	}
	t.Flush()
}

// shown are texts of others without control characters.
func shown(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return '\ufffd'
			}
			return r
		}, text)
	}
	return out
}

func writeRows(w io.Writer, rows []*row) {
	if len(rows) == 0 {
		fmt.Fprintln(w, "nothing is served, and nothing was pushed: 'runner-fleet push FILE' does so")
		return
	}
	lines := [][]string{{"PLUGIN", "TRACK", "VERSION", "LIVE", "CALLS", "ERRORS", "PUSHED"}}
	for _, r := range rows {
		var calls, errs uint64
		for _, i := range r.Instances {
			calls, errs = calls+i.Calls, errs+i.Errors
		}
		version, pushed := r.Version, ""
		if r.unread {
			version = strings.Join(r.versions(), ", ")
		}
		if version == "" {
			version = "-"
		}
		if !r.At.IsZero() {
			pushed = r.At.Local().Format("2006-01-02 15:04:05") + " by " + r.By
		}
		if r.Weight > 0 && r.Track != fleet.Stable {
			version += fmt.Sprintf(" (%d %%)", r.Weight)
		}
		lines = append(lines, []string{r.Plugin, cmp.Or(r.Track, "-"), version, fmt.Sprintf("%d of %d", r.live(), len(r.Instances)), fmt.Sprint(calls), fmt.Sprint(errs), pushed})
	}
	table(w, lines)
}

// writeDetails writes what there is to say of one plugin.
func writeDetails(ctx context.Context, w io.Writer, reg *registry.Registry, rows []*row) error {
	lines := [][]string{{"INSTANCE", "TRACK", "VERSION", "RUNNING", "SLOTS", "CALLS", "ERRORS", "MEAN", "P99", "SINCE"}}
	var problems []string
	for _, r := range rows {
		for _, i := range r.Instances {
			lines = append(lines, []string{i.ID, i.Track, cmp.Or(i.Version, "-"), fmt.Sprint(i.Stats.Running + i.Stats.Jobs), fmt.Sprint(i.Stats.Slots), fmt.Sprint(i.Calls), fmt.Sprint(i.Errors),
				brief(i.Mean), brief(i.Stats.P99), i.Started.Local().Format("2006-01-02 15:04:05")})
			if i.Stats.Problem != "" {
				problems = append(problems, i.ID+" does not serve version "+i.Stats.Wanted+": "+i.Stats.Problem)
			}
		}
	}
	if len(lines) > 1 {
		fmt.Fprintln(w)
		table(w, lines)
	}
	for _, p := range problems {
		fmt.Fprintln(w, shown([]string{p})[0])
	}
	if reg == nil {
		return nil
	}
	versions, err := versionsOf(ctx, reg, rows[0].Plugin)
	if err != nil {
		return err
	}
	writeVersions(w, versions)
	for _, r := range rows {
		if r.Version == "" {
			continue
		}
		moves, err := reg.History(ctx, r.Plugin, r.Track)
		if err != nil {
			return asked(err)
		}
		fmt.Fprintf(w, "\n%s has been at:\n", r.Track)
		lines := [][]string{}
		for _, m := range moves {
			lines = append(lines, []string{"  " + m.At.Local().Format("2006-01-02 15:04:05"), m.Action, m.Version, m.By})
		}
		table(w, lines)
	}
	return nil
}

// brief is a time in few digits.
func brief(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
