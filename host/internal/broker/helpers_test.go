package broker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func newBroker(t testing.TB, g Grants, opts ...Option) *Broker {
	t.Helper()
	b, err := New(g, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func call(b *Broker, name string, args ...any) ([]any, error) {
	return b.Call(context.Background(), "runner.fs."+name, args)
}

// must calls what has to succeed.
func must(t testing.TB, b *Broker, name string, args ...any) []any {
	t.Helper()
	out, err := call(b, name, args...)
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

// denied calls what has to be refused for want of a grant.
func denied(t testing.TB, b *Broker, grant, name string, args ...any) *DeniedError {
	t.Helper()
	out, err := call(b, name, args...)
	var d *DeniedError
	if !errors.As(err, &d) || d.Grant != grant {
		t.Fatalf("%s %v = %v, %v; want %s access denied", name, args, out, err, grant)
	}
	return d
}

// fails calls what has to be granted and to fail.
func fails(t testing.TB, b *Broker, code, name string, args ...any) *FileError {
	t.Helper()
	out, err := call(b, name, args...)
	var f *FileError
	if !errors.As(err, &f) || f.Code() != code {
		t.Fatalf("%s %v = %v, %v; want %s", name, args, out, err, code)
	}
	return f
}

func read(t testing.TB, b *Broker, path string) string {
	t.Helper()
	return string(must(t, b, "readfile", path)[0].([]byte))
}

// A tree makes files for a test: names ending in "/" are folders, values that
// start with "->" are links.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name := range files {
		folder := filepath.Join(dir, filepath.Dir(name+"x"))
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		var err error
		switch {
		case name[len(name)-1] == '/':
		case len(text) > 2 && text[:2] == "->":
			err = os.Symlink(text[2:], path)
		default:
			err = os.WriteFile(path, []byte(text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func link(t testing.TB, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func hasText(t testing.TB, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Fatalf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

func absent(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Fatalf("%s: %v; want it not to exist", path, err)
	}
}

func all(dir string) Grants { return Grants{Read: []string{dir}, Write: []string{dir}} }
