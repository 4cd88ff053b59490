package request

import (
	"context"
	"io"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// KeyValue is a key-value bucket whose errors say why the broker does not answer.
func KeyValue(nc *nats.Conn, kv jetstream.KeyValue) jetstream.KeyValue {
	return bucket{kv, nc, []string{"KV_" + kv.Bucket(), "$KV." + kv.Bucket() + "."}}
}

type bucket struct {
	jetstream.KeyValue
	nc    *nats.Conn
	names []string
}

func (b bucket) write(ctx context.Context, key string, f func(context.Context) error) error {
	return Store(ctx, b.nc, Write{"KV_" + b.Bucket(), "$KV." + b.Bucket() + "." + key, b.names}, f)
}

func (b bucket) Get(ctx context.Context, key string) (e jetstream.KeyValueEntry, err error) {
	err = Do(ctx, b.nc, b.names, func(ctx context.Context) error {
		e, err = b.KeyValue.Get(ctx, key)
		return err
	})
	return e, err
}

func (b bucket) Put(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	err = b.write(ctx, key, func(ctx context.Context) error {
		revision, err = b.KeyValue.Put(ctx, key, value)
		return err
	})
	return revision, err
}

func (b bucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (revision uint64, err error) {
	err = b.write(ctx, key, func(ctx context.Context) error {
		revision, err = b.KeyValue.Create(ctx, key, value, opts...)
		return err
	})
	return revision, err
}

func (b bucket) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error) {
	err = b.write(ctx, key, func(ctx context.Context) error {
		revision, err = b.KeyValue.Update(ctx, key, value, last)
		return err
	})
	return revision, err
}

func (b bucket) Delete(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	return b.write(ctx, key, func(ctx context.Context) error { return b.KeyValue.Delete(ctx, key, opts...) })
}

func (b bucket) Purge(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	return b.write(ctx, key, func(ctx context.Context) error { return b.KeyValue.Purge(ctx, key, opts...) })
}

// ObjectStore is the object store of a bucket, and its errors say why the broker does not
// answer.
func ObjectStore(nc *nats.Conn, name string, s jetstream.ObjectStore) jetstream.ObjectStore {
	return objects{s, nc, Write{"OBJ_" + name, "$O." + name + ".C.none", []string{"OBJ_" + name, "$O." + name + "."}}}
}

type objects struct {
	jetstream.ObjectStore
	nc    *nats.Conn
	write Write
}

func (o objects) Put(ctx context.Context, meta jetstream.ObjectMeta, r io.Reader) (info *jetstream.ObjectInfo, err error) {
	err = Store(ctx, o.nc, o.write, func(ctx context.Context) error {
		info, err = o.ObjectStore.Put(ctx, meta, r)
		return err
	})
	return info, err
}

func (o objects) PutBytes(ctx context.Context, name string, data []byte) (info *jetstream.ObjectInfo, err error) {
	err = Store(ctx, o.nc, o.write, func(ctx context.Context) error {
		info, err = o.ObjectStore.PutBytes(ctx, name, data)
		return err
	})
	return info, err
}

func (o objects) Delete(ctx context.Context, name string) error {
	return Store(ctx, o.nc, o.write, func(ctx context.Context) error { return o.ObjectStore.Delete(ctx, name) })
}
