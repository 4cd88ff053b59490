package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Plugin is what the registry has of one.
type Plugin struct {
	Name     string
	Tracks   []Track   // by name
	Versions []Version // the latest first
}

// List returns what there is of a plugin, or of all, by name, if plugin is "". What
// cannot be read is left out, and is in the error, beside what can.
func (r *Registry) List(ctx context.Context, plugin string) ([]Plugin, error) {
	op := "list what is in the registry"
	pattern := "*"
	if plugin != "" {
		op = "list " + plugin
		if err := checkNames(op, "plugin", plugin); err != nil {
			return nil, err
		}
		pattern = plugin
	}
	entries, err := r.entries(ctx, []string{pattern + ".t.*", pattern + ".v.>"})
	if err != nil {
		return nil, r.fault(op, err)
	}
	found := make(map[string]*Plugin)
	of := func(name string) *Plugin {
		if found[name] == nil {
			found[name] = &Plugin{Name: name}
		}
		return found[name]
	}
	var bad []error
	for _, e := range entries {
		if e.Operation() != jetstream.KeyValuePut {
			continue
		}
		if _, kind, _, _ := splitKey(e.Key()); kind == "v" {
			v, err := readVersion(e)
			if err == nil && !v.Removed {
				p := of(v.Plugin)
				p.Versions = append(p.Versions, v)
			}
			bad = append(bad, err)
			continue
		}
		t, err := readTrack(e)
		if err == nil {
			p := of(t.Plugin)
			p.Tracks = append(p.Tracks, t)
		}
		bad = append(bad, err)
	}
	var list []Plugin
	for _, p := range found {
		slices.SortFunc(p.Tracks, func(a, b Track) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(p.Versions, func(a, b Version) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Version, b.Version)) })
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Plugin) int { return cmp.Compare(a.Name, b.Name) })
	if plugin != "" && len(list) == 0 && errors.Join(bad...) == nil {
		return nil, &Error{Op: op, Kind: ErrNotFound, What: "nobody has pushed it"}
	}
	return list, errors.Join(bad...)
}

// History returns the moves of a track, the latest first, [HistorySize] at most. A track
// that was deleted is there without a version.
func (r *Registry) History(ctx context.Context, plugin, track string) ([]Track, error) {
	op := fmt.Sprintf("read the history of %s of %s", track, plugin)
	if err := checkNames(op, "plugin", plugin, "track", track); err != nil {
		return nil, err
	}
	entries, err := r.entries(ctx, []string{trackKey(plugin, track)}, jetstream.IncludeHistory())
	if err == nil && len(entries) == 0 {
		err = jetstream.ErrKeyNotFound
	}
	if err != nil {
		return nil, r.fault(op, err)
	}
	var moves []Track
	for _, e := range slices.Backward(entries) {
		t, err := readTrack(e)
		if err != nil {
			return moves, err
		}
		moves = append(moves, t)
	}
	return moves, nil
}

// silenceTime is how long nothing is heard of a broker before it is asked again: without
// a leader, what was asked is lost.
const silenceTime = 2 * time.Second

var errSilent = errors.New("nothing is heard")

// entries returns all values of keys that match one of some patterns.
func (r *Registry) entries(ctx context.Context, patterns []string, opts ...jetstream.WatchOpt) ([]jetstream.KeyValueEntry, error) {
	// A watcher waits for ever for a broker that is gone.
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	for {
		entries, err := r.tryEntries(ctx, patterns, opts)
		switch {
		case err == nil:
			return entries, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, errSilent):
			return nil, err
		}
	}
}

// tryEntries is entries, until nothing is heard for a while.
func (r *Registry) tryEntries(ctx context.Context, patterns []string, opts []jetstream.WatchOpt) ([]jetstream.KeyValueEntry, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(silenceTime, func() { cancel(errSilent) })
	defer silence.Stop()
	w, err := r.kv.WatchFiltered(ctx, slices.Clone(patterns), opts...) // which it writes to
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	defer stop(w)
	var entries []jetstream.KeyValueEntry
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case e, open := <-w.Updates():
			silence.Reset(silenceTime)
			switch {
			case !open:
				return nil, nats.ErrConnectionClosed
			case e == nil: // these were all
				return entries, nil
			}
			entries = append(entries, e)
		}
	}
}
