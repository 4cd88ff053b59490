package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
)

// The times of those who run jobs.
const (
	// ackTime is how long the broker waits for a sign of life before it gives a job to
	// somebody else.
	ackTime = 30 * time.Second
	// askTime is how long a request for the next job lasts.
	askTime = 30 * time.Second
	// pulseTime is between the broker's signs of life meanwhile, of which two may be missing
	// before it is asked again.
	pulseTime = 2 * time.Second
	// answerTime is how long an answer of the broker is waited for.
	answerTime = 5 * time.Second
	// newTime is for how long it passes that nobody listens to what was made.
	newTime = 5 * time.Second
	// troubleTime is the pause after the broker has not answered.
	troubleTime = time.Second
)

// The defaults of WorkOptions.
const (
	DefaultConcurrency = 8
	DefaultAttempts    = 5
	defaultPause       = time.Second
	defaultDrain       = 30 * time.Second
	longestPause       = time.Minute
)

// WorkOptions say how jobs are run. Zero values mean the defaults.
type WorkOptions struct {
	// Concurrency is how many jobs run at a time. The default is 8; where jobs take slots
	// of a service, as many as it has.
	Concurrency int
	// Attempts is how often a job is tried before it becomes a dead letter, attempts of
	// instances that were lost included. The default is 5.
	Attempts int
	// Pause is how long a job waits after it has failed, twice as long each time, up to a
	// minute. The default is a second.
	Pause time.Duration
	// Drain is how long the jobs that run have to end when ctx has. What has not by then
	// is cancelled, and given back: somebody else runs it, and that is another attempt. The
	// default is 30 s.
	Drain time.Duration
	// Observe is told of each attempt at a job that has ended, and of each job that was
	// given back without one. It is called by several goroutines at a time, and should not
	// block.
	Observe func(Attempt)
	// Logger gets what there is to tell. The default is slog.Default().
	Logger *slog.Logger

	ack time.Duration // ackTime, unless a test says otherwise
}

// Work runs the jobs of a plugin's track by calls of caller, until ctx ends and those
// that run have ended. Then it returns nil. Where the broker does not answer it goes on
// trying.
//
// Where caller is that of fleet.Service.Local, jobs have the slots that the service's
// calls have: no more jobs are asked for than there are free slots, so that what cannot
// be run here at once is run elsewhere.
//
// A job that comes when there is no slot any more, and one whose call was refused (the
// caller's error is host.ErrBusy, ErrClosed or ErrCrashLoop, and its outcome NotSent), is
// given back, and that is no attempt at it.
func (q *Queue) Work(ctx context.Context, plugin, track string, caller host.Caller, o WorkOptions) error {
	if err := errors.Join(fleet.CheckName("plugin", plugin), fleet.CheckName("track", track)); err != nil {
		return err
	}
	if o.Concurrency < 0 || o.Attempts < 0 || o.Pause < 0 || o.Drain < 0 {
		return fmt.Errorf("the options of work cannot be negative: %+v", o)
	}
	r := &room{caller: caller, max: o.Concurrency, freed: make(chan struct{}, 1)}
	if r.slots, _ = caller.(slots); r.slots == nil && r.max == 0 {
		r.max = DefaultConcurrency
	}
	if o.Attempts == 0 {
		o.Attempts = DefaultAttempts
	}
	if o.Pause == 0 {
		o.Pause = defaultPause
	}
	if o.Drain == 0 {
		o.Drain = defaultDrain
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Observe == nil {
		o.Observe = func(Attempt) {}
	}
	if o.ack == 0 {
		o.ack = ackTime
	}
	// Calls go on for a while when ctx has ended.
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(o.Drain, cancel) })()
	w := &worker{q: q, plugin: plugin, track: track, room: r, o: o, calls: calls, log: o.Logger.With("plugin", plugin, "track", track), began: time.Now()}
	w.work(ctx)
	return nil
}

// A worker runs the jobs of one track.
type worker struct {
	q             *Queue
	plugin, track string
	room          *room
	o             WorkOptions
	calls         context.Context // of the calls of jobs
	log           *slog.Logger
	rest          rest
	running       sync.WaitGroup // what has become of jobs
	began         time.Time
}

// work asks for jobs as long as there is room for them.
func (w *worker) work(ctx context.Context) {
	sources := make([]*source, len(Priorities))
	for i, p := range Priorities {
		sources[i] = &source{w: w, priority: p, more: true}
	}
	came := make(chan *source, len(sources))
	waiting := 0
	for ctx.Err() == nil {
		n, waited, err := w.room.free(ctx)
		if err != nil || !w.rest.over(ctx) {
			break
		}
		for _, s := range sources {
			if waited && !s.waits {
				s.more = true
			}
		}
		got, err := w.sweep(ctx, sources, n)
		if err != nil {
			w.trouble(ctx, err)
			continue
		}
		if got > 0 {
			continue
		}
		// There are none. The next one is waited for at each of them, whichever comes first.
		for _, s := range sources {
			if !s.waits {
				s.waits = true
				waiting++
				go func() {
					s.wait(ctx)
					came <- s
				}()
			}
		}
		select {
		case s := <-came:
			s.waits = false
			waiting--
		case <-ctx.Done():
		}
	}
	for ; waiting > 0; waiting-- {
		<-came
	}
	w.running.Wait()
}

// maxSweep is how many jobs are asked for at a time at most: they are in memory then.
const maxSweep = 64

// sweep begins the jobs that there are, those of the first priority first, and returns
// how many there were. It takes slots before it asks, so that nothing comes that there
// is no room for, and half of what is free at most: a call that comes meanwhile is not to
// be refused.
func (w *worker) sweep(ctx context.Context, sources []*source, free int) (got int, err error) {
	for _, s := range sources { // before slots are held, as it can take its time
		if _, err := s.open(ctx); err != nil {
			return 0, err
		}
	}
	if !slices.ContainsFunc(sources, (*source).looks) {
		return 0, nil
	}
	slots := w.room.takeSome(min((free+1)/2, maxSweep))
	taken := len(slots)
	defer func() {
		for _, p := range slots {
			p.Leave()
		}
	}()
	for _, s := range sources {
		if len(slots) > 0 && err == nil && s.looks() {
			slots, err = s.there(ctx, slots)
		}
	}
	return taken - len(slots), err
}

// trouble logs why there are no jobs from the broker, and waits for a while. Of a cluster's
// brokers one may not have heard yet of what was made a moment ago: that is none.
func (w *worker) trouble(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	level := slog.LevelError
	if errors.Is(err, nats.ErrNoResponders) && time.Since(w.began) < newTime {
		level = slog.LevelDebug
	}
	w.log.Log(ctx, level, "jobs cannot be fetched", "error", request.Explain(err))
	select {
	case <-time.After(troubleTime):
	case <-ctx.Done():
	}
}

// ended is a context for what is not to wait.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// slots are what a Caller may have as well: those of fleet.Service.Local.
type slots interface {
	Free(ctx context.Context) (int, error)
	Take() (*fleet.Slot, bool)
}

// A room has the slots that jobs are run in: those of a service, if there is one, and no
// more of them than max, if it is not 0.
type room struct {
	caller host.Caller
	slots  slots
	max    int
	freed  chan struct{} // of capacity 1: one was left

	mu    sync.Mutex
	taken int
}

// free waits until there is room, and returns for how many, and whether it had to wait.
func (r *room) free(ctx context.Context) (n int, waited bool, err error) {
	for ; ; waited = true {
		n = math.MaxInt
		if r.slots != nil {
			if n, err = r.slots.Free(ended); err != nil {
				waited = true
				n, err = r.slots.Free(ctx)
			}
			if err != nil {
				return 0, false, err
			}
		}
		if r.max == 0 {
			return n, waited, nil
		}
		r.mu.Lock()
		left := r.max - r.taken
		r.mu.Unlock()
		if left > 0 {
			return min(n, left), waited, nil
		}
		select {
		case <-r.freed:
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
	}
}

// takeSome takes up to n slots.
func (r *room) takeSome(n int) []*fleet.Slot {
	var all []*fleet.Slot
	for len(all) < n {
		p := r.take()
		if p == nil {
			break
		}
		all = append(all, p)
	}
	return all
}

// take returns a slot for a job, or nil if there is none.
func (r *room) take() *fleet.Slot {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.max > 0 && r.taken >= r.max {
		return nil
	}
	p := &fleet.Slot{Caller: r.caller, Leave: func() {}}
	if r.slots != nil {
		var ok bool
		if p, ok = r.slots.Take(); !ok {
			return nil
		}
	}
	r.taken++
	leave := p.Leave
	p.Leave = func() {
		leave()
		r.left()
	}
	return p
}

func (r *room) left() {
	r.mu.Lock()
	r.taken--
	r.mu.Unlock()
	select {
	case r.freed <- struct{}{}:
	default:
	}
}

// A rest is the time for which no jobs are asked for, after they were refused.
type rest struct {
	mu      sync.Mutex
	refused int // one after the other
	until   time.Time
}

// begin has the rest begin, which is twice as long each time.
func (r *rest) begin(pause time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Now().Before(r.until) {
		return // several were refused at once
	}
	r.until = time.Now().Add(doubled(pause, r.refused))
	r.refused++
}

// end ends it: a job was run.
func (r *rest) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused, r.until = 0, time.Time{}
}

// left is how long it lasts yet.
func (r *rest) left() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Until(r.until)
}

// over waits until the rest is over; false is for a ctx that has ended.
func (r *rest) over(ctx context.Context) bool {
	for {
		left := r.left()
		if left <= 0 {
			return ctx.Err() == nil
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return false
		}
	}
}

// doubled is the pause, twice as long for each of the times, and a minute at most unless
// it is longer itself.
func doubled(pause time.Duration, times int) time.Duration {
	for ; times > 0 && pause < longestPause; times-- {
		pause = min(2*pause, longestPause)
	}
	return pause
}
