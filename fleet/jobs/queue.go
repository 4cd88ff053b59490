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
	ErrNoJetStream = errors.New("the broker keeps nothing: it has no JetStream")
	// ErrNoQueue is of a broker where no jobs can be submitted yet.
	ErrNoQueue = errors.New("there is no queue of jobs yet")
	// ErrNoResult is of a job that has none, or none yet, or none any more.
	ErrNoResult = errors.New("the job has no result")
	// ErrNoDead is of a dead letter that is not there.
	ErrNoDead = errors.New("there is no such dead letter")
	// ErrUnreadable is of a dead letter that was no job.
	ErrUnreadable = errors.New("it is no job")
	// ErrStorage is of a quota that is used up, or a full disk. The job was not taken.
	ErrStorage = errors.New("the broker's storage is full")
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
	// Replicas is how many servers of a cluster keep each job, 1 to 5. The default is 1.
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
}

// A Queue has the jobs of an account. It is safe for concurrent use, and the connection
// is the caller's.
type Queue struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	jobs    jetstream.Stream
	results jetstream.KeyValue
	headers func(context.Context, nats.Header)

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
	q := &Queue{nc: nc, js: js, headers: o.Headers}
	if q.jobs, err = q.stream(ctx, o, jetstream.StreamConfig{
		Name: Stream, Subjects: subjects(), Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew, MaxBytes: o.MaxBytes,
		Duplicates: or(o.Window, DefaultWindow), Description: "calls that wait to be answered",
	}); err != nil {
		return nil, opening(err)
	}
	if o.Create {
		if _, err := q.stream(ctx, o, jetstream.StreamConfig{
			Name: DeadStream, Subjects: []string{"dead.>"}, Duplicates: or(o.Window, DefaultWindow), Description: "calls that have failed too often",
		}); err != nil {
			return nil, opening(err)
		}
	}
	q.results, err = js.KeyValue(ctx, ResultsBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) && o.Create {
		q.results, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: ResultsBucket, TTL: or(o.ResultTTL, DefaultResultTTL), Replicas: max(o.Replicas, 1), Description: "what became of jobs"})
	}
	if err != nil {
		return nil, opening(err)
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = fleet.DefaultMaxPayload
	}
	// They are kept as what they belong to is, whoever makes them.
	replicas := q.jobs.CachedInfo().Config.Replicas
	known := func() (jetstream.JetStream, error) { return js, nil }
	q.largeArgs = objects.New(jetstream.ObjectStoreConfig{Bucket: ArgsBucket, Replicas: replicas, Description: "arguments of jobs that are too large for a message"}, o.MaxPayload, known)
	status, err := q.results.Status(ctx)
	if err != nil {
		return nil, opening(err)
	}
	q.largeResults = objects.New(jetstream.ObjectStoreConfig{Bucket: LargeResultsBucket, Replicas: replicas, TTL: status.TTL(), Description: "results of jobs that are too large for a message"}, o.MaxPayload, known)
	return q, nil
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
	return fmt.Errorf("opening the queue of jobs: %w", storage(err))
}

// storage is an error of the broker's that is ErrStorage if it has no room.
func storage(err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case 10002, 10023, 10028, 10047, 10077, 10122: // quotas of the account, of the broker, of memory, of storage, a disk, the stream
			return fmt.Errorf("%w: %w", ErrStorage, err)
		}
	}
	return err
}
