package jobs

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/request"
)

// A source has the jobs of one priority.
type source struct {
	w        *worker
	priority Priority
	waits    bool // for the next job; of the goroutine of work

	more bool // there may be jobs that nobody has been given; of the goroutine that waits, while it does

	mu       sync.Mutex
	consumer jetstream.Consumer // nil where the broker is to be asked for it
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

// open returns what has the jobs, and makes it if it is not there.
func (s *source) open(ctx context.Context) (jetstream.Consumer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.consumer != nil {
		return s.consumer, nil
	}
	// A broker that dies does not answer, however long there is time.
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var c jetstream.Consumer
	err := request.Do(ctx, s.w.q.nc, request.Ask{What: "consumers of the stream " + Stream, Names: []string{"." + Stream}}, func(ctx context.Context) (err error) {
		c, err = s.w.q.jobs.CreateOrUpdateConsumer(ctx, consumerOf(s.w.plugin, s.w.track, s.priority, s.w.o.ack))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.consumer = c
	return c, nil
}

// lost has open ask the broker again: what it had may be gone.
func (s *source) lost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consumer = nil
}

// looks reports whether it is to be looked whether there are jobs: there are none where
// one is waited for.
func (s *source) looks() bool { return !s.waits && s.more }

// there begins the jobs that are there, for as many slots as there are, and returns
// those that are left.
func (s *source) there(ctx context.Context, slots []*fleet.Slot) (left []*fleet.Slot, err error) {
	consumer, err := s.open(ctx)
	if err != nil {
		return slots, err
	}
	// It waits for no longer than a second, and not for ctx: nothing that comes is lost.
	batch, err := consumer.FetchNoWait(len(slots))
	if err != nil {
		return slots, err
	}
	asked := len(slots)
	defer func() { s.more = err != nil || asked > 0 && len(slots) == 0 }()
	for m := range batch.Messages() {
		p := slots[len(slots)-1]
		slots = slots[:len(slots)-1]
		s.w.begin(ctx, m, p)
	}
	if err := batch.Error(); err != nil {
		s.lost()
		return slots, err
	}
	return slots, nil
}

// wait waits for the next job, and begins it if there is room then. Where the broker
// does not answer it returns after a while.
func (s *source) wait(ctx context.Context) {
	err := s.next(ctx)
	if err != nil && ctx.Err() == nil {
		s.lost()
		s.more = true
		s.w.trouble(ctx, err)
	}
}

func (s *source) next(ctx context.Context) error {
	consumer, err := s.open(ctx)
	if err != nil {
		return err
	}
	// One is asked for. That there is room for more is for the broker's signs of life: what
	// there is no room for would be dropped, and be it the job.
	messages, err := consumer.Messages(jetstream.PullMaxMessages(16), jetstream.StopAfter(1), jetstream.PullExpiry(askTime), jetstream.PullHeartbeat(pulseTime))
	if err != nil {
		return err
	}
	defer messages.Stop()
	// What the broker gives to this worker before it knows that it ends is given back,
	// if that does not take too long.
	defer context.AfterFunc(ctx, messages.Drain)()
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if !s.w.q.nc.IsConnected() {
			cancel() // nothing comes
		}
		time.AfterFunc(answerTime, cancel)
	})()
	m, err := messages.Next(jetstream.NextContext(late))
	if err != nil {
		return err
	}
	meta, err := m.Metadata()
	s.more = err != nil || meta.NumPending > 0
	s.w.begin(ctx, m, nil)
	return nil
}
