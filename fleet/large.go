package fleet

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

// PayloadBucket is the object store that has what is too large for one message of the
// broker's, for as long as it is on its way.
const PayloadBucket = "RPC_PAYLOADS"

// DefaultMaxPayload is the greatest size of arguments, results and events, in bytes.
const DefaultMaxPayload = 64 << 20

const (
	// objectTTL is how long an object is kept that nobody removes.
	objectTTL = 10 * time.Minute
	// objectTime is how long it may take to store or to read one.
	objectTime = time.Minute
	// messageRoom is what the head and the headers of a message take at most.
	messageRoom = 16 << 10
)

// large carries what is too large for a message. It is opened when it is needed.
type large struct {
	nc  *nats.Conn
	max int

	mu    sync.Mutex
	store jetstream.ObjectStore
}

// fits reports whether a message can have so many bytes of data.
func (l *large) fits(n int) bool {
	limit := int(l.nc.MaxPayload())
	return limit == 0 || n <= limit-messageRoom // 0: there is no connection yet
}

func (l *large) open(ctx context.Context) (jetstream.ObjectStore, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store != nil {
		return l.store, nil
	}
	js, err := jetstream.New(l.nc)
	if err != nil {
		return nil, err
	}
	store, err := js.ObjectStore(ctx, PayloadBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		store, err = js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: PayloadBucket, TTL: objectTTL, Description: "arguments and results that are too large for a message"})
		if errors.Is(err, jetstream.ErrBucketExists) { // somebody else was quicker
			store, err = js.ObjectStore(ctx, PayloadBucket)
		}
	}
	if err != nil {
		return nil, err
	}
	l.store = store
	return store, nil
}

// put stores data and returns the name of the object. What fails is an error of a call
// with the outcome.
func (l *large) put(ctx context.Context, what string, data []byte, o host.Outcome) (name string, err error) {
	if len(data) > l.max {
		return "", tooLarge(o, fmt.Sprintf("%s of %d bytes; %d are allowed", what, len(data), l.max))
	}
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	store, err := l.open(ctx)
	if err == nil {
		name = nuid.Next()
		_, err = store.PutBytes(ctx, name, data)
	}
	if err != nil {
		return "", tooLarge(o, fmt.Sprintf("%s of %d bytes are more than a message can have (%d), and could not be stored at the broker: %v", what, len(data), l.nc.MaxPayload()-messageRoom, err))
	}
	return name, nil
}

func tooLarge(o host.Outcome, message string) error {
	return host.NewCallError("limit", o, host.ErrTooLarge, message)
}

// get returns the data of the object.
func (l *large) get(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	store, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	o, err := store.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	// What the object says of its size is the sender's word.
	data, err := io.ReadAll(io.LimitReader(o, int64(l.max)+1))
	if err == nil && len(data) > l.max {
		err = fmt.Errorf("%w: more than %d bytes", host.ErrTooLarge, l.max)
	}
	return data, err
}

// drop removes the object that a message names, if it names one, and does not wait for
// it.
func (l *large) drop(m *nats.Msg) {
	if h, _ := readHead(m.Data); len(h.object) > 0 {
		go l.remove(string(h.object))
	}
}

// remove removes an object that nobody needs any more. What cannot be removed goes by
// itself.
func (l *large) remove(name string) {
	if name == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), objectTime)
	defer cancel()
	if store, err := l.open(ctx); err == nil {
		_ = store.Delete(ctx, name)
	}
}
