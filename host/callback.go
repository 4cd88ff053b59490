package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// errNoEventHandler is what an event without a handler is.
var errNoEventHandler = errors.New("event received, but no on_event handler")

type callbackKind int

const (
	eventCallback   callbackKind = iota // an event, for OnEvent
	answerCallback                      // answers of Go
	notifyCallback                      // a Call may return: what came before it is done
	sentCallback                        // for OnSend
	logCallback                         // for OnLog
	lineCallback                        // for OnLine
	errorCallback                       // for OnError
	destroyCallback                     // for OnDestroy
	exitCallback                        // for PoolOptions.OnExit
)

// A callback is something to be told, in its turn.
type callback struct {
	kind   callbackKind
	size   int // what it counts for in the backlog
	number uint64
	values values
	call   *call
	calls  []*call // whose answers they are; size is that of the first, once it is told
	err    error
	what   any // a *LogRecord, a *Line or a func()
}

// callbacks runs a worker's callbacks one at a time and in order. The goroutine
// that does it is there only while there is something to run.
type callbacks struct {
	w *Worker
	// due is how many callbacks wait or run. What is waited for no longer, such as
	// the notice of a Call that has been given up, counts until it is its turn.
	due atomic.Int64

	mu      sync.Mutex
	queue   []callback
	running atomic.Bool // changed with mu held
	ended   sync.Cond   // running became false
}

func (q *callbacks) init(w *Worker) {
	q.w = w
	q.ended.L = &q.mu
}

func (q *callbacks) add(c callback) {
	c.size += backlogItem
	q.w.backlog.add(c.size)
	q.due.Add(1)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = append(q.queue, c)
	q.runLocked()
}

// addAnswers adds answers of Go, of which it keeps a copy.
func (q *callbacks) addAnswers(calls []*call) {
	if len(calls) == 0 {
		return
	}
	bytes := 0
	for _, c := range calls {
		bytes += c.out.size + backlogItem
	}
	q.w.backlog.add(bytes)
	q.due.Add(int64(len(calls)))
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.queue); n > 0 && q.queue[n-1].kind == answerCallback {
		last := &q.queue[n-1]
		last.calls = append(last.calls, calls...)
	} else {
		q.queue = append(q.queue, callback{kind: answerCallback, calls: slices.Clone(calls)})
	}
	q.runLocked()
}

func (q *callbacks) runLocked() {
	if !q.running.Load() {
		q.running.Store(true)
		go q.run()
	}
}

func (q *callbacks) addError(err error) { q.add(callback{kind: errorCallback, err: err}) }

// addLog adds a log record that took size bytes.
func (q *callbacks) addLog(l LogRecord, size int) {
	l.Generation, l.Worker = q.w.version(), q.w.number()
	q.add(callback{kind: logCallback, what: &l, size: size})
}
func (q *callbacks) addDestroy() { q.add(callback{kind: destroyCallback}) }

// addNotify lets the Call of c return after the callbacks that are waiting, or
// after the grace period: a callback may be waiting for that very Call.
func (q *callbacks) addNotify(c *call) {
	t := time.AfterFunc(q.w.opts.Limits.Grace, func() { q.w.notify(c) })
	q.w.mu.Lock()
	c.gets().patience = t
	q.w.mu.Unlock()
	q.add(callback{kind: notifyCallback, call: c, size: c.out.size})
}

// idle reports whether no callback runs or waits.
func (q *callbacks) idle() bool { return !q.running.Load() }

// wait returns once no callback runs or waits.
func (q *callbacks) wait() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.running.Load() {
		q.ended.Wait()
	}
}

func (q *callbacks) run() {
	var batch []callback
	next := 0 // of batch
	finished := false
	defer func() {
		if finished {
			return
		}
		// A callback has ended this goroutine, as testing.T.FailNow does.
		q.told(&batch[next])
		if len(batch[next].calls) == 0 {
			next++
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.queue = append(batch[next:], q.queue...)
		go q.run()
	}()
	for {
		q.mu.Lock()
		clear(batch)
		batch, q.queue = q.queue, batch[:0]
		if len(batch) == 0 {
			finished = true
			q.running.Store(false)
			q.ended.Broadcast()
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
		for next = 0; next < len(batch); {
			c := &batch[next]
			q.invoke(c)
			q.told(c)
			if len(c.calls) == 0 { // else one of them panicked
				next++
			}
		}
		if f := q.w.opts.afterCallbacks; f != nil {
			f()
		}
	}
}

// told counts off a callback that has run.
func (q *callbacks) told(c *callback) {
	q.due.Add(-1)
	q.w.backlog.remove(c.size)
}

// invoke runs one callback; of answers, those up to the last one, or to one that panics,
// and tells of all but that. A panic in it is the owner's to know, and no reason for the
// parent to die.
func (q *callbacks) invoke(c *callback) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		err := fmt.Errorf("a callback panicked: %v\n%s", v, debug.Stack())
		if c.kind == errorCallback {
			q.w.opts.Logger.Error("OnError panicked", "worker", q.w.name, "panic", v)
			return
		}
		q.invoke(&callback{kind: errorCallback, err: err})
	}()
	o := q.w.opts
	switch c.kind {
	case eventCallback:
		q.event(c)
	case answerCallback:
		for {
			q.answer(c)
			if len(c.calls) == 0 {
				break
			}
			q.told(c)
		}
	case notifyCallback:
		q.w.notify(c.call)
	case sentCallback:
		o.OnSend(Sent{Call: c.number, Worker: q.w.number(), Generation: q.w.version()})
	case logCallback:
		q.log(*c.what.(*LogRecord))
	case lineCallback:
		o.OnLine(*c.what.(*Line))
	case errorCallback:
		q.error(c.err)
	case exitCallback:
		c.what.(func())()
	case destroyCallback:
		if o.OnDestroy != nil {
			o.OnDestroy()
		}
	}
}

// answer tells of the first of the answers that are left.
func (q *callbacks) answer(c *callback) {
	first := c.calls[0]
	c.calls[0] = nil
	c.calls = c.calls[1:]
	c.size = first.out.size + backlogItem
	if first.fn != nil {
		first.fn(first.results(q.w))
		q.w.release(first)
	} else if first.err != nil {
		q.error(first.err)
	}
}

func (q *callbacks) event(c *callback) {
	args, err := c.values.get(q.w)
	switch {
	case err != nil:
		q.error(err)
	case q.w.opts.OnEvent != nil:
		q.w.opts.OnEvent(Event{Call: c.number, Args: args, Generation: q.w.version(), Worker: q.w.number()})
	default:
		q.error(errNoEventHandler)
	}
}

// error tells whoever wants to know of an error that belongs to no call.
func (q *callbacks) error(err error) {
	switch o := q.w.opts; {
	case o.OnError != nil:
		o.OnError(err)
	case o.OnEvent != nil:
		o.OnEvent(Event{Args: []any{"error", err.Error()}})
	default:
		o.Logger.Error("worker", "worker", q.w.name, "error", err)
	}
}

func (q *callbacks) log(l LogRecord) {
	o := q.w.opts
	if o.OnLog != nil {
		o.OnLog(l)
		return
	}
	var level slog.Level
	if level.UnmarshalText([]byte(l.Level)) != nil {
		level = slog.LevelInfo
	}
	attrs := []any{"worker", q.w.name}
	if l.Worker != 0 {
		attrs = append(attrs, "number", l.Worker, "generation", l.Generation)
	}
	if l.Call != 0 {
		attrs = append(attrs, "call", l.Call)
	}
	for k, v := range l.Fields {
		attrs = append(attrs, k, v)
	}
	o.Logger.Log(context.Background(), level, l.Message, attrs...)
}

// notify lets the Call of c return.
func (w *Worker) notify(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := c.has().patience; t != nil {
		t.Stop()
	}
	w.notifyLocked(c)
}

// inCallback reports whether it is called, however indirectly, by a callback of
// a worker: such a caller must not wait for callbacks to end.
func inCallback() bool {
	var pcs [64]uintptr
	skip := 2
	for {
		n := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:n])
		for {
			f, more := frames.Next()
			if strings.HasSuffix(f.Function, "host.(*callbacks).invoke") {
				return true
			}
			if !more {
				break
			}
		}
		if n < len(pcs) {
			return false
		}
		skip += n
	}
}
