package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestOpenFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	b := newBroker(t, all(dir))
	h := must(t, b, "open", path, "w+", int64(0o666))[0].(int64)
	if n := must(t, b, "write", h, []byte("hello "))[0]; n != int64(6) {
		t.Errorf("wrote %v", n)
	}
	must(t, b, "write", h, "world")
	if at := must(t, b, "seek", h, "cur", int64(0))[0]; at != int64(11) {
		t.Errorf("at %v", at)
	}
	must(t, b, "seek", h, "set", float64(0))
	if data := must(t, b, "read", h, uint64(5))[0].([]byte); string(data) != "hello" {
		t.Errorf("read %q", data)
	}
	if data := must(t, b, "read", h, int64(1<<62))[0].([]byte); string(data) != " world" {
		t.Errorf("read %q", data)
	}
	if data := must(t, b, "read", h, int64(10))[0].([]byte); len(data) != 0 {
		t.Errorf("read %q at the end", data)
	}
	if at := must(t, b, "seek", h, "end", int64(-5))[0]; at != int64(6) {
		t.Errorf("at %v", at)
	}
	f := fails(t, b, "EINVAL", "seek", h, "set", int64(-1))
	if f.Path != path || f.Op != "seek" {
		t.Errorf("%+v", f)
	}
	must(t, b, "close", h)
	for _, c := range [][]any{{"read", h, int64(1)}, {"write", h, "x"}, {"seek", h, "set", int64(0)}, {"close", h}, {"close", int64(-1)}, {"read", int64(99), int64(0)}} {
		fails(t, b, "EBADF", c[0].(string), c[1:]...)
	}
	hasText(t, path, "hello world")

	a := must(t, b, "open", path, "a", int64(0))[0].(int64)
	must(t, b, "write", a, "!")
	fails(t, b, "EBADF", "read", a, int64(1))
	r := must(t, b, "open", path, "r", int64(0))[0].(int64)
	fails(t, b, "EBADF", "write", r, "x")
	d := must(t, b, "open", dir, "r", int64(0))[0].(int64)
	fails(t, b, "EISDIR", "read", d, int64(1))
	hasText(t, path, "hello world!")

	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 3<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	if data := must(t, b, "read", r, int64(2<<20))[0].([]byte); len(data) != 1<<20 {
		t.Errorf("read %d bytes at once", len(data))
	}
}

func TestTooManyFiles(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"file": "x"})
	path := filepath.Join(dir, "file")
	b := newBroker(t, all(dir))
	var handles []int64
	for range 256 {
		handles = append(handles, must(t, b, "open", path, "r", int64(0))[0].(int64))
	}
	fails(t, b, "EMFILE", "open", path, "r", int64(0))
	must(t, b, "readfile", path)
	must(t, b, "close", handles[7])
	if h := must(t, b, "open", path, "r", int64(0))[0].(int64); h == handles[7] {
		t.Error("a handle came back")
	}
	fails(t, b, "EMFILE", "open", path, "r", int64(0))

	// A failed open takes no place.
	b = newBroker(t, all(dir), WithMaxFiles(1))
	fails(t, b, "ENOENT", "open", filepath.Join(dir, "none"), "r", int64(0))
	must(t, b, "open", path, "r", int64(0))
	fails(t, b, "EMFILE", "open", path, "r", int64(0))

	// Handles are one broker's own.
	fails(t, newBroker(t, all(dir)), "EBADF", "read", int64(1), int64(1))
}

func TestTooManyEntries(t *testing.T) {
	t.Parallel()
	b := newBroker(t, Grants{}, WithMaxRead(1<<30))
	dir := t.TempDir()
	for i := range 30 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = b.list(context.Background(), f, "name", 29)
	var l *LimitError
	if !errors.As(err, &l) || l.Limit != "folder entries" || !strings.Contains(l.Error(), "more than 29 entries") {
		t.Errorf("%v", err)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBroker(t, all(dir))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := filepath.Join(dir, "file")
	if _, err := b.Call(ctx, "runner.fs.writefile", []any{path, "x", "w", int64(0o666)}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	absent(t, path)
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBroker(t, all(dir))
	shared := must(t, b, "open", filepath.Join(dir, "shared"), "a", int64(0o666))[0].(int64)
	const workers, rounds = 8, 30
	round := func(w, i int) error {
		mine := filepath.Join(dir, fmt.Sprint("w", w))
		text := fmt.Sprintf("%d.%d\n", w, i)
		folder, file, moved := filepath.Join(mine, "a/b"), filepath.Join(mine, "a/b/f"), filepath.Join(mine, "g")
		var handle any
		for _, c := range [][]any{
			{"mkdir", folder, true, int64(0o777)}, {"writefile", file, text, "w", int64(0o666)}, {"rename", file, moved},
			{"readfile", moved}, {"open", moved, "r", int64(0)}, {"write", shared, text}, {"readdir", dir}, {"close"},
			{"unlink", moved}, {"rmdir", folder}, {"remove", filepath.Dir(folder)}, {"rmdir", mine},
		} {
			if c[0] == "close" {
				c = append(c, handle)
			}
			out, err := call(b, c[0].(string), c[1:]...)
			switch {
			case err != nil:
				return err
			case c[0] == "open":
				handle = out[0]
			case c[0] == "readfile" && string(out[0].([]byte)) != text:
				return fmt.Errorf("read %q, want %q", out[0], text)
			}
		}
		return nil
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				if err := round(w, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	data, err := os.ReadFile(filepath.Join(dir, "shared"))
	if err != nil || bytes.Count(data, []byte("\n")) != workers*rounds {
		t.Errorf("%d lines, %v", bytes.Count(data, []byte("\n")), err)
	}
}

// Close during operations: each of them succeeds or fails, and nothing stays.
func TestCloseMeanwhile(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"file": "text"})
	path := filepath.Join(dir, "file")
	for range 20 {
		b := newBroker(t, all(dir))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 10 {
					out, err := call(b, "open", path, "r", int64(0))
					if err == nil {
						_, err = call(b, "read", out[0], int64(4))
					}
					var f *FileError
					if err != nil && err != ErrClosed && !(errors.As(err, &f) && f.Code() == "EBADF") {
						t.Errorf("%v", err)
					}
				}
			})
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}
