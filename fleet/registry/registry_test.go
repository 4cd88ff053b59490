package registry

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/internal/request"
)

// testTime is how long anything may take; only what fails takes so long.
const testTime = 2 * time.Minute

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	t.Cleanup(cancel)
	return ctx
}

// signed are options of one who signs, and trusts that.
func signed(t *testing.T) Options {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Create: true, Signer: key, Trust: bundle.Trust{Keys: []string{public}}}
}

func open(t *testing.T, nc *nats.Conn, o Options) *Registry {
	t.Helper()
	r, err := Open(testContext(t), nc, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fresh is a registry with a broker of its own.
func fresh(t *testing.T) *Registry {
	t.Helper()
	return open(t, brokertest.Connect(t, brokertest.Start(t, nil)), signed(t))
}

func script(t *testing.T, plugin, text string) *bundle.Bundle {
	t.Helper()
	b, err := bundle.New(bundle.Contents{Plugin: plugin, Script: "w.lua", Files: map[string][]byte{"w.lua": []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func push(t *testing.T, r *Registry, plugin, version, track string) Track {
	t.Helper()
	got, err := r.Push(testContext(t), script(t, plugin, "-- "+version), version, track)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func versions(tracks []Track) (list []string) {
	for _, t := range tracks {
		list = append(list, t.Action+" "+t.Version)
	}
	return list
}

func TestPushAndGet(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	b := script(t, "tidy", "function run() end")
	got, err := r.Push(ctx, b, "1.0", fleet.Stable)
	if err != nil {
		t.Fatal(err)
	}
	if got.Plugin != "tidy" || got.Name != "stable" || got.Version != "1.0" || got.Hash != b.Hash() || got.Weight != 100 || got.By == "" || got.At.IsZero() || got.Revision == 0 {
		t.Errorf("%+v", got)
	}
	has, v, err := r.Get(ctx, "tidy", "1.0")
	if err != nil || !bytes.Equal(has.Bytes(), b.Bytes()) || v.Hash != b.Hash() || v.Size != len(b.Bytes()) || v.Script != "w.lua" || v.Key != got.By || v.At.IsZero() {
		t.Errorf("%+v %v", v, err)
	}
	if has, err := r.Load(ctx, got); err != nil || has.Hash() != b.Hash() {
		t.Error(err)
	}
	if now, err := r.Track(ctx, "tidy", "stable"); err != nil || now.Revision != got.Revision {
		t.Errorf("%+v %v", now, err)
	}
	// Again, by somebody else: nothing happens.
	again, err := open(t, r.nc, r.opts).Push(ctx, script(t, "tidy", "function run() end"), "1.0", fleet.Stable)
	if err != nil || again.Revision != got.Revision {
		t.Errorf("%+v %v", again, err)
	}
	// And with other bytes.
	_, err = r.Push(ctx, script(t, "tidy", "function run() return 1 end"), "1.0", fleet.Stable)
	if !errors.Is(err, ErrVersionExists) {
		t.Error(err)
	}
	if now, err := r.Track(ctx, "tidy", "stable"); err != nil || now.Revision != got.Revision {
		t.Errorf("%+v %v", now, err)
	}
	// A version is one of its plugin.
	if _, err := r.Push(ctx, script(t, "other", "function run() return 1 end"), "1.0", "canary"); err != nil {
		t.Error(err)
	}
	if other, err := r.Track(ctx, "other", "canary"); err != nil || other.Weight != 0 {
		t.Errorf("%+v %v", other, err)
	}
}

func TestPromoteRollbackHistory(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	for _, v := range []string{"1", "2", "3"} {
		push(t, r, "tidy", v, "stable")
	}
	push(t, r, "tidy", "4", "canary")
	step := func(want string, before []string) func(Track, error) {
		return func(got Track, err error) {
			t.Helper()
			if err != nil || got.Version != want || !slices.Equal(got.Before, before) {
				t.Errorf("%+v, %v; want %s, before %q", got, err, want, before)
			}
		}
	}
	if got, err := r.SetWeight(ctx, "tidy", "canary", 10); err != nil || got.Weight != 10 || got.Version != "4" {
		t.Errorf("%+v %v", got, err)
	}
	step("4", []string{"3", "2", "1"})(r.Promote(ctx, "tidy", "canary", "stable"))
	if got, err := r.Track(ctx, "tidy", "canary"); err != nil || got.Weight != 0 || got.Version != "4" {
		t.Errorf("%+v %v", got, err)
	}
	step("4", []string{"3", "2", "1"})(r.Promote(ctx, "tidy", "canary", "stable"))
	step("3", []string{"2", "1"})(r.Rollback(ctx, "tidy", "stable", ""))
	step("2", []string{"1"})(r.Rollback(ctx, "tidy", "stable", ""))
	step("4", []string{"2", "1"})(r.Rollback(ctx, "tidy", "stable", "4"))
	step("4", []string{"2", "1"})(r.Rollback(ctx, "tidy", "stable", "4"))
	step("1", nil)(r.Rollback(ctx, "tidy", "stable", "1"))
	if _, err := r.Rollback(ctx, "tidy", "stable", ""); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "name one") {
		t.Error(err)
	}
	history, err := r.History(ctx, "tidy", "stable")
	want := []string{"rollback 1", "rollback 4", "rollback 2", "rollback 3", "promote 4", "push 3", "push 2", "push 1"}
	if err != nil || !slices.Equal(versions(history), want) {
		t.Errorf("%q %v", versions(history), err)
	}
	for i, h := range history {
		if h.By == "" || h.At.IsZero() || h.Revision == 0 || i > 0 && h.Revision >= history[i-1].Revision {
			t.Errorf("%+v", h)
		}
	}
	list, err := r.List(ctx, "")
	if err != nil || len(list) != 1 || list[0].Name != "tidy" || len(list[0].Tracks) != 2 || len(list[0].Versions) != 4 || list[0].Versions[0].Version != "4" {
		t.Errorf("%+v %v", list, err)
	}
}

// Who moves a track a hundred times has the last of it.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	for i := range HistorySize + maxBefore {
		push(t, r, "tidy", strconv.Itoa(i), "stable")
	}
	history, err := r.History(ctx, "tidy", "stable")
	if err != nil || len(history) != HistorySize {
		t.Fatal(len(history), err)
	}
	if len(history[0].Before) != maxBefore || history[0].Version != strconv.Itoa(HistorySize+maxBefore-1) {
		t.Errorf("%+v", history[0])
	}
}

func TestNotThere(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	push(t, r, "tidy", "1", "stable")
	for name, f := range map[string]func() error{
		"version":        func() error { _, _, err := r.Get(ctx, "tidy", "2"); return err },
		"plugin":         func() error { _, _, err := r.Get(ctx, "other", "1"); return err },
		"track":          func() error { _, err := r.Track(ctx, "tidy", "canary"); return err },
		"promoted":       func() error { _, err := r.Promote(ctx, "tidy", "canary", "stable"); return err },
		"rolled back":    func() error { _, err := r.Rollback(ctx, "tidy", "canary", ""); return err },
		"rolled back to": func() error { _, err := r.Rollback(ctx, "tidy", "stable", "2"); return err },
		"weight":         func() error { _, err := r.SetWeight(ctx, "tidy", "canary", 1); return err },
		"history":        func() error { _, err := r.History(ctx, "tidy", "canary"); return err },
		"list":           func() error { _, err := r.List(ctx, "other"); return err },
	} {
		var e *Error
		if err := f(); !errors.Is(err, ErrNotFound) || !errors.As(err, &e) || e.Op == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	b := script(t, "tidy", "x")
	for name, f := range map[string]func() error{
		"no version":         func() error { _, err := r.Push(ctx, b, "", "stable"); return err },
		"a pattern":          func() error { _, err := r.Push(ctx, b, "*", "stable"); return err },
		"all":                func() error { _, err := r.Push(ctx, b, ">", "stable"); return err },
		"a flag":             func() error { _, err := r.Push(ctx, b, "-v", "stable"); return err },
		"dots":               func() error { _, err := r.Push(ctx, b, "1..2", "stable"); return err },
		"a dot at the end":   func() error { _, err := r.Push(ctx, b, "1.", "stable"); return err },
		"a long version":     func() error { _, err := r.Push(ctx, b, strings.Repeat("1", 129), "stable"); return err },
		"a track":            func() error { _, err := r.Push(ctx, b, "1", "a.b"); return err },
		"no track":           func() error { _, err := r.Track(ctx, "tidy", ""); return err },
		"a plugin":           func() error { _, _, err := r.Get(ctx, "ti dy", "1"); return err },
		"a plugin's list":    func() error { _, err := r.List(ctx, "*"); return err },
		"a watched plugin":   func() error { _, err := r.Watch(ctx, "*"); return err },
		"promoted to itself": func() error { _, err := r.Promote(ctx, "tidy", "stable", "stable"); return err },
		"rolled back to all": func() error {
			push(t, r, "x", "1", "stable")
			_, err := r.Rollback(ctx, "x", "stable", "*")
			return err
		},
	} {
		if err := f(); !errors.Is(err, ErrName) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"1", "1.2.0", "v1.2.0-rc.1", "2026-11-27_a", strings.Repeat("1", 128)} {
		if err := CheckVersion(name); err != nil {
			t.Error(err)
		}
	}
}

// All weights come to no more than a hundred.
func TestWeights(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	for _, track := range []string{"stable", "alpha", "beta", "gamma"} {
		push(t, r, "tidy", "1", track)
	}
	push(t, r, "other", "1", "stable")
	push(t, r, "other", "1", "alpha")
	for _, x := range []struct {
		plugin, track string
		weight        int
		want          string // "" if it is no error
	}{
		{"tidy", "alpha", 101, "a weight is 0 to 100"},
		{"tidy", "alpha", -1, "a weight is 0 to 100"},
		{"tidy", "stable", 1, "stable has the calls that are left by the others"},
		{"tidy", "alpha", 60, ""},
		{"other", "alpha", 100, ""}, // which is another plugin's
		{"tidy", "beta", 41, "alpha has 60, and all tracks have 100 together (40 at most are left"},
		{"tidy", "beta", 30, ""},
		{"tidy", "gamma", 11, "alpha has 60, beta has 30, and all tracks have 100 together (10 at most are left"},
		{"tidy", "alpha", 71, "beta has 30, and all tracks have 100 together (70 at most are left"},
		{"tidy", "alpha", 70, ""},
		{"tidy", "alpha", 10, ""},
		{"tidy", "gamma", 60, ""},
	} {
		got, err := r.SetWeight(ctx, x.plugin, x.track, x.weight)
		switch {
		case x.want == "" && (err != nil || got.Weight != x.weight):
			t.Errorf("%+v: %+v, %v", x, got, err)
		case x.want != "" && (!errors.Is(err, ErrWeight) || !strings.Contains(err.Error(), x.want)):
			t.Errorf("%+v: %v", x, err)
		}
	}
}

// Of those who push at once one wins, and the others are told who.
func TestPushedAtOnce(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	push(t, r, "tidy", "0", "stable")
	const pushers, rounds = 4, 5
	for round := range rounds {
		start, err := r.Track(ctx, "tidy", "stable")
		if err != nil {
			t.Fatal(err)
		}
		errs := make([]error, pushers)
		var all sync.WaitGroup
		for i := range pushers {
			all.Go(func() {
				version := fmt.Sprintf("%d.%d", round+1, i)
				b := script(t, "tidy", version)
				if err := r.store(ctx, "test", b, version); err != nil {
					errs[i] = err
					return
				}
				// Push does as much, but may begin when another has ended already.
				_, errs[i] = r.move(ctx, "test", start, start.to(ActionPush, version, b.Hash()))
			})
		}
		all.Wait()
		now, err := r.Track(ctx, "tidy", "stable")
		if err != nil {
			t.Fatal(err)
		}
		won := 0
		for i, err := range errs {
			var conflict *ConflictError
			version := fmt.Sprintf("%d.%d", round+1, i)
			switch {
			case err == nil:
				won++
				if now.Version != version {
					t.Errorf("%s has won, and the track is at %s", version, now.Version)
				}
			case !errors.Is(err, ErrConflict) || !errors.As(err, &conflict) || conflict.Now.ID != now.ID:
				t.Errorf("%s: %v", version, err)
			}
			if _, _, err := r.Get(ctx, "tidy", version); err != nil {
				t.Errorf("%s is lost: %v", version, err)
			}
		}
		if won != 1 {
			t.Errorf("%d have won", won)
		}
	}
	history, err := r.History(ctx, "tidy", "stable")
	if err != nil || len(history) != 1+rounds {
		t.Errorf("%q %v", versions(history), err)
	}
}

// As many as like can push the same at once; and of different bytes as the same version
// some are the version, and the others are told.
func TestSameVersionAtOnce(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	for round := range 5 {
		version := strconv.Itoa(round)
		texts := []string{"same", "same", "other", "same"}
		errs := make([]error, len(texts))
		var all sync.WaitGroup
		for i, text := range texts {
			all.Go(func() { _, errs[i] = r.Push(ctx, script(t, "tidy", text), version, "t"+version) })
		}
		all.Wait()
		b, _, err := r.Get(ctx, "tidy", version)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := b.File("w.lua")
		for i, err := range errs {
			if (err == nil) != (texts[i] == string(text)) || err != nil && !errors.Is(err, ErrVersionExists) {
				t.Errorf("%s: %v, and it is %s", texts[i], err, text)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		size    int
		payload int32 // of the broker
		stored  string
	}{
		"small":                    {100, 0, inBucket},
		"just small enough":        {maxInline - 10<<10, 0, inBucket},
		"a bit too large":          {maxInline + 1, 0, inObject},
		"of several MiB":           {5 << 20, 0, inObject},
		"for a broker of few":      {100 << 10, 64 << 10, inObject},
		"small, for one of few":    {10 << 10, 64 << 10, inBucket},
		"large, for one of plenty": {maxInline + 1, 8 << 20, inObject},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nc := brokertest.Connect(t, brokertest.Start(t, func(o *server.Options) {
				if test.payload > 0 {
					o.MaxPayload = test.payload
				}
			}))
			r, ctx := open(t, nc, signed(t)), testContext(t)
			text := make([]byte, test.size)
			_, _ = rand.Read(text) // which does not fail
			b := script(t, "tidy", string(text))
			for range 2 { // the second finds it all
				if _, err := r.Push(ctx, b, "1", "stable"); err != nil {
					t.Fatal(err)
				}
			}
			got, v, err := r.Get(ctx, "tidy", "1")
			if err != nil || !bytes.Equal(got.Bytes(), b.Bytes()) || v.Stored != test.stored {
				t.Errorf("%v, in %s", err, v.Stored)
			}
		})
	}
}

// Who can write to the buckets, and has no key, can have nothing run that nobody signed.
func TestTampered(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("-- large\n", maxInline/8)
	evil := []byte("os.execute('rm -rf /')")
	for name, test := range map[string]struct {
		text   string
		change func(ctx context.Context, r *Registry, b *bundle.Bundle) error
		want   error
	}{
		"the bytes": {"x", func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			_, err := r.kv.Put(ctx, bundleKey("tidy", b.Hash()), evil)
			return err
		}, ErrCorrupt},
		"the object": {large, func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			_, err := r.objects.PutBytes(ctx, objectName("tidy", b.Hash()), evil)
			return err
		}, ErrCorrupt},
		"a huge object": {large, func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			_, err := r.objects.PutBytes(ctx, objectName("tidy", b.Hash()), make([]byte, bundle.MaxBytes+1))
			return err
		}, ErrCorrupt},
		"no bytes": {"x", func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			return r.kv.Delete(ctx, bundleKey("tidy", b.Hash()))
		}, ErrNotFound},
		"no object": {large, func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			return r.objects.Delete(ctx, objectName("tidy", b.Hash()))
		}, ErrNotFound},
		"the version and the bytes": {"x", func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			other := script(t, "tidy", string(evil))
			_, err := r.kv.Put(ctx, bundleKey("tidy", other.Hash()), other.Bytes())
			if err == nil {
				err = rewrite(ctx, r, func(text string) string { return strings.ReplaceAll(text, b.Hash(), other.Hash()) })
			}
			return err
		}, bundle.ErrSignature},
		"no signature": {"x", func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			return rewrite(ctx, r, func(text string) string {
				before, _, _ := strings.Cut(text, `,"key"`)
				return before + "}"
			})
		}, bundle.ErrUnsigned},
		"an older version as this one": {"x", func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			old := script(t, "tidy", "old")
			if _, err := r.Push(ctx, old, "0", "old"); err != nil {
				return err
			}
			e, err := r.kv.Get(ctx, versionKey("tidy", "0"))
			if err == nil {
				_, err = r.kv.Put(ctx, versionKey("tidy", "1"), e.Value())
			}
			return err
		}, bundle.ErrSignature},
		"the version is something else": {"x", func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			return rewrite(ctx, r, func(string) string { return "[]" })
		}, ErrCorrupt},
		"a hash that is none": {"x", func(ctx context.Context, r *Registry, b *bundle.Bundle) error {
			return rewrite(ctx, r, func(text string) string { return strings.ReplaceAll(text, b.Hash(), "x") })
		}, ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, ctx := fresh(t), testContext(t)
			b := script(t, "tidy", test.text)
			track, err := r.Push(ctx, b, "1", "stable")
			if err != nil {
				t.Fatal(err)
			}
			if err := test.change(ctx, r, b); err != nil {
				t.Fatal(err)
			}
			if _, _, err := r.Get(ctx, "tidy", "1"); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if _, err := r.Load(ctx, track); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if test.want == ErrNotFound || name == "the bytes" || name == "the object" {
				// To push it again puts it right.
				if _, err := r.Push(ctx, b, "1", "stable"); err != nil {
					t.Fatal(err)
				}
				if _, err := r.Load(ctx, track); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// rewrite has what is told of version 1 be something else.
func rewrite(ctx context.Context, r *Registry, f func(string) string) error {
	e, err := r.kv.Get(ctx, versionKey("tidy", "1"))
	if err == nil {
		_, err = r.kv.Put(ctx, versionKey("tidy", "1"), []byte(f(string(e.Value()))))
	}
	return err
}

// A signed version cannot be put in the place of the one that a track was moved to.
func TestLoadWantsTheSameBytes(t *testing.T) {
	t.Parallel()
	r := fresh(t)
	track := push(t, r, "tidy", "1", "stable")
	track.Hash = strings.Repeat("0", 64)
	if _, err := r.Load(testContext(t), track); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestUnsigned(t *testing.T) {
	t.Parallel()
	nc, ctx := brokertest.Connect(t, brokertest.Start(t, nil)), testContext(t)
	b := script(t, "tidy", "x")
	if _, err := open(t, nc, Options{Create: true}).Push(ctx, b, "1", "stable"); !errors.Is(err, bundle.ErrUnsigned) {
		t.Error(err)
	}
	any := open(t, nc, Options{Trust: bundle.Trust{Unsigned: true}})
	if _, _, err := any.Get(ctx, "tidy", "1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was refused is there: %v", err)
	}
	if _, err := any.Push(ctx, b, "1", "stable"); err != nil {
		t.Error(err)
	}
	if _, _, err := any.Get(ctx, "tidy", "1"); err != nil {
		t.Error(err)
	}
	mine := open(t, nc, signed(t))
	if _, _, err := mine.Get(ctx, "tidy", "1"); !errors.Is(err, bundle.ErrUnsigned) {
		t.Error(err)
	}
	// To push it again with a key signs it.
	if _, err := mine.Push(ctx, b, "1", "stable"); err != nil {
		t.Error(err)
	}
	if _, _, err := mine.Get(ctx, "tidy", "1"); err != nil {
		t.Error(err)
	}
	if _, _, err := open(t, nc, signed(t)).Get(ctx, "tidy", "1"); !errors.Is(err, bundle.ErrUntrusted) {
		t.Error(err)
	}
	if _, err := Open(ctx, nc, Options{Trust: bundle.Trust{Keys: []string{"x"}}}); !errors.Is(err, bundle.ErrKey) {
		t.Error(err)
	}
}

// What something else has written is told of, and does not hide the rest.
func TestListOfOddThings(t *testing.T) {
	t.Parallel()
	r, ctx := fresh(t), testContext(t)
	push(t, r, "tidy", "1", "stable")
	for key, value := range map[string]string{
		"tidy.t.odd": "x", "tidy.t.odder": `{"version":"*"}`, "tidy.t.oddest": `{"version":"1","weight":101}`, "tidy.v.2": "{}", "tidy.v.3": "",
		"tidy.t.oddly": `{"version":"1","by":"\u001b[2J"}`,
	} {
		if _, err := r.kv.PutString(ctx, key, value); err != nil {
			t.Fatal(err)
		}
	}
	list, err := r.List(ctx, "tidy")
	if !errors.Is(err, ErrCorrupt) || strings.Count(err.Error(), "\n") != 5 {
		t.Error(err)
	}
	if len(list) != 1 || len(list[0].Tracks) != 1 || len(list[0].Versions) != 1 {
		t.Errorf("%+v", list)
	}
	if _, err := r.Track(ctx, "tidy", "odd"); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
	if _, err := r.Push(ctx, script(t, "tidy", "x"), "4", "odd"); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	config := func(text string) func(*server.Options) {
		return func(o *server.Options) {
			store := o.StoreDir
			path := store + "/nats.conf"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Error(err)
			}
			if err := o.ProcessConfigFile(path); err != nil {
				t.Error(err)
			}
			o.JetStream, o.StoreDir = true, store
		}
	}
	for name, test := range map[string]struct {
		broker func(*server.Options)
		user   string
		o      Options
		want   error
		hint   string
	}{
		"nobody has pushed":      {nil, "", Options{}, ErrNoRegistry, "first push"},
		"no JetStream":           {func(o *server.Options) { o.JetStream = false }, "", Options{Create: true}, ErrNoJetStream, "JetStream"},
		"three of one":           {nil, "", Options{Create: true, Replicas: 3}, ErrReplicas, "cluster"},
		"no JetStream of theirs": {config("accounts { A { users: [{user: a, password: a}] }, B { jetstream: enabled, users: [{user: b, password: b}] } }"), "a", Options{Create: true}, ErrNoJetStream, ""},
		"no permission": {config(`accounts { A { jetstream: enabled, users: [{user: a, password: a, permissions: {publish: {deny: ["$JS.API.STREAM.CREATE.>"]}}}] } }`), "a",
			Options{Create: true}, ErrPermission, "$JS.API.STREAM.CREATE"},
		"a quota": {config("accounts { A { jetstream: {max_streams: 5, max_file: 1M}, users: [{user: a, password: a}] } }"), "a", Options{Create: true, MaxBytes: 2 << 20}, ErrStorage, "storage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, s := testContext(t), brokertest.Start(t, test.broker)
			var opts []nats.Option
			if test.user != "" {
				opts = append(opts, nats.UserInfo(test.user, test.user), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
			}
			if test.want == ErrPermission { // to which the broker does not answer
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 10*time.Second)
				defer cancel()
			}
			_, err := Open(ctx, brokertest.Connect(t, s, opts...), test.o)
			var e *Error
			if !errors.Is(err, test.want) || !errors.As(err, &e) || !strings.Contains(err.Error(), test.hint) {
				t.Errorf("%v, want %v with %q", err, test.want, test.hint)
			}
		})
	}
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	if _, err := Open(ctx, nc, Options{Reread: -1}); err == nil {
		t.Error("it is negative")
	}
	if _, err := Open(ctx, nc, Options{By: "Ada\x1b[2J"}); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Error(err)
	}
	open(t, nc, Options{Create: true})
	if _, err := Open(ctx, nc, Options{Replicas: 3}); !errors.Is(err, ErrReplicas) || !strings.Contains(err.Error(), "nats stream edit KV_"+Bucket) {
		t.Error(err)
	}
	open(t, nc, Options{Create: true, Replicas: 1})
	nc.Close()
	if _, err := Open(ctx, nc, Options{}); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestTooOld(t *testing.T) {
	t.Parallel()
	nc, err := nats.Connect(pretend(t, "2.9.25"), nats.Timeout(testTime))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_, err = Open(testContext(t), nc, Options{})
	var old *fleet.BrokerVersionError
	if !errors.Is(err, ErrTooOld) || !errors.As(err, &old) || old.Version != "2.9.25" || !strings.Contains(err.Error(), "update it") {
		t.Error(err)
	}
}

// pretend answers as a broker of a version would to one who connects.
func pretend(t *testing.T, version string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprintf(c, "INFO {\"server_id\":\"x\",\"version\":%q,\"max_payload\":1048576,\"headers\":true}\r\n", version)
		for in := bufio.NewScanner(c); in.Scan(); {
			if in.Text() == "PING" {
				fmt.Fprint(c, "PONG\r\n")
			}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "nats://" + l.Addr().String()
}

// A broker without room says so, and nothing has changed.
func TestQuota(t *testing.T) {
	t.Parallel()
	o := signed(t)
	o.MaxBytes = 512 << 10
	r, ctx := open(t, brokertest.Connect(t, brokertest.Start(t, nil)), o), testContext(t)
	old := push(t, r, "tidy", "1", "stable")
	for name, size := range map[string]int{"small": 600 << 10, "large": 2 << 20} {
		text := make([]byte, size)
		_, _ = rand.Read(text)
		_, err := r.Push(ctx, script(t, "tidy", string(text)), name, "stable")
		if !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "more storage") {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := r.Track(ctx, "tidy", "stable"); err != nil || now.Revision != old.Revision {
			t.Errorf("%s: %+v %v", name, now, err)
		}
		if _, _, err := r.Get(ctx, "tidy", name); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One who may only read is told so when he pushes.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	s := brokertest.Start(t, func(o *server.Options) {
		o.Users = []*server.User{
			{Username: "all", Password: "x"},
			{Username: "read", Password: "x", Permissions: &server.Permissions{Publish: &server.SubjectPermission{
				Deny: []string{"$KV.>", "$O.>"},
			}}},
		}
	})
	all := open(t, brokertest.Connect(t, s, nats.UserInfo("all", "x")), signed(t))
	push(t, all, "tidy", "1", "stable")
	o := all.opts
	o.Create = false
	r := open(t, brokertest.Connect(t, s, nats.UserInfo("read", "x"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})), o)
	ctx := testContext(t)
	if _, _, err := r.Get(ctx, "tidy", "1"); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Second) // as the broker does not answer
	defer cancel()
	if _, err := r.Push(short, script(t, "tidy", "2"), "2", "stable"); !errors.Is(err, ErrPermission) || !strings.Contains(err.Error(), "$KV."+Bucket) {
		t.Error(err)
	}
}

// restart starts a broker that is down again, on its port and with its store.
func restart(t *testing.T, s *server.Server, o *server.Options) *server.Server {
	t.Helper()
	at, err := url.Parse(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		t.Fatal(err)
	}
	return brokertest.Start(t, func(n *server.Options) { n.Port, n.StoreDir = port, o.StoreDir })
}

// What is asked while nobody leads is lost, and so may an answer be: a push is made all the
// same, and once.
func TestPushAskedAgain(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	r := open(t, nc, signed(t))
	l := brokertest.NewLossy(t, nc, 200*time.Millisecond)
	kv, err := l.JS.KeyValue(testContext(t), Bucket)
	if err != nil {
		t.Fatal(err)
	}
	r.kv = request.KeyValue(nc, kv)
	const get, put = "$JS.API.STREAM.MSG.GET.", "$KV."
	l.Say(get, brokertest.LoseAsked, brokertest.LoseAnswer, brokertest.Leaderless)
	l.Say(put, brokertest.LoseAsked, brokertest.LoseAnswer, brokertest.LoseAnswer, brokertest.Pass, brokertest.LoseAnswer)
	track := push(t, r, "tidy", "1", "stable")
	if track.Version != "1" || track.Action != ActionPush {
		t.Errorf("%+v", track)
	}
	if moves, err := r.History(testContext(t), "tidy", "stable"); err != nil || len(moves) != 1 || moves[0].ID != track.ID {
		t.Errorf("%+v, %v", moves, err)
	}
	// Without a deadline it is asked once, and it is said what.
	l.Say(get, brokertest.LoseAsked)
	if _, err := r.Track(t.Context(), "tidy", "stable"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "asked once") || !strings.Contains(err.Error(), "the stream KV_"+Bucket) {
		t.Errorf("%v", err)
	}
	if n := l.Asked(get); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

// A broker that is down is one that does not answer.
func TestDown(t *testing.T) {
	t.Parallel()
	s := brokertest.Start(t, nil)
	r := open(t, brokertest.Connect(t, s, nats.MaxReconnects(-1)), signed(t))
	push(t, r, "tidy", "1", "stable")
	s.Shutdown()
	s.WaitForShutdown()
	ctx, cancel := context.WithTimeout(testContext(t), 200*time.Millisecond)
	defer cancel()
	if _, err := r.Push(ctx, script(t, "tidy", "2"), "2", "stable"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if _, err := r.List(ctx, ""); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}
