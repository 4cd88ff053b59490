package bundle

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/js"
)

// testTime is more than anything here takes, on however busy a machine: what hangs is
// ended by the time that all tests have.
const testTime = time.Hour

// The test binary plays the child.
func TestMain(m *testing.M) {
	child.Enter(js.Engine())
	os.Exit(m.Run())
}

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	t.Cleanup(cancel)
	return ctx
}

// A tree is files by their paths. Unless told otherwise the script is main.mjs,
// or the only file.
type tree map[string]string

// write writes the files into a new folder.
func (files tree) write(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (files tree) main() string {
	names := slices.Collect(maps.Keys(files))
	if len(names) == 1 {
		return names[0]
	}
	for _, name := range []string{"main.ts", "main.tsx", "main.cts"} {
		if _, ok := files[name]; ok {
			return name
		}
	}
	return "main.mjs"
}

// start starts the script of the files.
func (files tree) start(t testing.TB, opts *host.Options) (*host.Worker, error) {
	t.Helper()
	return startIn(t, files.write(t), files.main(), opts)
}

// startIn starts a script, under the name that it has in its folder.
func startIn(t testing.TB, dir, name string, opts *host.Options) (*host.Worker, error) {
	t.Helper()
	script, err := host.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if opts == nil {
		opts = new(host.Options)
	}
	if opts.Serialiser == nil {
		opts.Serialiser = host.JSON
	}
	if opts.Limits.Start == 0 {
		opts.Limits.Start = testTime
	}
	if opts.Limits.Ping == 0 {
		opts.Limits.Ping = testTime // on a busy machine one that is at its work may not answer for long
	}
	w, err := host.Start(testContext(t), script.WithName(name), opts)
	if err == nil {
		t.Cleanup(w.Kill)
	}
	return w, err
}

// run returns the results of the script's run.
func run(t testing.TB, w *host.Worker, err error, args ...any) []any {
	t.Helper()
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	out, err := w.Call(testContext(t), args...)
	if err != nil {
		t.Fatalf("call: %v", err)
	}
	return out
}

// gives checks what a script's run returns.
func gives(t *testing.T, files tree, opts *host.Options, want any) {
	t.Helper()
	w, err := files.start(t, opts)
	if got := run(t, w, err); !reflect.DeepEqual(got, []any{want}) {
		t.Errorf("run returns %#v, not %#v", got, want)
	}
}

// position is where a *host.ScriptError happened.
func position(t *testing.T, err error) (e *host.ScriptError, at string) {
	t.Helper()
	if !errors.As(err, &e) {
		t.Fatalf("the error is a %T: %v", err, err)
	}
	if len(e.Stack) == 0 {
		t.Fatalf("there is no stack: %v", err)
	}
	f := e.Stack[0]
	f.Function = ""
	return e, f.String()
}
