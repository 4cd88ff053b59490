package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/registry"
)

// rollTime is for how long no other instance has to show itself before all are taken to be known.
const rollTime = 500 * time.Millisecond

// lateTime is how long an instance that is known, and has not answered with the others, has to
// answer when it is asked by itself.
const lateTime = time.Second

// A roll has the instances of a plugin that have shown themselves since a command began, by
// ID: one that is busy, or far, is known before it is to be counted, and then waited for.
type roll struct {
	end func()

	mu    sync.Mutex
	known map[string]fleet.Instance
	last  time.Time // when another one has shown itself, or they were asked
}

// callRoll asks for the instances of a plugin, which answer while other things are done, until
// end is called.
func callRoll(ctx context.Context, nc *nats.Conn, plugin string) *roll {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	r := &roll{known: map[string]fleet.Instance{}, last: time.Now(), end: func() { cancel(); <-done }}
	go func() {
		defer close(done)
		for i, err := range fleet.Answers(ctx, nc, plugin) {
			if err != nil {
				return // which whoever asks next finds, too
			}
			r.add(i)
		}
	}()
	return r
}

func (r *roll) add(all ...fleet.Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range all {
		if _, ok := r.known[i.ID]; !ok {
			r.last = time.Now()
		}
		r.known[i.ID] = i
	}
}

// complete tells whether all instances that there are should be known.
func (r *roll) complete() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Since(r.last) >= rollTime
}

func (r *roll) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, id)
}

// count is how many are known.
func (r *roll) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.known)
}

// others are the instances of a track that are known, and not among these.
func (r *roll) others(track string, all []fleet.Instance) (others []fleet.Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range r.known {
		if i.Track == track && !slices.ContainsFunc(all, func(a fleet.Instance) bool { return a.ID == i.ID }) {
			others = append(others, i)
		}
	}
	slices.SortFunc(others, func(a, b fleet.Instance) int { return cmp.Compare(a.ID, b.ID) })
	return others
}

// A census is how many instances of a track serve its version, which do not, how many there
// are of the plugin's other tracks, and which are known and do not answer, by their IDs.
type census struct {
	live, elsewhere int
	others          []fleet.Instance
	silent          []string
}

// census asks all instances of a plugin. If ctx ends meanwhile it is what was known before.
func (r *roll) census(ctx context.Context, nc *nats.Conn, t registry.Track) (*census, error) {
	// Once all have answered that are known, none is waited for.
	all, err := fleet.Instances(ctx, nc, t.Plugin, r.count())
	late, silent := r.late(ctx, nc, t.Name, all)
	all = append(all, late...)
	if ctx.Err() != nil {
		all, silent = r.all(), nil
	}
	c := &census{silent: silent}
	for _, i := range all {
		switch {
		case i.Track != t.Name:
			c.elsewhere++
		case i.Version == t.Version:
			c.live++
		default:
			c.others = append(c.others, i)
		}
	}
	return c, err
}

// all are those that are known, as they were when they were last heard of.
func (r *roll) all() []fleet.Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.known))
}

// late asks those of a track that are known, and are not among these who have answered. Silent
// are those of them that do not answer; those that have ended are known no more.
func (r *roll) late(ctx context.Context, nc *nats.Conn, track string, answered []fleet.Instance) (late []fleet.Instance, silent []string) {
	r.add(answered...)
	ctx, cancel := context.WithTimeout(ctx, lateTime)
	defer cancel()
	others := r.others(track, answered)
	answers := make([]error, len(others))
	now := make([]fleet.Instance, len(others))
	var all sync.WaitGroup
	for n, i := range others {
		all.Go(func() { now[n], answers[n] = fleet.AskInstance(ctx, nc, i.Plugin, i.ID) })
	}
	all.Wait()
	for n, err := range answers {
		switch {
		case err == nil:
			late = append(late, now[n])
		case errors.Is(err, fleet.ErrNoInstance), errors.Is(err, fleet.ErrProtocol):
			r.forget(others[n].ID)
		default:
			silent = append(silent, others[n].ID)
		}
	}
	return late, silent
}

// namedInstances are instances by their IDs, of which some are enough.
func namedInstances(ids []string) string {
	const some = 3
	if len(ids) > some {
		return fmt.Sprintf("instances %s and %d more", strings.Join(ids[:some], ", "), len(ids)-some)
	}
	if len(ids) > 1 {
		return "instances " + strings.Join(ids, ", ")
	}
	return "instance " + strings.Join(ids, "")
}
