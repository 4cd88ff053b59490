package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/registry"
)

// absentTime is how long an instance has to show itself before none is taken to be
// there, where nothing tells that one is.
const absentTime = 2 * time.Second

// againTime is the pause before instances are asked again: where none is there, the broker
// says so at once.
const againTime = 50 * time.Millisecond

// awaitLive waits until all instances of the track serve its version, and says which do
// not. That none is there, which it takes to be so after the time absent, or that some take
// their time, is no failure: the track is where it was to be.
func (a *app) awaitLive(ctx context.Context, nc *nats.Conn, t registry.Track, wait, absent time.Duration) error {
	if wait <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	began, expected := time.Now(), false
	for {
		live, others, elsewhere, err := instancesOf(ctx, nc, t)
		// Who serves the plugin serves all its tracks, and who was there may be about to
		// begin.
		expected = expected || live+len(others)+elsewhere > 0
		switch {
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return &failure{exitLost, err, ""}
		case len(others) == 0 && live > 0:
			fmt.Fprintf(a.diag, "live on %s\n", counted(live, "instance"))
			return nil
		}
		for _, i := range others {
			if i.Stats.Wanted == t.Version && i.Stats.Problem != "" { // and not what was pushed before
				return unservedBy(i, t, live)
			}
		}
		switch {
		case !expected && (ctx.Err() != nil || time.Since(began) > absent):
			fmt.Fprintln(a.diag, "no instance is there yet that serves it: 'runner-fleet serve' starts one")
			return nil
		case ctx.Err() != nil && len(others) == 0:
			fmt.Fprintf(a.diag, "not yet live: 'runner-fleet ls %s' tells more\n", t.Plugin)
			return nil
		case ctx.Err() != nil:
			fmt.Fprintf(a.diag, "not yet live on %s: 'runner-fleet ls %s' tells more\n", counted(len(others), "instance"), t.Plugin)
			return nil
		}
		select {
		case <-time.After(againTime):
		case <-ctx.Done():
		}
	}
}

// unservedBy is the failure of an instance that does not serve what the track is at, where
// so many others do.
func unservedBy(i fleet.Instance, t registry.Track, live int) error {
	goesOn := ""
	if i.Version != "" {
		goesOn = ", and goes on with " + i.Version
	}
	hint := fmt.Sprintf("It is live on %s: ", counted(live, "instance"))
	if len(t.Before) > 0 {
		hint += fmt.Sprintf("'runner-fleet rollback %s --track %s' has all go back", t.Plugin, t.Name)
	} else {
		hint += fmt.Sprintf("'runner-fleet ls %s' tells what becomes of it, as it is tried again", t.Plugin)
	}
	return &failure{exitFailed, fmt.Errorf("instance %s does not serve version %s%s: %s", i.ID, t.Version, goesOn, shown([]string{i.Stats.Problem})[0]), hint}
}

// instancesOf says how many instances of a track serve its version, which do not, and how
// many there are of the plugin's other tracks.
func instancesOf(ctx context.Context, nc *nats.Conn, t registry.Track) (live int, others []fleet.Instance, elsewhere int, err error) {
	all, err := fleet.Instances(ctx, nc, t.Plugin, 0)
	for _, i := range all {
		switch {
		case i.Track != t.Name:
			elsewhere++
		case i.Version == t.Version:
			live++
		default:
			others = append(others, i)
		}
	}
	return live, others, elsewhere, err
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// awaitGone waits until no instance serves a plugin's track any more, or any of its tracks
// if it is "". That some take their time is no failure.
func (a *app) awaitGone(ctx context.Context, nc *nats.Conn, plugin, track string, wait time.Duration) error {
	for end := time.Now().Add(wait); wait > 0; {
		all, err := fleet.Instances(ctx, nc, plugin, 0)
		if err != nil {
			return asked(err)
		}
		left := 0
		for _, i := range all {
			if track == "" || i.Track == track {
				left++
			}
		}
		switch {
		case left == 0:
			return nil
		case time.Now().After(end):
			fmt.Fprintf(a.diag, "%s may have it still: 'runner-fleet ls %s' tells more\n", counted(left, "instance"), plugin)
			return nil
		}
	}
	return nil
}
