package broker

import (
	"context"
	"errors"
	"io"
	"os"
)

// maxChunk is the most that one read returns, in bytes, where WithMaxRead allows it.
const maxChunk = 1 << 20

func (b *Broker) read(_ context.Context, a *arguments) ([]any, error) {
	handle, err := a.integer(0)
	if err != nil {
		return nil, err
	}
	n, err := a.integer(1)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, a.errorf(1, "%d bytes cannot be read", n)
	}
	var data []byte
	err = b.files.use(handle, "read", func(f *os.File) error {
		data = make([]byte, min(n, maxChunk, b.maxRead))
		got, err := f.Read(data)
		data = data[:max(got, 0)]
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return []any{data}, nil
}

func (b *Broker) write(_ context.Context, a *arguments) ([]any, error) {
	handle, err := a.integer(0)
	if err != nil {
		return nil, err
	}
	var n int
	switch data := a.list[1].(type) {
	case []byte:
		err = b.files.use(handle, "write", func(f *os.File) (err error) { n, err = f.Write(data); return err })
	case string:
		err = b.files.use(handle, "write", func(f *os.File) (err error) { n, err = f.WriteString(data); return err })
	default:
		err = a.errorf(1, "must be bytes or a string, not %T", data)
	}
	if err != nil {
		return nil, err
	}
	return []any{int64(n)}, nil
}

func (b *Broker) seek(_ context.Context, a *arguments) ([]any, error) {
	handle, err := a.integer(0)
	if err != nil {
		return nil, err
	}
	name, err := a.text(1)
	if err != nil {
		return nil, err
	}
	whence, ok := map[string]int{"set": io.SeekStart, "cur": io.SeekCurrent, "end": io.SeekEnd}[name]
	if !ok {
		return nil, a.errorf(1, `must be "set", "cur" or "end"`)
	}
	offset, err := a.integer(2)
	if err != nil {
		return nil, err
	}
	var position int64
	err = b.files.use(handle, "seek", func(f *os.File) (err error) { position, err = f.Seek(offset, whence); return err })
	if err != nil {
		return nil, err
	}
	return []any{position}, nil
}

func (b *Broker) closeFile(_ context.Context, a *arguments) ([]any, error) {
	handle, err := a.integer(0)
	if err != nil {
		return nil, err
	}
	return []any{}, b.files.close(handle)
}
