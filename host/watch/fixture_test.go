package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Once all tests are done no goroutine of a Watcher may be left.
func TestMain(m *testing.M) {
	status := m.Run()
	left := leftGoroutines()
	for begun := time.Now(); left != "" && time.Since(begun) < testTime; left = leftGoroutines() {
		time.Sleep(time.Millisecond) // they may be about to end: nothing tells of it
	}
	if left != "" {
		fmt.Println("left over:\n" + left)
		status = 1
	}
	os.Exit(status)
}

// leftGoroutines are the stacks of those that Watchers have.
func leftGoroutines() (left string) {
	buf := make([]byte, 1<<20)
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "fsnotify") || strings.Contains(g, "(*folders)") {
			left += g + "\n\n"
		}
	}
	return left
}

const (
	testTime = 30 * time.Second
	never    = time.Hour
)

// A fixture is a folder, some files in it, and their Watcher. mark is a file that
// is watched too: once its change is seen, those of others have been.
type fixture struct {
	*testing.T
	*Watcher
	dir   string
	marks int
}

const mark = "mark"

// newFixture makes files, and watches them. A file whose text is "-" is not made.
func newFixture(t *testing.T, opts Options, files map[string]string, names ...string) *fixture {
	t.Helper()
	f := &fixture{T: t, dir: t.TempDir()}
	for name, text := range files {
		f.write(name, text)
	}
	f.watch(opts, names...)
	return f
}

func (f *fixture) watch(opts Options, names ...string) {
	f.Helper()
	f.write(mark, "0")
	if opts.Debounce == 0 {
		opts.Debounce = 5 * time.Millisecond
	}
	if opts.OnError == nil {
		opts.OnError = func(err error) {
			if !errors.Is(err, errNoNotifier) {
				f.Errorf("OnError: %v", err)
			}
		}
	}
	w, err := New(f.paths(append(names, mark)...), &opts)
	if err != nil {
		f.Fatal(err)
	}
	f.Watcher = w
	f.Cleanup(func() { w.Close() })
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

func (f *fixture) paths(names ...string) []string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = f.path(name)
	}
	return paths
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) write(name, text string) {
	f.Helper()
	f.must(os.MkdirAll(filepath.Dir(f.path(name)), 0o700))
	f.must(os.WriteFile(f.path(name), []byte(text), 0o600))
}

func (f *fixture) rename(from, to string) {
	f.Helper()
	f.must(os.Rename(f.path(from), f.path(to)))
}

func (f *fixture) remove(name string) {
	f.Helper()
	f.must(os.RemoveAll(f.path(name)))
}

func (f *fixture) link(to, name string) {
	f.Helper()
	f.must(os.Symlink(filepath.FromSlash(to), f.path(name)))
}

// changed checks that the next change is one of these files and no others.
func (f *fixture) changed(names ...string) {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	got, err := f.Next(ctx)
	if want := f.paths(names...); err != nil || !slices.Equal(got, want) {
		f.Fatalf("Next: %q, %v; want %q", got, err, want)
	}
}

// unchanged checks that no file has changed.
func (f *fixture) unchanged() {
	f.Helper()
	f.marks++
	f.write(mark, fmt.Sprint(f.marks))
	f.changed(mark)
}

// errNoNotifier is told where a system does not notify.
var errNoNotifier = errors.New("there are no watches left")

func noNotifier() (*fsnotify.Watcher, error) { return nil, errNoNotifier }

// ways are the ways in which a Watcher notices.
var ways = map[string]Options{
	"notified": {notifiedOnly: true},
	"polled":   {Poll: 5 * time.Millisecond, notifier: noNotifier},
}

// until waits until what mu guards is as it should be.
func (f *fixture) until(is func() bool) {
	f.Helper()
	for begun := time.Now(); ; time.Sleep(time.Millisecond) { // nothing tells of it
		f.mu.Lock()
		ok := is()
		f.mu.Unlock()
		if ok {
			return
		}
		if time.Since(begun) > testTime {
			f.Fatal("it did not come to be")
		}
	}
}
