package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"scripthost.example/fleet"
	"scripthost.example/fleet/bundle"
	"scripthost.example/fleet/internal/request"
)

// The names of the buckets.
const (
	Bucket       = "rpc_scripts"
	ObjectBucket = "rpc_bundles"
)

// The streams of the buckets.
const (
	scriptsStream = "KV_" + Bucket
	objectsStream = "OBJ_" + ObjectBucket
)

// HistorySize is how many moves of each track are kept.
const HistorySize = 64

// DefaultReread is how often Watch reads all tracks again, if nothing makes it do so
// sooner.
const DefaultReread = 30 * time.Second

// maxInline is the greatest bundle that is in the key-value bucket, in bytes. A message
// of NATS has a MiB, unless the broker is told otherwise, and headers.
const maxInline = 900_000

// Options say how a registry is opened. The zero value reads one in which nothing is
// trusted; every zero field means the default.
type Options struct {
	// Create has the buckets made if they are not there, with Replicas and MaxBytes.
	Create bool
	// Replicas is how many servers of a cluster keep each bucket, 1 to 5: with 3 one of
	// them may be lost. The default is 1 for buckets that are made, and what they have
	// for those that are there; those that have another number are an error.
	Replicas int
	// MaxBytes bounds each bucket that is made. The default is no bound but the account's.
	MaxBytes int64

	// Trust says whose bundles are accepted, by Push too. The default is nobody's.
	Trust bundle.Trust
	// Signer signs what is pushed. The default is nobody: what is pushed is not signed.
	Signer nkeys.KeyPair
	// By says in histories who has moved a track. Nobody verifies it. The default is
	// the public key of Signer.
	By string

	// Reread is how often Watch reads all tracks again, beside what it is told. The
	// default is DefaultReread; it cannot be negative.
	Reread time.Duration
	// Logger is told by Watch of a broker that does not answer, and of what cannot be
	// read. The default is slog.Default().
	Logger *slog.Logger
}

// A Registry is that of an account. It is safe for concurrent use, and has nothing that
// needs to be closed; the connection is the caller's.
type Registry struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	kv      jetstream.KeyValue
	objects jetstream.ObjectStore
	opts    Options
}

// Open opens the registry of a connection's account, and makes it if Options.Create
// says so. Each request to the broker has 5 s, whatever ctx allows: what is asked of a cluster
// while nobody leads it is lost. It is made again until the deadline of ctx, if it has one,
// unless that is not safe. So it is with all methods.
func Open(ctx context.Context, nc *nats.Conn, o Options) (*Registry, error) {
	const op = "open the registry"
	if o.Reread < 0 || o.Replicas < 0 || o.MaxBytes < 0 {
		return nil, fmt.Errorf("cannot %s: Options.Reread, Replicas and MaxBytes cannot be negative", op)
	}
	if !isBy(o.By) {
		return nil, fmt.Errorf("cannot %s: Options.By is %.300q: it has to be at most %d bytes that can be shown", op, o.By, maxBy)
	}
	if len(o.Trust.Keys) > 0 {
		if err := o.Trust.Check(); err != nil {
			return nil, err
		}
	}
	if o.Reread == 0 {
		o.Reread = DefaultReread
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Signer != nil && o.By == "" {
		public, err := o.Signer.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("cannot %s: Options.Signer: %w", op, err)
		}
		o.By = public
	}
	if err := fleet.CheckBroker(nc); err != nil {
		return nil, classify(nc, op, err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, classify(nc, op, err)
	}
	r := &Registry{nc: nc, js: js, opts: o}
	err = request.Do(ctx, nc, request.Ask{What: "the streams of scripts", Names: []string{Bucket, ObjectBucket}}, r.openBuckets)
	if err == nil {
		err = r.checkReplicas(ctx)
	}
	if err != nil {
		if errors.Is(err, nats.ErrNoResponders) { // and this is the first that is asked of JetStream
			return nil, &Error{Op: op, Kind: ErrNoJetStream, Next: "start the broker with JetStream; if it has just been started, or is a leaf node that has not reached its hub yet, try again", Cause: err}
		}
		return nil, r.fault(op, err)
	}
	return r, nil
}

func (r *Registry) openBuckets(ctx context.Context) (err error) {
	replicas := max(r.opts.Replicas, 1)
	r.kv, err = r.js.KeyValue(ctx, Bucket)
	if r.opts.Create && errors.Is(err, jetstream.ErrBucketNotFound) {
		r.kv, err = r.createScripts(ctx, replicas)
	}
	if err != nil {
		return err
	}
	r.objects, err = r.js.ObjectStore(ctx, ObjectBucket)
	if r.opts.Create && errors.Is(err, jetstream.ErrBucketNotFound) {
		r.objects, err = r.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: ObjectBucket, Description: "bundles of scripts that are too large for " + Bucket,
			Replicas: replicas, MaxBytes: r.opts.MaxBytes,
		})
		if errors.Is(err, jetstream.ErrBucketExists) { // somebody else was faster
			r.objects, err = r.js.ObjectStore(ctx, ObjectBucket)
		}
	}
	if err != nil {
		return err
	}
	r.kv, r.objects = request.KeyValue(r.nc, r.kv), request.ObjectStore(r.nc, ObjectBucket, r.objects)
	return nil
}

// createScripts makes the key-value bucket.
func (r *Registry) createScripts(ctx context.Context, replicas int) (jetstream.KeyValue, error) {
	kv, err := r.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: Bucket, Description: "versions and tracks of scripts",
		History: HistorySize, Replicas: replicas, MaxBytes: r.opts.MaxBytes,
	})
	if errors.Is(err, jetstream.ErrBucketExists) {
		return r.js.KeyValue(ctx, Bucket)
	}
	if err != nil {
		return nil, err
	}
	// What is read has to come from the leader: a replica may not know yet of a move
	// that the one who asks has seen, and a push would be told of a conflict with it.
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, err
	}
	bucket, ok := status.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return kv, nil
	}
	cfg := bucket.StreamInfo().Config
	cfg.AllowDirect = false
	if _, err := r.js.UpdateStream(ctx, cfg); err != nil {
		return nil, err
	}
	return r.js.KeyValue(ctx, Bucket)
}

// checkReplicas refuses buckets that are kept otherwise than was asked for.
func (r *Registry) checkReplicas(ctx context.Context) error {
	if r.opts.Replicas == 0 {
		return nil
	}
	what, next, err := request.Replicas(ctx, r.nc, r.js, r.opts.Replicas, scriptsStream, objectsStream)
	if err == nil && what != "" {
		err = &Error{Op: "open the registry", Kind: ErrReplicas, What: what, Next: next}
	}
	return err
}
