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
// their time, or do not answer, is no failure: the track is where it was to be. The roll has
// those that are known.
func (a *app) awaitLive(ctx context.Context, nc *nats.Conn, t registry.Track, known *roll, wait, absent time.Duration) error {
	if wait <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	began, expected, told := time.Now(), false, false
	var c *census
	for {
		now, err := known.census(ctx, nc, t)
		if c == nil || ctx.Err() == nil { // otherwise not all were asked, and what was there before counts
			c = now
		}
		live, others, silent := c.live, c.others, c.silent
		// Who serves the plugin serves all its tracks, and who was there may be about to
		// begin.
		expected = expected || live+len(others)+c.elsewhere > 0 || known.count() > 0
		switch {
		case errors.Is(err, context.Canceled):
			return &failure{exitInterrupted, fmt.Errorf("%s %s is at %s, and it was not waited until it is live", t.Plugin, t.Name, t.Version), fmt.Sprintf("'runner-fleet ls %s' tells who serves it", t.Plugin)}
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return &failure{exitLost, err, ""}
		case len(others)+len(silent) == 0 && live > 0 && (known.complete() || ctx.Err() != nil):
			fmt.Fprintf(a.diag, "live on %s\n", counted(live, "instance"))
			return nil
		}
		for _, i := range others {
			if i.Stats.Wanted == t.Version && i.Stats.Problem != "" { // and not what was pushed before
				return unservedBy(i, t, live)
			}
		}
		all := counted(live+len(others)+len(silent), "instance")
		switch {
		case !expected && (ctx.Err() != nil || time.Since(began) > absent):
			fmt.Fprintln(a.diag, "no instance is there yet that serves it: 'runner-fleet serve' starts one")
			return nil
		case ctx.Err() != nil && len(silent) > 0:
			fmt.Fprintf(a.diag, "live on %d of %s, and nothing is heard of %s: 'runner-fleet ls %s' tells more\n", live, all, namedInstances(silent), t.Plugin)
			return nil
		case ctx.Err() != nil && len(others) == 0:
			fmt.Fprintf(a.diag, "not yet live: 'runner-fleet ls %s' tells more\n", t.Plugin)
			return nil
		case ctx.Err() != nil:
			fmt.Fprintf(a.diag, "not yet live on %s: 'runner-fleet ls %s' tells more\n", counted(len(others), "instance"), t.Plugin)
			return nil
		case len(silent) > 0 && !told:
			told = true
			fmt.Fprintf(a.diag, "live on %d of %s; waiting for %s, for up to %v\n", live, all, namedInstances(silent), wait)
		}
		select {
		case <-time.After(againTime):
		case <-ctx.Done(): // and they are asked once more, which says why
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
