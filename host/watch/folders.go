package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/fsnotify/fsnotify"
)

// folders has the system notify of what happens in the folders of files, and of
// links on the way to them: a file that is watched itself is lost as soon as it is
// replaced. Its methods are for one goroutine at a time.
type folders struct {
	opts    *Options
	system  *fsnotify.Watcher // nil: it does not notify
	hints   chan struct{}     // of capacity 1: something has happened
	drained chan struct{}     // closed once drain has returned
	watched map[string]os.FileInfo
	failed  map[string]string // why a folder cannot be watched, as it was told

	// For drain, which must wait for nothing: the system may wait for it.
	names atomic.Pointer[map[string]bool] // paths of which notifications count
	fault atomic.Pointer[error]
}

func newFolders(o *Options) *folders {
	w := &folders{opts: o, hints: make(chan struct{}, 1), watched: make(map[string]os.FileInfo), failed: make(map[string]string)}
	w.names.Store(new(map[string]bool))
	system, err := o.notifier()
	if err != nil {
		o.OnError(fmt.Errorf("watch: changes are noticed each %v only, because the system notifies of none: %w", o.Poll, err))
		return w
	}
	w.system, w.drained = system, make(chan struct{})
	go w.drain()
	return w
}

func (w *folders) close() {
	if w.system != nil {
		// All that it could say is that it is closed.
		_ = w.system.Close()
		<-w.drained
	}
}

// drain reads all notifications, and makes hints of those that count.
func (w *folders) drain() {
	defer close(w.drained)
	events, faults := w.system.Events, w.system.Errors
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			if !(*w.names.Load())[filepath.Clean(e.Name)] {
				continue
			}
		case err, ok := <-faults:
			if !ok {
				return
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) { // which costs a look
				w.fault.Store(&err)
			}
		}
		select {
		case w.hints <- struct{}{}:
		default:
		}
	}
}

// tell tells of what went wrong with the notifications.
func (w *folders) tell() {
	if err := w.fault.Swap(nil); err != nil {
		w.opts.OnError(fmt.Errorf("watch: the system's notifications: %w", *err))
	}
}

// watch has the system notify of what happens to files, and of nothing else.
func (w *folders) watch(files []*file) {
	if w.system == nil {
		return
	}
	names, wanted := make(map[string]bool), make(map[string]bool)
	for _, f := range files {
		for _, name := range trace(f.abs) {
			dir := filepath.Dir(name)
			names[name], names[dir] = true, true
			wanted[dir] = true
		}
	}
	w.names.Store(&names)
	for dir := range w.watched {
		if !wanted[dir] {
			w.remove(dir)
		}
	}
	for dir := range wanted {
		w.add(dir)
	}
}

// add watches a folder, unless it is watched already: that very one, and not what
// had its name before.
func (w *folders) add(dir string) {
	info, err := os.Stat(dir)
	if err == nil {
		if old := w.watched[dir]; old != nil {
			if os.SameFile(old, info) {
				return
			}
			w.remove(dir)
		}
		err = w.system.Add(dir)
	}
	switch {
	case err == nil:
		w.watched[dir] = info
		delete(w.failed, dir)
	case isGone(err): // just now; the folder above it will tell, or the next look
		w.remove(dir)
	case w.failed[dir] != err.Error():
		w.failed[dir] = err.Error()
		w.opts.OnError(fmt.Errorf("watch: changes in %s are noticed each %v only, because the system does not notify of them: %w", dir, w.opts.Poll, reason(err)))
	}
}

func (w *folders) remove(dir string) {
	delete(w.watched, dir)
	// That it is not watched any more is what an error says.
	_ = w.system.Remove(dir)
}

// maxLinks is how many links are followed on the way to a file.
const maxLinks = 255

// trace returns what lies on the way to a file: each link, and at last the file, or
// the first that is not there. The path is absolute.
func trace(path string) (names []string) {
	const separator = string(filepath.Separator)
	root := func(path string) (root string, rest []string) {
		volume := filepath.VolumeName(path)
		return volume + separator, strings.Split(path[len(volume):], separator)
	}
	at, rest := root(path)
	for links := 0; len(rest) > 0; {
		name := filepath.Join(at, rest[0]) // which also makes sense of "..": links have been followed
		rest = rest[1:]
		if name == at {
			continue
		}
		info, err := os.Lstat(name)
		switch {
		case err != nil:
			return append(names, name)
		case info.Mode()&os.ModeSymlink == 0:
			if at = name; len(rest) == 0 {
				names = append(names, name)
			}
			continue
		}
		names = append(names, name)
		target, err := os.Readlink(name)
		if links++; err != nil || links > maxLinks {
			return names
		}
		if filepath.IsAbs(target) {
			var behind []string
			at, behind = root(target)
			rest = append(behind, rest...)
		} else {
			rest = append(strings.Split(filepath.FromSlash(target), separator), rest...)
		}
	}
	return names
}
