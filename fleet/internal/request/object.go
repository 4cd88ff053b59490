package request

import (
	"context"
	"io"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ObjectStore is the object store of a bucket that is asked as Do does, but with more time for
// what is large: it is many messages, which are on their way at a time. What is put under a
// name has to be the same whoever puts it: it is put again where no answer comes, if it can be
// read again. What an attempt has left that came to nothing stays, unless the bucket has a
// time for it. Delete is asked for once.
func ObjectStore(nc *nats.Conn, name string, s jetstream.ObjectStore) jetstream.ObjectStore {
	return objects{s, nc, Write{Stream: "OBJ_" + name, Subject: "$O." + name + ".C.none", Names: objectNames(name)}}
}

// objectNames are what a violation is about that is one of a bucket's.
func objectNames(bucket string) []string { return []string{"OBJ_" + bucket, "$O." + bucket + "."} }

// timeOfObject is how long an attempt may take that carries so many bytes.
func timeOfObject(size int64) time.Duration {
	const slowLink = 128 << 10 // bytes in a second at least
	return min(eachTime+time.Duration(max(size, 0)/slowLink)*time.Second, objectTime)
}

type objects struct {
	jetstream.ObjectStore
	nc    *nats.Conn
	write Write
}

func (o objects) Put(ctx context.Context, meta jetstream.ObjectMeta, r io.Reader) (info *jetstream.ObjectInfo, err error) {
	w := o.write
	w.Once, w.Time = true, objectTime
	whole, ok := r.(io.ReadSeeker)
	if ok {
		size, err := whole.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, err
		}
		w.Once, w.Time = false, timeOfObject(size)
	}
	err = Store(ctx, o.nc, w, func(ctx context.Context) error {
		if ok {
			if _, err := whole.Seek(0, io.SeekStart); err != nil {
				return err
			}
		}
		info, err = o.ObjectStore.Put(ctx, meta, r)
		return err
	})
	return info, err
}

func (o objects) PutBytes(ctx context.Context, name string, data []byte) (info *jetstream.ObjectInfo, err error) {
	w := o.write
	w.Time = timeOfObject(int64(len(data)))
	err = Store(ctx, o.nc, w, func(ctx context.Context) error {
		info, err = o.ObjectStore.PutBytes(ctx, name, data)
		return err
	})
	return info, err
}

func (o objects) Delete(ctx context.Context, name string) error {
	w := o.write
	w.Once, w.Time = true, objectTime
	return Store(ctx, o.nc, w, func(ctx context.Context) error { return o.ObjectStore.Delete(ctx, name) })
}

// ReadObject reads an object of a bucket, again where no answer comes. Of one that has more
// than so many bytes it returns one byte more: what is said of its size is the word of whoever
// has stored it.
func ReadObject(ctx context.Context, nc *nats.Conn, s jetstream.ObjectStore, bucket, name string, max int) (data []byte, err error) {
	a := Ask{What: "the stream OBJ_" + bucket, Names: objectNames(bucket)}
	var info *jetstream.ObjectInfo
	err = Do(ctx, nc, a, func(ctx context.Context) error {
		info, err = s.GetInfo(ctx, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Time = timeOfObject(int64(min(info.Size, uint64(max))))
	err = Do(ctx, nc, a, func(ctx context.Context) error {
		o, err := s.Get(ctx, name)
		if err != nil {
			return err
		}
		data, err = readAll(ctx, o, max)
		return err
	})
	return data, err
}

// readAll reads what there is, and closes it. A read of package jetstream waits until its
// deadline, that of ctx, also where ctx is cancelled, as when an object is removed that is being
// read: it is left to itself then.
func readAll(ctx context.Context, o io.ReadCloser, max int) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		defer o.Close()
		data, err := io.ReadAll(io.LimitReader(o, int64(max)+1))
		read <- result{data, err}
	}()
	select {
	case r := <-read:
		return r.data, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
