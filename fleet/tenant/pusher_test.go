package tenant

import (
	"context"
	"crypto/rand"
	"testing"

	"scripthost.example/fleet/bundle"
	queue "scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
)

// A pusher can do all that there is to do with scripts, and make the queue of jobs; no more is
// asked of the broker.
func TestPusherSuffices(t *testing.T) {
	t.Parallel()
	op := operator(t, "red")
	nc := connect(t, embed(t, op).URL(), op, "red", Pusher)
	ctx, cancel := context.WithTimeout(t.Context(), 4*testTime)
	defer cancel()
	reg, err := registry.Open(ctx, nc, registry.Options{Create: true, Trust: bundle.Trust{Unsigned: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := queue.Open(ctx, nc, queue.Options{Create: true}); err != nil { // for which instances wait
		t.Fatal(err)
	}
	noise := make([]byte, 2<<20) // which goes into the object store
	_, _ = rand.Read(noise)
	for version, text := range map[string]string{"1": "-- 1", "2": string(noise)} {
		b, err := bundle.New(bundle.Contents{Plugin: "tidy", Script: "w.lua", Files: map[string][]byte{"w.lua": []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reg.Push(ctx, b, version, "canary"); err != nil {
			t.Fatal(err)
		}
		if _, err := reg.Promote(ctx, "tidy", "canary", "stable"); err != nil {
			t.Fatal(err)
		}
		if err := reg.RemoveTrack(ctx, "tidy", "canary"); err != nil {
			t.Fatal(err)
		}
	}
	now, err := reg.Rollback(ctx, "tidy", "stable", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1", "2"} {
		if err := reg.RemoveVersion(ctx, "tidy", version); (err == nil) != (version != now.Version) {
			t.Error(version, err)
		}
	}
	if err := reg.RemovePlugin(ctx, "tidy"); err != nil {
		t.Error(err)
	}
}
