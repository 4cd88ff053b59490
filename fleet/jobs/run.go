package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/host"
)

// Why a job is given back without an attempt, where no call has said so.
var (
	errNoRoom = host.NewCallError("busy", host.NotSent, host.ErrBusy, "there is no slot for it here any more")
	errRests  = host.NewCallError("busy", host.NotSent, host.ErrBusy, "calls of jobs were refused here just before")
	errEnds   = host.NewCallError("closed", host.NotSent, host.ErrClosed, "the instance ends")
)

// begin has a job be run in the slot, or in any if that is nil, or has it given back.
func (w *worker) begin(ctx context.Context, m jetstream.Msg, p *fleet.Slot) {
	h := w.q.hold(m, w.o.ack/3)
	if p == nil {
		p = w.room.take()
	}
	var refused error
	switch {
	case ctx.Err() != nil:
		refused = errEnds
	case w.rest.left() > 0:
		refused = errRests
	case p == nil:
		refused = errNoRoom
	}
	w.running.Go(func() {
		if p != nil {
			defer p.Leave()
		}
		defer h.letGo()
		w.settle(h, p, refused)
	})
}

// A tried is a job that the broker has delivered, and what is told of it.
type tried struct {
	*held
	j        Job
	sequence uint64 // in the stream
	delivery uint64 // how many there were, with this one
	a        Attempt
	log      *slog.Logger
}

// read reads a job of which there is a message. The error is that of what is no job.
func (w *worker) read(h *held, p *fleet.Slot) (*tried, error) {
	meta, err := h.m.Metadata()
	if err != nil {
		return nil, err
	}
	t := &tried{held: h, sequence: meta.Sequence.Stream, delivery: meta.NumDelivered}
	t.j, err = readJob(h.m.Headers(), h.m.Data())
	_, _, priority, _ := splitSubject(h.m.Subject())
	t.a = Attempt{
		Plugin: w.plugin, Track: w.track, Job: nameOf(t.j, t.sequence), Function: t.j.Function, Priority: Priority(priority),
		Header: h.m.Headers(), Submitted: meta.Timestamp, Began: time.Now(), Became: Again,
	}
	t.log = w.log.With("job", t.a.Job)
	if p != nil {
		t.a.Instance, t.a.Version = p.Instance, p.Version
		if p.Instance != "" {
			t.log = t.log.With("instance", p.Instance)
		}
	}
	return t, err
}

// settle runs a job, or gives it back if it is refused, and says what became of it.
func (w *worker) settle(h *held, p *fleet.Slot, refused error) {
	t, err := w.read(h, p)
	switch {
	case t == nil:
		w.log.Error("a message that is no job", "subject", h.m.Subject(), "error", err)
		return
	case err != nil:
		w.told(t, w.bury(t, fmt.Errorf("the job cannot be read: %w", err), int(t.delivery)))
		return
	}
	deliveries := int(t.delivery)
	if t.j.Delay > 0 {
		left := min(t.j.Delay-time.Since(t.a.Submitted), t.j.Delay)
		if deliveries == 1 {
			// Its first delivery has it wait, and is no attempt.
			t.log.Debug("a job waits", "for", left)
			h.giveBack(max(left, 0))
			return
		}
		if left > 0 { // whoever was to have it wait was lost
			w.note(t)
			h.giveBack(left)
			return
		}
		deliveries--
	}
	if refused != nil {
		w.refuse(t, refused)
		return
	}
	if t.delivery > 1 {
		has, before, err := w.before(t)
		switch {
		case err != nil: // this one ends, and does not know: it is neither run nor buried
			h.giveBack(0)
			return
		case has:
			// Whoever had it has stored the result, and was lost before it said so.
			t.log.Info("a job came again, and has its result")
			t.acknowledge()
			return
		}
		deliveries = max(deliveries-before, 1)
	}
	t.a.Number = deliveries
	t.log = t.log.With("attempt", deliveries)
	if deliveries > w.o.Attempts {
		t.a.Number--
		w.told(t, w.bury(t, fmt.Errorf("the instances that had the job were lost, %d times, or could not say what became of it", t.a.Number), t.a.Number))
		return
	}
	switch lost, err := w.fetch(t); {
	case lost:
		w.told(t, w.bury(t, fmt.Errorf("the job cannot be read: %w", err), t.a.Number))
		return
	case w.calls.Err() != nil:
		w.refuse(t, errEnds)
		return
	case err != nil: // it is nothing that the job could mend by being run
		t.log.Error("the arguments of a job cannot be read: it waits", "for", longestPause, "error", err)
		w.note(t)
		t.giveBack(longestPause)
		return
	}
	w.call(t, p)
}

// fetch reads arguments that are too large for a message. It goes on asking for ackTime,
// unless they are lost.
func (w *worker) fetch(t *tried) (lost bool, err error) {
	for end := time.Now().Add(ackTime); ; {
		err = w.q.fetch(w.calls, &t.j, t.m.Headers())
		switch {
		case err == nil:
			return false, nil
		case errors.Is(err, ErrUnreadable):
			return true, err
		}
		if time.Now().After(end) {
			return false, err
		}
		select {
		case <-time.After(troubleTime):
		case <-w.calls.Done():
			return false, err
		}
	}
}

// drop removes arguments that nobody needs any more.
func (w *worker) drop(t *tried) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	if err := w.q.largeArgs.Remove(ctx, t.j.object); err != nil {
		t.log.Warn("the arguments of a job take room yet", "bucket", ArgsBucket, "object", t.j.object, "error", err)
	}
}

// call makes the call of a job.
func (w *worker) call(t *tried, p *fleet.Slot) {
	ctx := host.WithCallInfo(w.calls, &t.a.Info)
	if t.j.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.j.Timeout)
		defer cancel()
	}
	c := p.Caller
	if t.j.Function != "" {
		c = c.Function(t.j.Function)
	}
	if t.a.Number > 1 {
		t.log.Info("a job is tried again")
	}
	t.a.Began = time.Now()
	results, err := c.Call(ctx, t.j.Args...)
	t.a.Took = time.Since(t.a.Began)
	if refuses(err) {
		w.rest.begin(w.o.Pause)
		w.refuse(t, err)
		return
	}
	w.rest.end()
	switch {
	case err == nil:
		w.told(t, w.finish(t, results))
	case w.calls.Err() != nil && host.OutcomeOf(err) == host.NotSent:
		w.refuse(t, errEnds)
	case w.calls.Err() != nil:
		t.log.Warn("a job was cancelled, as the instance ends, and is tried again elsewhere", "error", err)
		t.giveBack(0)
		t.a.Err = err
		w.told(t, Again)
	case t.a.Number >= w.o.Attempts:
		w.told(t, w.bury(t, err, t.a.Number))
	default:
		pause := doubled(w.o.Pause, t.a.Number-1)
		t.log.Warn("a job failed, and is tried again", "in", pause, "took", t.a.Took, "error", err)
		t.giveBack(pause)
		t.a.Err = err
		w.told(t, Again)
	}
}

// refuses reports whether the error is of a call that was not made, for reasons that are
// not the job's.
func refuses(err error) bool {
	if err == nil || host.OutcomeOf(err) != host.NotSent {
		return false
	}
	for _, why := range []error{host.ErrBusy, host.ErrClosed, host.ErrCrashLoop, fleet.ErrNoInstance, fleet.ErrDisconnected} {
		if errors.Is(err, why) {
			return true
		}
	}
	return false
}

// told tells of an attempt.
func (w *worker) told(t *tried, became Became) {
	t.a.Became = became
	if t.a.Err != nil {
		t.a.Code = fleet.CodeOf(t.a.Err)
	}
	w.o.Observe(t.a)
}

// refuse gives a job back that was not run.
func (w *worker) refuse(t *tried, why error) {
	w.note(t)
	t.giveBack(0)
	level := slog.LevelWarn
	if why == errNoRoom || why == errRests || why == errEnds { // it happens every day
		level = slog.LevelDebug
	}
	t.log.Log(context.Background(), level, "a job was refused, and goes to whoever asks for it next", "error", why)
	t.a.Number, t.a.Err = 0, why
	w.told(t, Refused)
}

// note has the delivery be no attempt. What does not succeed for ackTime is not tried any
// longer.
func (w *worker) note(t *tried) {
	err := persist(t.log, func(ctx context.Context) error { return w.q.noteRefusal(ctx, t.j.ID, t.sequence, t.delivery) })
	if err != nil {
		t.log.Error("that a job was not run cannot be noted: it counts as an attempt", "error", err)
	}
}

// before is what was before this delivery: whether the job has its result, and how many
// deliveries were no attempts. It goes on asking until the calls of jobs are to end.
func (w *worker) before(t *tried) (has bool, refused int, err error) {
	for told := false; ; told = true {
		ctx, cancel := context.WithTimeout(w.calls, answerTime)
		has, refused, err = w.q.before(ctx, t.j.ID, t.sequence)
		cancel()
		if err == nil {
			return has, refused, nil
		}
		if !told {
			t.log.Warn("whether a job has a result cannot be read: it waits", "error", err)
		}
		select {
		case <-time.After(troubleTime):
		case <-w.calls.Done():
			return false, 0, err
		}
	}
}

// persist calls f until it succeeds, or fails for good, for ackTime at most. It does so
// where a worker ends, too.
func persist(log *slog.Logger, f func(context.Context) error) error {
	all, cancel := context.WithTimeout(context.Background(), ackTime)
	defer cancel()
	for told := false; ; told = true {
		ctx, cancel := context.WithTimeout(all, answerTime)
		err := f(ctx)
		cancel()
		if err == nil || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, host.ErrTooLarge) || errors.Is(err, nats.ErrConnectionClosed) || errors.As(err, new(*host.SerialiseError)) {
			return err
		}
		if !told {
			log.Warn("what became of a job cannot be stored: it is tried again for a while", "error", err)
		}
		select {
		case <-time.After(troubleTime / 4):
		case <-all.Done():
			return err
		}
	}
}

// finish stores the result of a job, and then acknowledges the job. What fails here has
// the job come again, and the result that there is found.
func (w *worker) finish(t *tried, results []any) Became {
	// It has run: that it is told is not given up at once when this worker ends.
	err := persist(t.log, func(ctx context.Context) error { return w.q.store(ctx, t.j.ID, results, nil, t.a.Number) })
	switch {
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, host.ErrTooLarge): // the same would come of it the next time
		return w.bury(t, host.NewCallError("limit", host.Completed, host.ErrTooLarge, fmt.Sprintf("it has run, and its results cannot be kept: %v", err)), t.a.Number)
	case errors.As(err, new(*host.SerialiseError)):
		return w.bury(t, host.NewCallError("serialise", host.Completed, err, fmt.Sprintf("it has run, and its results cannot be kept: %v", err)), t.a.Number)
	case err != nil:
		t.log.Error("a result cannot be stored: the job will run again", "error", err)
		t.giveBack(w.o.Pause)
		return Again
	}
	t.log.Debug("a job was answered", "took", t.a.Took)
	t.acknowledge()
	w.drop(t)
	return Answered
}

// bury makes a dead letter of a job.
func (w *worker) bury(t *tried, why error, attempts int) Became {
	t.a.Err = why
	err := persist(t.log, func(ctx context.Context) error { return w.q.bury(ctx, t.m, t.j, w.plugin, w.track, why, attempts) })
	if err != nil {
		t.log.Error("a dead letter cannot be stored: the job stays", "error", err, "of", why)
		t.giveBack(w.o.Pause)
		return Again
	}
	t.log.Error("a job has failed for good", "attempts", attempts, "error", why)
	t.acknowledge()
	return Buried
}

// acknowledge has the broker forget the job.
func (t *tried) acknowledge() {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	t.done(ctx)
}
