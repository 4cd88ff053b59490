package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Defaults of Options.
const (
	DefaultDebounce = 100 * time.Millisecond
	DefaultMaxDelay = time.Second
	DefaultPoll     = 2 * time.Second
)

// Options say when to look. A nil *Options and every zero field mean the default;
// a negative time is an error.
type Options struct {
	// Debounce is how long nothing must have happened to the files before they
	// are looked at: many that are written in one go are one change. The default
	// is 100 ms.
	Debounce time.Duration
	// MaxDelay is how long after the first notification they are looked at even
	// if it goes on, and how long a file may be gone, or empty, or be written,
	// before that is a change too. It is not less than Debounce. The default is
	// 1 s, or Debounce if that is more.
	MaxDelay time.Duration
	// Poll is how often it is looked whether something has changed without a
	// notification. The default is 2 s.
	Poll time.Duration
	// OnError is told what keeps files from being watched as they should: that
	// the system does not notify, that a file cannot be read. It is told once of
	// each, while New, Set or Next is running, by one goroutine at a time, and
	// must not call the Watcher. The default is a warning to slog.Default().
	OnError func(error)

	// notifier makes what notifies; fsnotify.NewWatcher, but in tests.
	notifier func() (*fsnotify.Watcher, error)
	// notifiedOnly leaves polling out, for tests.
	notifiedOnly bool
}

func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	for _, f := range []struct {
		name         string
		d            *time.Duration
		defaultValue time.Duration
	}{
		{"Debounce", &c.Debounce, DefaultDebounce},
		{"MaxDelay", &c.MaxDelay, max(DefaultMaxDelay, c.Debounce)},
		{"Poll", &c.Poll, DefaultPoll},
	} {
		switch {
		case *f.d < 0:
			return c, fmt.Errorf("watch: Options.%s is %v: it cannot be negative", f.name, *f.d)
		case *f.d == 0:
			*f.d = f.defaultValue
		}
	}
	if c.MaxDelay < c.Debounce {
		return c, fmt.Errorf("watch: Options.MaxDelay is %v, which is less than Debounce (%v)", c.MaxDelay, c.Debounce)
	}
	if c.notifier == nil {
		c.notifier = fsnotify.NewWatcher
	}
	if c.OnError == nil {
		c.OnError = func(err error) { slog.Default().Warn(err.Error()) }
	}
	return c, nil
}

// A Watcher watches a set of files. It is safe for concurrent use. Close it when
// it is not needed any more.
type Watcher struct {
	opts    Options
	folders *folders // has what the system notifies of
	turn    chan struct{}
	closed  chan struct{}
	close   sync.Once

	mu    sync.Mutex // guards what follows
	files []*file
	burst burst
}

// New watches files, which need not exist: one that is not there changes when it
// comes. Paths are relative to the working directory of now. What is a folder,
// or anything else than a file, and what cannot be read, is an error.
//
// Changes are those to what is in the files when New returns. So read them
// after that.
func New(paths []string, opts *Options) (*Watcher, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Watcher{opts: o, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	w.folders = newFolders(&w.opts)
	if err := w.Set(paths); err != nil {
		w.folders.close()
		return nil, err
	}
	return w, nil
}

// Set watches these files instead of those before, for a script that is made of
// others since it was loaded anew. Of files that stay no change is lost; for the
// others it is as with New, and if there is an error nothing is different. Next
// need not be running, and may be.
func (w *Watcher) Set(paths []string) error {
	if len(paths) == 0 {
		return errors.New("watch: there are no files to watch")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.closed:
		return errClosed()
	default:
	}
	had := make(map[string]*file, len(w.files))
	for _, f := range w.files {
		had[f.path] = f
	}
	files := make([]*file, 0, len(paths))
	have := make(map[string]bool, len(paths))
	for _, path := range paths {
		f, err := newFile(path)
		switch {
		case err != nil:
			return err
		case have[path]:
			continue
		}
		have[path] = true
		if old := had[path]; old != nil && old.abs == f.abs {
			f = old
		}
		files = append(files, f)
	}
	w.folders.watch(files) // before they are read, so that nothing is missed
	for _, f := range files {
		if had[f.path] == f {
			continue
		}
		if err := f.readFirst(); err != nil {
			w.folders.watch(w.files)
			return err
		}
	}
	w.files = files
	return nil
}

// Close ends the watching, and a Next that waits. Closing twice does nothing.
func (w *Watcher) Close() error {
	w.close.Do(func() {
		w.mu.Lock() // a Set may be under way
		defer w.mu.Unlock()
		close(w.closed)
		w.folders.close()
	})
	return nil
}

// errClosed is the error of what is done with a Watcher that was closed.
func errClosed() error { return fmt.Errorf("watch: the Watcher is closed: %w", fs.ErrClosed) }

// Next waits until files have changed, and returns their paths as they were given,
// in that order. What has changed since the last Next counts as well. An error is
// that of ctx, or fs.ErrClosed. What one Next that ends with an error has seen is
// for the next one. A second Next, at the same time, waits for the first.
func (w *Watcher) Next(ctx context.Context) ([]string, error) {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.closed:
		return nil, errClosed()
	}
	poll := time.NewTicker(w.opts.Poll)
	defer poll.Stop()
	timer := time.NewTimer(w.poll())
	defer timer.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var next time.Duration
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-w.closed:
			return nil, errClosed()
		case <-w.folders.hints:
			next = w.hinted()
		case <-poll.C:
			next = w.poll()
		case <-timer.C:
			var changed []string
			if changed, next = w.look(); len(changed) > 0 {
				return changed, nil
			}
		}
		timer.Reset(next)
	}
}

// hinted notes that something has happened to the files, perhaps. As poll and
// look do, it returns when to look.
func (w *Watcher) hinted() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.folders.tell()
	w.burst.add(time.Now())
	return w.burst.wait(&w.opts)
}

// poll looks whether something seems to have happened to the files, unless that is
// known already.
func (w *Watcher) poll() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.opts.notifiedOnly && w.burst.isZero() && slices.ContainsFunc(w.files, (*file).suspect) {
		w.burst.add(time.Now())
	}
	return w.burst.wait(&w.opts)
}

// look reads the files, and returns what has changed. It returns nothing as long as
// there is a file that is about to change.
func (w *Watcher) look() (changed []string, next time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := time.Since(w.burst.first) >= w.opts.MaxDelay
	w.folders.watch(w.files) // links may lead elsewhere now
	settled := true
	for _, f := range w.files {
		if err := f.read(); err != nil {
			w.opts.OnError(err)
		}
		settled = settled && f.isSettled()
	}
	if !settled && !last {
		w.burst.last = time.Now()
		return nil, w.burst.wait(&w.opts)
	}
	w.burst = burst{}
	for _, f := range w.files {
		if f.accept() {
			changed = append(changed, f.path)
		}
	}
	return changed, w.burst.wait(&w.opts)
}

// A burst is a time in which something happens to the files again and again. The
// zero value is none.
type burst struct{ first, last time.Time }

func (b *burst) isZero() bool { return b.first.IsZero() }

func (b *burst) add(now time.Time) {
	if b.isZero() {
		b.first = now
	}
	b.last = now
}

// wait is how long it is until the files should be looked at, which is never
// negative.
func (b *burst) wait(o *Options) time.Duration {
	if b.isZero() {
		return time.Duration(1<<63 - 1)
	}
	due := b.last.Add(o.Debounce)
	if latest := b.first.Add(o.MaxDelay); latest.Before(due) {
		due = latest
	}
	return max(0, time.Until(due))
}
