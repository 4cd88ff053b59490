package request

import (
	"bytes"
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// KeyValue is a key-value bucket that is asked as Do does. What is put under a key has to be
// the same whoever puts it, such as data under their own hash: that can be done twice, as can
// Create and Update, which go by the revision. Delete and Purge are not.
func KeyValue(nc *nats.Conn, kv jetstream.KeyValue) jetstream.KeyValue {
	return bucket{kv, nc, []string{"KV_" + kv.Bucket(), "$KV." + kv.Bucket() + "."}}
}

type bucket struct {
	jetstream.KeyValue
	nc    *nats.Conn
	names []string
}

func (b bucket) read(ctx context.Context, f func(context.Context) error) error {
	return Do(ctx, b.nc, Ask{What: "the stream KV_" + b.Bucket(), Names: b.names}, f)
}

func (b bucket) write(ctx context.Context, key string, once bool, f func(context.Context) error) error {
	return Store(ctx, b.nc, Write{Stream: "KV_" + b.Bucket(), Subject: "$KV." + b.Bucket() + "." + key, Names: b.names, Once: once}, f)
}

func (b bucket) Status(ctx context.Context) (s jetstream.KeyValueStatus, err error) {
	err = b.read(ctx, func(ctx context.Context) error {
		s, err = b.KeyValue.Status(ctx)
		return err
	})
	return s, err
}

func (b bucket) Get(ctx context.Context, key string) (e jetstream.KeyValueEntry, err error) {
	err = b.read(ctx, func(ctx context.Context) error {
		e, err = b.KeyValue.Get(ctx, key)
		return err
	})
	return e, err
}

func (b bucket) GetRevision(ctx context.Context, key string, revision uint64) (e jetstream.KeyValueEntry, err error) {
	err = b.read(ctx, func(ctx context.Context) error {
		e, err = b.KeyValue.GetRevision(ctx, key, revision)
		return err
	})
	return e, err
}

func (b bucket) Put(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	err = b.write(ctx, key, false, func(ctx context.Context) error {
		revision, err = b.KeyValue.Put(ctx, key, value)
		return err
	})
	return revision, err
}

func (b bucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (revision uint64, err error) {
	return b.writeNext(ctx, key, value, func(ctx context.Context) (uint64, error) { return b.KeyValue.Create(ctx, key, value, opts...) })
}

func (b bucket) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error) {
	return b.writeNext(ctx, key, value, func(ctx context.Context) (uint64, error) { return b.KeyValue.Update(ctx, key, value, last) })
}

// writeNext calls f, which writes a value if the key has the revision that it is to have. It
// has not where an answer was lost, and this very value is there.
func (b bucket) writeNext(ctx context.Context, key string, value []byte, f func(context.Context) (uint64, error)) (revision uint64, err error) {
	again := false
	err = b.write(ctx, key, false, func(ctx context.Context) error {
		if revision, err = f(ctx); !again || !raced(err) {
			again = true
			return err
		}
		e, failed := b.KeyValue.Get(ctx, key)
		switch {
		case lost(failed):
			err = failed
		case failed == nil && bytes.Equal(e.Value(), value):
			revision, err = e.Revision(), nil
		}
		return err
	})
	return revision, err
}

// raced tells whether an error is of a key that has another revision.
func raced(err error) bool {
	return errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch)
}

func (b bucket) Delete(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	return b.write(ctx, key, true, func(ctx context.Context) error { return b.KeyValue.Delete(ctx, key, opts...) })
}

func (b bucket) Purge(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	return b.write(ctx, key, true, func(ctx context.Context) error { return b.KeyValue.Purge(ctx, key, opts...) })
}
