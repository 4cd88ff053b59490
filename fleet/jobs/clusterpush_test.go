package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/registry"
)

// pushTime is how long a push may take.
const pushTime = 5 * time.Second

// clusterPushes are the versions that are pushed while brokers are lost: at each broker
// there is one who pushes a plugin of its own, and one who watches all.
type clusterPushes struct {
	t   testing.TB
	c   *brokertest.Cluster
	o   registry.Options
	end func()

	mu       sync.Mutex
	pushed   map[string][]registry.Track // that were acknowledged, by plugin
	failures int
	watched  []map[string]registry.Track // by plugin, at each broker
}

func pushVersions(ctx context.Context, t testing.TB, c *brokertest.Cluster) *clusterPushes {
	t.Helper()
	s := &clusterPushes{t: t, c: c, pushed: map[string][]registry.Track{}}
	s.o = registry.Options{Create: true, Replicas: 3, Trust: bundle.Trust{Unsigned: true}, Reread: 5 * time.Second, Logger: slog.New(slog.DiscardHandler)}
	s.open(ctx, 0) // which makes it
	s.o.Create = false
	done := make(chan struct{})
	watching, stop := context.WithCancel(ctx)
	var pushers, watchers sync.WaitGroup
	s.end = func() {
		close(done)
		pushers.Wait()
		s.verify(ctx)
		stop()
		watchers.Wait()
	}
	for i := range c.Nodes {
		r := s.open(ctx, i)
		moves, err := r.Watch(watching, "")
		if err != nil {
			t.Fatal(err)
		}
		s.watched = append(s.watched, map[string]registry.Track{})
		watchers.Go(func() {
			for m := range moves {
				s.mu.Lock()
				s.watched[i][m.Plugin] = m
				s.mu.Unlock()
			}
		})
		pushers.Go(func() {
			every(ctx, done, 200*time.Millisecond, func(n int) { s.push(ctx, r, fmt.Sprint("plugin", i), n) })
		})
	}
	return s
}

// open opens the registry, again if the cluster has no leader of it yet.
func (s *clusterPushes) open(ctx context.Context, node int) *registry.Registry {
	s.t.Helper()
	nc := s.c.Nodes[node].Connect(pinned()...)
	var r *registry.Registry
	awaitCluster(s.t, func() bool {
		var err error
		if r, err = registry.Open(ctx, nc, s.o); err != nil && !errors.Is(err, registry.ErrUnavailable) {
			s.t.Fatal(err)
		}
		return err == nil
	})
	return r
}

// push pushes a version. Each tenth is so large that its bundle is in the object store.
func (s *clusterPushes) push(ctx context.Context, r *registry.Registry, plugin string, n int) {
	source := fmt.Appendf(nil, "function run() return %d end\n--", n)
	if n%10 == 1 {
		noise := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
		part := make([]byte, 500<<10)
		noise.Read(part)
		source = fmt.Appendf(source, "%x", part)
	}
	b, err := bundle.New(bundle.Contents{Plugin: plugin, Script: "tidy.lua", Files: map[string][]byte{"tidy.lua": source}})
	if err != nil {
		s.t.Error(err)
		return
	}
	once, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel()
	track, err := r.Push(once, b, strconv.Itoa(n), fleet.Stable)
	if ctx.Err() != nil { // the test has failed
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.pushed[plugin] = append(s.pushed[plugin], track)
		return
	}
	s.failures++
	if !errors.As(err, new(*registry.Error)) && !errors.As(err, new(*registry.ConflictError)) {
		s.t.Errorf("%s %d: %#v", plugin, n, err)
	}
}

// acknowledged are the versions that were, by plugin.
func (s *clusterPushes) acknowledged() (pushed map[string][]registry.Track, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pushed = map[string][]registry.Track{}
	for plugin, tracks := range s.pushed {
		pushed[plugin] = tracks[:len(tracks):len(tracks)]
		all += len(tracks)
	}
	return pushed, all
}

// more waits until versions are taken again. The latest of each plugin that had been taken
// before are there, as a broker is asked.
func (s *clusterPushes) more(ctx context.Context, node int) {
	s.t.Helper()
	pushed, before := s.acknowledged()
	awaitCluster(s.t, func() bool {
		_, now := s.acknowledged()
		return now > before+2
	})
	r := s.open(ctx, node)
	for plugin, tracks := range pushed {
		s.there(ctx, r, plugin, tracks[len(tracks)-1:])
	}
}

// there fails the test unless versions are in the registry, with their bytes, and the
// track is at the last of them, or at a later one.
func (s *clusterPushes) there(ctx context.Context, r *registry.Registry, plugin string, tracks []registry.Track) (now registry.Track) {
	s.t.Helper()
	asked := func(what string, f func() error) {
		s.t.Helper()
		awaitCluster(s.t, func() bool {
			err := f()
			if err != nil && !errors.Is(err, registry.ErrUnavailable) {
				s.t.Errorf("%s: %v", what, err)
				return true
			}
			return err == nil
		})
	}
	for _, t := range tracks {
		asked(plugin+" "+t.Version+" was taken", func() error {
			_, v, err := r.Get(ctx, plugin, t.Version)
			if err == nil && v.Hash != t.Hash {
				err = fmt.Errorf("it has the hash %s, and %s was pushed", v.Hash, t.Hash)
			}
			return err
		})
	}
	last := tracks[len(tracks)-1]
	asked("the track of "+plugin, func() (err error) {
		if now, err = r.Track(ctx, plugin, fleet.Stable); err != nil {
			return err
		}
		at, err := strconv.Atoi(now.Version)
		if want, _ := strconv.Atoi(last.Version); err == nil && at < want {
			err = fmt.Errorf("it is at %s, and was moved to %s", now.Version, last.Version)
		}
		return err
	})
	return now
}

// verify fails the test unless all that was acknowledged is there, those who watch know
// where the tracks are, and all brokers have the same.
func (s *clusterPushes) verify(ctx context.Context) {
	s.t.Helper()
	pushed, _ := s.acknowledged()
	r := s.open(ctx, 0)
	for plugin, tracks := range pushed {
		now := s.there(ctx, r, plugin, tracks)
		for i := range s.c.Nodes {
			at := func() string {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.watched[i][plugin].Version
			}
			for end := time.Now().Add(time.Minute); at() != now.Version; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					s.t.Errorf("%s is at %s, and who watches at broker %d takes it to be at %q", plugin, now.Version, i, at())
					break
				}
			}
		}
	}
	for _, stream := range []string{"KV_" + registry.Bucket, "OBJ_" + registry.ObjectBucket} {
		if n := s.c.Agree(stream); n == 0 {
			s.t.Errorf("%s has nothing", stream)
		}
	}
}

func (s *clusterPushes) String() string {
	_, all := s.acknowledged()
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%d versions: %d taken, all of them there; %d with an error of a known type", all+s.failures, all, s.failures)
}
