// Package objects keeps data that are too large for one message of the broker's, in one of
// its object stores.
package objects

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
)

// requestTime is how long it may take to store or to read an object.
const requestTime = time.Minute

// Of a cluster's brokers one may not have heard of a store that was made a moment ago: to it
// nobody listens to what is asked of the store. For newTime after it was opened that is no
// answer, and it is asked again, each time after againTime.
const (
	newTime   = 5 * time.Second
	againTime = 20 * time.Millisecond
)

// A Store is an object store that is opened, or made, when it is needed. It is safe for
// concurrent use.
type Store struct {
	nc     *nats.Conn
	config jetstream.ObjectStoreConfig
	max    int
	like   []string

	mu     sync.Mutex
	store  jetstream.ObjectStore
	opened time.Time
}

// New returns the store of the bucket that config is of. Objects have max bytes at most. If
// config does not say how many replicas there are, those that make it follow the first of
// the streams like that there is, so that what is said once of a cluster holds for it, too.
func New(nc *nats.Conn, config jetstream.ObjectStoreConfig, max int, like ...string) *Store {
	return &Store{nc: nc, config: config, max: max, like: like}
}

// Max is how many bytes an object has at most.
func (s *Store) Max() int { return s.max }

// Open returns the broker's store, and makes it if there is none.
func (s *Store) Open(ctx context.Context) (jetstream.ObjectStore, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store != nil {
		return s.store, nil
	}
	js, err := jetstream.New(s.nc)
	if err != nil {
		return nil, err
	}
	var store jetstream.ObjectStore
	err = request.Do(ctx, s.nc, request.Ask{What: "the stream OBJ_" + s.config.Bucket, Names: []string{"OBJ_" + s.config.Bucket}}, func(ctx context.Context) (err error) {
		store, err = s.open(ctx, js)
		return err
	})
	if err != nil {
		return nil, request.Explain(err)
	}
	s.store, s.opened = request.ObjectStore(s.nc, s.config.Bucket, store), time.Now()
	return s.store, nil
}

func (s *Store) open(ctx context.Context, js jetstream.JetStream) (jetstream.ObjectStore, error) {
	store, err := js.ObjectStore(ctx, s.config.Bucket)
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return store, err
	}
	config := s.config
	for _, stream := range s.like {
		if config.Replicas != 0 {
			break
		}
		if config.Replicas, err = request.ReplicasOf(ctx, s.nc, js, stream); err != nil {
			return nil, err
		}
	}
	store, err = js.CreateObjectStore(ctx, config)
	if errors.Is(err, jetstream.ErrBucketExists) { // somebody else was quicker
		return js.ObjectStore(ctx, config.Bucket)
	}
	return store, err
}

// Put stores data and returns the name of the object. Whether data are too large is for
// the caller to see, who knows what they are.
func (s *Store) Put(ctx context.Context, data []byte) (name string, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	store, err := s.Open(ctx)
	if err != nil {
		return "", err
	}
	name = nuid.Next()
	err = s.known(ctx, func() error {
		_, err := store.PutBytes(ctx, name, data)
		return err
	})
	return name, request.Explain(err)
}

// known calls f, again as long as the broker may not know the store.
func (s *Store) known(ctx context.Context, f func() error) error {
	s.mu.Lock()
	opened := s.opened
	s.mu.Unlock()
	for {
		err := f()
		if !errors.Is(err, nats.ErrNoResponders) && !errors.Is(err, jetstream.ErrNoStreamResponse) || time.Since(opened) > newTime {
			return err
		}
		select {
		case <-time.After(againTime):
		case <-ctx.Done():
			return err
		}
	}
}

// Get returns the data of an object; [jetstream.ErrObjectNotFound] is of one that is not
// there, and [host.ErrTooLarge] of one that has more than Max bytes.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	store, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	var data []byte
	err = s.known(ctx, func() (err error) {
		data, err = request.ReadObject(ctx, s.nc, store, s.config.Bucket, name, s.max)
		return err
	})
	if err != nil {
		return nil, request.Explain(err)
	}
	if len(data) > s.max {
		return data, fmt.Errorf("%w: more than %d bytes", host.ErrTooLarge, s.max)
	}
	return data, nil
}

// Remove removes an object that nobody needs any more. That it is not there, and an empty
// name, are no errors.
func (s *Store) Remove(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	store, err := s.Open(ctx)
	if err == nil {
		err = store.Delete(ctx, name)
	}
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	return err
}
