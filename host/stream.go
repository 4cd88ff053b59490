package host

import (
	"context"
	"iter"
	"sync"
)

// A streamItem is an event of a streamed call, or its answer.
type streamItem struct {
	number uint64
	values values
	result bool
	err    error
}

// A stream takes what comes for a streamed call to the loop over it.
type stream struct {
	backlog *backlog

	mu    sync.Mutex
	items []streamItem
	left  bool          // nobody takes them any more
	given bool          // there have been some
	more  chan struct{} // of capacity 1
}

func (i *streamItem) size() int { return i.values.size + backlogItem }

func (s *stream) add(i streamItem) {
	s.mu.Lock()
	if s.left {
		s.mu.Unlock()
		return
	}
	s.backlog.add(i.size())
	s.items = append(s.items, i)
	s.given = true
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// begun reports whether anything has come.
func (s *stream) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given
}

// take waits for items and returns all there are.
func (s *stream) take() []streamItem {
	<-s.more
	s.mu.Lock()
	defer s.mu.Unlock()
	items := s.items
	s.items = nil
	return items
}

// leave ends the loop that has taken items and dealt with n of them.
func (s *stream) leave(items []streamItem, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = true
	for _, i := range append(items[n:], s.items...) {
		s.backlog.remove(i.size())
	}
	s.items = nil
}

// streamCall makes a call when it is ranged over. r is of a pool's call.
func (w *Worker) streamCall(ctx context.Context, name string, args []any, r *request) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		c, err := w.newCall(ctx, name, args)
		if err != nil {
			r.fail(err)
			yield(Event{}, err)
			return
		}
		c.req = r
		s := &stream{backlog: &w.backlog, more: make(chan struct{}, 1)}
		c.gets().stream = s
		w.mu.Lock()
		if err := w.queueLocked(c); err != nil {
			w.mu.Unlock()
			r.fail(err)
			yield(Event{Call: c.number}, err)
			return
		}
		w.startReaderLocked()
		w.watchContextLocked(c)
		w.mu.Unlock()
		w.pump()
		// Left early, by a break or a panic, the call is of no use any more.
		defer w.giveUp(c, context.Canceled)
		var items []streamItem
		dealt := 0 // of items
		defer func() { s.leave(items, dealt) }()
		for {
			items, dealt = s.take(), 0
			for _, i := range items {
				list, err := []any(nil), i.err
				if err == nil {
					list, err = i.values.get(w)
				}
				if !yield(Event{Call: i.number, Args: list, Result: i.result && err == nil, Generation: w.version(), Worker: w.number()}, err) || i.result {
					return
				}
				dealt++
				w.backlog.remove(i.size())
			}
		}
	}
}
