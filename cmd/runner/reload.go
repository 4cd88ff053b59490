package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"scripthost.example/host"
	"scripthost.example/host/watch"
)

// maxWatched is how many files are watched at most: a script may ask for as many
// as it likes.
const maxWatched = 10_000

// A reloader says when the script is to be loaded anew.
type reloader struct {
	open    func() (*host.Script, error) // reads the script anew
	asked   chan struct{}                // of capacity 1: that is wanted
	done    chan struct{}                // nil, or of capacity 1: it has been
	watcher *watch.Watcher               // nil without --watch
	files   *scriptFiles                 // nil without --watch
}

func newReloader() reloader { return reloader{asked: make(chan struct{}, 1)} }

// watch has the files of a script watched from now on: the script is to be read
// after that.
func (r *reloader) watch(script string, warn func(error)) (err error) {
	r.files = &scriptFiles{seen: make(map[string]os.FileInfo), more: make(chan struct{}, 1)}
	r.files.add([]string{script})
	paths, _ := r.files.paths()
	r.watcher, err = watch.New(paths, &watch.Options{OnError: warn})
	return err
}

func (r *reloader) close() {
	if r.watcher != nil {
		_ = r.watcher.Close() // it never fails
	}
}

// onModule is Options.OnModule.
func (r *reloader) onModule() func([]string) {
	if r.files == nil {
		return nil
	}
	return r.files.add
}

// watchReloads loads the script anew whenever that is asked for, until end is
// called.
func (s *session) watchReloads() (end func()) {
	ctx, cancel := s.untilStopped()
	var all sync.WaitGroup
	var more <-chan struct{}
	changed := make(chan struct{})
	if s.reload.watcher != nil {
		more = s.reload.files.more
		s.watchMore()
		all.Go(func() {
			for {
				if _, err := s.reload.watcher.Next(ctx); err != nil {
					return // the end of ctx
				}
				select {
				case changed <- struct{}{}:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	all.Go(func() {
		for {
			select {
			case <-more:
				s.watchMore()
			case <-changed:
				s.reloadScript(ctx)
			case <-s.reload.asked:
				s.reloadScript(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		all.Wait()
	}
}

// watchMore watches the files that the script has asked for by now, too. Those that
// have changed in between have it loaded anew.
func (s *session) watchMore() {
	paths, added := s.reload.files.paths()
	if err := s.reload.watcher.Set(paths); err != nil {
		s.log.Warn("not all files of the script are watched", "worker", s.name, "error", err)
	}
	if s.reload.files.changed(added) {
		s.reload.ask()
	}
}

// ask has the script loaded anew. It does not wait.
func (r *reloader) ask() {
	select {
	case r.asked <- struct{}{}:
	default: // one that is to come will do
	}
}

// reloadScript has the pool go on with what is in the script's file now, if that
// loads.
func (s *session) reloadScript(ctx context.Context) {
	begun := time.Now()
	script, err := s.reload.open()
	p := s.pool.Load()
	if err == nil {
		// What fails from now on is shown in the text that is there now: a call that the
		// version before still has may be shown in the wrong one for a moment.
		s.showFrom(script)
		if err = p.Reload(ctx, script); err != nil {
			defer s.showFrom(s.script)
		} else {
			s.script = script
		}
	}
	if s.reload.watcher != nil {
		s.watchMore() // before anybody is told, who may mend a file
	}
	usage := new(usageError)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ctx.Err() != nil, errors.Is(err, host.ErrClosed):
		return // the run ends
	case err == nil:
		s.log.Info("reloaded", "worker", s.name, "generation", p.Stats().Generation, "took", time.Since(begun))
		if s.reload.done != nil {
			select {
			case s.reload.done <- struct{}{}:
			default:
			}
		}
	case errors.As(err, &usage):
		s.diag.note(s.name + " was not reloaded, the version before goes on: " + usage.message)
	default:
		s.diag.note(s.name + " was not reloaded, the version before goes on:")
		s.diag.report(err)
	}
}

// showFrom has errors shown in a script from now on.
func (s *session) showFrom(script *host.Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current.Store(script)
	s.diag.showFrom(sourceOf(script))
}

// scriptFiles are the files that a script has asked for. It is safe for concurrent
// use.
type scriptFiles struct {
	more chan struct{} // of capacity 1: some that are not watched yet

	mu      sync.Mutex             // guards what follows
	seen    map[string]os.FileInfo // what was there when the script asked; nil is nothing
	list    []string
	watched int // of list
}

func (f *scriptFiles) add(paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.list)
	for _, path := range paths {
		if _, known := f.seen[path]; !known && len(f.list) < maxWatched {
			f.seen[path], _ = os.Stat(path)
			f.list = append(f.list, path)
		}
	}
	if len(f.list) == before {
		return
	}
	select {
	case f.more <- struct{}{}:
	default:
	}
}

// paths are those that can be watched: files, and what is not there yet. added are
// those that were not among them the last time.
func (f *scriptFiles) paths() (paths, added []string) {
	f.mu.Lock()
	list, watched := f.list[:len(f.list):len(f.list)], f.watched
	f.watched = len(list)
	f.mu.Unlock()
	for _, path := range list {
		if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	return paths, list[watched:]
}

// changed reports whether any of these is not what it was when the script asked for
// it.
func (f *scriptFiles) changed(paths []string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(paths, func(path string) bool {
		then := f.seen[path]
		now, err := os.Stat(path)
		if err != nil || then == nil {
			return (err == nil) != (then != nil)
		}
		return then.Size() != now.Size() || !then.ModTime().Equal(now.ModTime()) || !os.SameFile(then, now)
	})
}
