package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"scripthost.example/host/watch"
)

// seenFiles are the files that tests have loaded or looked for, by the file of the
// tests. It is safe for concurrent use.
type seenFiles struct {
	mu sync.Mutex
	of map[string]map[string]bool // absolute paths, by the name of the file
}

func (s *seenFiles) add(test string, paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[test] == nil {
		s.of[test] = make(map[string]bool)
	}
	for _, path := range paths {
		s.of[test][path] = true
	}
}

// all are the files of all tests.
func (s *seenFiles) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]bool)
	for _, files := range s.of {
		maps.Copy(all, files)
	}
	return slices.Sorted(maps.Keys(all))
}

// with are the tests that one of the files belongs to.
func (s *seenFiles) with(files []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tests []string
	for test, seen := range s.of {
		if slices.ContainsFunc(files, func(file string) bool { return seen[file] }) {
			tests = append(tests, test)
		}
	}
	slices.Sort(tests)
	return tests
}

// forget is called before a test is run anew.
func (s *seenFiles) forget(tests []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, test := range tests {
		delete(s.of, test)
	}
}

// watchAndRun runs the tests, and again those that a file belongs to which has
// changed, until a signal comes. It returns the exit status. A file of tests that is
// new is found when another file changes.
func (r *testRun) watchAndRun(ctx context.Context, files, paths []string) int {
	r.seen = &seenFiles{of: make(map[string]map[string]bool)}
	watcher, err := watch.New(absolute(files), &watch.Options{OnError: func(err error) { fmt.Fprintf(os.Stderr, "runner: watching: %v\n", err) }})
	if err != nil {
		fmt.Fprintf(os.Stderr, "runner: cannot watch the files: %v\n", err)
		return exitUsage
	}
	defer watcher.Close()
	known := files
	for {
		for _, file := range files {
			r.seen.add(file, absolute([]string{file}))
			r.seen.add(file, r.settingsOf(file))
		}
		status := r.once(ctx, files)
		if ctx.Err() != nil || r.out.failed != nil {
			return status
		}
		if err := watcher.Set(r.seen.all()); err != nil {
			fmt.Fprintf(os.Stderr, "runner: cannot watch the files: %v\n", err)
			return exitUsage
		}
		fmt.Fprintln(os.Stderr, "runner: waiting for a change")
		changed, err := watcher.Next(ctx)
		if err != nil {
			return r.interrupted()
		}
		files = r.seen.with(changed)
		if now, err := discoverTests(paths); err == nil {
			for _, file := range now {
				if !slices.Contains(known, file) {
					files = append(files, file)
				}
			}
			known = now
			files = slices.DeleteFunc(files, func(file string) bool { return !slices.Contains(now, file) })
		}
		r.seen.forget(files)
	}
}

// settingsOf are the files of settings that are in force for a file of tests, and the one
// that would be if it were beside it. (Folders above are not the tests' own: who knows
// what happens in them.)
func (r *testRun) settingsOf(file string) []string {
	named := r.config
	if named == "" {
		named = os.Getenv(variableOf("config"))
	}
	if named != "" {
		return absolute([]string{named})
	}
	path, looked, err := findSettings(filepath.Dir(file))
	switch {
	case err != nil:
		return nil // it is told where they are read
	case path != "":
		return []string{looked[0], path}
	}
	return looked[:1]
}

// absolute are the absolute paths of files.
func absolute(files []string) []string {
	var paths []string
	for _, file := range files {
		if path, err := filepath.Abs(file); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}
