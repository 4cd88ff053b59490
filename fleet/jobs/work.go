package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/host"
)

// The times of those who run jobs.
const (
	// ackTime is how long the broker waits for a sign of life before it gives a job to
	// somebody else.
	ackTime = 30 * time.Second
	// fetchTime is how long a request for the next job lasts.
	fetchTime = 30 * time.Second
	// pulseTime is between the broker's signs of life meanwhile, of which two may be missing
	// before it is asked again.
	pulseTime = 2 * time.Second
	// answerTime is how long an answer of the broker is waited for.
	answerTime = 5 * time.Second
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
	// Concurrency is how many jobs run at a time. The default is 8.
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
	// Observe is told of each attempt at a job that has ended. It is called by several
	// goroutines at a time.
	Observe func(Attempt)
	// Logger gets what there is to tell. The default is slog.Default().
	Logger *slog.Logger

	ack time.Duration // ackTime, unless a test says otherwise
}

// Work runs the jobs of a plugin's track by calls of caller, until ctx ends and those
// that run have ended. Then it returns nil. Where the broker does not answer it goes on
// trying.
func (q *Queue) Work(ctx context.Context, plugin, track string, caller host.Caller, o WorkOptions) error {
	if err := errors.Join(fleet.CheckName("plugin", plugin), fleet.CheckName("track", track)); err != nil {
		return err
	}
	if o.Concurrency < 0 || o.Attempts < 0 || o.Pause < 0 || o.Drain < 0 {
		return fmt.Errorf("the options of work cannot be negative: %+v", o)
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
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
	w := &worker{q: q, plugin: plugin, track: track, caller: caller, o: o}
	// Calls go on for a while when ctx has ended.
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(o.Drain, cancel) })()
	queues := make([]chan *held, len(Priorities))
	var all sync.WaitGroup
	for i, p := range Priorities {
		queues[i] = make(chan *held)
		all.Go(func() { w.fetch(ctx, p, queues[i]) })
	}
	for range o.Concurrency {
		all.Go(func() {
			for {
				h := next(ctx, queues)
				if h == nil {
					return
				}
				w.run(calls, h)
			}
		})
	}
	all.Wait()
	return nil
}

// A worker runs the jobs of one track.
type worker struct {
	q             *Queue
	plugin, track string
	caller        host.Caller
	o             WorkOptions
}

// next is the next job, of the first priority that has one.
func next(ctx context.Context, queues []chan *held) *held {
	for _, c := range queues {
		select {
		case h := <-c:
			return h
		default:
		}
	}
	select {
	case h := <-queues[0]:
		return h
	case h := <-queues[1]:
		return h
	case h := <-queues[2]:
		return h
	case <-ctx.Done():
		return nil
	}
}

// consumerOf is what has the jobs of one priority. How often a job was tried is counted
// here, and not by its MaxDeliver: a job that the broker does not deliver any more stays
// in the stream, and nobody is told who was not there to hear it.
func consumerOf(plugin, track string, p Priority, ack time.Duration) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable: strings.Join([]string{plugin, track, string(p)}, "-"), FilterSubject: fmt.Sprintf("job.%s.%s.%s", plugin, track, p),
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: ack, MaxDeliver: -1, MaxAckPending: -1,
	}
}

// fetch takes jobs of one priority from the broker, one at a time.
func (w *worker) fetch(ctx context.Context, p Priority, out chan<- *held) {
	var consumer jetstream.Consumer
	for ctx.Err() == nil {
		err := func() (err error) {
			if consumer == nil {
				// A broker that dies does not answer, however long there is time.
				asked, cancel := context.WithTimeout(ctx, answerTime)
				consumer, err = w.q.jobs.CreateOrUpdateConsumer(asked, consumerOf(w.plugin, w.track, p, w.o.ack))
				cancel()
				if err != nil {
					consumer = nil
					return err
				}
			}
			wait, cancel := context.WithTimeout(ctx, fetchTime)
			defer cancel()
			batch, err := consumer.Fetch(1, jetstream.FetchContext(wait), jetstream.FetchHeartbeat(pulseTime))
			if err != nil {
				return err
			}
			for m := range batch.Messages() {
				h := hold(m, w.o.ack/3)
				select {
				case out <- h:
				case <-ctx.Done():
					h.giveBack(0)
				}
			}
			if err := batch.Error(); err != nil && wait.Err() == nil && !errors.Is(err, nats408) {
				consumer = nil // it may have been deleted
				return err
			}
			return nil
		}()
		if err != nil && ctx.Err() == nil {
			w.o.Logger.Error("jobs cannot be fetched", "plugin", w.plugin, "track", w.track, "error", storage(err))
			select {
			case <-time.After(troubleTime):
			case <-ctx.Done():
			}
		}
	}
}

// run runs a job and says what became of it.
func (w *worker) run(ctx context.Context, h *held) {
	defer h.letGo()
	meta, err := h.m.Metadata()
	if err != nil {
		w.o.Logger.Error("a message that is no job", "subject", h.m.Subject(), "error", err)
		return
	}
	attempts := int(meta.NumDelivered)
	j, err := readJob(h.m.Headers(), h.m.Data())
	if err != nil {
		w.bury(ctx, h, j, fmt.Errorf("the job cannot be read: %w", err), attempts)
		return
	}
	if j.Delay > 0 {
		// Its first delivery has it wait, and is no attempt.
		if left := j.Delay - time.Since(meta.Timestamp); attempts == 1 {
			h.giveBack(max(left, 0))
			return
		}
		attempts--
	}
	if attempts > 1 {
		// Whoever had it may have stored the result, and been lost before it said so.
		switch _, err := w.q.results.Get(ctx, j.ID); {
		case err == nil:
			h.done(ctx)
			return
		case !errors.Is(err, jetstream.ErrKeyNotFound):
			// It is not known whether it has a result: it is neither run nor buried.
			w.o.Logger.Warn("whether a job has a result cannot be read: it is looked at again", "job", j.ID, "error", err)
			h.giveBack(w.o.Pause)
			return
		}
	}
	if attempts > w.o.Attempts {
		w.bury(ctx, h, j, fmt.Errorf("the instances that had the job were lost, %d times", attempts-1), attempts-1)
		return
	}
	call := ctx
	if j.Timeout > 0 {
		var cancel context.CancelFunc
		call, cancel = context.WithTimeout(ctx, j.Timeout)
		defer cancel()
	}
	c := w.caller
	if j.Function != "" {
		c = c.Function(j.Function)
	}
	a := Attempt{Plugin: w.plugin, Track: w.track, Job: j.ID, Number: attempts, Began: time.Now(), Became: Again}
	results, err := c.Call(call, j.Args...)
	a.Took, a.Err = time.Since(a.Began), err
	defer func() { w.o.Observe(a) }()
	switch {
	case err == nil:
		a.Became = w.finish(ctx, h, j, results, attempts)
	case ctx.Err() != nil: // it was this one that ended
		h.giveBack(0)
	case attempts >= w.o.Attempts:
		a.Became = w.bury(ctx, h, j, err, attempts)
	default:
		pause := min(w.o.Pause<<min(attempts-1, 20), longestPause)
		w.o.Logger.Warn("a job failed, and is tried again", "job", j.ID, "plugin", w.plugin, "track", w.track, "attempt", attempts, "in", pause, "error", err)
		h.giveBack(pause)
	}
}

// finish stores the result of a job, and then acknowledges the job. What fails here has
// the job come again, and the result that there is found.
func (w *worker) finish(ctx context.Context, h *held, j Job, results []any, attempts int) Became {
	// It has run: that it is told is not given up at once when this worker ends.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackTime)
	defer cancel()
	err := w.q.store(ctx, j.ID, results, nil, attempts)
	if errors.Is(err, nats.ErrMaxPayload) { // the same would come of it the next time
		err = host.NewCallError("limit", host.Completed, host.ErrTooLarge, fmt.Sprintf("it has run, and its results are more than the broker takes (%d bytes)", w.q.nc.MaxPayload()))
		return w.bury(ctx, h, j, err, attempts)
	}
	if errors.As(err, new(*host.SerialiseError)) {
		return w.bury(ctx, h, j, err, attempts)
	}
	if err != nil {
		w.o.Logger.Error("a result cannot be stored: the job will run again", "job", j.ID, "error", err)
		h.giveBack(w.o.Pause)
		return Again
	}
	h.done(ctx)
	return Answered
}

// bury makes a dead letter of a job.
func (w *worker) bury(ctx context.Context, h *held, j Job, why error, attempts int) Became {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackTime)
	defer cancel()
	err := w.q.bury(ctx, h.m, j, w.plugin, w.track, why, attempts)
	if err != nil {
		w.o.Logger.Error("a dead letter cannot be stored: the job stays", "job", j.ID, "error", err)
		h.giveBack(w.o.Pause)
		return Again
	}
	w.o.Logger.Error("a job has failed for good", "job", j.ID, "plugin", w.plugin, "track", w.track, "attempts", attempts, "error", why)
	h.done(ctx)
	return Buried
}
