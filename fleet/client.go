package fleet

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// The times of callers. Whoever says nothing for silenceTime is asked, and is lost
// when it has not answered by lostTime.
const (
	silenceTime = 4 * heartbeatTime
	lostTime    = 10 * heartbeatTime
	watchTime   = heartbeatTime / 2
	// deadlineRoom is how long the caller waits beyond its deadline, so that the
	// instance can tell where the script was.
	deadlineRoom = 250 * time.Millisecond
	// callbackTime is how long Call waits for the callbacks of its events at most: one
	// of them may be waiting for that very Call.
	callbackTime = host.DefaultGrace
)

// The defaults of callers.
const (
	defaultPatience = 10 * time.Second
	absentPatience  = 250 * time.Millisecond
	firstPause      = time.Millisecond
	longestPause    = 50 * time.Millisecond
	maxGo           = 10_000
)

// A ClientOption says how a plugin is called.
type ClientOption func(*clientOptions)

type clientOptions struct {
	track    string
	patience time.Duration
	max      int
	onEvent  func(host.Event)
	logger   *slog.Logger
	header   func(context.Context, nats.Header)
}

// CallTrack calls the instances of the track. The default is Stable.
func CallTrack(track string) ClientOption { return func(o *clientOptions) { o.track = track } }

// Patience is how long a call is tried that all instances are too busy to take. Then
// it fails with ErrBusy of package host. The default is 10 s.
func Patience(d time.Duration) ClientOption { return func(o *clientOptions) { o.patience = d } }

// CallMaxPayload is the greatest size of arguments, results and events, in bytes; see
// MaxPayload. The default is DefaultMaxPayload.
func CallMaxPayload(bytes int) ClientOption { return func(o *clientOptions) { o.max = bytes } }

// OnEvent gets the events of all calls, one at a time. Without it those of Call and
// Go are not sent. Where fn makes a call itself and waits for it, no more than 512 of
// that call's events may come meanwhile: its script waits for the receiver.
func OnEvent(fn func(host.Event)) ClientOption { return func(o *clientOptions) { o.onEvent = fn } }

// OnTrouble gets what no caller can be told, such as a panic in a callback. The
// default is slog.Default().
func OnTrouble(l *slog.Logger) ClientOption { return func(o *clientOptions) { o.logger = l } }

// Headers has fn add headers to each request, such as those of a trace. It is called
// by many goroutines at a time, with the context of the call.
func Headers(fn func(ctx context.Context, h nats.Header)) ClientOption {
	return func(o *clientOptions) { o.header = fn }
}

// A client calls a plugin.
type client struct {
	plugin     string
	subject    string // of its calls
	opts       clientOptions
	inbox      *inbox
	large      *large
	function   string
	idempotent bool
	err        error // why it cannot call anything
}

// Client returns a Caller of the plugin's instances, whichever machines they are on.
// It needs no closing, and goes with the connection; make one and keep it.
//
// Its calls are like those of a pool. One that an instance has refused, as it was
// busy or about to end, goes to another. One whose instance is not heard from any
// more fails with ErrLost, unless it was made through host.Idempotent: then it is
// sent again. Where the connection to the broker is lost and found again, the
// instance is asked what became of the call. Arguments and results are carried as
// strings where all of them are, and as CBOR otherwise, whatever serialiser the
// instance's script has. Go does not wait for a connection: what cannot be sent
// waits until there is one again.
func Client(nc *nats.Conn, plugin string, opts ...ClientOption) host.Caller {
	c := &client{plugin: plugin, inbox: newInbox(nc)}
	c.opts = clientOptions{track: Stable, patience: defaultPatience, max: DefaultMaxPayload, logger: slog.Default()}
	for _, opt := range opts {
		opt(&c.opts)
	}
	c.err = errors.Join(CheckName("plugin", plugin), CheckName("track", c.opts.track))
	if c.err == nil && (c.opts.patience < 0 || c.opts.max < 0) {
		c.err = fmt.Errorf("the patience of a caller, and its greatest payload, cannot be negative: %v, %d", c.opts.patience, c.opts.max)
	}
	c.large = newLarge(nc, c.opts.max)
	c.subject = callSubject(plugin, c.opts.track)
	return c
}

// Function implements host.Caller.
func (c *client) Function(name string) host.Caller {
	f := *c
	f.function = name
	f.err = errors.Join(c.err, CheckFunction(name))
	return &f
}

// Idempotent is what host.Idempotent asks for.
func (c *client) Idempotent() host.Caller {
	f := *c
	f.idempotent = true
	return &f
}

// Call implements host.Caller.
func (c *client) Call(ctx context.Context, args ...any) ([]any, error) {
	s, err := c.newSent(ctx, args, c.opts.onEvent != nil)
	if err != nil {
		return nil, err
	}
	s.done = doneChannels.Get().(chan struct{})
	s.begin()
	select {
	case <-s.done:
	case <-ctx.Done():
		s.giveUp(ctx.Err(), s.done)
		<-s.done
	}
	doneChannels.Put(s.done) // nothing is sent on it any more
	s.told()
	return s.results(s.answer, s.failed)
}

var doneChannels = sync.Pool{New: func() any { return make(chan struct{}, 1) }}

// Go implements host.Caller.
func (c *client) Go(fn func(results []any, err error), args ...any) uint64 {
	back := func(results []any, err error) {
		if fn != nil {
			c.inbox.callbacks.add(c.opts.logger, func() { fn(results, err) })
		}
	}
	s, err := c.newSent(context.Background(), args, c.opts.onEvent != nil)
	if err != nil {
		back(nil, err)
		return c.inbox.numbers.Add(1)
	}
	if c.inbox.going.Add(1) > maxGo {
		c.inbox.going.Add(-1)
		back(nil, host.NewCallError("busy", host.NotSent, host.ErrBusy, fmt.Sprintf("%d calls were made with Go and have no answer yet, as many as there may be", maxGo)))
		return s.number
	}
	s.end = func(m reply, err error) {
		c.inbox.callbacks.add(c.opts.logger, func() {
			c.inbox.going.Add(-1) // an answer that waits for its callback takes room too
			results, err := s.results(m, err)
			if fn != nil {
				fn(results, err)
			}
		})
	}
	number := s.number
	s.begin()
	return number
}

// Stream implements host.Caller.
func (c *client) Stream(ctx context.Context, args ...any) iter.Seq2[host.Event, error] {
	return func(yield func(host.Event, error) bool) {
		s, err := c.newSent(ctx, args, true)
		if err != nil {
			yield(host.Event{}, err)
			return
		}
		done := make(chan struct{})
		var (
			answer reply
			failed error
		)
		s.queue = &eventQueue{more: make(chan struct{}, 1)}
		s.end = func(m reply, err error) {
			answer, failed = m, err
			close(done)
		}
		s.begin()
		over := false
		defer func() { // where the loop is left, in whatever way
			if over {
				return
			}
			s.giveUp(context.Canceled, done)
			<-done
			c.large.drop(answer.data)
			for _, m := range s.queue.take() {
				c.large.drop(m.data)
			}
		}()
		for unread := false; ; {
			ended := false
			select {
			case <-s.queue.more:
			case <-done:
				ended = true
			case <-ctx.Done():
				s.giveUp(ctx.Err(), done)
				<-done
				ended = true
			}
			for _, m := range s.queue.take() {
				if unread {
					c.large.drop(m.data)
					continue
				}
				e, err := s.event(m)
				if err != nil {
					s.unreadable(err)
					unread = true
					continue
				}
				if c.opts.onEvent != nil {
					c.inbox.callbacks.add(c.opts.logger, func() { c.opts.onEvent(e) })
				}
				if !yield(e, nil) {
					return
				}
				s.consumed()
			}
			if ended {
				over = true
				results, err := s.results(answer, failed)
				yield(host.Event{Call: s.number, Args: results, Result: err == nil, Generation: s.generation()}, err)
				return
			}
		}
	}
}

// told waits until the callbacks of the call's events have returned, but not for long.
func (s *sent) told() {
	if !s.events {
		return
	}
	s.mu.Lock()
	none := s.sequence == 0 || s.taken == s.sequence
	s.mu.Unlock()
	if none {
		return
	}
	done := make(chan struct{})
	s.c.inbox.callbacks.add(s.c.opts.logger, func() { close(done) })
	t := time.NewTimer(callbackTime)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

// callbacks are functions to be called one at a time, in their order.
type callbacks struct {
	mu      sync.Mutex
	queue   []func()
	running bool
}

func (c *callbacks) add(log *slog.Logger, fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, fn)
	if !c.running {
		c.running = true
		go c.run(log)
	}
}

func (c *callbacks) run(log *slog.Logger) {
	for {
		c.mu.Lock()
		queue := c.queue
		c.queue = nil
		c.running = len(queue) > 0
		c.mu.Unlock()
		if len(queue) == 0 {
			return
		}
		for _, fn := range queue {
			guarded(log, fn)
		}
	}
}

func guarded(log *slog.Logger, fn func()) {
	defer func() {
		if v := recover(); v != nil {
			log.Error("a callback panicked", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	fn()
}

// An eventQueue takes the events of a call to the loop over them. The window of
// events bounds it.
type eventQueue struct {
	more chan struct{} // of capacity 1

	mu     sync.Mutex
	events []reply
}

func (q *eventQueue) add(m reply) {
	q.mu.Lock()
	q.events = append(q.events, m)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *eventQueue) take() []reply {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}

// counter is a number that goes on.
type counter = atomic.Uint64
