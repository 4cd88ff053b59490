package watch

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// When to look is a matter of the first notification and of the last.
func TestBurst(t *testing.T) {
	t.Parallel()
	o := &Options{Debounce: never, MaxDelay: 10 * never}
	now := time.Now()
	var b burst
	if wait := b.wait(o); wait < 1000*never {
		t.Errorf("without any it waits %v", wait)
	}
	for _, test := range []struct{ at, wait time.Duration }{
		{0, never},                    // the first
		{-never / 2, never / 2},       // it was a while ago
		{-9 * never / 10, never / 10}, // and a longer one
		{-2 * never, 0},               // too long
	} {
		b = burst{}
		b.add(now.Add(test.at))
		if wait := b.wait(o); wait > test.wait || wait < test.wait-testTime {
			t.Errorf("%v later it waits %v, want %v", -test.at, wait, test.wait)
		}
	}
	b = burst{}
	b.add(now.Add(-9*never - never/2))
	b.add(now)
	if wait := b.wait(o); wait > never/2 || wait < never/2-testTime {
		t.Errorf("with one now and one long ago it waits %v, want %v", wait, never/2)
	}
}

// What has changed while nobody asked, or somebody who gave up, is not lost.
func TestNextLater(t *testing.T) {
	t.Parallel()
	for way, opts := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			opts.Debounce, opts.MaxDelay = 50*time.Millisecond, never
			f := newFixture(t, opts, map[string]string{"a.lua": "old"}, "a.lua")
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if got, err := f.Next(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Next: %q, %v", got, err)
			}
			f.write("a.lua", "new")
			ctx, cancel = context.WithCancel(context.Background())
			defer cancel()
			result := make(chan error, 1)
			go func() {
				_, err := f.Next(ctx)
				result <- err
			}()
			// Seen, and not looked at, unless the machine is busy.
			f.until(func() bool { return !f.burst.isZero() || len(result) > 0 })
			cancel()
			if err := <-result; errors.Is(err, context.Canceled) {
				f.changed("a.lua")
			} else if err != nil {
				t.Error(err)
			}
			f.unchanged()
		})
	}
}

// One that waits waits for others, and is ended as they are.
func TestNextTwice(t *testing.T) {
	t.Parallel()
	f := newFixture(t, ways["notified"], map[string]string{"a.lua": "old"}, "a.lua")
	f.turn <- struct{}{} // as another one does
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Next: %v", err)
	}
	<-f.turn
	f.unchanged()
}

// The set of files can be replaced while one waits, and no change is lost.
func TestSet(t *testing.T) {
	t.Parallel()
	for way, opts := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			opts.MaxDelay = never
			f := newFixture(t, opts, map[string]string{"a.lua": "old", "lib/b.lua": "old", "c.lua": "old"}, "a.lua", "c.lua")
			f.write("a.lua", "new")
			f.write("c.lua", "new")
			f.must(f.Set(f.paths("lib/b.lua", "a.lua", "a.lua", "more/d.lua", mark)))
			f.changed("a.lua") // from before Set; c.lua is watched no more
			f.write("c.lua", "newer")
			f.unchanged()
			f.write("more/d.lua", "new")
			f.changed("more/d.lua")

			result := make(chan []string, 1)
			ctx, cancel := context.WithTimeout(context.Background(), testTime)
			defer cancel()
			go func() {
				changed, _ := f.Next(ctx)
				result <- changed
			}()
			f.until(func() bool { return len(f.turn) == 1 })
			f.must(f.Set(f.paths("c.lua")))
			f.write("lib/b.lua", "new")
			f.write("c.lua", "newest")
			if got := <-result; !slices.Equal(got, f.paths("c.lua")) {
				t.Errorf("%q has changed", got)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if n := len(f.folders.watched); way == "polled" && n != 0 || way == "notified" && n != 1 {
				t.Errorf("%d folders are watched: %v", n, f.folders.watched)
			}
		})
	}
}

// A set that cannot be is refused, and the one before stays.
func TestSetRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, ways["notified"], map[string]string{"a.lua": "old", "lib/b.lua": "old"}, "a.lua")
	f.link("loop", "loop")
	for says, paths := range map[string][]string{
		"there are no files":  nil,
		"a path is empty":     {f.path("lib/b.lua"), ""},
		"lib: it is a folder": f.paths("lib/b.lua", "lib"),
		"loop: ":              f.paths("lib/b.lua", "loop"),
	} {
		if err := f.Set(paths); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Set(%q): %v, want %q", paths, err, says)
		}
		if w, err := New(paths, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("New(%q): %v, %v, want %q", paths, w, err, says)
		}
		f.unchanged()
	}
	f.write("lib/b.lua", "new")
	f.unchanged()
	f.write("a.lua", "new")
	f.changed("a.lua")
}

// Times that cannot be are refused.
func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	for says, o := range map[string]Options{
		"Debounce is -1ns":                     {Debounce: -1},
		"MaxDelay is -1ns":                     {MaxDelay: -1},
		"Poll is -1ns":                         {Poll: -1},
		"MaxDelay is 1ms, which is less than ": {MaxDelay: time.Millisecond},
	} {
		if _, err := New([]string{"x"}, &o); err == nil || !strings.Contains(err.Error(), "Options."+says) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	o, err := (&Options{Debounce: never}).withDefaults()
	if err != nil || o.MaxDelay != never {
		t.Errorf("with a long Debounce MaxDelay is %v, %v", o.MaxDelay, err)
	}
}

// Close ends it, and everything that waits.
func TestClose(t *testing.T) {
	t.Parallel()
	f := newFixture(t, ways["notified"], map[string]string{"a.lua": "old"}, "a.lua")
	result := make(chan error, 2)
	for range cap(result) {
		go func() {
			_, err := f.Next(context.Background())
			result <- err
		}()
	}
	f.until(func() bool { return len(f.turn) == 1 })
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	for range cap(result) {
		if err := <-result; !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Next: %v", err)
		}
	}
	if err := f.Set(f.paths("a.lua")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Set: %v", err)
	}
	if _, err := f.Next(context.Background()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Next: %v", err)
	}
}

// Where the system notifies of nothing, that is told.
func TestNoNotifications(t *testing.T) {
	t.Parallel()
	var told []error
	opts := Options{notifier: noNotifier, OnError: func(err error) { told = append(told, err) }}
	f := newFixture(t, opts, map[string]string{"a.lua": "old"}, "a.lua")
	f.write("a.lua", "new")
	f.changed("a.lua")
	if len(told) != 1 || !errors.Is(told[0], errNoNotifier) || !strings.Contains(told[0].Error(), "changes are noticed each 2s only") {
		t.Errorf("it told %v", told)
	}
}

// What cannot be read is told once, and has not changed.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for way, opts := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			var told []string
			opts.OnError = func(err error) {
				if !errors.Is(err, errNoNotifier) {
					told = append(told, err.Error())
				}
			}
			f := newFixture(t, opts, map[string]string{"a.lua": "old"}, "a.lua")
			f.link("a.lua", "loop")
			f.rename("loop", "a.lua")
			f.unchanged()
			f.unchanged()
			if len(told) != 1 || !strings.Contains(told[0], f.path("a.lua")+": too many") {
				t.Errorf("it told %q", told)
			}
			f.write("new", "new")
			f.rename("new", "a.lua")
			f.changed("a.lua")
		})
	}
}

// More notifications than the system keeps are a reason to look, and no error.
func TestOverflow(t *testing.T) {
	t.Parallel()
	f := newFixture(t, ways["notified"], map[string]string{"a.lua": "old"}, "a.lua")
	f.folders.system.Errors <- fsnotify.ErrEventOverflow
	f.write("a.lua", "new")
	f.changed("a.lua")
	var told []error
	f.opts.OnError = func(err error) { told = append(told, err) }
	f.folders.system.Errors <- errors.New("out of cheese")
	f.unchanged()
	f.unchanged()
	if len(told) != 1 || !strings.Contains(told[0].Error(), "out of cheese") {
		t.Errorf("it told %v", told)
	}
}
