package bundle

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"scripthost.example/host"
)

// Options.OnModule is told of what goes into a bundle, also of one that is used again;
// and of all places where something was looked for that is not there.
func TestOnModule(t *testing.T) {
	t.Parallel()
	dir := tree{
		"main.ts":                     "import { x } from './x'\nimport p from 'p'\nexport const run = () => x + p",
		"lacks.ts":                    "import { x } from './missing'\nexport const run = () => x",
		"x.js":                        "export const x = 'x'",
		"node_modules/p/package.json": `{"main": "a.js"}`,
		"node_modules/p/a.js":         "module.exports = 'a'",
	}.write(t)
	for _, test := range []struct {
		script string
		want   []string
	}{
		{"main.ts", []string{"x.js", "node_modules/p/package.json", "node_modules/p/a.js"}},
		{"main.ts", []string{"x.js", "node_modules/p/package.json", "node_modules/p/a.js"}},
		{"lacks.ts", []string{"missing.ts", "missing.js"}},
	} {
		var mu sync.Mutex
		var told []string
		w, err := startIn(t, dir, test.script, &host.Options{OnModule: func(paths []string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, paths...)
		}})
		if err == nil {
			w.Kill()
		}
		for _, file := range test.want {
			if !slices.Contains(told, filepath.Join(dir, file)) {
				t.Errorf("%s: not told of %s, only of %q (%v)", test.script, file, told, err)
			}
		}
	}
}

// A script is bundled again only if something that went into it has changed. It
// must not run beside others: it takes the bundler away, which is how it sees
// whether there was any need of it.
func TestKept(t *testing.T) {
	dir := tree{
		"main.ts":                     "import { x } from './x'\nimport p from 'p'\nexport const run = () => x + p",
		"x.js":                        "export const x = 'x'",
		"node_modules/p/package.json": `{"main": "a.js"}`,
		"node_modules/p/a.js":         "module.exports = 'a'",
		"node_modules/p/b.js":         "module.exports = 'b'",
	}.write(t)
	start := func() (string, error) {
		w, err := startIn(t, dir, "main.ts", nil)
		if err != nil {
			return "", err
		}
		defer w.Kill()
		return run(t, w, nil)[0].(string), nil
	}
	want := func(want string) {
		t.Helper()
		if got, err := start(); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	without := func(f func()) {
		host.RegisterBundler("no such language")
		defer host.RegisterBundler(language)
		f()
	}
	want("xa")
	without(func() { want("xa") })
	for _, change := range []struct{ file, text, want string }{
		{"x.js", "export const x = 'y'", "ya"},
		{"node_modules/p/package.json", `{"main": "b.js"}`, "yb"},
		{"node_modules/p/b.js", "module.exports = 'c'", "yc"},
		{"x.ts", "export const x = 'ts'", "tsc"}, // comes before x.js
		{"tsconfig.json", `{"compilerOptions": {"paths": {"p": ["./x"]}}}`, "undefined"},
		{"main.ts", "import { x } from './x'\nexport const run = () => x", "ts"},
	} {
		write(change.file, change.text)
		if change.want == "undefined" {
			_, err := start()
			if err == nil || !strings.Contains(err.Error(), `No matching export in "x.ts" for import "default"`) {
				t.Errorf("%s: %v", change.file, err)
			}
			if err := os.Remove(filepath.Join(dir, change.file)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		without(func() {
			if got, err := start(); err == nil || !strings.Contains(err.Error(), "no such language") {
				t.Errorf("%s was not seen: %q, %v", change.file, got, err)
			}
		})
		want(change.want)
		without(func() { want(change.want) })
	}
}

// What one worker may use another may not: what is kept is looked up with the
// grants of who starts.
func TestKeptUnderGrants(t *testing.T) {
	t.Parallel()
	dir := tree{"main.ts": "import { x } from './secret/x'\nexport const run = () => x", "secret/x.ts": "export const x = 1"}.write(t)
	w, err := startIn(t, dir, "main.ts", nil)
	run(t, w, err)
	_, err = startIn(t, dir, "main.ts", &host.Options{Grants: host.Grants{DenyRead: []string{filepath.Join(dir, "secret")}}})
	if denied := new(host.DeniedError); !errors.As(err, &denied) {
		t.Errorf("%v", err)
	}
}

// Several starts at once bundle once, and one that is given up is no loss.
func TestTogether(t *testing.T) {
	t.Parallel()
	dir := tree{"main.ts": "import './x'\nexport const run = () => 1", "x.ts": ""}.write(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w, err := startIn(t, dir, "main.ts", nil)
			if err != nil {
				t.Error(err)
				return
			}
			if out, err := w.Call(testContext(t)); err != nil || out[0] != int64(1) {
				t.Errorf("%v, %v", out, err)
			}
		}()
	}
	wg.Wait()
}

func benchmark(b *testing.B, change bool) {
	dir := tree{"main.ts": "", "x.ts": "export const x: number = 1"}.write(b)
	for i := range b.N {
		text := "import { x } from './x'\nexport const run = () => x"
		if change {
			text += "\n" + strings.Repeat("\n", i)
		}
		if err := os.WriteFile(filepath.Join(dir, "main.ts"), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		w, err := startIn(b, dir, "main.ts", nil)
		if err != nil {
			b.Fatal(err)
		}
		w.Kill()
	}
}

// The start of a worker whose script has to be bundled.
func BenchmarkStartNew(b *testing.B) { benchmark(b, true) }

// The start of one whose script has been.
func BenchmarkStartKept(b *testing.B) { benchmark(b, false) }
