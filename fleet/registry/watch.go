package registry

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// requestTime is how long the broker has to tell all that a pattern matches.
const requestTime = 30 * time.Second

// The pauses before the tracks are read again, after that has failed.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
)

// Watch tells of the tracks of a plugin, or of all if plugin is "": of each as it is now,
// and then of every move. A track that is gone has no Version. Of one that moves faster
// than it is received only the latest state is told, and never an older one after a newer
// one. The channel is closed when ctx has ended, or the connection was closed for good.
//
// What the broker tells by itself can be late by half a minute after it was restarted. So
// all tracks are read again when the connection is back, and each Options.Reread. While
// the broker does not answer nothing is told, Options.Logger is, and it goes on trying.
func (r *Registry) Watch(ctx context.Context, plugin string) (<-chan Track, error) {
	pattern := "*"
	if plugin != "" {
		if err := checkNames("watch "+plugin, "plugin", plugin); err != nil {
			return nil, err
		}
		pattern = plugin
	}
	w := &watch{r: r, pattern: pattern + ".t.*", out: make(chan Track), known: make(map[string]Track)}
	go w.run(ctx)
	return w.out, nil
}

// A watch is what Watch does, on a goroutine of its own.
type watch struct {
	r       *Registry
	pattern string
	out     chan Track

	known   map[string]Track // the latest state of each track, by key
	pending []string         // keys of those that are to be told, in order
	made    time.Time        // when the bucket was: revisions are of no other one
	failing bool             // the last attempt to read has failed
}

func (w *watch) run(ctx context.Context) {
	defer close(w.out)
	back := w.r.nc.StatusChanged(nats.CONNECTED, nats.CLOSED)
	defer w.r.nc.RemoveStatusListener(back)
	pause := firstPause
	for ctx.Err() == nil && !w.r.nc.IsClosed() {
		again := w.r.opts.Reread
		updates, end, err := w.begin(ctx)
		if err != nil {
			w.tell(err)
			again, pause = pause, min(2*pause, lastPause)
		} else {
			pause = firstPause
		}
		w.follow(ctx, updates, back, again)
		if updates != nil {
			stop(updates)
			end()
		}
	}
}

// begin asks for all tracks, and for what becomes of them until end is called.
func (w *watch) begin(ctx context.Context) (updates jetstream.KeyWatcher, end func(), err error) {
	asking, cancel := context.WithTimeout(ctx, lastPause)
	defer cancel()
	status, err := w.r.kv.Status(asking)
	if err != nil {
		return nil, nil, err
	}
	if bucket, ok := status.(*jetstream.KeyValueBucketStatus); ok {
		if made := bucket.StreamInfo().Created; !made.Equal(w.made) {
			// What is known is of another bucket, or of none yet.
			w.made = made
			for key, t := range w.known {
				t.Revision = 0
				w.known[key] = t
			}
		}
	}
	// What is asked of a cluster without a leader is lost, and its answer would be waited for
	// as long as ctx allows, if it has a deadline.
	watching, end := context.WithCancel(ctx)
	late := time.AfterFunc(lastPause, end)
	updates, err = w.r.kv.WatchFiltered(watching, []string{w.pattern})
	inTime := late.Stop()
	if err == nil && inTime {
		return updates, end, nil
	}
	end()
	if err == nil {
		stop(updates)
	}
	if !inTime {
		err = context.DeadlineExceeded
	}
	return nil, nil, err
}

// follow tells what there is to tell for a time, or until the connection is back.
func (w *watch) follow(ctx context.Context, updates jetstream.KeyWatcher, back <-chan nats.Status, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	var in <-chan jetstream.KeyValueEntry
	seen := make(map[string]bool) // until all have been told that there are
	if updates != nil {
		in = updates.Updates()
	}
	for {
		var out chan<- Track
		var next Track
		if len(w.pending) > 0 {
			out, next = w.out, w.known[w.pending[0]]
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-back: // or the connection was closed, which run sees
			return
		case out <- next:
			w.pending = w.pending[1:]
		case e, open := <-in:
			switch {
			case !open: // the connection was closed, or the subscription lost
				in = nil
			case e == nil:
				w.gone(ctx, seen)
				seen = nil
			default:
				if seen != nil {
					seen[e.Key()] = true
				}
				w.take(e)
			}
		}
	}
}

// take reads what has been told of a track.
func (w *watch) take(e jetstream.KeyValueEntry) {
	t, err := readTrack(e)
	if err != nil {
		w.r.opts.Logger.Warn("fleet: a track cannot be read, and stays as it is", "key", e.Key(), "err", err)
		return
	}
	w.know(e.Key(), t)
}

// know takes a state of a track, if it is newer than what is known.
func (w *watch) know(key string, t Track) {
	has, known := w.known[key]
	if known && t.Revision <= has.Revision || !known && t.Version == "" {
		return
	}
	w.known[key] = t
	if has.ID != t.ID || t.Version != has.Version {
		w.due(key)
	}
}

// gone looks after tracks that are known, and were not among all that there are: the
// bucket is another one, or the replica that was asked is behind.
func (w *watch) gone(ctx context.Context, seen map[string]bool) {
	if w.failing {
		w.failing = false
		w.r.opts.Logger.Info("fleet: the registry answers again")
	}
	for key, t := range w.known {
		if seen[key] || t.Version == "" {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, lastPause)
		now, err := w.r.track(asking, t.Plugin, t.Name)
		cancel()
		switch {
		case err != nil: // it is as it was, for all that is known
			w.tell(err)
		case now.Version != "":
			w.know(key, now)
		default:
			w.known[key] = now
			w.due(key)
		}
	}
}

// due has the state of a track told, unless that is to be done anyway.
func (w *watch) due(key string) {
	for _, k := range w.pending {
		if k == key {
			return
		}
	}
	w.pending = append(w.pending, key)
}

// tell logs an error, but the first of a row only.
func (w *watch) tell(err error) {
	if !w.failing {
		w.failing = true
		w.r.opts.Logger.Warn("fleet: the registry cannot be read, and is asked again", "err", w.r.fault("watch the registry", err))
	}
}

// stop ends a watcher. What it has to tell still would have its goroutine wait.
func stop(w jetstream.KeyWatcher) {
	_ = w.Stop() // which fails if the connection was closed
	go func() {
		for range w.Updates() {
		}
	}()
}
