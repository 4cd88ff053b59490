package broker

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
)

func (b *Broker) readFile(ctx context.Context, a *arguments) ([]any, error) {
	path, err := a.path(0, "open")
	if err != nil {
		return nil, err
	}
	a.needs(readAccess, path.absolute)
	f, err := b.openFile(path.absolute, reading, 0)
	if err != nil {
		return nil, fileError("open", path.named, err)
	}
	defer f.Close()
	data, err := readUpTo(ctx, f, path.named, "file size", b.maxRead)
	if err != nil {
		return nil, fileError("read", path.named, err)
	}
	return []any{data}, nil
}

// readUpTo reads what there is, growing files too, up to a limit that is called so.
func readUpTo(ctx context.Context, f fs.File, named, limit string, most int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	tooLarge := func(size int64) error {
		return &LimitError{Limit: limit, Path: named, Size: size, Max: most}
	}
	if info.Mode().IsRegular() && info.Size() > most {
		return nil, tooLarge(info.Size())
	}
	// One byte more than expected tells the end from a file that has grown.
	data := make([]byte, 0, min(max(512, info.Size()+1), most+1))
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := f.Read(data[len(data):min(cap(data), len(data)+maxChunk)])
		data = data[:len(data)+max(n, 0)]
		switch {
		case int64(len(data)) > most:
			return nil, tooLarge(int64(len(data)))
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		}
	}
}

func (b *Broker) writeFile(ctx context.Context, a *arguments) ([]any, error) {
	path, err := a.path(0, "open")
	if err != nil {
		return nil, err
	}
	var data []byte
	switch v := a.list[1].(type) {
	case []byte:
		data = v
	case string:
		data = []byte(v)
	default:
		return nil, a.errorf(1, "must be bytes or a string, not %T", v)
	}
	m, err := a.mode(2)
	if err != nil {
		return nil, err
	}
	if m.need != writeAccess {
		return nil, a.errorf(2, "must be w, a, wx or ax")
	}
	perm, err := a.perm(3)
	if err != nil {
		return nil, err
	}
	a.needs(writeAccess, path.absolute)
	f, err := b.openFile(path.absolute, m, perm)
	if err != nil {
		return nil, fileError("open", path.named, err)
	}
	err = writeAll(ctx, f, data)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fileError("write", path.named, err)
	}
	return []any{}, nil
}

func writeAll(ctx context.Context, f *os.File, data []byte) error {
	for len(data) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := f.Write(data[:min(len(data), maxChunk)])
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
