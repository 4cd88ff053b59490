package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/objects"
	"scripthost.example/fleet/internal/request"
)

// The names of what there is in the account.
const (
	Stream        = "RPC_JOBS"
	DeadStream    = "RPC_DEAD"
	ResultsBucket = "RPC_RESULTS"
)

// What can be wrong; errors.Is finds it.
var (
	// ErrNoJetStream is of a broker, or an account, without JetStream.
	ErrNoJetStream = request.ErrNoJetStream
	// ErrNoQueue is of a broker where no jobs can be submitted yet.
	ErrNoQueue = errors.New("there is no queue of jobs yet")
	// ErrNoResult is of a job that has none, or none yet, or none any more.
	ErrNoResult = errors.New("the job has no result")
	// ErrNoDead is of a dead letter that is not there.
	ErrNoDead = errors.New("there is no such dead letter")
	// ErrUnreadable is of a dead letter that was no job.
	ErrUnreadable = errors.New("it is no job")
	// ErrStorage is of a quota that is used up, or a full or broken disk. The job was not
	// taken.
	ErrStorage = request.ErrStorage
	// ErrPermission is of a user of the broker who may not do it.
	ErrPermission = request.ErrPermission
	// ErrUnavailable is of a broker that has not answered, or a cluster that nobody leads at
	// the moment. What was asked of it may have been done, and can be asked again.
	ErrUnavailable = request.ErrUnavailable
	// ErrReplicas is of a number of replicas that the broker, or what there is, has not.
	ErrReplicas = request.ErrReplicas
)

// The defaults of Options.
const (
	DefaultResultTTL = 7 * 24 * time.Hour
	DefaultWindow    = 2 * time.Minute
)

// Options say how a queue is opened. Zero values mean the defaults; what is there
// already keeps what it was made with.
type Options struct {
	// Create has the streams made if they are not there.
	Create bool
	// Replicas is how many servers of a cluster keep each job, 1 to 5: with 3 one of them
	// may be lost. The default is 1 for what is made, and what it has for what is there; if
	// that has another number the error is ErrReplicas. What calls have that is too large
	// for a message has as many.
	Replicas int
	// MaxBytes bounds the jobs that wait; what would be more is refused. The default is no
	// bound but the account's.
	MaxBytes int64
	// ResultTTL is how long results are kept. The default is 7 days.
	ResultTTL time.Duration
	// Window is for how long a job of the same ID is taken to be the same job, whatever
	// has become of it; after that it is as long as it has a result. The default is 2
	// minutes.
	Window time.Duration
	// MaxPayload is the greatest size of the arguments of a job, and of its results, in
	// bytes. What is too large for a message goes through the broker's object store. The
	// default is fleet.DefaultMaxPayload.
	MaxPayload int
	// Headers adds headers to each job that is submitted, such as those of a trace. It is
	// called by many goroutines at a time, with the context of Submit. Names that begin
	// with "Rpc-" or "Nats-" are not its to add.
	Headers func(ctx context.Context, h nats.Header)
	// Notes is a folder in which it is noted which jobs the workers of this queue have: who
	// opens a queue with it after this process was killed has them come again at once, or
	// once somebody leads them in a cluster, and not after the 30 s for which the broker waits
	// for a sign of life. As long as the queue
	// is used it is nobody else's. It is made if there is none; the default is no notes.
	Notes string

	ack time.Duration // ackTime, unless a test says otherwise
}

// A Queue has the jobs of an account. It is safe for concurrent use, and the connection
// is the caller's.
type Queue struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	jobs    jetstream.Stream
	results jetstream.KeyValue
	headers func(context.Context, nats.Header)
	notes   string
	// noteTime is how old a note may be.
	noteTime time.Duration

	// What is too large for messages.
	largeArgs, largeResults *objects.Store
}

// Open opens the queue of a connection's account, and makes it if Options.Create says
// so.
func Open(ctx context.Context, nc *nats.Conn, o Options) (*Queue, error) {
	if o.Replicas < 0 || o.MaxBytes < 0 || o.ResultTTL < 0 || o.Window < 0 || o.MaxPayload < 0 {
		return nil, fmt.Errorf("the options of a queue cannot be negative: %d replicas, %d bytes, %v for results, a window of %v, payloads of %d bytes", o.Replicas, o.MaxBytes, o.ResultTTL, o.Window, o.MaxPayload)
	}
	if err := fleet.CheckBroker(nc); err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	q := &Queue{nc: nc, js: js, headers: o.Headers, notes: o.Notes, noteTime: or(o.ack, ackTime) - noteSpare}
	err = request.Do(ctx, nc, request.Ask{What: "the streams of jobs and their results", Names: []string{Stream, DeadStream, ResultsBucket}}, func(ctx context.Context) error { return q.open(ctx, o) })
	if err == nil {
		err = q.replicate(ctx, o)
	}
	if err == nil && q.notes != "" {
		err = q.takeBack(time.Now())
	}
	if err != nil {
		return nil, opening(err)
	}
	return q, nil
}

// open opens the streams and buckets, or makes them.
func (q *Queue) open(ctx context.Context, o Options) (err error) {
	if q.jobs, err = q.stream(ctx, o, jetstream.StreamConfig{
		Name: Stream, Subjects: subjects(), Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew, MaxBytes: o.MaxBytes,
		Duplicates: or(o.Window, DefaultWindow), Description: "calls that wait to be answered",
	}); err != nil {
		return err
	}
	if o.Create {
		if _, err := q.stream(ctx, o, jetstream.StreamConfig{
			Name: DeadStream, Subjects: []string{"dead.>"}, Duplicates: or(o.Window, DefaultWindow), Description: "calls that have failed too often",
		}); err != nil {
			return err
		}
	}
	results, err := q.js.KeyValue(ctx, ResultsBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) && o.Create {
		results, err = q.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: ResultsBucket, TTL: or(o.ResultTTL, DefaultResultTTL), Replicas: max(o.Replicas, 1), Description: "what became of jobs"})
	}
	if err != nil {
		return err
	}
	q.results = request.KeyValue(q.nc, results)
	if o.MaxPayload == 0 {
		o.MaxPayload = fleet.DefaultMaxPayload
	}
	status, err := q.results.Status(ctx)
	if err != nil {
		return err
	}
	// They are kept as what they belong to is, whoever makes them.
	replicas := q.jobs.CachedInfo().Config.Replicas
	q.largeArgs = objects.New(q.nc, jetstream.ObjectStoreConfig{Bucket: ArgsBucket, Replicas: replicas, Description: "arguments of jobs that are too large for a message"}, o.MaxPayload)
	q.largeResults = objects.New(q.nc, jetstream.ObjectStoreConfig{Bucket: LargeResultsBucket, Replicas: replicas, TTL: status.TTL(), Description: "results of jobs that are too large for a message"}, o.MaxPayload)
	return nil
}

// replicate refuses what is kept otherwise than was asked for.
func (q *Queue) replicate(ctx context.Context, o Options) error {
	if o.Replicas == 0 {
		return nil
	}
	streams := []string{Stream, DeadStream, "KV_" + ResultsBucket, "OBJ_" + ArgsBucket, "OBJ_" + LargeResultsBucket, "OBJ_" + fleet.PayloadBucket}
	what, next, err := request.Replicas(ctx, q.nc, q.js, o.Replicas, streams...)
	if err == nil && what != "" {
		err = fmt.Errorf("%w: %s (%s)", ErrReplicas, what, next)
	}
	if err != nil || o.Replicas == 1 || !o.Create {
		return err
	}
	// Where a server of the cluster is lost none can be made that all are to have: what may
	// be needed then is made now.
	payloads := objects.Payloads()
	payloads.Replicas = o.Replicas
	for _, s := range []*objects.Store{q.largeArgs, q.largeResults, objects.New(q.nc, payloads, o.MaxPayload)} {
		if _, err := s.Open(ctx); err != nil {
			return err
		}
	}
	return nil
}

// stream opens a stream, or makes it.
func (q *Queue) stream(ctx context.Context, o Options, c jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := q.js.Stream(ctx, c.Name)
	if !errors.Is(err, jetstream.ErrStreamNotFound) || !o.Create {
		return s, err
	}
	c.Replicas = max(o.Replicas, 1)
	if c.MaxBytes == 0 {
		c.MaxBytes = -1
	}
	s, err = q.js.CreateStream(ctx, c)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was quicker
		return q.js.Stream(ctx, c.Name)
	}
	return s, err
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// opening is why a queue cannot be opened.
func opening(err error) error {
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("opening the queue of jobs: %w", ErrNoJetStream)
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrBucketNotFound):
		return fmt.Errorf("opening the queue of jobs: %w", ErrNoQueue)
	}
	return fmt.Errorf("opening the queue of jobs: %w", request.Explain(err))
}
