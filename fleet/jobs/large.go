package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"scripthost.example/host"
)

// The object stores that have what is too large for one message of the broker's. Those of
// arguments have no end, as jobs have none: whoever answers a job, or throws it away,
// removes them.
const (
	ArgsBucket         = "RPC_JOB_ARGS"
	LargeResultsBucket = "RPC_JOB_RESULTS"
)

// objectTime is how long it may take to store or to read an object.
const objectTime = time.Minute

// An objects is one of those stores. It is opened when it is needed.
type objects struct {
	js     jetstream.JetStream
	config jetstream.ObjectStoreConfig
	max    int

	mu    sync.Mutex
	store jetstream.ObjectStore
}

func (o *objects) open(ctx context.Context) (jetstream.ObjectStore, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.store != nil {
		return o.store, nil
	}
	store, err := o.js.ObjectStore(ctx, o.config.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		store, err = o.js.CreateObjectStore(ctx, o.config)
		if errors.Is(err, jetstream.ErrBucketExists) { // somebody else was quicker
			store, err = o.js.ObjectStore(ctx, o.config.Bucket)
		}
	}
	if err != nil {
		return nil, err
	}
	o.store = store
	return store, nil
}

// put stores data and returns the name of the object.
func (o *objects) put(ctx context.Context, what string, data []byte, outcome host.Outcome) (name string, err error) {
	if len(data) > o.max {
		return "", host.NewCallError("limit", outcome, host.ErrTooLarge, fmt.Sprintf("%s of %d bytes; %d are allowed", what, len(data), o.max))
	}
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	store, err := o.open(ctx)
	if err == nil {
		name = nuid.Next()
		_, err = store.PutBytes(ctx, name, data)
	}
	if err != nil {
		return "", fmt.Errorf("%s of %d bytes are more than a message can have, and could not be stored at the broker: %w", what, len(data), storage(err))
	}
	return name, nil
}

// get returns the data of an object; jetstream.ErrObjectNotFound is of one that is not
// there.
func (o *objects) get(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	store, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	r, err := store.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	// What the object says of its size is the sender's word.
	data, err := io.ReadAll(io.LimitReader(r, int64(o.max)+1))
	if err == nil && len(data) > o.max {
		err = fmt.Errorf("%w: more than %d bytes", host.ErrTooLarge, o.max)
	}
	return data, err
}

// remove removes an object that nobody needs any more.
func (o *objects) remove(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	store, err := o.open(ctx)
	if err == nil {
		err = store.Delete(ctx, name)
	}
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	return err
}

// messageRoom is what the headers of a message take at most beside a result.
const messageRoom = 4 << 10

// fits reports whether a message of the broker can have so many bytes.
func fits(nc *nats.Conn, bytes int) bool {
	limit := nc.MaxPayload()
	return limit == 0 || int64(bytes) <= limit // 0: there is no connection yet
}
