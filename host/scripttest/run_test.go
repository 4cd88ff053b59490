package scripttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/js"
	_ "scripthost.example/js/bundle"
	"scripthost.example/lua"
)

// The test binary plays the worker.
func TestMain(m *testing.M) {
	child.Enter(takenOver(lua.Engine()), js.Engine())
	m.Run()
}

// The files in testdata say themselves what is right.
func TestTestdata(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*_test.*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			results, err := Run(context.Background(), file, &Options{
				OnLog: func(script string, l host.LogRecord) { fmt.Fprintln(os.Stderr, script, l.Message) },
			})
			if err != nil || len(results) == 0 {
				t.Fatalf("%d results, %v", len(results), err)
			}
			for _, r := range results {
				if r.Status != Passed {
					t.Errorf("%q (line %d): %s %+v", r.Name, r.At.Line, r.Status, r.Failures)
				}
			}
		})
	}
}
