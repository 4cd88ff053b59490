package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet/internal/brokertest"
)

func TestRemoveVersion(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	for _, version := range []string{"1", "2", "3"} {
		push(t, r, "tidy", version, "stable")
	}
	push(t, r, "tidy", "2", "canary")
	for version, track := range map[string]string{"3": "stable", "2": "canary"} {
		if err := r.RemoveVersion(ctx, "tidy", version); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), track) {
			t.Errorf("%s: %v", version, err)
		}
		if _, _, err := r.Get(ctx, "tidy", version); err != nil {
			t.Error(err)
		}
	}
	if err := r.RemoveTrack(ctx, "tidy", "canary"); err != nil {
		t.Fatal(err)
	}
	if err := r.RemoveVersion(ctx, "tidy", "2"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Get(ctx, "tidy", "2"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := r.kv.Get(ctx, bundleKey("tidy", script(t, "tidy", "-- 2").Hash())); !errors.Is(err, jetstream.ErrKeyNotFound) {
		t.Error("the bytes are there:", err)
	}
	for _, version := range []string{"2", "4"} {
		if err := r.RemoveVersion(ctx, "tidy", version); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", version, err)
		}
	}
	list, err := r.List(ctx, "tidy")
	if err != nil || len(list) != 1 || len(list[0].Tracks) != 1 {
		t.Fatal(list, err)
	}
	var left []string
	for _, v := range list[0].Versions {
		left = append(left, v.Version)
	}
	if slices.Sort(left); fmt.Sprint(left) != "[1 3]" {
		t.Error(left)
	}

	// The way back leads over what is there.
	if _, err := r.Rollback(ctx, "tidy", "stable", "2"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if now, err := r.Rollback(ctx, "tidy", "stable", ""); err != nil || now.Version != "1" || len(now.Before) != 0 {
		t.Error(now, err)
	}
	// A version does not become another one.
	if _, err := r.Push(ctx, script(t, "tidy", "-- other"), "2", "stable"); !errors.Is(err, ErrVersionExists) || !strings.Contains(err.Error(), "it was removed") {
		t.Error(err)
	}
	push(t, r, "tidy", "2", "stable")
	if _, v, err := r.Get(ctx, "tidy", "2"); err != nil || v.Removed || v.Key == "" {
		t.Error(v, err)
	}
	push(t, r, "new", "1", "stable")
	push(t, r, "new", "2", "stable")
	if err := r.RemoveVersion(ctx, "new", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Rollback(ctx, "new", "stable", ""); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "were removed") {
		t.Error(err)
	}
	if err := r.RemoveVersion(ctx, "a.b", "1"); !errors.Is(err, ErrName) {
		t.Error(err)
	}
}

// Two versions can have the same bytes, which are there as long as one of them is.
func TestRemoveSharedBytes(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	noise := make([]byte, 2<<20)
	_, _ = rand.Read(noise)
	push(t, r, "tidy", "0", "stable")
	for name, text := range map[string]string{"small": "-- x", "large": string(noise)} {
		b := script(t, "tidy", text)
		for _, version := range []string{name + "1", name + "2"} {
			if _, err := r.Push(ctx, b, version, "canary"); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.RemoveVersion(ctx, "tidy", name+"1"); err != nil {
			t.Fatal(err)
		}
		_, v, err := r.Get(ctx, "tidy", name+"2")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.RemoveTrack(ctx, "tidy", "canary"); err != nil {
			t.Fatal(err)
		}
		if err := r.RemoveVersion(ctx, "tidy", name+"2"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.bytes(ctx, "tidy", b.Hash(), v.Stored); !errors.Is(err, jetstream.ErrKeyNotFound) && !errors.Is(err, jetstream.ErrObjectNotFound) {
			t.Errorf("%s: the bytes are there: %v", name, err)
		}
	}
}

func TestRemoveTrack(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	push(t, r, "tidy", "1", "canary")
	moves, err := r.Watch(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	if m := <-moves; m.Version != "1" {
		t.Fatal(m)
	}
	if err := r.RemoveTrack(ctx, "tidy", "canary"); err != nil {
		t.Fatal(err)
	}
	if m := <-moves; m.Version != "" || m.Name != "canary" {
		t.Error(m)
	}
	if err := r.RemoveTrack(ctx, "tidy", "canary"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	push(t, r, "tidy", "1", "canary")
	if history, err := r.History(ctx, "tidy", "canary"); err != nil || fmt.Sprint(versions(history)) != "[push 1 remove  push 1]" {
		t.Errorf("%q %v", versions(history), err)
	}
}

func TestRemovePlugin(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	noise := make([]byte, 2<<20)
	_, _ = rand.Read(noise)
	for _, plugin := range []string{"tidy", "tidy2"} {
		push(t, r, plugin, "1", "stable")
		push(t, r, plugin, "2", "canary")
		if _, err := r.Push(ctx, script(t, plugin, string(noise)), "large", "stable"); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.RemovePlugin(ctx, "tidy"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.List(ctx, "tidy"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := r.RemovePlugin(ctx, "tidy"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, _, err := r.Get(ctx, "tidy2", "large"); err != nil {
		t.Error("another plugin is gone:", err)
	}
	if objects, err := r.objects.List(ctx); err != nil || len(objects) != 1 {
		t.Error(objects, err)
	}
	if _, err := r.Push(ctx, script(t, "tidy", "-- other"), "1", "stable"); err != nil {
		t.Error("the name is taken still:", err)
	}
}

// updating is a bucket of which a test sees every update.
type updating struct {
	jetstream.KeyValue
	before, after func()
}

func (u *updating) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	u.before()
	defer u.after()
	return u.KeyValue.Update(ctx, key, value, last)
}

// Bytes that are removed between the look of a push whether they are there and its writing
// of the version are stored again.
func TestRemovedWhilePushed(t *testing.T) {
	t.Parallel()
	s := brokertest.Start(t, nil)
	o := signed(t)
	r, other := open(t, brokertest.Connect(t, s), o), open(t, brokertest.Connect(t, s), o)
	ctx := testContext(t)
	push(t, r, "tidy", "1", "stable")
	push(t, r, "tidy", "2", "stable")

	gone, stored, removed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	r.kv = &updating{r.kv, func() {}, sync.OnceFunc(func() { close(gone); <-stored })}
	other.kv = &updating{other.kv, sync.OnceFunc(func() { close(stored); <-removed }), func() {}}
	var both sync.WaitGroup
	both.Go(func() {
		defer close(removed)
		if err := r.RemoveVersion(ctx, "tidy", "1"); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		<-gone
		if _, err := other.Push(ctx, script(t, "tidy", "-- 1"), "1", "stable"); err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	if now, err := r.Track(ctx, "tidy", "stable"); err != nil || now.Version != "1" {
		t.Error(now, err)
	} else if _, err := r.Load(ctx, now); err != nil {
		t.Error(err)
	}
}

// Whether a version is removed first, or a track is moved to it: no track is at a version
// that is not there.
func TestRemovedAtOnce(t *testing.T) {
	t.Parallel()
	s := brokertest.Start(t, nil)
	o := signed(t)
	r, other := open(t, brokertest.Connect(t, s), o), open(t, brokertest.Connect(t, s), o)
	ctx := testContext(t)
	removed, moved := 0, 0
	for i := range 40 {
		plugin := fmt.Sprint("tidy", i)
		push(t, r, plugin, "1", "stable")
		push(t, r, plugin, "2", "stable")
		var both sync.WaitGroup
		both.Go(func() {
			switch err := r.RemoveVersion(ctx, plugin, "1"); {
			case err == nil:
				removed++
			case !errors.Is(err, ErrInUse) && !errors.Is(err, ErrConflict):
				t.Error(err)
			}
		})
		both.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = other.Rollback(ctx, plugin, "stable", "1")
			} else {
				_, err = other.Push(ctx, script(t, plugin, "-- 1"), "1", "stable")
			}
			switch {
			case err == nil:
				moved++
			case !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrConflict):
				t.Error(err)
			}
		})
		both.Wait()
		now, err := r.Track(ctx, plugin, "stable")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Load(ctx, now); err != nil {
			t.Errorf("round %d: %s: %v", i, now.Version, err)
		}
	}
	t.Logf("removed %d times, moved %d times", removed, moved)
}
