package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Whatever way a file comes to have other contents, it has changed, and once.
func TestChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files  map[string]string
		make   func(f *fixture)
		change func(f *fixture)
	}{
		"written":          {change: func(f *fixture) { f.write("a.lua", "new") }},
		"of the same size": {change: func(f *fixture) { f.write("a.lua", "OLD") }},
		"appended to": {change: func(f *fixture) {
			out, err := os.OpenFile(f.path("a.lua"), os.O_APPEND|os.O_WRONLY, 0)
			f.must(err)
			_, err = out.WriteString("more")
			f.must(err)
			f.must(out.Close())
		}},
		"with the time of before": {change: func(f *fixture) {
			info, err := os.Stat(f.path("a.lua"))
			f.must(err)
			f.write("a.lua", "OLD")
			f.must(os.Chtimes(f.path("a.lua"), info.ModTime(), info.ModTime()))
		}},
		"replaced by a rename": {change: func(f *fixture) {
			f.write(".a.lua.swp", "new")
			f.rename(".a.lua.swp", "a.lua")
		}},
		"replaced by one of the same size and time": {
			make: func(f *fixture) {
				old := time.Now().Add(-never)
				f.must(os.Chtimes(f.path("a.lua"), old, old))
			},
			change: func(f *fixture) {
				info, err := os.Stat(f.path("a.lua"))
				f.must(err)
				f.write("copy", "OLD")
				f.must(os.Chtimes(f.path("copy"), info.ModTime(), info.ModTime()))
				f.rename("copy", "a.lua")
			},
		},
		"moved to a backup and written": {change: func(f *fixture) {
			f.rename("a.lua", "a.lua~")
			f.write("a.lua", "new")
		}},
		"removed and written": {change: func(f *fixture) {
			f.remove("a.lua")
			f.write("a.lua", "new")
		}},
		"a link that leads elsewhere": {
			files: map[string]string{"1/x.lua": "old", "2/y.lua": "new"},
			make:  func(f *fixture) { f.link("1/x.lua", "a.lua") },
			change: func(f *fixture) {
				f.link(f.path("2/y.lua"), "new")
				f.rename("new", "a.lua")
			},
		},
		"written behind a link": {
			files:  map[string]string{"1/x.lua": "old"},
			make:   func(f *fixture) { f.link("1/x.lua", "a.lua") },
			change: func(f *fixture) { f.write("1/x.lua", "new") },
		},
		"a ConfigMap": {
			files: map[string]string{"..1/a.lua": "old", "..2/a.lua": "new"},
			make: func(f *fixture) {
				f.link("..1", "..data")
				f.link("..data/a.lua", "a.lua")
			},
			change: func(f *fixture) {
				f.link("..2", "..data_tmp")
				f.rename("..data_tmp", "..data")
				f.remove("..1")
			},
		},
		"a link above": {
			files: map[string]string{"releases/1/lib/a.lua": "old", "releases/2/lib/a.lua": "new"},
			make: func(f *fixture) {
				f.link("releases/1", "current")
				f.link("current/../../current/lib/a.lua", "unused")
				f.link("current/lib/a.lua", "a.lua")
			},
			change: func(f *fixture) {
				f.link("releases/2", "next")
				f.rename("next", "current")
			},
		},
		"a folder that is replaced": {
			files: map[string]string{"lib/a.lua": "old", "lib.new/a.lua": "new"},
			make:  func(f *fixture) { f.link("lib/a.lua", "a.lua") },
			change: func(f *fixture) {
				f.rename("lib", "lib.old")
				f.rename("lib.new", "lib")
			},
		},
		"made": {
			make:   func(f *fixture) {},
			files:  map[string]string{"b.lua": ""},
			change: func(f *fixture) { f.write("a.lua", "new") },
		},
		"made with its folders": {
			files:  map[string]string{"b.lua": ""},
			make:   func(f *fixture) { f.link("lib/sub/x.lua", "a.lua") },
			change: func(f *fixture) { f.write("lib/sub/x.lua", "new") },
		},
	} {
		for way, opts := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				f := &fixture{T: t, dir: t.TempDir()}
				if test.files == nil {
					f.write("a.lua", "old")
				}
				for name, text := range test.files {
					f.write(name, text)
				}
				if test.make != nil {
					test.make(f)
				}
				opts.MaxDelay = never
				f.watch(opts, "a.lua")
				f.unchanged()
				test.change(f)
				f.changed("a.lua")
				f.unchanged()
				// And what is there now is watched, too.
				f.write("a.lua", "again")
				f.changed("a.lua")
				f.unchanged()
			})
		}
	}
}

// A file has not changed if it has the contents of before, or is another one's.
func TestNoChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(f *fixture){
		"written":  func(f *fixture) { f.write("a.lua", "old") },
		"touched":  func(f *fixture) { f.must(os.Chtimes(f.path("a.lua"), time.Now(), time.Now().Add(-never))) },
		"chmodded": func(f *fixture) { f.must(os.Chmod(f.path("a.lua"), 0o644)) },
		"replaced": func(f *fixture) {
			f.write("new", "old")
			f.rename("new", "a.lua")
		},
		"there and back": func(f *fixture) {
			f.write("a.lua", "new")
			f.write("a.lua", "old")
		},
		"moved away and back": func(f *fixture) {
			f.rename("a.lua", "b.lua")
			f.rename("b.lua", "a.lua")
		},
		"another": func(f *fixture) { f.write("b.lua", "new") },
	} {
		for way, opts := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				opts.MaxDelay = never
				f := newFixture(t, opts, map[string]string{"a.lua": "old"}, "a.lua")
				change(f)
				f.unchanged()
			})
		}
	}
}

// A file that is gone, or empty, for a moment is waited for, and so are the
// changes of others: they belong together.
func TestGoneForAMoment(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		old    string
		vanish func(f *fixture)
	}{
		"gone":               {"old", func(f *fixture) { f.remove("a.lua") }},
		"gone, an empty one": {"", func(f *fixture) { f.remove("a.lua") }},
		"emptied":            {"old", func(f *fixture) { f.write("a.lua", "") }},
		"a folder":           {"old", func(f *fixture) { f.rename("lib", "lib.old") }},
	} {
		for way, opts := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				for _, text := range []string{test.old, "new"} {
					opts.MaxDelay = never
					f := newFixture(t, opts, map[string]string{"a.lua": test.old, "lib/b.lua": "old"}, "a.lua", "lib/b.lua")
					test.vanish(f)
					f.write(mark, "1")
					result := make(chan []string, 1)
					ctx, cancel := context.WithTimeout(context.Background(), testTime)
					defer cancel()
					go func() {
						changed, _ := f.Next(ctx)
						result <- changed
					}()
					// It has looked, and does not settle for that.
					f.until(func() bool {
						return slices.ContainsFunc(f.files, func(f *file) bool { return !f.isSettled() })
					})
					// In one go: an empty file for a moment could be the one that was there.
					f.write("a.new", text)
					f.rename("a.new", "a.lua")
					f.write("lib/b.lua", "old")
					want := f.paths(mark)
					if text == "new" {
						want = f.paths("a.lua", mark)
					}
					if got := <-result; !slices.Equal(got, want) {
						t.Errorf("%q has changed, want %q", got, want)
					}
				}
			})
		}
	}
}

// Without a notification it is the size, the time and the inode that tell.
func TestSuspect(t *testing.T) {
	t.Parallel()
	old := time.Now().Add(-never)
	for name, test := range map[string]struct {
		change func(f *fixture)
		want   bool
	}{
		"nothing":      {func(f *fixture) {}, false},
		"another size": {func(f *fixture) { f.write("a.lua", "longer"); f.must(os.Chtimes(f.path("a.lua"), old, old)) }, true},
		"another time": {func(f *fixture) { f.must(os.Chtimes(f.path("a.lua"), old, old.Add(1e9))) }, true},
		"another inode": {func(f *fixture) {
			f.write("b.lua", "NEW")
			f.must(os.Chtimes(f.path("b.lua"), old, old))
			f.rename("b.lua", "a.lua")
		}, true},
		"gone":     {func(f *fixture) { f.remove("a.lua") }, true},
		"a folder": {func(f *fixture) { f.remove("a.lua"); f.write("a.lua/b", "") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{T: t, dir: t.TempDir()}
			f.write("a.lua", "old")
			f.must(os.Chtimes(f.path("a.lua"), old, old))
			a, err := newFile(f.path("a.lua"))
			f.must(err)
			f.must(a.read())
			test.change(f)
			if got := a.suspect(); got != test.want {
				t.Errorf("it is suspect: %v", got)
			}
		})
	}
}

// What happens to others in a folder is no reason to look.
func TestOthersAreNoHints(t *testing.T) {
	t.Parallel()
	events := make(chan fsnotify.Event)
	w := &folders{system: &fsnotify.Watcher{Events: events}, hints: make(chan struct{}, 1), drained: make(chan struct{})}
	w.names.Store(&map[string]bool{"/lib/a.lua": true})
	go w.drain()
	for range 2 { // with the second the first has been dealt with
		events <- fsnotify.Event{Name: "/lib/b.lua"}
	}
	if len(w.hints) != 0 {
		t.Error("there is a hint")
	}
	for range 3 {
		events <- fsnotify.Event{Name: "//lib/a.lua"}
	}
	close(events)
	<-w.drained
	if len(w.hints) != 1 {
		t.Errorf("there are %d hints", len(w.hints))
	}
}

// A file that changes while it is read is not what somebody wanted to be there.
func TestWriting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.lua")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	f, err := newFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); !f.writing; {
		if time.Since(begun) > testTime {
			t.Fatal("no write was noticed")
		}
		written := make(chan error)
		go func() {
			_, err := out.Write(make([]byte, 1<<20))
			written <- err
		}()
		if err := f.read(); err != nil {
			t.Fatal(err)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	}
	f.known = f.now
	f.readAt = f.readAt.Add(never) // however long reading took
	if f.isSettled() || !f.suspect() {
		t.Error("it is taken for what it is to be")
	}
	if err := f.read(); err != nil || !f.isSettled() {
		t.Errorf("once it is written it is not: %v", err)
	}
}

// One that stays so has changed; and when it comes back, again.
func TestGoneForGood(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]func(f *fixture){
		"gone":    func(f *fixture) { f.remove("a.lua") },
		"emptied": func(f *fixture) { f.write("a.lua", "") },
	} {
		for way, opts := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				opts.MaxDelay = 50 * time.Millisecond
				f := newFixture(t, opts, map[string]string{"a.lua": "old"}, "a.lua")
				vanish(f)
				f.changed("a.lua")
				f.unchanged()
				f.write("a.lua", "old")
				f.changed("a.lua")
				f.unchanged()
			})
		}
	}
}

// Many files that are written in one go are one change.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	for way, opts := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			f := &fixture{T: t, dir: t.TempDir()}
			var names []string
			for i := range 300 {
				names = append(names, fmt.Sprintf("lib%d/%d.lua", i%7, i))
				f.write(names[i], "old")
			}
			f.watch(opts, names...)
			for _, name := range names {
				f.write(name, "new")
			}
			f.changed(names...)
			f.unchanged()
		})
	}
}

// A file that is written without an end is looked at all the same.
func TestMaxDelay(t *testing.T) {
	t.Parallel()
	opts := Options{notifiedOnly: true, Debounce: 50 * time.Millisecond, MaxDelay: 100 * time.Millisecond}
	f := newFixture(t, opts, map[string]string{"a.lua": "old"}, "a.lua")
	stop := make(chan bool)
	var writes sync.WaitGroup
	writes.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				os.WriteFile(f.path("a.lua"), []byte(fmt.Sprint(i)), 0o600)
			}
		}
	})
	f.changed("a.lua")
	f.changed("a.lua")
	close(stop)
	writes.Wait()
}
