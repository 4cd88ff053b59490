package lua

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"scripthost.example/child/engine"
)

// disk carries out runner.fs in a folder, as the parent does.
type disk struct {
	root string

	mu      sync.Mutex
	handles map[int64]*os.File
	next    int64
	writes  int // calls of runner.fs.write
}

func withDisk(t testing.TB) (*disk, option) {
	d := &disk{root: t.TempDir(), handles: make(map[int64]*os.File)}
	t.Cleanup(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, f := range d.handles {
			f.Close()
		}
	})
	return d, func(f *fake, cfg *engine.Config) {
		for name, fn := range map[string]func(args []any) ([]any, error){
			"open": d.open, "read": d.read, "write": d.write, "seek": d.seek, "close": d.close,
			"stat":    func(args []any) ([]any, error) { return d.stat(args, os.Stat) },
			"lstat":   func(args []any) ([]any, error) { return d.stat(args, os.Lstat) },
			"readdir": d.readdir,
			"mkdir": func(args []any) ([]any, error) {
				return nil, d.do(args, func(p string) error { return os.Mkdir(p, 0o777) })
			},
			"rmdir":  func(args []any) ([]any, error) { return nil, d.do(args, syscall.Rmdir) },
			"remove": func(args []any) ([]any, error) { return nil, d.do(args, os.Remove) },
			"rename": func(args []any) ([]any, error) {
				return nil, d.do(args, func(p string) error { return os.Rename(p, d.path(args[1])) })
			},
			"tmpname": func([]any) ([]any, error) { return list("tmp_1"), nil },
			"cwd":     func([]any) ([]any, error) { return list("/work"), nil },
		} {
			hostFunc("runner.fs."+name, fn)(f, cfg)
		}
		hostFunc("runner.env.get", func(args []any) ([]any, error) {
			switch args[0] {
			case "SET":
				return list("value"), nil
			case "SECRET":
				return nil, &engine.Error{Kind: engine.KindDenied, Message: "not granted"}
			}
			return list(nil), nil
		})(f, cfg)
	}
}

func (d *disk) path(x any) string { return filepath.Join(d.root, x.(string)) }

func (d *disk) file(t testing.TB, name string) string {
	b, err := os.ReadFile(filepath.Join(d.root, name))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

func (d *disk) do(args []any, fn func(string) error) error {
	if args[0] == "denied" {
		return &engine.Error{
			Kind: engine.KindDenied, Message: `write access to "/denied" is not granted (allow it with --allow-write=/denied)`,
			Value: map[string]any{"grant": "write", "path": "/denied"}, HasValue: true,
		}
	}
	return failure(fn(d.path(args[0])))
}

func failure(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	messages := map[syscall.Errno]string{syscall.ENOENT: "No such file or directory", syscall.EEXIST: "File exists", syscall.EBADF: "Bad file descriptor"}
	return &engine.Error{
		Kind: engine.KindScript, Message: messages[errno],
		Value: map[string]any{"errno": float64(errno), "code": "E"}, HasValue: true,
	}
}

func (d *disk) open(args []any) ([]any, error) {
	flags := map[string]int{
		"r": os.O_RDONLY, "r+": os.O_RDWR,
		"w": os.O_WRONLY | os.O_CREATE | os.O_TRUNC, "w+": os.O_RDWR | os.O_CREATE | os.O_TRUNC,
		"a": os.O_WRONLY | os.O_CREATE | os.O_APPEND, "a+": os.O_RDWR | os.O_CREATE | os.O_APPEND,
	}[args[1].(string)]
	var handle int64
	err := d.do(args, func(p string) error {
		f, err := os.OpenFile(p, flags, os.FileMode(args[2].(int64)))
		if err != nil {
			return err
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.next++
		handle = d.next
		d.handles[handle] = f
		return nil
	})
	return list(handle), err
}

func (d *disk) handle(x any) *os.File {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.handles[x.(int64)]
}

func (d *disk) read(args []any) ([]any, error) {
	buf := make([]byte, args[1].(int64))
	n, err := d.handle(args[0]).Read(buf)
	if err == io.EOF {
		err = nil
	}
	return list(buf[:n]), failure(err)
}

func (d *disk) write(args []any) ([]any, error) {
	d.mu.Lock()
	d.writes++
	d.mu.Unlock()
	n, err := d.handle(args[0]).Write(args[1].([]byte))
	return list(int64(n)), failure(err)
}

func (d *disk) seek(args []any) ([]any, error) {
	whence := map[string]int{"set": io.SeekStart, "cur": io.SeekCurrent, "end": io.SeekEnd}[args[1].(string)]
	n, err := d.handle(args[0]).Seek(args[2].(int64), whence)
	return list(n), failure(err)
}

func (d *disk) close(args []any) ([]any, error) {
	f := d.handle(args[0])
	d.mu.Lock()
	delete(d.handles, args[0].(int64))
	d.mu.Unlock()
	return nil, failure(f.Close())
}

func (d *disk) stat(args []any, stat func(string) (os.FileInfo, error)) ([]any, error) {
	out := make(map[string]any)
	err := d.do(args, func(p string) error {
		info, err := stat(p)
		if err != nil {
			return err
		}
		out["type"] = "file"
		if info.IsDir() {
			out["type"] = "directory"
		}
		out["size"], out["mode"], out["nlink"] = info.Size(), int64(0o640), uint64(1)
		out["mtime"] = 1234.75
		return nil
	})
	return list(out), err
}

func (d *disk) readdir(args []any) ([]any, error) {
	entries := []any{}
	err := d.do(args, func(p string) error {
		found, err := os.ReadDir(p)
		for _, e := range found {
			entries = append(entries, list(e.Name(), "file"))
		}
		return err
	})
	return list(entries), err
}
