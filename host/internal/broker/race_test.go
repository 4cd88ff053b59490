package broker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// swapping runs swap again and again until the returned function is called.
func swapping(swap func(i int)) (stop func()) {
	var done atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; !done.Load(); i++ {
			swap(i)
		}
	})
	return func() { done.Store(true); wg.Wait() }
}

// Somebody swaps a folder, a file, and the granted folder itself for links that
// lead out, all the time, while the script uses them.
func TestSwapsDoNotLeadOut(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"in/folder/file": "inside", "in/file": "inside", "out/file": "OUTSIDE", "out/victim/": "", "out/folder/file": "OUTSIDE", "out/keep": "OUTSIDE",
		"links/folder": "->../../out", "links/file": "->../../out/file", "links/in": "->out",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	link(t, at("out"), at("links/absolute"))
	b := newBroker(t, all(at("in")))
	swap := func(name, with string) func(int) {
		return func(int) {
			if os.Rename(at(name), at("aside")) != nil {
				return
			}
			if os.Rename(at(with), at(name)) == nil {
				os.Rename(at(name), at(with))
			}
			os.RemoveAll(at(name)) // what a script may have made meanwhile
			os.Rename(at("aside"), at(name))
		}
	}
	check := func(op string, out []any, err error) {
		t.Helper()
		var d *DeniedError
		var f *FileError
		if err != nil && !errors.As(err, &d) && !errors.As(err, &f) {
			t.Errorf("%s: %v", op, err)
		}
		if err == nil && len(out) > 0 {
			if data, ok := out[0].([]byte); ok && string(data) == "OUTSIDE" {
				t.Errorf("%s read outside", op)
			}
		}
	}
	perm := int64(0o666)
	for _, s := range []func(int){
		swap("in/folder", "links/folder"), swap("in/folder", "links/absolute"), swap("in/file", "links/file"), swap("in", "links/in"),
	} {
		stop := swapping(s)
		for i := range 30 {
			for _, name := range []string{"in/folder/file", "in/file"} {
				path := at(name)
				for _, c := range [][]any{
					{"readfile", path}, {"writefile", path, "inside", "w", perm}, {"writefile", path, "inside", "a", perm},
					{"writefile", filepath.Join(filepath.Dir(path), fmt.Sprint("new", i)), "inside", "wx", perm},
					{"writefile", path, "inside", "w", perm},
				} {
					out, err := call(b, c[0].(string), c[1:]...)
					check(c[0].(string), out, err)
				}
			}
			for _, c := range [][]any{
				{"mkdir", at("in/folder/a/b"), true, int64(0o777)}, {"rmdir", at("in/folder/victim")}, {"unlink", at("in/folder/keep")}, {"remove", at("in/keep")},
				{"rename", at("in/folder/keep"), at("in/stolen")}, {"rename", at("in/file"), at("in/folder/file2")}, {"rename", at("in/folder/file2"), at("in/file")},
				{"stat", at("in/folder/keep")}, {"lstat", at("in/keep")},
			} {
				out, err := call(b, c[0].(string), c[1:]...)
				check(c[0].(string), out, err)
				if (c[0] == "stat" || c[0] == "lstat") && err == nil {
					t.Errorf("%v found what is outside", c)
				}
			}
		}
		stop()
		for _, name := range []string{"out/file", "out/folder/file", "out/keep"} {
			hasText(t, at(name), "OUTSIDE")
		}
		entries, err := os.ReadDir(at("out"))
		if err != nil || len(entries) != 4 {
			t.Fatalf("outside: %v, %v", entries, err)
		}
	}
}

// The script's own renames must not carry a secret into what it can read, nor
// into a folder that it holds.
func TestRacingRenames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{at("w/pub")}, Write: []string{at("w")}})
	for range 60 {
		os.RemoveAll(at("w"))
		if err := os.MkdirAll(at("w/pub/d"), 0o777); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"w/secret": "SECRET", "w/pub/d/x": "public"} {
			if err := os.WriteFile(at(name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			call(b, "rename", at("w/pub/d"), at("w/d2"))
			call(b, "rename", at("w/secret"), at("w/d2/x"))
			call(b, "rename", at("w/d2"), at("w/pub/d"))
		})
		wg.Go(func() { call(b, "rename", at("w/pub/d/x"), at("w/pub/y")) })
		wg.Go(func() {
			for range 5 {
				if out, err := call(b, "readfile", at("w/pub/d/x")); err == nil && string(out[0].([]byte)) == "SECRET" {
					t.Error("read the secret")
				}
			}
		})
		wg.Wait()
		for _, name := range []string{"w/pub/y", "w/pub/d/x"} {
			if data, err := os.ReadFile(at(name)); err == nil && string(data) == "SECRET" {
				t.Errorf("the secret is at %s", name)
			}
		}
	}
}

// A denied file that is removed or replaced while it is opened stays denied.
func TestRacingRemoval(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"secret/": "", "link": "->secret"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{dir}, Write: []string{dir}, DenyRead: []string{at("secret")}})
	for range 60 {
		if err := os.WriteFile(at("secret/key"), []byte("SECRET"), 0o666); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { call(b, "unlink", at("secret/key")) })
		wg.Go(func() { call(b, "writefile", at("file"), "x", "w", int64(0o666)) })
		wg.Go(func() { call(b, "rename", at("file"), at("secret/key")) })
		wg.Go(func() {
			for range 5 {
				if out, err := call(b, "readfile", at("link/key")); err == nil {
					t.Errorf("read %q", out[0])
				}
			}
		})
		wg.Wait()
	}
}
